//! Site files with every quirk that has been seen.

use model::federation::{CommunityProject, LoginKind, Trouble};
use sites::openstack::{Account, Expected};

use super::{directory, names, problems_of, read, said_by, source, troubles, write};

const ALPHA: &str = r#"---
gocdb: ALPHA-CLOUD
endpoint: https://keystone.alpha.example.org:5000/v3/
images: {sync: true, formats: [qcow2, raw]}
accounting: {enabled: true, site_name: OTHER}
something_new: {that: [nobody, knows]}
vos:
  - name: ops
    auth:
      project_id: 01234567890123456789012345678901
  - name: vo.access.egi.eu
    auth: {project_id: 12e45678901234567890123456789012}
    defaultNetwork: private
    publicNetwork: public00
    newer: thing
"#;

/// Signing in goes by application credentials, which know their projects. No `---`, no line break at the end.
const BETA: &str = "gocdb: BETA\nendpoint: https://keystone.beta.example.org:5000/v3\nauth: v3applicationcredential\nprotocol: oidc\n\
                    region: R1\nvos:\n  - name: ops\n    auth:\n      region: \"WAW4-1\"\n  - {name: eiscat.se, auth: {region: R2}}";

const MAPPINGS: &str = r#"---
vos:
  ops: "urn:mace:egi.eu:group:ops:role=vm_operator#aai.egi.eu"
  vo.access.egi.eu: "urn:mace:egi.eu:group:vo.access.egi.eu:vm_operator:role=member#aai.egi.eu"
  eiscat.se: "urn:mace:egi.eu: group:eiscat.se:role=vm_operator#aai.egi.eu"
  odd: [1, 2]
"#;

#[tokio::test]
async fn site_files_of_every_age_are_understood() {
    let sites =
        directory(&[("ALPHA-CLOUD.yaml", ALPHA), ("beta.yml", BETA), ("README.md", "# no site"), (".hidden.yaml", "x: [")]);
    let mappings = directory(&[("vo-mappings.yaml", MAPPINGS)]);
    let configuration = source("egi-yaml", sites.path()) + &source("vo-mappings", &mappings.path().join("vo-mappings.yaml"));
    let federation = read(&configuration).await;

    assert_eq!(names(federation.services()), ["ALPHA-CLOUD", "BETA"]);
    let alpha = federation.service("ALPHA-CLOUD").expect("a service");
    assert_eq!(alpha.auth_url, "https://keystone.alpha.example.org:5000/v3/");
    assert_eq!((alpha.login, alpha.identity_provider.as_str(), alpha.protocol.as_deref()), (LoginKind::OpenId, "egi.eu", None));
    // Identifiers stay what they are, also where they look like numbers.
    let projects: Vec<_> = alpha.communities.iter().map(|one| one.project_id.as_deref().unwrap_or_default()).collect();
    assert_eq!(projects, ["01234567890123456789012345678901", "12e45678901234567890123456789012"]);
    let access = &alpha.communities[1];
    assert_eq!((access.network_hint.as_deref(), access.public_network_hint.as_deref()), (Some("private"), Some("public00")));
    assert_eq!(said_by(&alpha.facts, "project of ops", projects[0]), ["egi-yaml: ALPHA-CLOUD.yaml"]);
    let entitlement = "urn:mace:egi.eu:group:ops:role=vm_operator#aai.egi.eu";
    assert_eq!(said_by(&alpha.facts, "entitlement of ops", entitlement), ["vo-mappings: vo-mappings.yaml"]);
    assert_eq!(said_by(&alpha.facts, "image_formats", "qcow2, raw").len(), 1);

    let beta = federation.service("BETA").expect("a service");
    assert_eq!((beta.login, beta.protocol.as_deref()), (LoginKind::ApplicationCredential, Some("oidc")));
    let region = |at: usize| (beta.communities[at].region.as_deref(), beta.communities[at].project_id.as_deref());
    assert_eq!((region(0), region(1), beta.region.as_deref()), ((Some("WAW4-1"), None), (Some("R2"), None), Some("R1")));
    assert_eq!(problems_of(&federation, "BETA"), [] as [&_; 0], "such sites need no projects");

    // What is wrong in the mapping is the mapping's problem, and what a site demands is told all the same.
    assert_eq!(troubles(&federation), [(None, Trouble::Wrong), (None, Trouble::Wrong)]);
    assert!(beta.communities[1].entitlement.as_ref().is_some_and(|text| text.contains(" group:eiscat.se")));

    let account = Account::from(alpha);
    assert_eq!((account.service.as_str(), account.auth_url.as_str()), ("ALPHA-CLOUD", alpha.auth_url.as_str()));
    let operator = |community: &str| Expected { community: community.to_owned(), role: Some("vm_operator".to_owned()) };
    assert_eq!(account.expected, [operator("ops"), operator("vo.access.egi.eu")]);

    assert_eq!(federation.communities().collect::<Vec<_>>(), ["eiscat.se", "ops", "vo.access.egi.eu"]);
    let of_ops: Vec<_> =
        federation.of_community("ops").map(|(service, project)| (service.name.as_str(), project.project_id.is_some())).collect();
    assert_eq!(of_ops, [("ALPHA-CLOUD", true), ("BETA", false)]);
    assert_eq!(federation.of_community("nobody").count(), 0);
}

