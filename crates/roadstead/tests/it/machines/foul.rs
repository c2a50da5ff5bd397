//! Sites that do what they were asked for and say otherwise, or say they did and did not.

use super::world::{World, machine};
use testkit::Mishap;

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
