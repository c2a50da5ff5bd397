//! What the sweeper removes, and what it never does.

use super::world::{PROJECT, World, machine};
use crate::cli::helpers::LIMIT;
use serde_json::Value;
use testkit::wait_until;

#[test]
fn only_what_bears_the_very_mark_of_something_released_is_swept_away_on_whatever_page_it_is() {
    let mut world = World::small();
    // Lists come in many pages, as where there are thousands of everything.
    world.clouds[0].set_page(Some(2));
    let run = world.begin(machine());
    world.until_ready(&run);
    let port = world.of_run(&run).into_iter().find(|one| one.description.ends_with(" port-0")).expect("its port");
    let mark = port.description.clone();
    world.end(&run);

    let other_deployment = format!("roadstead dep-{} {}", "0".repeat(26), mark.splitn(3, ' ').nth(2).expect("the rest"));
    let forged = [
        // Of another gateway; of a run that this one never had; of a slot that it never had; and what only looks like one.
        other_deployment,
        mark.replace(
            &port.description[mark.find(" att-").expect("an attempt")..mark.len() - 7],
            &format!(" att-{}", "0".repeat(26)),
        ),
        mark.replace(" port-0", " port-7"),
        format!("{mark} "),
        mark.to_uppercase(),
        format!("x{mark}"),
    ];
    let left: Vec<String> = forged.iter().map(|mark| world.plant(mark)).collect();
    let released = world.plant(&mark);
    let has = |world: &World, id: &str| world.clouds[0].ports().iter().any(|one| one.id == id);

    // So young, it is left to whoever may still be at it.
    let told = world.orphans();
    assert_eq!(verdict(&told, &released), Some("too_young"), "{told:#}");
    assert_eq!(verdict(&told, &left[2]), Some("unknown"), "{told:#}");
    for id in [&left[0], &left[3], &left[4], &left[5]] {
        assert_eq!(verdict(&told, id), None, "{told:#}");
    }
    assert!(has(&world, &released));

    world.age();
    wait_until(LIMIT, "it is swept away", || (!has(&world, &released)).then_some(()));
    for id in &left {
        assert!(has(&world, id), "{id} is not ours");
    }
    world.uproot(&left);
    world.assert_whole();
}

fn verdict<'a>(told: &'a Value, id: &str) -> Option<&'a str> {
    told["items"].as_array()?.iter().find(|one| one["id"] == id)?["verdict"].as_str()
}

#[test]
fn a_mark_that_somebody_changed_makes_it_theirs() {
    let mut world = World::small();
    let run = world.begin(machine());
    world.until_ready(&run);
    let port = world.of_run(&run).into_iter().find(|one| one.description.ends_with(" port-0")).expect("its port");
    let group = world.of_run(&run).into_iter().find(|one| one.description.ends_with(" group-0")).expect("its group");
    // The port is released with its machine, and stays; so does the group that it is in.
    for (thing, kind) in [(&port, "port"), (&group, "security-group")] {
        world.describe(kind, &thing.id, "mine now");
    }
    world.cancel(&run);
    let ended = world.until(&run, "the end", |run| run["state"] == "ended");
    assert_eq!(ended["outcome"], "done", "{ended:#}");
    let receipt = world.get(&format!("runs/{run}/receipt"));
    let told = receipt.to_string();
    assert_eq!(told.matches("does not carry our mark any more, and was left alone").count(), 2, "{receipt:#}");
    let left: Vec<String> = [port, group].into_iter().map(|one| one.id).collect();
    let there = world.clouds[0].all();
    assert!(left.iter().all(|id| there.iter().any(|one| one.id == *id)), "{left:?}");
    assert_eq!(world.clouds[0].project(PROJECT), there.iter().find(|one| one.id == left[0]).expect("it").project);
    world.uproot(&left);
    world.assert_whole();
}
