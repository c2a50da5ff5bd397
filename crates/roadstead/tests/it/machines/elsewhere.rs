//! When the first place cannot give it, the next one does; and what went wrong is told.

use super::world::{PROJECT, World, machine, site};
use serde_json::Value;
use std::time::Duration;
use testkit::{Cloud, Mishap};

const UBUNTU: &str = "EGI Image for Ubuntu 22.04 [Ubuntu/22.04/KVM]";

fn causes(run: &Value) -> Vec<&str> {
    run["attempts"].as_array().expect("attempts").iter().filter_map(|one| one["cause"]["code"].as_str()).collect()
}

#[test]
fn whatever_fails_at_one_site_the_next_is_tried_and_the_cause_kept() {
    type Trouble = (&'static str, &'static str, fn(&Cloud));
    let troubles: [Trouble; 8] = [
        ("quota gone", "RS-5017", |cloud| cloud.set_quota(PROJECT, "instances", 1)),
        ("no valid host", "RS-5017", |cloud| cloud.set_room(Some(0))),
        ("image rejected", "RS-5018", |cloud| cloud.set_image(UBUNTU, "status", "deactivated")),
        ("no address left to the project", "RS-5017", |cloud| cloud.set_quota(PROJECT, "floatingip", 1)),
        ("no address left in the pool", "RS-5017", |cloud| cloud.set_dry(true)),
        ("wrong role", "RS-3010", |cloud| cloud.mishap("POST servers", 1, Mishap::Fails(403))),
        ("it breaks", "RS-5020", |cloud| cloud.mishap("POST servers", 1, Mishap::Breaks)),
        ("down", "RS-3011", |cloud| cloud.mishap("POST ports", 1_000, Mishap::Fails(503))),
    ];
    let mut world = World::of((0..=troubles.len()).map(|number| site(&format!("SITE-{number}"))).collect());
    for (what, code, hurt) in troubles {
        let first = world.first();
        let name = first.name();
        hurt(first);
        let run = world.begin(machine());
        let ready = world.until_ready(&run);
        let attempts = ready["attempts"].as_array().expect("attempts");
        assert_eq!(attempts.len(), 2, "{what}: {ready:#}");
        assert!(attempts[0]["service"].as_str().is_some_and(|service| service.contains(&name)), "{what}: {ready:#}");
        assert_eq!(causes(&ready), [code], "{what}: {ready:#}");
        world.end(&run);
        // What is known of it keeps others from the same.
        let why = world.reasons_at(&name);
        let is_told = match what {
            "image rejected" => why.contains("is not active"),
            "no address left in the pool" => why.contains("No more IP addresses"),
            _ => true,
        };
        assert!(is_told, "{what}: {why}");
    }
}

#[test]
fn when_nothing_is_left_all_causes_are_told() {
    let mut world = World::wide();
    world.clouds[0].set_quota(PROJECT, "instances", 1);
    world.clouds[1].mishap("POST servers", 1_000, Mishap::Fails(403));
    let run = world.begin(machine());
    let ended = world.until_nothing_is_left(&run);
    assert_eq!((&ended["outcome"], &ended["cause"]["code"]), (&"failed".into(), &"RS-5021".into()), "{ended:#}");
    let told = ended["cause"]["detail"].as_str().expect("a detail");
    assert!(told.contains("ALPHA did not give") && told.contains("OMEGA did not give"), "{told}");
    assert_eq!(causes(&ended).len(), 2, "{ended:#}");
}

#[test]
fn when_it_was_tried_often_enough_all_causes_are_told() {
    let mut world = World::of(["ALPHA", "OMEGA", "SIGMA"].map(site).into());
    world.set_attempts(2);
    for cloud in &world.clouds {
        cloud.mishap("POST servers", 1_000, Mishap::Fails(403));
    }
    let run = world.begin(machine());
    let ended = world.until_nothing_is_left(&run);
    assert_eq!((&ended["outcome"], &ended["cause"]["code"]), (&"failed".into(), &"RS-5021".into()), "{ended:#}");
    let told = ended["cause"]["detail"].as_str().expect("a detail");
    assert_eq!(told.matches(" did not give").count(), 2, "{told}");
    assert!(told.contains("tried for 2 times at most"), "{told}");
    assert_eq!(causes(&ended).len(), 2, "{ended:#}");
}

