//! Machines that start from volumes: the volume is asked for by itself and bears the run's mark, so that it is found and
//! goes, whatever becomes of the machine, of the answer, or of who asked.

use super::crash::{matrix, number};
use super::world::{PROJECT, World, machine};
use serde_json::Value;
use std::time::Duration;
use testkit::{Cloud, Mishap, Postgres, Site, Thing};

/// Where no size has a disk.
fn world() -> World {
    World::of(vec![site()])
}

fn site() -> Cloud {
    Cloud::start(Site::like("a").named("ALPHA").boot(Duration::ZERO).diskless())
}

/// Of the run.
fn volumes(world: &World, run: &str) -> Vec<Thing> {
    let is_its = |volume: &Thing| volume.metadata.get("roadstead").is_some_and(|mark| mark.contains(run));
    world.clouds[0].volumes().into_iter().filter(is_its).collect()
}

#[test]
fn crash_matrix_of_machines_from_volumes_on_sqlite() {
    matrix(world(), 5, 3, number(12, 4));
}

#[test]
fn crash_matrix_of_machines_from_volumes_on_postgresql() {
    let postgres = Postgres::start_without_fsync();
    let database = postgres.database();
    matrix(World::with_database(vec![site()], Some(&database)), 5, 9, number(6, 8));
}

#[test]
fn a_volume_is_made_once_though_its_answer_was_lost_and_is_in_the_receipt() {
    let mut world = world();
    for mishap in [Mishap::AnswerLost, Mishap::FailsAfter(503), Mishap::HangsAfter] {
        world.clouds[0].mishap("POST volumes", 1, mishap.clone());
        let run = world.begin(machine());
        world.until_ready(&run);
        assert_eq!(world.clouds[0].mishaps_left(), 0);
        let [volume] = &volumes(&world, &run)[..] else { panic!("{mishap:?}: {:#?}", world.of_run(&run)) };
        assert_eq!((volume.status.as_str(), &volume.told["size"]), ("in-use", &Value::from(1)), "{mishap:?}");
        assert!(volume.metadata["roadstead"].ends_with(" volume-0"), "{volume:#?}");
        let servers = world.clouds[0].servers();
        let server = servers.iter().find(|one| one.metadata.values().any(|mark| mark.contains(&run))).expect("its server");
        assert_eq!(volume.told["server"], server.id.as_str());
        world.end(&run);
        let receipt = world.get(&format!("runs/{run}/receipt"));
        let items = receipt["items"].as_array().expect("items").iter();
        assert_eq!(items.filter(|item| item["kind"] == "volume").count(), 1, "{receipt:#}");
    }
    // Its program dies before it hears of it, and whoever comes next does not see it for a while.
    for is_cancelled in [false, true] {
        world.restart(Some("runs.after_effect:4"));
        world.until_looked_at();
        world.clouds[0].mishap("POST volumes", 1, Mishap::Hidden(Duration::from_millis(900)));
        let run = world.begin(machine());
        world.until_killed();
        if !is_cancelled {
            world.until_ready(&run);
            assert_eq!(volumes(&world, &run).len(), 1, "{:#?}", world.of_run(&run));
        }
        world.end(&run);
    }
    // Where there are two in the end, both go.
    world.clouds[0].mishap("POST volumes", 1, Mishap::Late(Duration::from_secs(9)));
    let run = world.begin(machine());
    world.until_ready(&run);
    testkit::wait_until(crate::cli::helpers::LIMIT, "the second one", || (volumes(&world, &run).len() == 2).then_some(()));
    world.end(&run);
    world.assert_settled();
}

#[test]
fn a_volume_goes_though_its_server_went_without_it_or_the_site_lies() {
    let mut world = world();
    // The server went while Cinder was away: Nova has forgotten the volume, Cinder says that the server has it.
    let run = world.begin(machine());
    world.until_ready(&run);
    world.clouds[0].mishap("DELETE servers/{id}", 1, Mishap::Forgets);
    world.clouds[0].asked();
    world.end(&run);
    let asked = world.clouds[0].asked();
    assert!(asked.contains(&"DELETE attachments/{id} 200".to_owned()), "{asked:#?}");
    // Somebody takes the server away; the run ends by itself, and the volume with it.
    let run = world.begin(machine());
    world.until_ready(&run);
    world.take_away_server(&run);
    let ended = world.until_nothing_is_left(&run);
    assert_eq!(ended["outcome"], "failed", "{ended:#}");
    for mishap in [Mishap::Lies, Mishap::AnswerLost, Mishap::Lingers(Duration::from_millis(1_500))] {
        let run = world.begin(machine());
        world.until_ready(&run);
        world.clouds[0].mishap("DELETE volumes/{id}", 1, mishap.clone());
        world.end(&run);
        assert_eq!(world.clouds[0].mishaps_left(), 0, "{mishap:?}");
    }
    // It is never asked for in vain while the server has it.
    let run = world.begin(machine());
    world.until_ready(&run);
    world.clouds[0].asked();
    world.clouds[0].mishap("DELETE servers/{id}", 1, Mishap::Lingers(Duration::from_millis(1_200)));
    world.end(&run);
    let asked = world.clouds[0].asked();
    assert!(!asked.iter().any(|one| one.starts_with("DELETE volumes") && !one.ends_with(" 202")), "{asked:#?}");
    world.assert_settled();
}

#[test]
fn without_a_volume_there_is_no_machine_and_the_reason_is_told() {
    let mut world = world();
    world.clouds[0].mishap("POST volumes", 1_000, Mishap::Breaks);
    let run = world.begin(machine());
    let ended = world.until_nothing_is_left(&run);
    assert_eq!(ended["outcome"], "failed", "{ended:#}");
    assert!(matches!(ended["cause"]["code"].as_str(), Some("RS-5020" | "RS-5021")), "{ended:#}");
    assert!(!world.clouds[0].asked().iter().any(|asked| asked.starts_with("POST servers ")));
    world.clouds[0].calm();

    // Others took what there was, after it was looked at: the site says so at the door, by 413.
    let mut world = self::world();
    world.clouds[0].set_quota(PROJECT, "volumes", 0);
    let run = world.begin(machine());
    let ended = world.until_nothing_is_left(&run);
    assert_eq!(ended["cause"]["code"], "RS-5017", "{ended:#}");
    assert!(ended["cause"]["detail"].as_str().is_some_and(|told| told.contains("number of volumes allowed (0)")), "{ended:#}");

    // Whoever looks again sees that none is left, before anything is asked for.
    world.restart(None);
    let why = testkit::wait_until(crate::cli::helpers::LIMIT, "a look", || {
        let plan = world.plan(machine()).to_string();
        (plan.contains("volumes") && !plan.contains("not looked ")).then_some(plan)
    });
    assert!(why.contains("\"of\":\"volumes\"") && why.contains("\"left\":0"), "{why}");
    world.assert_settled();
}
