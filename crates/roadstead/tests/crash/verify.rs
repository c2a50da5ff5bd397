//! What must be true in the end. Everything that is not is said, not only the first.

use crate::database::{self, Found};
use crate::load::{self, Asked, word};
use crate::world::{World, entries};
use serde_json::Value;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};
use testkit::processes_with_env;

/// For what was begun before a freeze and ends by itself.
const LATE: Duration = Duration::from_secs(20);

pub fn verify(world: &mut World, load: &[Asked]) -> Vec<String> {
    world.settle();
    let mut wrong = Vec::new();
    for asked in load {
        let mut about = Vec::new();
        look_at_run(world, asked, &mut about);
        look_at_events(world, asked, &mut about);
        for index in 0..asked.expected.elements {
            look_at_element(world, asked, index, &mut about);
        }
        let same = load::again(world, asked);
        if same != asked.id {
            about.push(format!("the same key gave {same}"));
        }
        wrong.extend(about.into_iter().map(|text| format!("{} ({}): {text}", asked.name, asked.id)));
    }
    let local = world.data.join("local");
    let begun = Instant::now();
    while !entries(&local).is_empty() && begun.elapsed() < LATE {
        world.tend();
        std::thread::sleep(Duration::from_millis(50));
    }
    world.stop();
    let found = database::read(world);
    look_at_executions(world, load, &found, &mut wrong);
    wrong.extend(found.left.iter().cloned());
    if found.runs.len() != load.len() {
        wrong.push(format!("{} runs were made of {} requests", found.runs.len(), load.len()));
    }
    wrong.extend(entries(&local).into_iter().map(|name| format!("a directory is left: {name}")));
    look_for_leftovers(&found, &mut wrong);
    wrong
}

fn look_at_run(world: &mut World, asked: &Asked, wrong: &mut Vec<String>) {
    let run = world.get(&format!("runs/{}", asked.id)).json();
    let expected = &asked.expected;
    if run["outcome"] != expected.outcome {
        wrong.push(format!("ended as {}, not {}: {}", run["outcome"], expected.outcome, run["cause"]));
    }
    if let Some(code) = expected.cause
        && run["cause"]["code"] != code
    {
        wrong.push(format!("for another cause: {}", run["cause"]));
    }
    for overlay in ["waiting_for", "attention"] {
        if !run[overlay].is_null() {
            wrong.push(format!("{overlay}: {}", run[overlay]));
        }
    }
    let counts = &run["elements"];
    if counts["total"] != expected.elements || counts[expected.outcome] != expected.elements {
        wrong.push(format!("counts {counts}"));
    }
    let receipt = world.get(&format!("runs/{}/receipt", asked.id)).json();
    if receipt["released"] != true {
        wrong.push(format!("not released: {receipt}"));
    }
}

/// Numbered without gaps, begun and decided once, the end last.
fn look_at_events(world: &mut World, asked: &Asked, wrong: &mut Vec<String>) {
    let page = world.get(&format!("runs/{}/events?limit=1000", asked.id)).json();
    let events: Vec<&Value> = page["items"].as_array().into_iter().flatten().collect();
    let numbers: Vec<i64> = events.iter().filter_map(|event| event["seq"].as_i64()).collect();
    if numbers != (1..=numbers.len() as i64).collect::<Vec<_>>() {
        wrong.push(format!("events are numbered {numbers:?}"));
    }
    for kind in ["created", "outcome"] {
        let count = events.iter().filter(|event| event["kind"] == kind).count();
        if count != 1 {
            wrong.push(format!("{count} events of kind {kind}"));
        }
    }
    if events.last().is_none_or(|event| event["state"] != "ended") {
        wrong.push(format!("the last event is {:?}", events.last()));
    }
}

fn look_at_element(world: &mut World, asked: &Asked, index: u32, wrong: &mut Vec<String>) {
    let Asked { id, expected, .. } = asked;
    let element = world.get(&format!("runs/{id}/elements/{index}")).json();
    if element["outcome"] != expected.outcome {
        wrong.push(format!("element {index} is {element}"));
    }
    if !expected.runs {
        return;
    }
    let log = world.get(&format!("runs/{id}/logs?element={index}"));
    let expected_log = (expected.log)(index);
    if log.body != expected_log.as_bytes() {
        let text = String::from_utf8_lossy(&log.body);
        let lines = text.lines().count();
        wrong.push(format!(
            "the log of element {index} has {} bytes, {lines} lines; {} expected",
            log.body.len(),
            expected_log.len()
        ));
    }
    let Some(output) = expected.output else { return };
    let content = output(index);
    let sha256: String = db::sha256(content.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
    let outputs = &element["report"]["outputs"];
    let told = outputs.as_array().is_some_and(|files| files.len() == 1 && files[0]["path"] == "out.txt");
    if !told || outputs[0]["sha256"] != sha256.as_str() || outputs[0]["bytes"] != content.len() {
        wrong.push(format!("the outputs of element {index} are {outputs}"));
    }
    let file = world.get(&format!("runs/{id}/outputs/{index}/out.txt"));
    if file.body != content.as_bytes() {
        wrong.push(format!("the output of element {index} has {} bytes, not {}", file.body.len(), content.len()));
    }
}

/// Killing a gateway repeats no command. A killed pilot may have begun one, which then runs once more.
fn look_at_executions(world: &World, load: &[Asked], found: &Found, wrong: &mut Vec<String>) {
    for asked in load {
        let attempts: Vec<_> = found.attempts.iter().filter(|attempt| attempt.run == asked.id).collect();
        let lost = world.struck.attempts.iter().filter(|id| attempts.iter().any(|attempt| attempt.id == **id)).count();
        if attempts.len() > 1 + lost {
            let causes: Vec<&str> = attempts.iter().map(|attempt| attempt.cause.as_str()).collect();
            wrong.push(format!(
                "{}: {} attempts, and {lost} lost pilots: {}",
                asked.name,
                attempts.len(),
                causes.join(", then ")
            ));
        }
        for index in 0..asked.expected.elements {
            let heard = world.witness.count(&word(asked.name, index));
            let fine = if asked.expected.runs { (1..=1 + lost).contains(&heard) } else { heard == 0 };
            if !fine {
                wrong.push(format!("{}: element {index} was executed {heard} times, and {lost} pilots were lost", asked.name));
            }
        }
    }
}

fn look_for_leftovers(found: &Found, wrong: &mut Vec<String>) {
    for attempt in &found.attempts {
        let processes = processes_with_env("RS_ATTEMPT", &attempt.id);
        if !processes.is_empty() {
            wrong.push(format!("processes of {} are left: {processes:?}", attempt.id));
        }
    }
    let mut groups = Vec::new();
    collect_groups(Path::new("/sys/fs/cgroup"), 0, &mut groups);
    let ours = groups.iter().filter(|name| found.attempts.iter().any(|attempt| name.contains(&attempt.id)));
    wrong.extend(ours.map(|name| format!("a control group is left: {name}")));
}

fn collect_groups(directory: &Path, depth: usize, groups: &mut Vec<String>) {
    for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
        if depth < 8 && entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            groups.push(entry.path().display().to_string());
            collect_groups(&entry.path(), depth + 1, groups);
        }
    }
}
