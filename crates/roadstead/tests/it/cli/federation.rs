//! A federation of real, unlike OpenStack sites, as people with different rights see it.

use super::federated::{Federation, items, looked_at};
use model::ByteCount;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use testkit::{OpenStack, OpenStackSite};

fn standing<'a>(sites: &'a [Value], site: &str) -> &'a Value {
    let site = sites.iter().find(|one| one["name"] == site).unwrap_or_else(|| panic!("{sites:?}"));
    &site["standing"][0]
}

fn at<'a>(items: &'a [Value], site: &str, name: &str) -> &'a Value {
    let is_it = |one: &&Value| one["site"] == site && one["item"]["name"] == name;
    &items.iter().find(is_it).unwrap_or_else(|| panic!("{name} at {site}: {items:#?}"))["item"]
}

/// A size: its name, cores and memory.
type Told = (String, u64, String);

/// What EGI's own client lists at each site, which it knows from the files in a home. Unlike Roadstead it has to be told the
/// protocol where that is not the usual one.
fn sizes_by_fedcloud(bed: &OpenStack, home: &Path) -> BTreeMap<String, BTreeSet<Told>> {
    let requirements = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fedcloud/requirements.txt");
    let programs = testkit::python_environment(&requirements, "fedcloud").join("bin");
    let ask = |site: &OpenStackSite| {
        let audience = site.audience.as_deref().map(|audience| ("aud", audience));
        let token: Vec<(&str, &str)> = [("user", "alice")].into_iter().chain(audience).collect();
        let mut asked = Command::new(programs.join("fedcloud"));
        asked.args(["openstack", "--site", &site.name, "--vo", "vo.access.egi.eu", "--json-output", "flavor", "list"]);
        asked.env("HOME", home).env("OS_CACERT", bed.authority()).env("FEDCLOUD_OS_PROTOCOL", &site.protocol);
        asked.env("FEDCLOUD_OIDC_ACCESS_TOKEN", bed.token(&token));
        // It starts `openstack`.
        asked.env("PATH", format!("{}:{}", programs.display(), std::env::var("PATH").expect("PATH")));
        (site.name.clone(), asked.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("fedcloud"))
    };
    let asked: Vec<(String, Child)> = bed.sites().values().map(ask).collect();
    let tell = |(site, asked): (String, Child)| {
        let done = asked.wait_with_output().expect("an end");
        let said = String::from_utf8_lossy(&done.stdout);
        let told: Value = serde_json::from_str(&said).unwrap_or_else(|error| {
            panic!("{error}: {said}{}", String::from_utf8_lossy(&done.stderr));
        });
        let flavors = told[0]["Result"].as_array().unwrap_or_else(|| panic!("{told:#}"));
        let sizes = flavors.iter().map(|one| {
            let memory = ByteCount::mebi(one["RAM"].as_u64().expect("RAM")).to_string();
            (one["Name"].as_str().expect("a name").to_owned(), one["VCPUs"].as_u64().expect("VCPUs"), memory)
        });
        (site, sizes.collect())
    };
    asked.into_iter().map(tell).collect()
}

