//! Machines at real sites: made, used, changed and gone, as people type it and as the sites' operators see it.

use super::federated::{Federation, items, looked_at};
use super::operators::Operators;
use super::signing_in::User;
use crate::guest::Guest;
use serde_json::Value;
use std::time::Duration;
use testkit::wait_until;

/// The computer may be busy with other tests.
const LONG: Duration = Duration::from_secs(90);

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

fn machine(user: &User<'_>, name: &str) -> Value {
    json(&user.ok(&[], &["--json", "machines", "show", name]))
}

fn ended(user: &User<'_>, name: &str) -> Value {
    wait_until(LONG, "nothing of it is left", || {
        let run = json(&user.ok(&[], &["--json", "show", name]));
        (run["state"] == "ended").then_some(run)
    })
}

#[test]
fn a_machine_is_made_at_a_real_site_and_nothing_of_it_is_left() {
    let federation = Federation::start();
    federation.map_people();
    let operators = Operators::of(&federation.bed);
    let before = operators.inventory(&[]);

    let alice = federation.signed_in("alice");
    looked_at(&alice);
    let asked = ["run", "--kind", "machine", "--name", "mine", "--os", "ubuntu:22.04", "--cores", "1", "--memory", "1GiB"];
    let said = alice.type_in(&[], &[&asked[..], &["--public", "--open", "22,443", "--site", "ALPHA-CLOUD", "--pilot"]].concat());
    assert_eq!(said.code, 0, "{said:?}");
    assert!(said.out.starts_with("ssh -- ubuntu@203.0.113."), "{said:?}");

    let found = machine(&alice, "mine");
    assert_eq!((&found["status"], &found["site"]), (&Value::from("active"), &Value::from("ALPHA-CLOUD")), "{found:#}");
    let run = found["run"].as_str().expect("a run");
    let now = operators.inventory(&[run]);
    let ours: Vec<_> = now.iter().filter(|thing| !before.contains(*thing)).collect();
    let kinds = |kind: &str| ours.iter().filter(|thing| thing.kind == kind).count();
    assert_eq!((kinds("server"), kinds("port"), kinds("security group"), kinds("floating address")), (1, 1, 1, 1), "{ours:#?}");
    assert!(ours.iter().all(|thing| thing.mark.contains(run)), "each says whose it is: {ours:#?}");

    // Its hypervisor is a fake: what the site was told for its first boot is carried out here.
    let server = found["server"].as_str().expect("a server");
    let mut guest = Guest::told(&operators.user_data("ALPHA-CLOUD", server));
    assert_eq!(guest.boot(), "");
    guest.start_unit();
    wait_until(LONG, "its pilot", || machine(&alice, "mine")["pilot"]["computer"].is_object().then_some(()));
    assert!(alice.ok(&[], &["machines", "show", "mine"]).contains("connected since"));
    let services = items(&alice.ok(&[], &["--json", "services"]));
    assert!(services.iter().any(|service| service["name"] == run), "{services:#?}");
    let said = alice.type_in(&[], &["run", "--service", "mine", "--", "sh", "-c", "echo on $(ls -d /var/lib/roadstead/pilot)"]);
    assert_eq!((said.code, said.out.as_str()), (0, "on /var/lib/roadstead/pilot\n"), "{said:?}\n{}", guest.journal());

    let all = json(&alice.ok(&[], &["--json", "machines", "--all"]));
    let mine = all["items"].as_array().expect("items").iter().find(|one| one["run"] == run).expect("mine");
    assert_eq!(mine["server"], found["server"]);
    assert_eq!(all["problems"], Value::Array(Vec::new()), "{all:#}");

    assert!(alice.ok(&[], &["machines", "console", "mine"]).contains("FAKE CONSOLE OUTPUT"));
    alice.ok(&[], &["machines", "open", "mine", "8080"]);
    alice.ok(&[], &["machines", "close", "mine", "443"]);
    assert_eq!(machine(&alice, "mine")["open"], serde_json::json!(["22", "8080"]));
    // Its address goes back into the pool, and it gets another; and another size.
    alice.ok(&[], &["machines", "address", "remove", "mine"]);
    let floating = |found: &Value| found["addresses"].as_array().expect("addresses").iter().any(|one| one["floating"] == true);
    assert!(!floating(&machine(&alice, "mine")));
    assert!(!operators.inventory(&[run]).iter().any(|thing| thing.kind == "floating address" && thing.mark.contains(run)));
    let said = alice.type_in(&[], &["machines", "address", "remove", "mine"]);
    assert!(said.code != 0 && said.err.contains("RS-5022"), "{said:?}");
    alice.ok(&[], &["machines", "address", "add", "mine"]);
    assert!(floating(&machine(&alice, "mine")));
    assert!(operators.inventory(&[run]).iter().any(|thing| thing.kind == "floating address" && thing.mark.contains(run)));
    let sizes = json(&alice.ok(&[], &["--json", "machines", "sizes", "mine"]));
    let names: Vec<&Value> = sizes["items"].as_array().expect("sizes").iter().map(|size| &size["name"]).collect();
    assert!(names.contains(&&Value::from("m1.medium")) && !names.contains(&&Value::from("m1.tiny")), "{sizes:#}");
    alice.ok(&[], &["machines", "resize", "mine", "m1.medium"]);
    let resized = machine(&alice, "mine");
    assert_eq!((&resized["size"], &resized["status"]), (&"m1.medium".into(), &"active".into()), "{resized:#}");
    let said = alice.type_in(&[], &["machines", "resize", "mine", "m1.tiny"]);
    assert!(said.code != 0 && said.err.contains("of disk wanted"), "{said:?}");

    alice.ok(&[], &["machines", "rename", "mine", "yours"]);
    alice.ok(&[], &["machines", "stop", "yours"]);
    wait_until(LONG, "it is stopped", || (machine(&alice, "yours")["status"] == "stopped").then_some(()));

    alice.ok(&[], &["cancel", "yours"]);
    ended(&alice, "yours");
    assert!(!guest.until_over(), "{}", guest.journal());
    assert_eq!(operators.inventory(&[run]), before, "nothing is left");
    assert!(items(&alice.ok(&[], &["--json", "machines"])).is_empty());
    assert_eq!(items(&alice.ok(&[], &["--json", "machines", "--gone"]))[0]["status"], "gone");

    // What carries our mark and no run has is told to the administrator, and not removed by being told.
    let mark = ours.iter().find(|thing| thing.kind == "security group").expect("its group").mark.clone();
    let other = mark.replacen(run, "run-00000000000000000000000000", 1).replacen(" att-", " att-0", 1);
    let other =
        other.replacen(&other[other.find(" att-").expect("an attempt")..other.len() - 8], " att-00000000000000000000000000", 1);
    let project = found["project"].as_str().expect("a project");
    let planted = [&mark, &other].map(|mark| operators.plant("ALPHA-CLOUD", project, mark));
    let told = json(&federation.administer(&["--json", "admin", "orphans"]));
    let verdict =
        |id: &str| told["items"].as_array().and_then(|all| all.iter().find(|one| one["id"] == id)).map(|one| &one["verdict"]);
    assert_eq!(verdict(&planted[0]), Some(&Value::from("too_young")), "{told:#}");
    assert_eq!(verdict(&planted[1]), Some(&Value::from("unknown")), "{told:#}");
    planted.iter().for_each(|group| operators.uproot("ALPHA-CLOUD", group));
}

