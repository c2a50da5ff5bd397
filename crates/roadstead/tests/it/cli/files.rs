//! Files that go to a gateway and come back.

use super::helpers::{Desk, LIMIT, finish, text_of};
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::net::TcpStream;
use testkit::{Program, Signal};

/// A gateway that the commands know by its address only, as if it were elsewhere.
struct Elsewhere {
    desk: Desk,
    url: String,
    token_file: String,
    _gateway: Program,
}

impl Elsewhere {
    fn start() -> Self {
        let desk = Desk::new();
        let mut gateway = desk.start(&["--json", "serve", "--listen", "127.0.0.1:0"]);
        gateway.wait_for_line(LIMIT, "its address", |line| line == "}");
        let said: Value = serde_json::from_str(&gateway.stdout()).expect("JSON");
        let text = |name: &str| said[name].as_str().expect(name).to_owned();
        Self { url: text("url"), token_file: text("token_file"), desk, _gateway: gateway }
    }

    fn with_gateway<'a>(&'a self, arguments: &[&'a str]) -> Vec<&'a str> {
        [&["--gateway", &self.url, "--token-file", &self.token_file], arguments].concat()
    }

    fn ok(&self, arguments: &[&str]) -> String {
        self.desk.ok(&self.with_gateway(arguments))
    }

    /// One request by hand, for what the commands would not do.
    fn request(&self, head: &str, headers: &str, body: &[u8]) -> String {
        let host = self.url.strip_prefix("http://").expect("an http address");
        let token = text_of(self.token_file.as_ref());
        let mut stream = TcpStream::connect(host).expect("connect");
        let length = body.len();
        write!(stream, "{head} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {}\r\nConnection: close\r\nContent-Length: {length}\r\n{headers}\r\n", token.trim())
            .expect("send");
        stream.write_all(body).expect("send");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        assert!(answer.starts_with("HTTP/1.1 2"), "{answer}");
        answer.split_once("\r\n\r\n").expect("a body").1.to_owned()
    }
}

#[test]
fn files_of_this_computer_are_sent_to_a_gateway_that_is_elsewhere() {
    let there = Elsewhere::start();
    there.desk.write("job/in/data.txt", "far away\n");
    let job =
        "name = \"far\"\ncommand = [\"cat\", \"data.txt\"]\ninputs = [{ from = \"file:./in/data.txt\", to = \"data.txt\" }]\n";
    there.desk.write("job/job.toml", job);
    assert_eq!(there.ok(&["run", "job/job.toml"]), "far away");
    let shown: Value = serde_json::from_str(&there.ok(&["--json", "show", "far"])).expect("JSON");
    let from = shown["request"]["inputs"][0]["from"].as_str().expect("a source");
    assert!(from.starts_with("upload:upl-"), "{from}");
    // Sent once: the same bytes under another name are found.
    there.desk.write("copy.txt", "far away\n");
    assert_eq!(there.ok(&["uploads", "send", "copy.txt"]), from);
    there.ok(&["uploads", "delete", from.strip_prefix("upload:").expect("an upload")]);
    assert_eq!(serde_json::from_str::<Value>(&there.ok(&["--json", "uploads", "list"])).expect("JSON")["items"], json!([]));
}

#[test]
fn a_broken_upload_goes_on_where_it_stopped() {
    let there = Elsewhere::start();
    let content: Vec<u8> = (0..10_000_000_u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let file = there.desk.write("large.bin", &content);
    let (sha256, bytes) = data::hash_reader(content.as_slice()).expect("a checksum");
    let asked = json!({ "name": "large.bin", "bytes": bytes, "sha256": sha256.to_string() }).to_string();
    let made = there.request("POST /api/v1/uploads", "Content-Type: application/json\r\n", asked.as_bytes());
    let id = serde_json::from_str::<Value>(&made).expect("JSON")["id"].as_str().expect("an id").to_owned();
    let part = &content[..6_000_000];
    let range = format!("Content-Range: bytes 0-{}/{bytes}\r\nContent-Type: application/octet-stream\r\n", part.len() - 1);
    there.request(&format!("PUT /api/v1/uploads/{id}/content"), &range, part);

    let source = there.ok(&["uploads", "send", file.to_str().expect("UTF-8")]);
    assert_eq!(source, format!("upload:{id}"));
    let output = there.ok(&["run", "-q", "--input", &format!("{source}=it"), "--", "sha256sum", "it"]);
    assert_eq!(output.split(' ').next(), Some(sha256.to_string().as_str()));
}

#[test]
fn outputs_are_checked_resumed_and_never_written_elsewhere() {
    let desk = Desk::new();
    let script = "mkdir -p d; echo inside > d/x.txt; seq 100000 > numbers; echo 'a b' > 'odd name%.txt'";
    desk.ok(&["run", "-q", "--name", "files", "-o", "d/*", "-o", "numbers", "-o", "odd*", "--", "sh", "-c", script]);
    let numbers: String = (1..=100_000).map(|number| format!("{number}\n")).collect();
    let (sha256, _) = data::hash_reader(numbers.as_bytes()).expect("a checksum");
    let part = format!("out/.{}.part", &sha256.to_string()[..32]);

    // The beginning of it is there already, and the rest is added.
    desk.write(&part, &numbers[..200_000]);
    assert!(desk.ok(&["outputs", "files", "--to", "out"]).starts_with("3 files fetched"));
    assert_eq!(text_of(&desk.path("out/numbers")), numbers);
    assert_eq!(text_of(&desk.path("out/d/x.txt")), "inside\n");
    assert_eq!(text_of(&desk.path("out/odd name%.txt")), "a b\n");
    assert!(!desk.path(&part).exists());
    assert!(desk.ok(&["outputs", "files", "--to", "out"]).starts_with("0 files fetched"));

    // A wrong beginning and a changed file are both put right.
    desk.write(&part, "something else");
    desk.write("out/numbers", "changed");
    desk.ok(&["outputs", "files", "--to", "out"]);
    assert_eq!(text_of(&desk.path("out/numbers")), numbers);

    // A link that leads out of the directory is not followed; the other files come all the same.
    std::fs::create_dir_all(desk.path("outside")).expect("a directory");
    std::fs::create_dir_all(desk.path("trap")).expect("a directory");
    std::os::unix::fs::symlink(desk.path("outside"), desk.path("trap/d")).expect("a link");
    std::os::unix::fs::symlink(desk.path("outside/victim"), desk.path("trap/numbers")).expect("a link");
    let typed = desk.type_in(&["outputs", "files", "--to", "trap"]);
    assert_eq!(typed.code, 1, "{typed:?}");
    assert!(typed.err.contains("error[RS-6002]"), "{typed:?}");
    assert_eq!(std::fs::read_dir(desk.path("outside")).expect("a directory").count(), 0);
    assert_eq!(text_of(&desk.path("trap/odd name%.txt")), "a b\n");

    let listed = desk.json(&["outputs", "files"]);
    assert_eq!(listed["items"].as_array().map(Vec::len), Some(3));
    let path = desk.ok(&["outputs", "files", "--crate", "files.crate.zip"]);
    assert!(path.ends_with("/files.crate.zip") && std::fs::read(&path).expect("the crate").starts_with(b"PK"), "{path}");
}

#[test]
fn the_demonstration_ends_with_the_path_of_its_research_object() {
    let desk = Desk::new();
    let check = |said: &str, directory: &std::path::Path| {
        let path = std::path::Path::new(said.lines().last().expect("a last line"));
        assert!(path.starts_with(directory) && path.to_string_lossy().ends_with(".crate.zip"), "{said}");
        assert!(std::fs::read(path).expect("the crate").starts_with(b"PK"));
        assert!(said.contains("check passed: 18 of 18"), "{said}");
    };
    let mut demo = desk.start(&["demo", "--listen", "127.0.0.1:0"]);
    demo.wait_for_line(LIMIT, "that it serves on", |line| line.starts_with("Serving at http://127.0.0.1:"));
    demo.wait_for_line(LIMIT, "how to come in again", |line| line.contains("makes a new link"));
    // It serves on, so the way in comes last.
    let said = demo.stdout();
    let (said, open) = said.trim_end().rsplit_once('\n').expect("lines");
    assert!(open.starts_with("Open http://127.0.0.1:"), "{open}");
    check(said, &desk.path("data/roadstead/crates"));
    let runs = desk.json(&["ps", "--all"]);
    let outcomes: Vec<_> = runs["items"].as_array().expect("runs").iter().map(|run| run["outcome"].as_str()).collect();
    assert_eq!(outcomes, [Some("done"); 3]);
    demo.kill(Signal::INT);
    assert_eq!(finish(demo).code, 0);

    check(&desk.ok(&["demo", "--once", "--to", "results"]), &desk.path("results"));
}

#[test]
fn a_demonstration_that_is_stopped_in_the_middle_leaves_nothing_behind() {
    let desk = Desk::new();
    // Pilots have little of the environment, but this they have: by it they are told from all others.
    let path = format!("{}:{}", std::env::var("PATH").expect("PATH"), desk.home.path().display());
    let processes = || testkit::processes_with_env("PATH", &path);
    let mut command = desk.command(&["demo", "--listen", "127.0.0.1:0"]);
    command.env("PATH", &path);
    let mut demo = desk.home.start(command);
    demo.wait_for_line(LIMIT, "that something runs", |line| line.ends_with("running"));
    // The gateway is in the demonstration's own process.
    testkit::wait_until(LIMIT, "a pilot", || (processes().len() > 1).then_some(()));
    demo.kill(Signal::INT);
    let typed = finish(demo);
    assert_eq!(typed.code, 130, "{typed:?}");
    assert!(typed.err.contains("Nothing of them is left.") && typed.err.contains("`roadstead demo` begins anew"), "{typed:?}");
    testkit::wait_until(LIMIT, "the last process to end", || processes().is_empty().then_some(()));

    let runs = desk.json(&["ps", "--all"]);
    let runs = runs["items"].as_array().expect("runs");
    assert_eq!(runs.len(), 3);
    assert!(runs.iter().all(|run| run["state"] == "ended") && runs.iter().any(|run| run["outcome"] == "cancelled"), "{runs:?}");
}
