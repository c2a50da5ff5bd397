//! Machines that start from volumes: the volume is asked for by itself and bears the run's mark, so that it is found and
//! goes, whatever becomes of the machine, of the answer, or of who asked.

use super::crash::{matrix, number};
use super::world::{PROJECT, World, machine};
use serde_json::{Value, json};
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
    assert!(matches!(ended["cause"]["code"].as_str(), Some("RS-5017" | "RS-5021")), "{ended:#}");
    assert!(ended["attempts"].to_string().contains("number of volumes allowed (0)"), "{ended:#}");

    // Whoever looks again sees that none is left, before anything is asked for.
    world.restart(None);
    let why = testkit::wait_until(crate::cli::helpers::LIMIT, "a look", || {
        let plan = world.plan(machine()).to_string();
        (plan.contains("volumes") && !plan.contains("not looked ")).then_some(plan)
    });
    assert!(why.contains("\"of\":\"volumes\"") && why.contains("\"left\":0"), "{why}");
    world.assert_settled();
}

fn add() -> Value {
    json!({"do": "add_volume", "size": "2GiB"})
}

fn remove(name: &str) -> Value {
    json!({"do": "remove_volume", "volume": name})
}

#[test]
fn a_volume_for_data_comes_and_goes_whoever_dies_meanwhile_and_goes_with_its_machine() {
    let mut world = World::small();
    let run = world.begin(machine());
    world.until_ready(&run);
    let points =
        ["", "runs.before_effect:1", "runs.after_effect:1", "runs.after_effect:2", "flow.before_commit:2", "flow.after_commit:1"];
    for (at, point) in points.into_iter().enumerate() {
        let name = format!("data-{at}");
        world.restart(Some(point).filter(|point| !point.is_empty()));
        world.change(&run, &add());
        let there = world.until_changed(&run);
        assert!(there["change"]["problem"].is_null(), "{point}: {there:#}");
        let [volume] = &volumes(&world, &run)[..] else { panic!("{point}: {:#?}", world.of_run(&run)) };
        assert_eq!((volume.status.as_str(), &volume.told["server"]), ("in-use", &there["server"]), "{point}");
        let told = &there["volumes"][0];
        assert_eq!((&told["name"], &told["size"], &told["boots"]), (&name.as_str().into(), &"2GiB".into(), &false.into()));
        assert_eq!((&told["volume"], &told["device"]), (&volume.id.as_str().into(), &"/dev/sdb".into()), "{point}");

        world.restart(Some(point.replace("effect", "removal")).filter(|point| !point.is_empty()).as_deref());
        world.change(&run, &remove(if at == 0 { &volume.id } else { &name }));
        let there = world.until_changed(&run);
        assert!(there["change"]["problem"].is_null() && there["volumes"].is_null(), "{point}: {there:#}");
        assert_eq!(volumes(&world, &run), [], "{point}");
    }
    // With two at its end, of which it lets go of none by itself.
    for _ in 0..2 {
        world.change(&run, &add());
        world.until_changed(&run);
    }
    world.clouds[0].mishap("DELETE servers/{id}", 1, Mishap::Forgets);
    world.end(&run);
    let receipt = world.get(&format!("runs/{run}/receipt"));
    let data = receipt["items"].as_array().expect("items").iter().filter(|item| item["kind"] == "data").count();
    assert_eq!(data, points.len() + 2, "each is in the receipt: {receipt:#}");
    world.assert_settled();
}