/// It starts from a volume because no size has such a disk.
#[test]
fn a_machine_from_a_volume_gets_another_for_data_at_a_real_site_and_neither_is_left() {
    let federation = Federation::start();
    federation.map_people();
    let operators = Operators::of(&federation.bed);
    let before = operators.inventory(&[]);
    let alice = federation.signed_in("alice");
    looked_at(&alice);
    let asked = ["run", "--kind", "machine", "--name", "long", "--os", "ubuntu:22.04", "--cores", "1", "--memory", "1GiB"];
    let said = alice.type_in(&[], &[&asked[..], &["--disk", "200GiB", "--site", "ALPHA-CLOUD"]].concat());
    assert_eq!(said.code, 0, "{said:?}");
    let found = machine(&alice, "long");
    let run = found["run"].as_str().expect("a run");
    assert_eq!((&found["volumes"][0]["size"], &found["volumes"][0]["boots"]), (&"200GiB".into(), &true.into()), "{found:#}");
    let volumes = || {
        let its = |thing: &super::operators::Thing| thing.kind == "volume" && thing.mark.contains(run);
        operators.inventory(&[run]).into_iter().filter(its).count()
    };
    assert_eq!(volumes(), 1);

    alice.ok(&[], &["machines", "volume", "add", "long", "5GiB"]);
    assert_eq!(volumes(), 2);
    let shown = alice.ok(&[], &["machines", "show", "long"]);
    assert!(shown.contains("data-0, 5GiB, /dev/sdb; deleted with it"), "{shown}");
    let said = alice.type_in(&[], &["machines", "volume", "remove", "long", "volume-0"]);
    assert!(said.code != 0 && said.err.contains("RS-5024"), "{said:?}");
    alice.ok(&[], &["machines", "volume", "remove", "long", "data-0"]);
    assert_eq!(volumes(), 1);
    // More than the project may have.
    let said = alice.type_in(&[], &["machines", "volume", "add", "long", "2TiB"]);
    assert!(said.code != 0 && said.err.contains("RS-5017") && said.err.contains("gigabytes quota"), "{said:?}");
    assert_eq!((volumes(), &machine(&alice, "long")["status"]), (1, &"active".into()));
    // And one that goes with its machine.
    alice.ok(&[], &["machines", "volume", "add", "long", "1GiB"]);
    assert_eq!(volumes(), 2);
    alice.ok(&[], &["cancel", "long"]);
    let ended = ended(&alice, "long");
    assert_eq!(operators.inventory(&[run]), before, "nothing is left");
    assert!(ended["attention"].is_null(), "{ended:#}");
}

