//! Killed at the n-th passing of each point, while a machine is made, while it is deleted, and while what failed is undone.

use super::world::{World, machine, site};
use std::time::Duration;
use testkit::{Cloud, Mishap, Postgres, Site, Thing};

const POINTS: [&str; 12] = [
    "runs.before_create_commit",
    "runs.after_create_commit",
    "runs.before_intent",
    "runs.before_effect",
    "runs.after_effect",
    "runs.before_removal",
    "runs.after_removal",
    "flow.before_step",
    "flow.before_commit",
    "flow.after_commit",
    "flow.before_undo",
    "flow.before_undo_commit",
];

/// What becomes of the machine.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Course {
    Used,
    Cancelled,
}

/// How many; `make crash N=…` asks for more, and this is one of so many parts of them. Whoever is killed with PostgreSQL leaves leases
/// to wait for.
pub fn number(usual: usize, parts: usize) -> usize {
    let all: Option<usize> = std::env::var("ROADSTEAD_CRASH_SCHEDULES").ok().and_then(|text| text.parse().ok());
    all.map_or(usual, |all| all.div_ceil(parts))
}

pub fn schedules(from: usize) -> impl Iterator<Item = (String, Course)> {
    let courses = [Course::Used, Course::Cancelled];
    // With the next round comes the next passing.
    (from..).map(move |at| {
        let (point, round) = (POINTS[at % POINTS.len()], at / POINTS.len());
        let course = if point.contains("undo") { Course::Cancelled } else { courses[(at + round) % 2] };
        // One life makes one machine: these are passed once in it.
        let is_passed_once = ["create_commit", "before_intent", "after_removal"].iter().any(|part| point.contains(part));
        (format!("{point}:{}", if is_passed_once { 1 } else { 1 + round }), course)
    })
}

/// `things`: so many has each machine.
pub fn matrix(mut world: World, things: usize, from: usize, number: usize) {
    let mut struck = 0;
    for (fault, course) in schedules(from).take(number) {
        world.restart(Some(&fault));
        world.until_looked_at();
        // What is cancelled before it can be used is undone.
        world.clouds[0].set_boot(Duration::from_secs(if fault.contains("undo") { 6 } else { 0 }));
        let run = world.begin(machine());
        if course == Course::Used {
            world.until_ready(&run);
            let there = world.of_run(&run);
            assert_eq!(there.len(), things, "{fault} {course:?}: {there:#?}");
        }
        world.end(&run);
        struck = world.has_died();
    }
    assert!(struck * 2 > number, "only {struck} of {number} were reached");
    world.assert_settled();
}

#[test]
fn crash_matrix_of_machines_on_sqlite() {
    matrix(World::of(vec![site("ALPHA")]), 4, 0, number(20, 3));
}

#[test]
fn crash_matrix_of_machines_on_postgresql() {
    let postgres = Postgres::start_without_fsync();
    let database = postgres.database();
    // Where the other leaves off.
    matrix(World::with_database(vec![site("ALPHA")], Some(&database)), 4, 7, number(12, 4));
}

/// Where the project has neither network nor router, both are made for the machine, and go with it.
#[test]
fn a_network_and_a_router_of_its_own_are_made_and_removed_whoever_dies_meanwhile() {
    let site = Site::like("a").named("BARE").bare().boot(Duration::ZERO);
    let mut world = World::of(vec![Cloud::start(site)]);
    let points =
        ["runs.after_effect:2", "runs.after_effect:3", "runs.before_effect:4", "runs.before_removal:3", "flow.before_commit:4"];
    for point in points {
        world.restart(Some(point));
        world.until_looked_at();
        // Twice, and nobody heard of it once.
        world.clouds[0].mishap("PUT routers/{id}/add_router_interface", 1, Mishap::AnswerLost);
        let run = world.begin(machine());
        world.until_ready(&run);
        let cloud = &world.clouds[0];
        let is_its = |thing: &Thing| thing.description.contains(&run);
        let count = |things: Vec<Thing>| things.iter().filter(|thing| is_its(thing)).count();
        assert_eq!((count(cloud.networks()), count(cloud.subnets()), count(cloud.routers())), (1, 1, 1), "{point}");
        assert_eq!(world.of_run(&run).len(), 7, "{point}: {:#?}", world.of_run(&run));
        let there = world.machine(&run);
        assert!(there["addresses"].as_array().expect("addresses").iter().any(|one| one["floating"] == true), "{there:#}");
        world.end(&run);
    }
    world.assert_settled();
}
