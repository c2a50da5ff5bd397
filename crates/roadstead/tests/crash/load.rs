//! A little of everything: one run with an input and an output, an array, one that fails, one that is cancelled, one
//! that comes after the first, and one that comes after the failing one and so never starts.

use crate::api::Question;
use crate::world::{LIMIT, World};
use reqwest::Method;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

pub struct Asked {
    pub name: &'static str,
    pub key: String,
    pub body: Value,
    pub id: String,
    pub expected: Expected,
}

pub struct Expected {
    pub outcome: &'static str,
    pub cause: Option<&'static str>,
    /// What each element writes to its log and to its output file.
    pub log: fn(u32) -> String,
    pub output: Option<fn(u32) -> String>,
    pub elements: u32,
    /// Whether commands run at all; each of them is heard as [`word`].
    pub runs: bool,
}

/// By this the command of an element is heard.
pub fn word(name: &str, index: u32) -> String {
    format!("{name}.{index}")
}

const INPUT: &str = "what was brought along\n";
const LINES: u32 = 400;

fn numbered(index: u32) -> String {
    (1..=LINES).map(|line| format!("{index}: line {line}\n")).collect()
}

fn nothing(_: u32) -> String {
    String::new()
}

/// The log comes in two pieces, so that a crash may fall in between.
fn command(world: &World, name: &str, rest: &str) -> Value {
    let say = world.witness.say(&format!("{name}.$RS_INDEX"));
    let half = LINES / 2;
    let write = |from: u32, to: u32| format!("for i in $(seq {from} {to}); do echo \"$RS_INDEX: line $i\"; done");
    json!(["bash", "-c", format!("{say}; {}; sleep 0.1; {}; {rest}", write(1, half), write(half + 1, LINES))])
}

/// Asks for everything.
pub fn submit(world: &mut World) -> Vec<Asked> {
    let upload = upload(world);
    let file = world.home.path().join("input.txt");
    std::fs::write(&file, INPUT).expect("write the input");
    world.begin();
    let done = |log, output, elements| Expected { outcome: "done", cause: None, log, output, elements, runs: true };

    let body = json!({
        "command": command(world, "single", "cat in.txt > out.txt"),
        "inputs": [{"from": format!("upload:{upload}"), "to": "in.txt"}], "outputs": [{"path": "out.txt"}]});
    let single = ask_for(world, "single", body, done(numbered, Some(|_| INPUT.to_owned()), 1));

    let body = json!({
        "command": command(world, "array", "echo part $RS_INDEX >> in.txt; mv in.txt out.txt"), "array": {"count": 3},
        "inputs": [{"from": format!("file:{}", file.display()), "to": "in.txt"}], "outputs": [{"path": "out.txt"}]});
    let array = ask_for(world, "array", body, done(numbered, Some(|index| format!("{INPUT}part {index}\n")), 3));

    let body = json!({"command": command(world, "failing", "exit 3")});
    let expected = Expected { outcome: "failed", cause: Some("RS-5002"), log: numbered, output: None, elements: 1, runs: true };
    let failing = ask_for(world, "failing", body, expected);

    let body = json!({"command": ["bash", "-c", format!("{}; sleep 600", world.witness.say("cancelled.0"))]});
    let expected = Expected { outcome: "cancelled", cause: None, log: nothing, output: None, elements: 1, runs: true };
    let cancelled = ask_for(world, "cancelled", body, expected);

    let body = json!({
        "command": command(world, "after", "tr a-z A-Z < in.txt > out.txt"), "after": [single.id],
        "inputs": [{"from": format!("run:{}/out.txt", single.id), "to": "in.txt"}], "outputs": [{"path": "out.txt"}]});
    let after = ask_for(world, "after", body, done(numbered, Some(|_| INPUT.to_uppercase()), 1));

    let body = json!({"command": ["true"], "after": [failing.id]});
    let expected = Expected { outcome: "failed", cause: Some("RS-5010"), log: nothing, output: None, elements: 1, runs: false };
    let orphan = ask_for(world, "orphan", body, expected);
    vec![single, array, failing, cancelled, after, orphan]
}

fn ask_for(world: &mut World, name: &'static str, mut body: Value, expected: Expected) -> Asked {
    body["name"] = json!(name);
    body["resources"] = json!({"cores": 0.5, "memory": "64 MiB", "disk": "1 MiB", "walltime": "15m"});
    let mut asked = Asked { name, key: format!("key of {name}"), body, id: String::new(), expected };
    asked.id = again(world, &asked);
    asked
}

/// The same request with the same key: the same run, however often.
pub fn again(world: &mut World, asked: &Asked) -> String {
    let body = Some(asked.body.to_string().into_bytes());
    let question = Question { path: "runs", method: Method::POST, key: Some(&asked.key), body, media: "application/json" };
    let answer = world.ask(&question);
    assert!(answer.status.is_success(), "{}: {}: {}", asked.name, answer.status, String::from_utf8_lossy(&answer.body));
    answer.json()["id"].as_str().expect("the run's id").to_owned()
}

fn upload(world: &mut World) -> String {
    let announced = json!({"name": "in.txt", "bytes": INPUT.len()}).to_string().into_bytes();
    let post = |path, body| Question { path, method: Method::POST, key: None, body, media: "application/json" };
    let answer = world.ask(&post("uploads", Some(announced)));
    let id = answer.json()["id"].as_str().unwrap_or_else(|| panic!("{}", answer.json())).to_owned();
    let path = format!("uploads/{id}/content");
    let body = Some(INPUT.as_bytes().to_vec());
    let put = Question { path: &path, method: Method::PUT, key: None, body, media: "application/octet-stream" };
    assert!(world.ask(&put).status.is_success(), "the upload's content");
    let answer = world.ask(&post(&format!("uploads/{id}/complete"), None));
    assert!(answer.status.is_success(), "the upload's completion: {}", String::from_utf8_lossy(&answer.body));
    id
}

/// Cancels what is to be cancelled once its command runs; returns when every run has ended.
pub fn follow(world: &mut World, load: &[Asked]) -> Result<(), String> {
    let begun = Instant::now();
    let to_cancel = load.iter().find(|asked| asked.expected.outcome == "cancelled").expect("one to cancel");
    let path = format!("runs/{}/cancel", to_cancel.id);
    let mut asked_to_cancel = false;
    loop {
        if !asked_to_cancel && world.witness.count(&word(to_cancel.name, 0)) > 0 {
            let question = Question { path: &path, method: Method::POST, ..Question::default() };
            asked_to_cancel = world.ask(&question).status.is_success();
        }
        let runs = world.get("runs").json();
        let open: Vec<&Value> = runs["items"].as_array().into_iter().flatten().filter(|run| run["state"] != "ended").collect();
        if open.is_empty() {
            return Ok(());
        }
        if begun.elapsed() > LIMIT {
            return Err(format!("not ended within {LIMIT:?}: {}", json!(open)));
        }
        std::thread::sleep(Duration::from_millis(40));
    }
}