#[test]
fn a_volume_that_cannot_be_had_is_refused_with_the_reason_and_nothing_is_left() {
    let mut world = world();
    let run = world.begin(machine());
    world.until_ready(&run);
    let asked = ["POST volumes", "POST servers/{id}/os-volume_attachments", "DELETE servers/{id}/os-volume_attachments/{id}"];
    for (operation, mishap) in asked.into_iter().flat_map(|one| [(one, Mishap::AnswerLost), (one, Mishap::FailsAfter(503))]) {
        world.clouds[0].mishap(operation, 1, mishap.clone());
        world.change(&run, &add());
        let there = world.until_changed(&run);
        assert_eq!(volumes(&world, &run).len(), 2, "{operation} {mishap:?}: {there:#}");
        let told = there["volumes"].as_array().expect("volumes");
        let name = told.iter().find(|one| one["boots"] == false).expect("the new one")["name"].clone();
        world.change(&run, &remove(name.as_str().expect("a name")));
        let there = world.until_changed(&run);
        assert_eq!(volumes(&world, &run).len(), 1, "{operation} {mishap:?}: {there:#}");
        assert_eq!(world.clouds[0].mishaps_left(), 0, "{operation}");
    }
    world.clouds[0].mishap("POST volumes", 1, Mishap::Breaks);
    world.change(&run, &add());
    let there = world.until_changed(&run);
    assert_eq!((&there["change"]["problem"]["code"], volumes(&world, &run).len()), (&"RS-5024".into(), 1), "{there:#}");
    world.clouds[0].set_quota(PROJECT, "gigabytes", 2);
    world.change(&run, &add());
    let there = world.until_changed(&run);
    assert_eq!((&there["change"]["problem"]["code"], volumes(&world, &run).len()), (&"RS-5017".into(), 1), "{there:#}");
    assert_eq!(there["status"], "active");
    world.clouds[0].set_quota(PROJECT, "gigabytes", 100);
    for (name, why) in [("data-7", "no volume data-7"), ("volume-0", "starts from that volume")] {
        let (status, told) = world.ask_for(&run, &remove(name));
        assert_eq!((status, &told["code"]), (422, &"RS-5024".into()), "{told:#}");
        assert!(told["detail"].as_str().is_some_and(|detail| detail.contains(why)), "{told:#}");
    }
    for deed in [json!({"do": "rebuild"}), json!({"do": "save_as", "name": "mine"})] {
        let (status, told) = world.ask_for(&run, &deed);
        assert_eq!((status, &told["code"]), (409, &"RS-1013".into()), "{told:#}");
    }
    // Another size keeps the volume that it starts from.
    world.change(&run, &json!({"do": "resize", "size": "m1.small"}));
    let there = world.until_changed(&run);
    assert_eq!((&there["size"], &there["change"]["problem"]), (&"m1.small".into(), &Value::Null), "{there:#}");
    assert_eq!(there["volumes"][0]["boots"], true, "{there:#}");
    // Its end in the middle of it.
    world.clouds[0].mishap("POST volumes", 1, Mishap::HangsAfter);
    world.change(&run, &add());
    world.end(&run);
    world.assert_settled();

    let mut without = World::of(vec![Cloud::start(Site::like("a").named("ALPHA").boot(Duration::ZERO).without_volumes())]);
    let run = without.begin(machine());
    without.until_ready(&run);
    let (status, told) = without.ask_for(&run, &add());
    assert_eq!((status, &told["code"]), (422, &"RS-5024".into()), "{told:#}");
    without.end(&run);
}

/// `--disk`: a size whose disk is shorter starts from a volume, where there are volumes.
#[test]
fn a_longer_disk_than_a_size_has_is_a_volume() {
    let mut world = World::small();
    let mut asked = machine();
    asked["resources"]["disk"] = "200GiB".into();
    asked["machine"]["public"] = false.into();
    let plan = world.plan(asked.clone());
    let offer = &plan["offers"][0];
    assert_eq!((&offer["size"]["from_volume"], &offer["size"]["disk"]), (&true.into(), &"200GiB".into()), "{plan:#}");
    assert!(offer["terms"].to_string().contains("and 200GiB are wanted"), "{offer:#}");
    let run = world.begin(asked.clone());
    world.until_ready(&run);
    let [volume] = &volumes(&world, &run)[..] else { panic!("{:#?}", world.of_run(&run)) };
    assert_eq!(volume.told["size"], 200);
    let there = world.machine(&run);
    assert_eq!((&there["volumes"][0]["size"], &there["volumes"][0]["boots"]), (&"200GiB".into(), &true.into()), "{there:#}");
    world.end(&run);
    let without = World::of(vec![Cloud::start(Site::like("a").named("ALPHA").boot(Duration::ZERO).without_volumes())]);
    let plan = without.plan(asked).to_string();
    assert!(plan.contains("too_little_disk") && !plan.contains("\"from_volume\":true"), "{plan}");
}
