//! Addresses and sizes of machines that are there: what dies in the middle goes on from where it was, and what cannot be is
//! as it was before.

use super::world::{PROJECT, World, machine};
use serde_json::{Value, json};
use std::time::Duration;
use testkit::{Cloud, Mishap};

/// Without an address that is reached from outside.
fn inside() -> Value {
    let mut machine = machine();
    machine["machine"]["public"] = false.into();
    machine
}

fn add() -> Value {
    json!({"do": "add_address"})
}

fn remove() -> Value {
    json!({"do": "remove_address"})
}

fn resize(size: &str) -> Value {
    json!({"do": "resize", "size": size})
}

/// The floating ones that it says it has.
fn floating(machine: &Value) -> Vec<String> {
    let all = machine["addresses"].as_array().expect("addresses").iter();
    let floating: Vec<_> = all.filter(|one| one["floating"] == true).collect();
    assert!(floating.iter().all(|one| one["public"] == true), "{machine:#}");
    floating.iter().map(|one| one["address"].as_str().expect("an address").to_owned()).collect()
}

fn size_at(cloud: &Cloud, machine: &Value) -> (String, String) {
    let servers = cloud.servers();
    let server = servers.iter().find(|one| machine["server"] == one.id).expect("its server");
    (server.told["flavor"].as_str().expect("a flavor").to_owned(), server.status.clone())
}

#[test]
fn an_address_comes_and_goes_whoever_dies_meanwhile_and_who_had_it_stays_known() {
    let mut world = World::small();
    let run = world.begin(inside());
    world.until_ready(&run);
    assert_eq!(floating(&world.machine(&run)), [""; 0]);
    let mut held = Vec::new();
    let points = ["", "runs.before_effect:1", "runs.after_effect:1", "flow.before_commit:1", "flow.after_commit:1"];
    for point in points {
        world.restart(Some(point).filter(|point| !point.is_empty()));
        world.change(&run, &add());
        let there = world.until_changed(&run);
        assert!(there["change"]["problem"].is_null(), "{point}: {there:#}");
        let told = floating(&there);
        let at_site: Vec<_> = world.of_run(&run).into_iter().filter(|one| one.told["floating_ip_address"].is_string()).collect();
        assert_eq!((told.len(), at_site.len()), (1, 1), "{point}: {there:#} {at_site:#?}");
        assert_eq!(at_site[0].told["floating_ip_address"], told[0].as_str(), "{point}");
        held.extend(told);

        world.restart(Some(point.replace("effect", "removal")).filter(|point| !point.is_empty()).as_deref());
        world.change(&run, &remove());
        let there = world.until_changed(&run);
        assert_eq!(floating(&there), [""; 0], "{point}: {there:#}");
        assert_eq!(world.of_run(&run).len(), 3, "{point}: {:#?}", world.of_run(&run));
        // It has the others still.
        assert!(!there["addresses"].as_array().expect("addresses").is_empty(), "{point}");
    }
    // With one at its end.
    world.change(&run, &add());
    held.extend(floating(&world.until_changed(&run)));
    world.end(&run);
    let receipt = world.get(&format!("runs/{run}/receipt"));
    let addresses = receipt["items"].as_array().expect("items").iter().filter(|item| item["kind"] == "address").count();
    assert_eq!(addresses, points.len() + 1, "each is in the receipt: {receipt:#}");
    let known = world.addresses_of(&run);
    held.sort();
    held.dedup();
    assert!(held.iter().all(|address| known.iter().any(|(one, until)| one == address && until.is_some())), "{known:?} {held:?}");
}

#[test]
fn an_address_that_cannot_be_had_is_refused_with_the_reason_and_nothing_is_left() {
    let mut world = World::small();
    let run = world.begin(inside());
    world.until_ready(&run);
    // It was made, and nobody heard of it.
    for mishap in [Mishap::AnswerLost, Mishap::FailsAfter(503), Mishap::Hidden(Duration::from_millis(900))] {
        world.clouds[0].mishap("POST floatingips", 1, mishap.clone());
        world.change(&run, &add());
        let there = world.until_changed(&run);
        assert_eq!((floating(&there).len(), world.of_run(&run).len()), (1, 4), "{mishap:?}: {there:#}");
        let (status, told) = world.ask_for(&run, &add());
        assert_eq!((status, &told["code"]), (422, &"RS-5022".into()), "{mishap:?}: it has one: {told:#}");
        world.change(&run, &remove());
        world.until_changed(&run);
    }
    world.clouds[0].set_dry(true);
    world.change(&run, &add());
    let there = world.until_changed(&run);
    assert_eq!(there["change"]["problem"]["code"], "RS-5017", "{there:#}");
    assert!(there["change"]["problem"]["detail"].as_str().is_some_and(|told| told.contains("No more IP addresses")), "{there:#}");
    assert_eq!((&there["status"], world.of_run(&run).len()), (&"active".into(), 3));
    world.clouds[0].set_dry(false);
    let (status, told) = world.ask_for(&run, &remove());
    assert_eq!((status, &told["code"]), (422, &"RS-5022".into()), "{told:#}");
    // Its end in the middle of it.
    world.clouds[0].mishap("POST floatingips", 1, Mishap::HangsAfter);
    world.change(&run, &add());
    world.end(&run);
}

