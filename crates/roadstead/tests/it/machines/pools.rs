//! A site that hides what its two pools are: nobody outside reaches the addresses of one of them.

use super::world::{World, machine};
use std::time::Duration;
use testkit::{Cloud, Site, wait_until};

const LIMIT: Duration = Duration::from_secs(60);

#[test]
fn an_address_that_nobody_reaches_is_not_taken_for_a_public_one_and_its_pool_is_remembered() {
    let mut world = World::of(vec![Cloud::start(Site::like("a").bare().with_networks_of("c").boot(Duration::ZERO))]);
    let site = world.clouds[0].name();
    let run = world.begin(machine());
    let ended = world.until_nothing_is_left(&run);
    let told = ended["cause"]["detail"].as_str().expect("a detail");
    assert_eq!(ended["attempts"].as_array().map(Vec::len), Some(2), "each pool is tried once: {ended:#}");
    assert!(told.contains("gave the address 10.200.") && told.contains("gave the address 192.0.2."), "{told}");
    let why = world.reasons_at(&site);
    assert!(why.contains("which is not reached from outside"), "{why}");

    // What was learned holds, and the administrator's word goes before it.
    world.reconfigure("public_ranges = ['203.0.113.0/24'", "public_ranges = ['203.0.113.0/24', '192.0.2.0/24'");
    world.until_looked_at();
    let run = world.begin(machine());
    let ready = world.until_ready(&run);
    assert_eq!(ready["attempts"].as_array().map(Vec::len), Some(1), "{ready:#}");
    let shown = world.get(&format!("machines/{run}"));
    let address = shown["addresses"].as_array().expect("addresses").iter().find(|one| one["floating"] == true);
    let address = address.unwrap_or_else(|| panic!("{shown:#}"));
    assert!(address["public"] == true && address["address"].as_str().is_some_and(|one| one.starts_with("192.0.2.")), "{shown:#}");
    wait_until(LIMIT, "the verdict on the other pool", || {
        let networks = world.get("networks");
        let external = networks["items"].as_array()?.iter().find(|one| one["item"]["name"] == "external")?.clone();
        let is_told = external.to_string().contains("it gave a machine 10.200.");
        (is_told && external["item"]["role"] == "private_pool").then_some(())
    });
    world.end(&run);
    world.assert_settled();
}
