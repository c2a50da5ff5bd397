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