#[tokio::test]
async fn two_files_of_one_site_are_two_services_with_lasting_names() {
    let file = |host: &str| format!("gocdb: GAMMA\nendpoint: https://{host}/v3\nvos: []\n");
    let sites = directory(&[("gamma.yaml", &file("one.example.org:5000")), ("gamma-2.yaml", &file("two.example.org:5000"))]);
    write(sites.path(), "gamma-3.yaml", file("two.example.org:6000"));
    let federation = read(&source("egi-yaml", sites.path())).await;
    assert_eq!(federation.sites().len(), 1);
    let mut found = names(federation.services());
    found.sort_unstable();
    assert_eq!(found, ["GAMMA@one.example.org", "GAMMA@two.example.org", "GAMMA@two.example.org:6000"]);
    let third = federation.service("GAMMA@two.example.org:6000").map(|service| service.auth_url.as_str());
    let second = federation.service("GAMMA@two.example.org").map(|service| service.auth_url.as_str());
    assert_ne!(third, second);
}

#[tokio::test]
async fn whatever_is_wrong_in_a_file_is_a_problem_of_its_site_alone() {
    let many: String = (0..1_100).map(|n| format!("  - {{name: vo{n}, auth: {{project_id: p{n}}}}}\n")).collect();
    let bomb = "a: &a [x,x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\n\
                d: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: [*e,*e,*e,*e,*e,*e,*e,*e,*e,*e]\n";
    let endpoint = |site: &str| format!("gocdb: {site}\nendpoint: https://{}.example.org/v3\n", site.to_lowercase());
    let sites = directory(&[
        ("GOOD.yaml", &(endpoint("GOOD") + "vos:\n  - {name: ops, auth: {project_id: p}}\n")),
        ("CUT.yaml", &(endpoint("CUT") + "vos:\n  - name: ops\n    auth:\n      project_id: p\n  - name: vo.acc: {[")),
        ("GARBAGE.yaml", "\u{0}{{{{ not: yaml ["),
        ("EMPTY.yaml", ""),
        ("TYPES.yaml", "gocdb: [TYPES]\nendpoint: {https: //x}\nvos: 7\n"),
        (
            "ENTRIES.yaml",
            &(endpoint("ENTRIES") + "vos:\n  - name: ops\n  - auth: {}\n  - 5\n  - {name: ops, auth: {project_id: q}}\n"),
        ),
        ("NAMELESS.yaml", "endpoint: https://nameless.example.org/v3\n"),
        ("NOWHERE.yaml", "gocdb: NOWHERE\nvos: []\n"),
        ("FTP.yaml", "gocdb: FTP\nendpoint: ftp://ftp.example.org/v3\n"),
        ("SECRET.yaml", "gocdb: SECRET\nendpoint: https://u:hunter2@secret.example.org/v3\n"),
        ("SAML.yaml", &(endpoint("SAML") + "auth: v3samlpassword\n")),
        ("MANY.yaml", &(endpoint("MANY") + "vos:\n" + &many)),
        ("BOMB.yaml", &(endpoint("BOMB") + bomb)),
        ("DEEP.yaml", &(endpoint("DEEP") + "vos: " + &"[".repeat(5_000))),
        ("LIST.yaml", "- a\n- b\n"),
    ]);
    write(sites.path(), "LATIN.yaml", [endpoint("LATIN").as_bytes(), b"title: Universit\xe9\nvos: []\n"].concat());
    write(sites.path(), "LONG.yaml", format!("gocdb: LONG\n#{}\n", "x".repeat(1 << 20)));
    std::fs::create_dir(sites.path().join("FOLDER.yaml")).expect("a directory");
    std::os::unix::fs::symlink("/nowhere/at/all", sites.path().join("LOST.yaml")).expect("a link");
    let federation = read(&source("egi-yaml", sites.path())).await;

    let what = |site: &str| problems_of(&federation, site).iter().map(|problem| problem.what).collect::<Vec<_>>();
    assert_eq!(what("GOOD"), []);
    for (site, expected) in [
        ("CUT", vec![Trouble::Malformed]),
        ("GARBAGE", vec![Trouble::Malformed]),
        ("TYPES", vec![Trouble::Incomplete, Trouble::Incomplete, Trouble::Malformed, Trouble::Incomplete]),
        ("ENTRIES", vec![Trouble::Incomplete, Trouble::Incomplete, Trouble::Incomplete, Trouble::Duplicate]),
        ("NAMELESS", vec![Trouble::Incomplete]),
        ("NOWHERE", vec![Trouble::Incomplete, Trouble::Incomplete]),
        ("FTP", vec![Trouble::Wrong, Trouble::Incomplete]),
        ("SECRET", vec![Trouble::Wrong, Trouble::Incomplete]),
        ("SAML", vec![Trouble::Wrong]),
        ("MANY", vec![Trouble::TooLarge]),
        ("BOMB", vec![Trouble::TooLarge]),
        ("DEEP", vec![Trouble::TooLarge]),
        ("LATIN", vec![Trouble::Unreadable]),
        ("LONG", vec![Trouble::TooLarge]),
        ("FOLDER", vec![Trouble::Unreadable]),
        ("EMPTY", vec![Trouble::Malformed]),
        ("LIST", vec![Trouble::Malformed]),
    ] {
        assert_eq!(what(site), expected, "{site}: {:?}", problems_of(&federation, site));
    }
    // What comes before a mistake is used.
    let project = |site: &str| federation.service(site).and_then(|service| service.communities.first().cloned());
    let whole = CommunityProject { community: "ops".to_owned(), project_id: Some("p".to_owned()), ..CommunityProject::default() };
    assert_eq!((project("GOOD"), project("CUT")), (Some(whole.clone()), Some(whole)));
    assert!(federation.service("LATIN").is_some());
    assert_eq!(federation.service("MANY").map(|service| service.communities.len()), Some(1_000));
    assert_eq!(federation.service("ENTRIES").map(|service| service.communities.len()), Some(1));
    assert!(federation.service("NAMELESS").is_some() && federation.service("NOWHERE").is_none());

    // That a file is gone says nothing of a site.
    let of_source: Vec<_> = federation.problems().filter(|(site, _)| site.is_none()).map(|(_, problem)| problem).collect();
    let shown: Vec<_> = of_source.iter().map(|problem| (problem.source.as_str(), problem.what)).collect();
    assert_eq!(shown, [("egi-yaml: LOST.yaml", Trouble::Missing)]);
    for (_, problem) in federation.problems() {
        assert!(!problem.detail.is_empty() && !problem.remedy.is_empty() && problem.detail.len() < 3_000, "{problem:?}");
        assert!(!problem.detail.contains("hunter2"), "{problem:?}");
    }
}