#[test]
fn another_size_is_confirmed_whoever_dies_meanwhile() {
    let mut world = World::small();
    let points = [
        "runs.before_intent:1",
        "runs.before_effect:1",
        "runs.after_effect:1",
        "runs.before_effect:2",
        "runs.after_effect:2",
        "flow.before_commit:1",
        "flow.after_commit:1",
        "flow.after_commit:2",
    ];
    // Disks only grow: then there is another machine.
    for points in points.chunks(4) {
        let run = world.begin(inside());
        world.until_ready(&run);
        assert_eq!(world.machine(&run)["size"], "m1.tiny");
        for (point, size) in points.iter().zip(["m1.small", "m1.medium", "m1.large", "m1.xlarge"]) {
            world.restart(Some(point));
            world.until_looked_at();
            world.change(&run, &resize(size));
            let there = world.until_changed(&run);
            assert_eq!((&there["size"], &there["change"]["problem"]), (&size.into(), &Value::Null), "{point}: {there:#}");
            assert_eq!(size_at(&world.clouds[0], &there), (size.to_owned(), "ACTIVE".to_owned()), "{point}");
        }
        world.end(&run);
    }
    assert!(world.has_died() > points.len() / 2, "only {} were reached", world.has_died());
}

#[test]
fn a_size_that_does_not_come_about_leaves_the_machine_as_it_was() {
    let mut world = World::small();
    let run = world.begin(inside());
    world.until_ready(&run);
    let before = world.person_in_flight();
    let path = format!("machines/{run}/sizes");
    let sizes = world.get(&path);
    let names: Vec<_> = sizes["items"].as_array().expect("sizes").iter().map(|size| size["name"].clone()).collect();
    assert_eq!((&sizes["has"]["name"], &names[0]), (&"m1.tiny".into(), &"m1.small".into()), "{sizes:#}");

    // Nobody heard that the site took it on, nor that it was confirmed: that is found out by looking.
    for (operation, size) in [("resize", "m1.small"), ("confirmResize", "m1.medium")] {
        world.clouds[0].mishap(&format!("POST servers/{{id}}/action {operation}"), 1, Mishap::AnswerLost);
        world.change(&run, &resize(size));
        let there = world.until_changed(&run);
        assert_eq!((&there["size"], &there["change"]["problem"]), (&size.into(), &Value::Null), "{there:#}");
    }
    let grown = world.person_in_flight();
    assert_eq!((before, grown), (1.0, 2.0), "what it counts for");

    // It may not be confirmed: it goes back.
    world.clouds[0].mishap("POST servers/{id}/action confirmResize", 1_000, Mishap::Fails(403));
    world.change(&run, &resize("m1.large"));
    let there = world.until_changed(&run);
    assert_eq!((&there["size"], &there["change"]["problem"]["code"]), (&"m1.medium".into(), &"RS-5023".into()), "{there:#}");
    assert_eq!(size_at(&world.clouds[0], &there), ("m1.medium".to_owned(), "ACTIVE".to_owned()));
    assert_eq!(world.person_in_flight(), grown, "what it counts for is as before");
    world.clouds[0].calm();

    // The site takes it on, and finds no host; or has not enough left for it.
    world.clouds[0].set_room(Some(0));
    world.change(&run, &resize("m1.large"));
    let there = world.until_changed(&run);
    assert_eq!((&there["size"], &there["change"]["problem"]["code"]), (&"m1.medium".into(), &"RS-5023".into()), "{there:#}");
    world.clouds[0].set_room(None);
    world.clouds[0].set_quota(PROJECT, "cores", 4);
    world.change(&run, &resize("m1.large"));
    let there = world.until_changed(&run);
    assert!(
        there["change"]["problem"]["detail"].as_str().is_some_and(|told| told.contains("Quota exceeded for cores")),
        "{there:#}"
    );
    assert_eq!(size_at(&world.clouds[0], &there), ("m1.medium".to_owned(), "ACTIVE".to_owned()));

    for (size, why) in [("m1.tiny", "of disk wanted"), ("m1.medium", "it has that size"), ("m1.none", "no such size")] {
        let (status, told) = world.ask_for(&run, &resize(size));
        assert_eq!((status, &told["code"]), (422, &"RS-5023".into()), "{told:#}");
        assert!(told["detail"].as_str().is_some_and(|detail| detail.contains(why)), "{why}: {told:#}");
    }
    // In the middle of it, and asked for its end.
    world.clouds[0].set_quota(PROJECT, "cores", 40);
    world.clouds[0].mishap("POST servers/{id}/action confirmResize", 1_000, Mishap::Fails(500));
    world.change(&run, &resize("m1.large"));
    let (status, told) = world.ask_for(&run, &add());
    assert_eq!((status, &told["code"]), (409, &"RS-1013".into()), "one at a time: {told:#}");
    world.end(&run);
}
