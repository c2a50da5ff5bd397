//! Sites that do what they were asked for and say otherwise, or say they did and did not.

use super::world::{World, machine};
use crate::cli::helpers::LIMIT;
use serde_json::Value;
use std::time::Duration;
use testkit::{Mishap, wait_until};

#[test]
fn a_crash_between_creation_and_its_record_makes_no_second_one() {
    let mut world = World::small();
    for nth in 1..=4 {
        world.restart(Some(&format!("runs.after_effect:{nth}")));
        let run = world.begin(machine());
        world.until_killed();
        world.until_ready(&run);
        assert_eq!(world.of_run(&run).len(), 4, "one of each: {:#?}", world.of_run(&run));
        world.end(&run);
    }
}

#[test]
fn a_lost_answer_makes_no_second_one() {
    let mut world = World::small();
    for operation in ["POST security-groups", "POST ports", "POST floatingips", "POST servers"] {
        for mishap in [Mishap::AnswerLost, Mishap::FailsAfter(503)] {
            world.clouds[0].mishap(operation, 1, mishap);
            let run = world.begin(machine());
            world.until_ready(&run);
            assert_eq!(world.clouds[0].mishaps_left(), 0, "{operation}");
            assert_eq!(world.of_run(&run).len(), 4, "{operation}: {:#?}", world.of_run(&run));
            world.end(&run);
        }
    }
}

#[test]
fn what_is_not_listed_yet_is_neither_made_again_nor_forgotten() {
    let mut world = World::small();
    for (nth, operation) in [(1, "POST security-groups"), (2, "POST ports"), (3, "POST servers"), (4, "POST floatingips")] {
        for is_cancelled in [false, true] {
            world.restart(Some(&format!("runs.after_effect:{nth}")));
            // Its program dies before it hears of it, and whoever comes next does not see it for a while.
            world.clouds[0].mishap(operation, 1, Mishap::Hidden(Duration::from_millis(900)));
            let run = world.begin(machine());
            world.until_killed();
            if !is_cancelled {
                world.until_ready(&run);
                assert_eq!(world.of_run(&run).len(), 4, "{operation}: {:#?}", world.of_run(&run));
            }
            world.end(&run);
        }
    }
}

#[test]
fn what_is_done_long_after_it_was_asked_for_is_not_made_twice() {
    let mut world = World::small();
    // Longer than is waited for, and not so long that it would be asked again.
    for operation in ["POST security-groups", "POST ports", "POST floatingips", "POST servers"] {
        world.clouds[0].mishap(operation, 1, Mishap::Late(Duration::from_secs(4)));
        let run = world.begin(machine());
        world.until_ready(&run);
        assert_eq!(world.of_run(&run).len(), 4, "{operation}: {:#?}", world.of_run(&run));
        world.end(&run);
    }
    // Where there are two in the end all the same, the run has the one that it knows, and the other goes too.
    world.clouds[0].mishap("POST security-groups", 1, Mishap::Late(Duration::from_secs(9)));
    let run = world.begin(machine());
    world.until_ready(&run);
    let told = wait_until(LIMIT, "the second one", || {
        let told: Value = serde_json::from_str(&world.administrate(&["orphans", "--json"])).expect("JSON");
        told["items"].as_array().is_some_and(|items| !items.is_empty()).then_some(told)
    });
    assert_eq!(told["items"][0]["verdict"], "too_young", "{told:#}");
    assert_eq!(told["items"].as_array().map(Vec::len), Some(1), "{told:#}");
    assert_eq!(world.of_run(&run).len(), 5, "{:#?}", world.of_run(&run));
    world.end(&run);
}

#[test]
fn a_deletion_that_lies_is_not_believed() {
    let mut world = World::small();
    let kinds = ["servers", "ports", "floatingips", "security-groups"];
    let said = [Mishap::Lies, Mishap::AnswerLost, Mishap::Lingers(Duration::from_millis(1_500))];
    for (at, mishap) in said.into_iter().enumerate() {
        let run = world.begin(machine());
        world.until_ready(&run);
        for kind in kinds {
            // What could not be asked is asked again much later: once is enough.
            if at != 1 || kind == "ports" {
                world.clouds[0].mishap(&format!("DELETE {kind}/{{id}}"), 1, mishap.clone());
            }
        }
        world.end(&run);
        assert_eq!(world.clouds[0].mishaps_left(), 0, "{mishap:?}");
    }
}

#[test]
fn what_bears_the_name_and_not_the_mark_is_left_alone() {
    let mut world = World::small();
    let run = world.begin(machine());
    world.until_ready(&run);
    for thing in world.of_run(&run).iter().filter(|thing| !thing.name.is_empty()) {
        world.imitate(thing);
    }
    world.remember_others(&run);
    assert_eq!(world.of_run(&run).len(), 4);
    // Whoever comes after a crash looks by name, too.
    world.restart(Some("runs.before_removal:2"));
    world.cancel(&run);
    world.until_killed();
    world.until_nothing_is_left(&run);
}

#[test]
fn trouble_at_every_try_makes_no_heap_of_things() {
    let mut world = World::small();
    world.clouds[0].asked();
    world.clouds[0].mishap("POST servers", 1_000, Mishap::Fails(500));
    let run = world.begin(machine());
    let ended = world.until_nothing_is_left(&run);
    assert_eq!((&ended["outcome"], &ended["cause"]["code"]), (&"failed".into(), &"RS-5021".into()), "{ended:#}");
    let made = world.clouds[0].asked().iter().filter(|asked| *asked == "POST ports 201").count();
    assert_eq!(made, 1, "ports");
}

#[test]
fn a_session_that_ends_in_the_midst_is_renewed() {
    let mut world = World::small();
    for operation in ["POST ports", "POST servers", "GET servers/{id}"] {
        world.clouds[0].mishap(operation, 1, Mishap::TokenEnds);
    }
    let run = world.begin(machine());
    world.until_ready(&run);
    assert_eq!(world.of_run(&run).len(), 4);
    for operation in ["DELETE servers/{id}", "DELETE ports/{id}"] {
        world.clouds[0].mishap(operation, 1, Mishap::TokenEnds);
    }
    world.end(&run);
    assert_eq!(world.clouds[0].mishaps_left(), 0);
}

#[test]
fn machines_of_who_is_suspended_end() {
    let mut world = World::small();
    let run = world.begin(machine());
    world.until_ready(&run);
    let person = world.person();
    world.administrate(&["people", "--suspend", &person, "--because", "a laptop was stolen"]);
    testkit::wait_until(crate::cli::helpers::LIMIT, "nothing is left", || world.of_run(&run).is_empty().then_some(()));
    world.assert_whole();
}

#[test]
fn a_site_that_hangs_keeps_nobody_for_ever() {
    let mut world = World::small();
    world.clouds[0].mishap("POST servers", 1, Mishap::HangsAfter);
    let run = world.begin(machine());
    world.until_ready(&run);
    assert_eq!(world.of_run(&run).len(), 4, "{:#?}", world.of_run(&run));
    world.end(&run);
}

#[test]
fn a_machine_in_trouble_is_none() {
    let mut world = World::small();
    world.clouds[0].mishap("POST servers", 1_000, Mishap::Breaks);
    let run = world.begin(machine());
    let ended = world.until_nothing_is_left(&run);
    assert_eq!((&ended["outcome"], ended["started_at"].is_null()), (&"failed".into(), true), "{ended:#}");
    assert!(matches!(ended["cause"]["code"].as_str(), Some("RS-5020" | "RS-5021")), "{ended:#}");
}
