//! What goes out comes in again.

use model::federation::FederatedSite;
use sites::federation::export::egi_yaml;

use super::{directory, read, source, write};

#[tokio::test]
async fn exported_site_files_read_again_give_the_same_and_so_does_the_json() {
    let sites = directory(&[
        (
            "ALPHA.yaml",
            "gocdb: ALPHA\nendpoint: https://alpha.example.org:5000/v3/\nprotocol: oidc\nregion: \"R: 1\"\n\
             images: {sync: true, formats: [qcow2, raw]}\nvos:\n  - name: ops\n    auth: {project_id: 12e45}\n    defaultNetwork: private\n    publicNetwork: \"a 'b' \\\"c\\\" # d\"\n\
             \x20 - {name: no, auth: {project_id: \"~\"}, entitlement: \"urn:mace:egi.eu:group:no:role=yes#x\"}\n",
        ),
        (
            "BETA.yaml",
            "gocdb: BETA\nendpoint: https://one.example.org/v3\nauth: v3applicationcredential\nvos: [{name: ops, auth: {region: W}}]\n",
        ),
        ("BETA-2.yaml", "gocdb: BETA\nendpoint: https://two.example.org/v3\nauth: v3password\nvos: []\n"),
        ("GAMMA.yaml", "gocdb: GAMMA\nendpoint: https://gamma.example.org/v3\nvos:\n  - {name: ops}\n"),
    ]);
    let before = read(&source("egi-yaml", sites.path())).await;
    let files = egi_yaml(&before);
    let listed: Vec<_> = files.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(listed, ["ALPHA.yaml", "BETA@one.example.org.yaml", "BETA@two.example.org.yaml", "GAMMA.yaml"]);
    let again = directory(&[]);
    for (name, text) in &files {
        write(again.path(), name, text);
    }
    let after = read(&source("egi-yaml", again.path())).await;
    let comparable = |sites: &[FederatedSite]| {
        let mut sites = sites.to_vec();
        for site in &mut sites {
            // Where it is said has another name now.
            let facts = site.services.iter_mut().flat_map(|service| &mut service.facts);
            let sources = facts.map(|fact| &mut fact.source).chain(site.problems.iter_mut().map(|problem| &mut problem.source));
            sources.for_each(String::clear);
        }
        sites
    };
    assert_eq!(comparable(after.sites()), comparable(before.sites()));
    assert_eq!(egi_yaml(&after).len(), 4);

    let text = serde_json::to_string(before.sites()).expect("json");
    let read_again: Vec<FederatedSite> = serde_json::from_str(&text).expect("the same shape");
    assert_eq!(read_again, before.sites());
    assert!(text.contains("\"source\":\"egi-yaml: ALPHA.yaml\""), "origins are in it");
}