/// A site whose projects have no network: one is made, with a router into the pool that is public, and all of it goes again.
/// Another has nothing but a public network, where no machine needs an address from a pool.
#[test]
fn where_there_is_no_router_one_is_made_and_where_none_is_needed_that_is_said() {
    // Which of its pools is public cannot be seen there: whoever runs the gateway says it.
    let known = [("external", "private_pool"), ("provider-4021", "pool")].map(|(network, role)| {
        format!("[[federation.networks]]\nservice = 'GAMMA-HPC'\nnetwork = '{network}'\nrole = '{role}'\n")
    });
    let federation = Federation::start_with(&known.concat());
    federation.map_people();
    let operators = Operators::of(&federation.bed);
    let before = operators.inventory(&[]);
    let alice = federation.signed_in("alice");
    looked_at(&alice);
    let asked = ["run", "--kind", "machine", "--cores", "1", "--memory", "1GiB", "--public", "--open", "22"];
    let gamma = ["--name", "far", "--image", "ubuntu-jammy-x86_64", "--site", "GAMMA-HPC"];
    let said = alice.type_in(&[], &[&asked[..], &gamma[..]].concat());
    assert_eq!(said.code, 0, "{said:?}");
    let found = machine(&alice, "far");
    assert!(found["addresses"].to_string().contains("192.0.2."), "{found:#}");
    let run = found["run"].as_str().expect("a run");
    let now = operators.inventory(&[run]);
    for kind in ["network", "router"] {
        assert!(now.iter().any(|thing| thing.kind == kind && thing.mark.contains(run)), "a {kind}: {now:#?}");
    }
    let beta = ["--name", "wide", "--os", "ubuntu:22.04", "--site", "BETA-GRID"];
    let said = alice.type_in(&[], &[&asked[..], &beta[..]].concat());
    assert_eq!(said.code, 0, "{said:?}");
    let wide = machine(&alice, "wide");
    let said = alice.type_in(&[], &["machines", "address", "add", "wide"]);
    assert!(said.code != 0 && said.err.contains("RS-5022") && said.err.contains("vlan-2113-public itself"), "{said:?}");
    for name in ["far", "wide"] {
        alice.ok(&[], &["cancel", name]);
        ended(&alice, name);
    }
    assert_eq!(operators.inventory(&[run, wide["run"].as_str().expect("a run")]), before, "nothing is left");
}