#[test]
fn cancelling_while_the_next_is_tried_leaves_nothing_anywhere() {
    let mut world = World::wide();
    for cloud in &world.clouds {
        cloud.set_boot(Duration::from_secs(20));
        cloud.mishap("DELETE servers/{id}", 1, Mishap::Lingers(Duration::from_secs(2)));
    }
    world.first().set_boot(Duration::ZERO);
    world.first().mishap("POST servers", 1, Mishap::Breaks);
    let run = world.begin(machine());
    world.until(&run, "a second attempt", |run| run["attempts"].as_array().is_some_and(|all| all.len() == 2));
    let ended = world.end(&run);
    assert_eq!(ended["outcome"], "cancelled", "{ended:#}");
}

#[test]
fn a_crash_while_the_next_is_looked_for_does_not_end_the_search() {
    let points =
        ["flow.before_undo:1", "flow.before_undo_commit:1", "flow.before_step:3", "flow.before_step:4", "runs.before_intent:2"];
    let mut world = World::of((0..=points.len()).map(|number| site(&format!("SITE-{number}"))).collect());
    for point in points {
        world.restart(Some(point));
        world.until_looked_at();
        world.first().set_room(Some(0));
        let run = world.begin(machine());
        world.until_ready(&run);
        world.end(&run);
    }
}

#[test]
fn who_held_an_address_and_how_it_went_there_are_known_afterwards() {
    let mut world = World::wide();
    let hurt = world.first().name();
    world.first().set_quota(PROJECT, "floatingip", 1);
    let run = world.begin(machine());
    world.until_ready(&run);
    let shown = world.get(&format!("machines/{run}"));
    let addresses = shown["addresses"].as_array().expect("addresses");
    let public = addresses.iter().find(|one| one["public"] == true).unwrap_or_else(|| panic!("{shown:#}"));
    let address = public["address"].as_str().expect("text").to_owned();
    let held = |world: &World, at: &[&str]| -> Value {
        let found = world.administrate(&[&["addresses", &address, "--json"], at].concat());
        serde_json::from_str(&found).expect("JSON")
    };
    let now = held(&world, &[]);
    let one = &now["items"][0];
    assert_eq!((&one["run"], &one["site"], &one["held_until"]), (&run.as_str().into(), &shown["site"], &Value::Null), "{now:#}");
    assert_eq!(one["person"], shown["person"], "{now:#}");
    let from = one["held_from"].as_str().expect("a time").to_owned();
    world.end(&run);
    let then = held(&world, &["--at", &from]);
    assert!(then["items"][0]["held_until"].is_string(), "{then:#}");
    assert_eq!(held(&world, &["--at", "2001-01-01T00:00:00Z"])["items"], Value::Array(Vec::new()));
    assert!(world.administrate(&["audit", "--operation", "list_address_holders", "--json"]).contains(&address));

    // What failed there, and that looking at it goes well.
    let weather = testkit::wait_until(Duration::from_secs(60), "looks to be written down", || {
        let weather = world.get("weather");
        weather["items"].as_array()?.iter().any(|one| one["operation"] == "list").then_some(weather)
    });
    let of = |operation: &str, is_hurt: bool| {
        let items = weather["items"].as_array().expect("items");
        let here = |one: &&Value| {
            one["operation"] == operation && one["service"].as_str().is_some_and(|name| name.contains(&hurt)) == is_hurt
        };
        items.iter().find(here).unwrap_or_else(|| panic!("{operation}: {weather:#}"))
    };
    let none = of("address", true);
    assert!(none["failing_since"].is_string() && none["last_failure"]["cause"].is_string(), "{none:#}");
    for operation in ["create", "boot", "address", "remove"] {
        let went = of(operation, false);
        assert_eq!((&went["tries"], &went["successes"]), (&1.into(), &1.into()), "{went:#}");
    }
    assert_eq!(of("sign_in", true)["failing_since"], Value::Null, "{weather:#}");
    // The next plan knows it, a moment later.
    let shown = testkit::wait_until(Duration::from_secs(60), "a plan that knows", || {
        let plan = world.plan(machine());
        let terms = plan["offers"].as_array()?.iter().flat_map(|offer| offer["terms"].as_array().into_iter().flatten());
        terms.filter(|term| term["name"] == "weather").find_map(|term| term["detail"].as_str()).map(str::to_owned)
    });
    assert!(shown.contains("1 of the last 1 machines asked for here came up"), "{shown}");
}