#[test]
fn each_person_sees_what_sites_offer_them_and_why_not() {
    let federation = Federation::start();
    federation.map_people();

    let alice = federation.signed_in("alice");
    let sites = looked_at(&alice);
    for (site, projects, public) in
        [("ALPHA-CLOUD", 2, "yes"), ("BETA-GRID", 1, "yes"), ("GAMMA-HPC", 2, "perhaps"), ("DELTA-FULL", 1, "no")]
    {
        let standing = standing(&sites, site);
        assert_eq!(standing["access"], "open", "{site}: {standing:#}");
        assert_eq!(standing["snapshots"].as_array().map(Vec::len), Some(projects), "{site}: {standing:#}");
        let community = |project: &&Value| project["community"] == "vo.access.egi.eu";
        let project = standing["snapshots"].as_array().and_then(|all| all.iter().find(community)).expect("the community's");
        assert_eq!((&project["public"], &project["gaps"]), (&Value::from(public), &Value::from(0)), "{site}: {project:#}");
    }
    let chemists = standing(&sites, "CHEMISTS");
    assert_eq!(chemists["access"], "not_yours", "a site of others is not asked: {chemists:#}");

    // Networks by evidence, whatever they are called: `public` is for storage. What a site hides is not guessed from names.
    let networks = items(&alice.ok(&[], &["--json", "networks"]));
    for (site, name, role) in [
        ("ALPHA-CLOUD", "public-net", "pool"),
        ("ALPHA-CLOUD", "vo-access-net", "routed"),
        ("BETA-GRID", "vlan-2113-public", "public"),
        ("GAMMA-HPC", "external", "unknown"),
        ("GAMMA-HPC", "provider-4021", "unknown"),
        ("GAMMA-HPC", "public", "isolated"),
    ] {
        let network = at(&networks, site, name);
        assert_eq!(network["role"], role, "{name}: {network:#}");
        assert!(network["evidence"].as_array().is_some_and(|evidence| !evidence.is_empty()), "{network:#}");
    }

    let sizes = items(&alice.ok(&[], &["--json", "sizes", "--gpus", "1"]));
    for (site, name, kind) in
        [("ALPHA-CLOUD", "gpu.a40.xlarge", "vgpu"), ("BETA-GRID", "gpu.a100", "passthrough"), ("GAMMA-HPC", "g.1xA40", "cyborg")]
    {
        assert_eq!(at(&sizes, site, name)["accelerator"]["kind"], kind);
    }
    let images = items(&alice.ok(&[], &["--json", "images", "--os", "ubuntu:22.04"]));
    let mut of: Vec<&str> = images.iter().filter_map(|image| image["site"].as_str()).collect();
    of.dedup();
    assert_eq!(of, ["ALPHA-CLOUD", "BETA-GRID", "GAMMA-HPC"]);
    assert!(images.iter().all(|image| image["item"]["login_user"] == "ubuntu"), "{images:#?}");

    // An offer is a machine that could be had: with a public address, of the site that is full none.
    let plan: Value = serde_json::from_str(
        &alice.ok(&[], &["--json", "offers", "--cores", "2", "--memory", "2GiB", "--os", "ubuntu:22.04", "--public"]),
    )
    .expect("JSON");
    let offered: Vec<&str> =
        plan["offers"].as_array().expect("offers").iter().filter_map(|offer| offer["site"].as_str()).collect();
    assert!(offered.contains(&"ALPHA-CLOUD") && offered.contains(&"GAMMA-HPC"), "{plan:#}");
    assert!(!offered.contains(&"DELTA-FULL") && !offered.contains(&"CHEMISTS"), "{plan:#}");
    let rejected = |site: &str| plan["rejections"].as_array().is_some_and(|all| all.iter().any(|one| one["site"] == site));
    assert!(rejected("DELTA-FULL") && rejected("CHEMISTS"), "{plan:#}");

    // What is printed opens the site to OpenStack's own program, and only that site.
    let env = alice.ok(&[("EGI_SITE", "GAMMA-HPC"), ("EGI_VO", "vo.access.egi.eu")], &["env"]);
    let list = format!("{env}\nexport OS_CACERT='{}'\nopenstack flavor list -f json", federation.bed.authority().display());
    let listed = Command::new("sh").arg("-c").arg(list).output().expect("openstack");
    assert!(listed.status.success(), "{}", String::from_utf8_lossy(&listed.stderr));
    let flavors: Vec<Value> = serde_json::from_slice(&listed.stdout).expect("JSON");
    let ours = items(&alice.ok(&[], &["--json", "sizes", "--site", "GAMMA-HPC", "--community", "vo.access.egi.eu"]));
    let names = |all: &[Value], name: &dyn Fn(&Value) -> String| {
        let mut names: Vec<String> = all.iter().map(name).collect();
        names.sort();
        names
    };
    let text = |value: &Value| value.as_str().expect("a name").to_owned();
    assert_eq!(names(&flavors, &|one| text(&one["Name"])), names(&ours, &|one| text(&one["item"]["name"])));

    // What is published can be taken elsewhere.
    let home = federation.desk.path("elsewhere");
    let exported = home.join(".config/fedcloud/site-config");
    alice.ok(&[], &["sites", "--export", exported.to_str().expect("UTF-8")]);
    let gamma = std::fs::read_to_string(exported.join("GAMMA-HPC.yaml")).expect("a site file");
    assert!(gamma.contains("gocdb: \"GAMMA-HPC\"") && gamma.contains("vo.access.egi.eu"), "{gamma}");

    // EGI's own client, which knows the sites by that, is told the same by them.
    let mut ours: BTreeMap<String, BTreeSet<Told>> = BTreeMap::new();
    for size in items(&alice.ok(&[], &["--json", "sizes", "--community", "vo.access.egi.eu"])) {
        let Value::Object(item) = &size["item"] else { panic!("{size:#}") };
        let told = (text(&item["name"]), item["cores"].as_f64().expect("cores") as u64, text(&item["memory"]));
        ours.entry(text(&size["site"])).or_default().insert(told);
    }
    ours.retain(|site, _| federation.bed.sites().values().any(|one| one.name == *site));
    assert_eq!(sizes_by_fedcloud(&federation.bed, &home), ours);

    // A member without the role learns which one, and whom to ask.
    let dave = federation.signed_in("dave");
    let sites = looked_at(&dave);
    let alpha = standing(&sites, "ALPHA-CLOUD");
    assert_eq!(alpha["access"], "closed", "{alpha:#}");
    let help = &alpha["help"];
    assert!(help["why"].as_str().is_some_and(|why| why.contains("vm_operator")), "{help:#}");
    assert_eq!(help["link"], "https://join.example/vo.access.egi.eu");
    assert_eq!(standing(&sites, "BETA-GRID")["access"], "open", "which demands mere membership");
    let refused = dave.type_in(&[], &["env", "--site", "ALPHA-CLOUD"]);
    assert!(refused.code != 0 && refused.err.contains("vm_operator") && refused.err.contains("RS-3010"), "{refused:?}");

    // Nobody's token goes where it has no business, and nothing of others is seen.
    let carol = federation.signed_in("carol");
    let sites = looked_at(&carol);
    assert!(
        sites.iter().flat_map(|site| site["standing"].as_array()).flatten().all(|one| one["access"] == "not_yours"),
        "{sites:#?}"
    );
    assert!(items(&carol.ok(&[], &["--json", "sizes"])).is_empty());
    let said = carol.ok(&[], &["sites"]);
    assert!(said.contains("ALPHA-CLOUD") && said.contains("it serves vo."), "{said}");
}
