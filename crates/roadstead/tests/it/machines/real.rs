//! Killed at the n-th passing of each point, at a real site: what there is afterwards is told by the site itself, to its operators.

use super::crash::{Course, number, schedules};
use super::gate::Gate;
use crate::cli::federated::{Federation, MAPPING, configure, looked_at, signed_in};
use crate::cli::helpers::Desk;
use crate::cli::operators::Operators;
use serde_json::{Value, json};
use testkit::{Postgres, free_port};

/// One that starts from a volume is asked for with a disk that no size has.
fn machine(is_from_volume: bool) -> Value {
    let disk = if is_from_volume { "200GiB" } else { "1GiB" };
    json!({"kind": "machine", "name": "mine", "resources": {"cores": 1, "memory": "512MiB", "disk": disk},
        "where": {"site": "ALPHA-CLOUD"}, "machine": {"os": "ubuntu:22.04", "public": true, "open": ["22"]}})
}

#[test]
fn crash_matrix_of_machines_at_a_real_site() {
    // Of another gateway, in the same project.
    let neighbours = Federation::start();
    neighbours.map_people();
    let neighbour = neighbours.signed_in("alice");
    looked_at(&neighbour);
    let asked = ["run", "--kind", "machine", "--name", "theirs", "--os", "ubuntu:22.04", "--site", "ALPHA-CLOUD", "--public"];
    neighbour.ok(&[], &asked);
    let theirs: Value = serde_json::from_str(&neighbour.ok(&[], &["--json", "machines", "show", "theirs"])).expect("JSON");
    let theirs = theirs["run"].as_str().expect("a run");

    let postgres = Postgres::start_without_fsync();
    let desk = Desk::new();
    desk.write("database", postgres.database());
    let database =
        format!("[database]\nurl_file = '{}'\n[machines]\nsettle = '3s'\nlook_again = '1s'\n", desk.path("database").display());
    configure(&desk, &neighbours.bed, &database);
    let mapping = desk.write("mapping.toml", MAPPING);
    let mut gate = Gate::open(desk, free_port());
    gate.administrate(&["mapping", "set", mapping.to_str().expect("UTF-8")]);
    let url = gate.url();
    gate.token = signed_in(&url, &neighbours.bed, "alice").token();
    let operators = Operators::of(&neighbours.bed);
    let before = operators.inventory(&[theirs]);
    let usage = operators.usage("ALPHA-CLOUD");
    assert_eq!(before.iter().filter(|thing| thing.mark.contains(theirs)).count(), 4, "{before:#?}");

    let number = number(4, 8);
    // Spread over the points, and other ones than where the others begin.
    for (at, (fault, course)) in schedules(3).step_by(if number < 12 { 5 } else { 1 }).take(number).enumerate() {
        let (machine, things) = (machine(at % 2 == 1), 4 + at % 2);
        gate.restart(Some(&fault));
        gate.until_offered(&machine);
        let run = gate.begin(machine);
        if course == Course::Used {
            gate.until_ready(&run);
            let ours: Vec<_> = operators.inventory(&[theirs, &run]).into_iter().filter(|thing| !before.contains(thing)).collect();
            assert_eq!(ours.len(), things, "{fault} {course:?}: {ours:#?}");
        }
        gate.cancel(&run);
        gate.until_ended(&run);
        assert_eq!(operators.inventory(&[theirs, &run]), before, "{fault} {course:?}");
    }
    assert!(gate.has_died() * 2 >= number, "only {} of {number} were reached", gate.has_died());
    assert_eq!(operators.usage("ALPHA-CLOUD"), usage, "quotas are whole");
    gate.assert_settled();
    neighbour.ok(&[], &["cancel", "theirs"]);
}
