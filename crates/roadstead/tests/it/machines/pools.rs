//! A site with two pools that cannot be told apart, of which one has addresses that nobody outside reaches.

use super::world::{World, machine};
use serde_json::Value;
use std::time::Duration;
use testkit::{Cloud, Site};

const PRIVATE: &str = "10.200.";
const PUBLIC: &str = "192.0.2.";

fn world() -> World {
    World::of(vec![Cloud::start(Site::like("a").bare().with_networks_of("c").boot(Duration::ZERO))])
}

fn floating(machine: &Value) -> &str {
    let all = machine["addresses"].as_array().expect("addresses");
    let one = all.iter().find(|one| one["floating"] == true).unwrap_or_else(|| panic!("{machine:#}"));
    assert_eq!(one["public"], true, "{machine:#}");
    one["address"].as_str().expect("an address")
}

#[test]
fn an_address_that_is_not_reached_from_outside_is_not_taken_for_one_and_its_pool_is_remembered() {
    let mut world = world();
    let run = world.begin(machine());
    let ready = world.until_ready(&run);
    let attempts = ready["attempts"].as_array().expect("attempts");
    println!("{ready:#}");
    let causes: Vec<_> = attempts.iter().filter_map(|one| one["cause"]["detail"].as_str()).collect();
    println!("{causes:#?}");
    assert!(floating(&world.get(&format!("machines/{run}"))).starts_with(PUBLIC));
    let _ = PRIVATE;
    world.end(&run);
}
