//! Machines that are services: what their user data says is carried out, and runs are executed there.

use super::world::{World, machine, site};
use crate::guest::{Guest, digest};
use serde_json::{Value, json};
use std::path::Path;
use testkit::{Mishap, Postgres, Thing};

fn with_pilot() -> Value {
    let mut request = machine();
    request["machine"]["pilot"] = true.into();
    request
}

fn on(service: &str, script: &str) -> Value {
    json!({"command": ["sh", "-c", script], "resources": {"cores": 1, "memory": "64MiB"}, "where": {"service": service}})
}

fn server(world: &World, run: &str) -> Thing {
    let of_run = |one: &Thing| one.metadata.values().any(|text| text.contains(run));
    world.clouds[0].servers().into_iter().find(of_run).expect("a server")
}

/// Asks for a machine, and boots it.
fn boot(world: &mut World) -> (String, Guest) {
    let run = world.begin(with_pilot());
    world.until_ready(&run);
    let user_data = server(world, &run).told["user_data"].as_str().expect("user data").to_owned();
    let mut guest = Guest::told(&user_data);
    assert_eq!(guest.boot(), "");
    guest.start_unit();
    until_connected(world, &run, &guest);
    (run, guest)
}

fn until_connected(world: &mut World, run: &str, guest: &Guest) -> Value {
    let is_there = |machine: &Value| machine["pilot"]["state"] == "connected" && machine["pilot"]["computer"].is_object();
    let mut last = Value::Null;
    for _ in 0..600 {
        last = world.get(&format!("machines/{run}"));
        if is_there(&last) {
            return last;
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    panic!("{last:#}\n{}", guest.journal());
}

fn until_done(world: &mut World, run: &str, guest: &Guest) -> Value {
    let ended = world.until(run, "its end", |run| run["state"] == "ended");
    assert_eq!(ended["outcome"], "done", "{ended:#}\n{}\n{}", guest.journal(), world.said());
    ended
}

fn log(world: &mut World, run: &str, element: u32) -> String {
    match world.get(&format!("runs/{run}/logs?stream=stdout&element={element}")) {
        Value::String(text) => text,
        other => other.to_string(),
    }
}

#[test]
fn a_machine_is_a_service_until_it_is_deleted() {
    let mut world = World::small();
    let run = world.begin(with_pilot());
    world.until_ready(&run);
    assert_eq!(world.get(&format!("machines/{run}"))["pilot"]["state"], "expected");
    let (status, early) = world.post("runs", on("mine", "true"));
    assert_eq!((status.as_u16(), &early["code"]), (422, &"RS-3001".into()), "{early:#}");
    assert!(early["detail"].as_str().is_some_and(|detail| detail.contains("has not come yet")), "{early:#}");

    let user_data = server(&world, &run).told["user_data"].as_str().expect("user data").to_owned();
    let mut guest = Guest::told(&user_data);
    let code = guest.code();

    // Another program than the one that was announced is not started.
    let mut foiled = Guest::told(&user_data);
    let commands = foiled.config()["runcmd"].as_array_mut().expect("commands");
    let words = commands.iter_mut().find(|words| words[2] == "pilot").expect("the pilot's part");
    words[4] = "0".repeat(64).into();
    assert!(foiled.boot().contains("is not the program that the gateway announced"));
    assert!(!foiled.program().exists() && !foiled.asked().contains("systemctl"), "{}", foiled.asked());

    assert_eq!(guest.boot(), "");
    assert_eq!(digest(&guest.program()), digest(Path::new(env!("CARGO_BIN_EXE_roadstead"))), "it is this very program");
    assert!(
        guest.asked().ends_with("systemctl daemon-reload\nsystemctl enable --now roadstead-pilot.service\n"),
        "{}",
        guest.asked()
    );
    guest.start_unit();
    let shown = until_connected(&mut world, &run, &guest);
    assert_eq!(shown["pilot"]["version"], env!("CARGO_PKG_VERSION"), "{shown:#}");
    let cores = shown["pilot"]["computer"]["cores"].as_f64().expect("cores");
    assert!(cores >= 1.0, "{shown:#}");

    // The code was good once: on the machine, it brings nobody else in.
    assert_eq!(foiled.code(), code);
    let mut thief = Guest::told(&user_data);
    thief.boot();
    thief.start_unit();
    assert!(!thief.until_over(), "{}", thief.journal());
    assert!(thief.journal().contains("its code was used"), "{}", thief.journal());

    let services = world.get("services");
    let service = services["items"].as_array().and_then(|all| all.iter().find(|one| one["name"] == run.as_str())).cloned();
    let service = service.unwrap_or_else(|| panic!("{services:#}"));
    assert_eq!((&service["driver"], &service["site"]), (&"machine".into(), &"ALPHA".into()), "{service:#}");
    assert_eq!(service["sizes"][0]["cores"], cores);

    let mut array = on("mine", "echo element $RS_INDEX of $(ls -d /var/lib/roadstead/pilot); echo kept > out.txt");
    array["array"] = json!({"count": 3});
    array["outputs"] = json!([{"path": "out.txt"}]);
    let batch = world.begin(array);
    let ended = until_done(&mut world, &batch, &guest);
    assert_eq!(ended["service"], run.as_str());
    for element in 0..3 {
        let said = log(&mut world, &batch, element);
        assert!(said.contains(" of /var/lib/roadstead/pilot"), "it ran on the machine: {said}");
    }
    assert!(guest.attempts().is_empty(), "{:?}", guest.attempts());
    let receipt = world.get(&format!("runs/{batch}/receipt"));
    assert_eq!(receipt["released"], true, "{receipt:#}");

    // The gateway dies in the middle.
    let survivor = world.begin(on(&run, "echo begun; sleep 3; echo survived"));
    world.until(&survivor, "it runs", |run| run["state"] == "running");
    world.restart(None);
    until_done(&mut world, &survivor, &guest);
    assert_eq!(log(&mut world, &survivor, 0), "begun\nsurvived\n");

    // The machine is switched off and on.
    let lost = world.begin(on("mine", "sleep 2; echo again"));
    world.until(&lost, "it runs", |run| run["state"] == "running");
    guest.power_off();
    world.until(&run, "the machine", |_| true);
    guest.start_unit();
    until_connected(&mut world, &run, &guest);
    let again = until_done(&mut world, &lost, &guest);
    assert_eq!(again["attempts"].as_array().map(Vec::len), Some(2), "{again:#}");

    // It is deleted with work on it.
    let cut = world.begin(on("mine", "sleep 600"));
    world.until(&cut, "it runs", |run| run["state"] == "running");
    world.end(&run);
    let cut = world.until(&cut, "its end", |run| run["state"] == "ended");
    assert_eq!((&cut["outcome"], &cut["cause"]["code"]), (&"failed".into(), &"RS-5019".into()), "{cut:#}");
    assert!(!guest.until_over(), "{}", guest.journal());
    let (_, late) = world.post("runs", on("mine", "true"));
    assert!(late["detail"].as_str().is_some_and(|detail| detail.contains("is gone")), "{late:#}");

    let run_told = world.get(&format!("runs/{run}")).to_string() + &world.get(&format!("runs/{run}/receipt")).to_string();
    for told in [run_told, shown.to_string(), world.said(), guest.journal()] {
        assert!(!told.contains(&code) && !told.contains("rse_"), "{told}");
    }
    world.assert_settled();
}

#[test]
fn the_code_of_a_machine_that_is_there_already_still_works() {
    let mut world = World::small();
    // The fourth thing that is made is the machine: the gateway dies before it knows of it.
    world.restart(Some("runs.after_effect:4"));
    world.until_looked_at();
    let (run, guest) = boot(&mut world);
    assert_eq!(world.has_died(), 1);
    assert!(guest.journal().contains("connected"), "{}", guest.journal());
    world.end(&run);
    // The answer is lost; or it is not made, and asked for again.
    for mishap in [Mishap::AnswerLost, Mishap::Fails(503)] {
        world.clouds[0].mishap("POST servers", 1, mishap);
        let (run, _guest) = boot(&mut world);
        world.end(&run);
    }
    world.assert_settled();
}

#[test]
fn who_shares_a_machine_with_a_team_shares_the_service() {
    let mut world = World::small();
    let alice = world.person();
    let alice_asks = world.enter("bob");
    let bob = world.person();
    let bob_asks = world.enter("carol");
    let administrator = world.administrator();
    let carol_asks = world.turn_to(administrator);
    let (_, team) = world.post("teams", json!({"name": "sky"}));
    let team = team["id"].as_str().expect("a team").to_owned();
    for person in [&alice, &bob] {
        assert!(world.put(&format!("teams/{team}/members/{person}")).is_success());
    }
    world.turn_to(alice_asks);
    let mut request = with_pilot();
    request["share_with"] = team.as_str().into();
    let run = world.begin(request);
    world.until_ready(&run);
    let mut guest = Guest::told(server(&world, &run).told["user_data"].as_str().expect("user data"));
    guest.boot();
    guest.start_unit();
    until_connected(&mut world, &run, &guest);

    let alice_asks = world.turn_to(bob_asks);
    let batch = world.begin(on("mine", "echo of bob"));
    until_done(&mut world, &batch, &guest);
    assert_eq!(log(&mut world, &batch, 0), "of bob\n");
    world.turn_to(carol_asks);
    let is_shown = |services: &Value| services.to_string().contains(&run);
    assert!(!is_shown(&world.get("services")));
    for name in ["mine", &run] {
        let (status, refused) = world.post("runs", on(name, "true"));
        assert_eq!((status.as_u16(), &refused["code"]), (422, &"RS-3001".into()), "{refused:#}");
        assert!(!refused.to_string().contains("gone") && !refused.to_string().contains("pilot"), "nothing is told: {refused:#}");
    }
    world.turn_to(alice_asks);
    assert!(is_shown(&world.get("services")));
    world.end(&run);
    world.assert_settled();
}

#[test]
fn work_is_done_by_the_gateway_that_has_the_link() {
    let postgres = Postgres::start_without_fsync();
    let mut world = World::with_database(vec![site("ALPHA")], Some(&postgres.database()));
    let (run, guest) = boot(&mut world);
    world.ask_another_gateway();
    for number in 0..3 {
        let batch = world.begin(on("mine", &format!("echo the {number}th")));
        until_done(&mut world, &batch, &guest);
        assert_eq!(log(&mut world, &batch, 0), format!("the {number}th\n"));
    }
    let cut = world.begin(on("mine", "sleep 600"));
    world.until(&cut, "it runs", |run| run["state"] == "running");
    world.cancel(&cut);
    world.until(&cut, "its end", |run| run["outcome"] == "cancelled" && run["state"] == "ended");
    assert!(guest.attempts().is_empty());
    world.ask_the_first_gateway();
    world.end(&run);
    world.assert_settled();
}

#[test]
fn machines_believe_the_authority_that_they_were_told_and_no_other() {
    let (mut world, _proxy) = World::behind_tls();
    let (run, guest) = boot(&mut world);
    let mut request = on("mine", "echo by TLS > out.txt");
    request["outputs"] = json!([{"path": "out.txt"}]);
    let batch = world.begin(request);
    until_done(&mut world, &batch, &guest);

    let mut other = Guest::told(server(&world, &run).told["user_data"].as_str().expect("user data"));
    let files = other.config()["write_files"].as_array_mut().expect("files");
    files.retain(|file| file["path"] != "/var/lib/roadstead/authority.pem");
    assert!(other.boot().contains("was not made: pilot"));
    assert!(!other.program().exists());
    world.end(&run);
    world.assert_settled();
}
