//! Events and logs as they happen.

use crate::pilot::{OUTPUT, OUTPUT_PATH, Pilot, finished_run};
use crate::world::{World, body, problem};
use futures_util::StreamExt;
use model::run::{ElementState, Outcome, Report};
use reqwest::Response;
use serde_json::Value;
use std::time::Duration;

/// Reads server-sent events off an answer.
struct Events {
    answer: Response,
    text: String,
}

impl Events {
    async fn open(world: &World, path: &str, last: Option<i64>) -> Self {
        let mut request = world.get(path);
        if let Some(last) = last {
            request = request.header("last-event-id", last.to_string());
        }
        let answer = request.send().await.expect("sent");
        assert_eq!(answer.status(), 200);
        let headers = answer.headers();
        assert_eq!(headers["content-type"], "text/event-stream");
        assert_eq!(headers["cache-control"], "no-store");
        assert_eq!(headers["x-accel-buffering"], "no");
        assert!(headers.get("content-encoding").is_none());
        Self { answer, text: String::new() }
    }

    /// The next block that is an event; none at the end of the stream.
    async fn next(&mut self) -> Option<(i64, Value)> {
        loop {
            while let Some((block, rest)) = self.text.split_once("\n\n") {
                let block = block.to_owned();
                self.text = rest.to_owned();
                let of = |name: &str| block.lines().find_map(|line| line.strip_prefix(name)).map(str::to_owned);
                if let (Some(id), Some(data)) = (of("id: "), of("data: ")) {
                    return Some((id.parse().expect("a number"), serde_json::from_str(&data).expect("JSON")));
                }
            }
            let chunk = tokio::time::timeout(Duration::from_secs(20), self.answer.chunk()).await.expect("in time");
            self.text += std::str::from_utf8(&chunk.ok()??).expect("text");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_who_resumes_misses_nothing_and_hears_nothing_twice() {
    let world = World::new().await;
    let id = world.run("followed").await;
    let path = format!("/api/v1/runs/{id}/events");
    let mut pilot = Pilot::aboard(&world, &id).await;

    // Broken off after each event, while more happens.
    let mut seen = Vec::new();
    let states = [ElementState::Staging, ElementState::Running, ElementState::Collecting];
    let mut states = states.into_iter();
    loop {
        let mut events = Events::open(&world, &path, seen.last().map(|(seq, _)| *seq)).await;
        let (seq, event) = events.next().await.expect("an event");
        drop(events);
        let ended = event["kind"] == "state" && event["state"] == "ended";
        assert_eq!(event["run"], id.as_str());
        assert_eq!(event["seq"], seq);
        seen.push((seq, event));
        match states.next() {
            Some(state) => pilot.progress(state).await,
            None if !pilot_is_done(&seen) && seen.len() == 4 => pilot.end(Outcome::Done, Report::default()).await,
            None => {}
        }
        if ended {
            break;
        }
    }
    let numbers: Vec<i64> = seen.iter().map(|(seq, _)| *seq).collect();
    assert_eq!(numbers, (1..=numbers.len() as i64).collect::<Vec<_>>());

    // The same as a page, from the beginning and from the middle.
    let page = body(world.get(&path).header("accept", "application/json").send().await.expect("sent")).await;
    let listed: Vec<Value> = page["items"].as_array().expect("items").clone();
    assert_eq!(listed, seen.into_iter().map(|(_, event)| event).collect::<Vec<_>>());
    let page = world.get(&format!("{path}?after=2&limit=2")).header("accept", "application/json").send().await.expect("sent");
    let page = body(page).await;
    assert_eq!((page["items"][0]["seq"].as_i64(), page["next"].as_str()), (Some(3), Some("4")));
    let wrong = world.get(&path).header("last-event-id", "yesterday").send().await.expect("sent");
    assert_eq!(problem(wrong).await, "RS-1007");
}

fn pilot_is_done(seen: &[(i64, Value)]) -> bool {
    seen.iter().any(|(_, event)| event["kind"] == "outcome")
}

#[tokio::test(flavor = "multi_thread")]
async fn one_stream_tells_of_everything_of_ones_own_and_nothing_else() {
    let world = World::new().await;
    let mut events = Events::open(&world, "/api/v1/events", None).await;
    let theirs = world.client.post(format!("{}/api/v1/runs", world.url)).bearer_auth(&world.other);
    let theirs = theirs.json(&serde_json::json!({"command": ["true"]})).send().await.expect("sent");
    assert_eq!(theirs.status(), 201);
    let first = world.run("first").await;
    let second = world.run("second").await;
    let (mut told, mut last) = (std::collections::BTreeSet::new(), 0);
    while told.len() < 2 {
        let (seq, event) = events.next().await.expect("an event");
        assert!(last == 0 || seq == last + 1, "{seq} after {last}");
        last = seq;
        told.insert(event["run"].as_str().expect("a run").to_owned());
    }
    assert_eq!(told, [first, second.clone()].into());
    drop(events);
    assert_eq!(world.post(&format!("/api/v1/runs/{second}/cancel")).send().await.expect("sent").status(), 202);
    let mut events = Events::open(&world, "/api/v1/events", Some(last)).await;
    assert_eq!(events.next().await.expect("an event").0, last + 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn streams_beat_end_with_their_token_and_end_first_when_the_gateway_stops() {
    let mut world = World::with(|settings| gateway::Settings { heartbeat: Duration::from_millis(100), ..settings }).await;
    let id = world.run("quiet").await;
    let _pilot = Pilot::aboard(&world, &id).await;
    let answer = |token: String| world.client.get(format!("{}/api/v1/events?after=1000", world.url)).bearer_auth(token).send();
    let mut theirs = answer(world.reader.clone()).await.expect("sent").bytes_stream();
    let mut text = String::new();
    while text.matches(":\n\n").count() < 2 {
        let chunk = tokio::time::timeout(Duration::from_secs(10), theirs.next()).await.expect("a heartbeat").expect("open");
        text += std::str::from_utf8(&chunk.expect("whole")).expect("text");
    }
    let caller = world.caller(&world.reader).await;
    assert!(world.identity.revoke_token(&caller, crate::world::token_of(&caller)).await.expect("revoked"));
    let ended = async { while theirs.next().await.is_some_and(|chunk| chunk.is_ok()) {} };
    tokio::time::timeout(Duration::from_secs(10), ended).await.expect("a stream ends with its token");

    let is_quiet = async || (world.activity.quiet_for() > Duration::ZERO).then_some(());
    testkit::await_until(Duration::from_secs(10), "a quiet moment", is_quiet).await;
    let events = answer(world.owner.clone()).await.expect("sent");
    let log = world.get(&format!("/api/v1/runs/{id}/logs?follow=true")).send().await.expect("sent");
    assert_eq!(world.activity.quiet_for(), Duration::ZERO, "somebody follows");
    world.shutdown.cancel();
    let both = async { (events.bytes().await.map(drop), log.bytes().await.map(drop)) };
    let (events, log) = tokio::time::timeout(Duration::from_secs(5), both).await.expect("streams end first");
    assert!(events.is_ok() && log.is_ok(), "in order: {events:?} {log:?}");
    let server = world.server.take().expect("the server");
    tokio::time::timeout(Duration::from_secs(5), server).await.expect("ends").expect("no panic").expect("well");
    assert!(tokio::net::TcpStream::connect(world.address).await.is_err(), "nobody listens");
}

#[tokio::test(flavor = "multi_thread")]
async fn logs_are_read_from_anywhere_and_followed_to_their_end() {
    let world = World::new().await;
    let id = world.run("talks").await;
    let path = format!("/api/v1/runs/{id}/logs");
    let mut pilot = Pilot::aboard(&world, &id).await;
    pilot.progress(ElementState::Running).await;
    pilot.open().await;
    pilot.write(0, "hello ").await;
    let mut following = world.get(&format!("{path}?follow=true")).send().await.expect("sent");
    assert_eq!(following.headers()["content-type"], "application/octet-stream");
    assert_eq!(following.headers()["roadstead-log-complete"], "false");
    let mut heard = String::new();
    while heard.len() < 6 {
        heard += std::str::from_utf8(&following.chunk().await.expect("whole").expect("open")).expect("text");
    }
    pilot.write(6, "world").await;
    while heard.len() < 11 {
        heard += std::str::from_utf8(&following.chunk().await.expect("whole").expect("open")).expect("text");
    }
    assert_eq!(heard, "hello world");
    pilot.end(Outcome::Done, Report { exit_code: Some(0), ..Report::default() }).await;
    let rest = tokio::time::timeout(Duration::from_secs(20), following.bytes()).await.expect("ends with the element");
    assert!(rest.expect("whole").is_empty());

    for (query, expected, from) in [
        ("", "hello world", "0"),
        ("?from=6", "world", "6"),
        ("?from=-3", "rld", "8"),
        ("?from=-100", "hello world", "0"),
        ("?from=100", "", "100"),
        ("?from=100&follow=true", "", "100"),
        ("?stream=stderr", "", "0"),
    ] {
        let answer = world.get(&format!("{path}{query}")).send().await.expect("sent");
        assert_eq!(answer.headers()["roadstead-log-from"], from, "{query}");
        let total = if query.contains("stderr") { "0" } else { "11" };
        assert_eq!(answer.headers()["roadstead-log-bytes"], total, "{query}");
        assert_eq!(answer.headers()["roadstead-log-complete"], "true", "{query}");
        assert_eq!(answer.headers()["roadstead-log-truncated"], "false", "{query}");
        assert_eq!(answer.text().await.expect("text"), expected, "{query}");
    }
    let whole = world.get(&path).send().await.expect("sent");
    let etag = whole.headers()["etag"].clone();
    assert_eq!((&whole.headers()["accept-ranges"], whole.content_length()), (&"bytes".parse().expect("ascii"), Some(11)));
    let end = world.get(&path).header("range", "bytes=-5").header("if-range", &etag).send().await.expect("sent");
    assert_eq!((end.status().as_u16(), end.headers()["content-range"].to_str().expect("ascii")), (206, "bytes 6-10/11"));
    assert_eq!(end.text().await.expect("text"), "world");
    let known = world.get(&path).header("if-none-match", &etag).send().await.expect("sent");
    assert_eq!(known.status(), 304);
    let beyond = world.get(&path).header("range", "bytes=11-").send().await.expect("sent");
    assert_eq!(beyond.status(), 416);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_is_searched_page_by_page() {
    let world = World::new().await;
    let id = world.run("troubled").await;
    let path = format!("/api/v1/runs/{id}/logs/matches");
    let mut pilot = Pilot::aboard(&world, &id).await;
    pilot.progress(ElementState::Running).await;
    pilot.open().await;
    pilot.write(0, "tile 1\nERROR: tile 2 is empty\nTile 3\nKeyError: 'tile'").await;
    let search = async |query: &str| body(world.get(&format!("{path}?{query}")).send().await.expect("sent")).await;
    let written = async || (search("errors=true").await["searched"] == 37).then_some(());
    testkit::await_until(Duration::from_secs(20), "three whole lines", written).await;
    let first = search("text=TILE&limit=2").await;
    let found = serde_json::json!([{"offset": 0, "excerpt": "tile 1"}, {"offset": 14, "excerpt": "ERROR: tile 2 is empty"}]);
    assert_eq!((&first["matches"], &first["next"]), (&found, &serde_json::json!(30)));
    let second = search("text=tile&limit=2&from=30").await;
    assert_eq!(second, serde_json::json!({"matches": [{"offset": 30, "excerpt": "Tile 3"}], "next": null, "searched": 37}));
    pilot.end(Outcome::Done, Report { exit_code: Some(0), ..Report::default() }).await;
    world.until(&id, |run| run["outcome"] == "done").await;
    let errors = search("errors=true").await;
    assert_eq!(errors["matches"][1]["excerpt"], "KeyError: 'tile'", "the last line is whole now: {errors}");
    assert_eq!(search("errors=true&text=empty").await["matches"].as_array().map(Vec::len), Some(1));
    assert_eq!(search("stream=stderr&errors=true").await["searched"], 0);
    for wrong in ["", "text=", "text=a%0Ab", "errors=true&limit=0", "text=a&regex=true"] {
        let answer = world.get(&format!("{path}?{wrong}")).send().await.expect("sent");
        assert_eq!(problem(answer).await, "RS-1007", "{wrong}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn outputs_are_saved_never_shown_and_come_in_parts() {
    let world = World::new().await;
    let id = finished_run(&world).await;
    let path = format!("/api/v1/runs/{id}/outputs/0/{}", OUTPUT_PATH.replace(' ', "%20"));
    let whole = world.get(&path).send().await.expect("sent");
    let headers = whole.headers().clone();
    assert_eq!(headers["content-disposition"], "attachment; filename=\"a_table.csv\"; filename*=UTF-8''a%20table.csv");
    assert_eq!(headers["x-content-type-options"], "nosniff");
    assert!(headers["content-security-policy"].to_str().expect("ascii").contains("sandbox"));
    assert_eq!(headers["content-type"], "text/csv");
    assert_eq!(whole.bytes().await.expect("bytes"), OUTPUT);
    // The slashes of its name may be encoded too.
    let encoded = format!("/api/v1/runs/{id}/outputs/0/{}", OUTPUT_PATH.replace(' ', "%20").replace('/', "%2F"));
    assert_eq!(world.get(&encoded).send().await.expect("sent").bytes().await.expect("bytes"), OUTPUT);
    assert_eq!(headers["accept-ranges"], "bytes");
    let end = world.get(&path).header("range", "bytes=-4").header("if-range", &headers["etag"]).send().await.expect("sent");
    assert_eq!((end.status().as_u16(), &end.bytes().await.expect("bytes")[..]), (206, &OUTPUT[OUTPUT.len() - 4..]));
    let part = world.get(&path).header("range", "bytes=5-9").send().await.expect("sent");
    assert_eq!(part.status(), 206);
    assert_eq!(part.headers()["content-range"], format!("bytes 5-9/{}", OUTPUT.len()));
    assert_eq!(part.bytes().await.expect("bytes"), OUTPUT[5..10]);
    let stale = world.get(&path).header("range", "bytes=5-9").header("if-range", "\"other\"").send().await.expect("sent");
    assert_eq!(stale.status(), 200);
    let known = world.get(&path).header("if-none-match", &headers["etag"]).send().await.expect("sent");
    assert_eq!(known.status(), 304);
    let beyond = world.get(&path).header("range", "bytes=5000-").send().await.expect("sent");
    assert_eq!(beyond.status(), 416);
    assert_eq!(problem(beyond).await, "RS-1003");
    for missing in ["results/none.csv", "..%2F..%2Fetc%2Fpasswd", "%2Fetc%2Fpasswd"] {
        let answer = world.get(&format!("/api/v1/runs/{id}/outputs/0/{missing}")).send().await.expect("sent");
        assert_eq!(problem(answer).await, "RS-4004", "{missing}");
    }

    let archive = world.get(&format!("/api/v1/runs/{id}/crate")).send().await.expect("sent");
    assert_eq!(archive.headers()["content-type"], "application/zip");
    let length: usize = archive.headers()["content-length"].to_str().expect("ascii").parse().expect("a number");
    let bytes = archive.bytes().await.expect("bytes");
    assert!(bytes.starts_with(b"PK") && bytes.len() == length);
    let early = world.run("early").await;
    let answer = world.get(&format!("/api/v1/runs/{early}/crate")).send().await.expect("sent");
    assert_eq!(problem(answer).await, "RS-6004");
}

/// A file that is read for as long as this is there.
struct Endless {
    path: std::path::PathBuf,
    _both_ends: std::fs::File,
}

impl Endless {
    /// In place of the largest blob of a run: its output.
    fn in_place_of_the_output(world: &World, run: &str) -> Self {
        let mut found: Vec<(u64, std::path::PathBuf)> = Vec::new();
        let mut left = vec![world.directory.path().join("blobs").join(run)];
        while let Some(directory) = left.pop() {
            for entry in std::fs::read_dir(directory).expect("readable").flatten() {
                let metadata = entry.metadata().expect("there");
                if metadata.is_dir() { left.push(entry.path()) } else { found.push((metadata.len(), entry.path())) }
            }
        }
        let (_, path) = found.into_iter().max().expect("an output");
        std::fs::remove_file(&path).expect("removed");
        assert!(std::process::Command::new("mkfifo").arg(&path).status().expect("mkfifo").success());
        let both_ends = std::fs::OpenOptions::new().read(true).write(true).open(&path).expect("opened");
        Self { path, _both_ends: both_ends }
    }

    /// In this process, where the gateway is too.
    fn readers(&self) -> usize {
        let open = std::fs::read_dir("/proc/self/fd").expect("readable").flatten();
        open.filter(|entry| std::fs::read_link(entry.path()).is_ok_and(|path| path == self.path)).count() - 1
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn crates_that_nobody_waits_for_any_more_keep_their_place_until_they_are_done() {
    let world = World::new().await;
    let quick = finished_run(&world).await;
    let slow = finished_run(&world).await;
    let endless = Endless::in_place_of_the_output(&world, &slow);
    let path = |run: &str| format!("/api/v1/runs/{run}/crate");
    for number in 1..=2 {
        let is_read =
            testkit::await_until(Duration::from_secs(20), "it to be read", async || (endless.readers() == number).then_some(()));
        tokio::select! { _ = world.get(&path(&slow)).send() => panic!("it has no end"), () = is_read => {} }
    }
    // Both are still being put together: a third has to wait, however often clients go away.
    let mut third = Box::pin(world.get(&path(&quick)).send());
    assert!(tokio::time::timeout(Duration::from_secs(3), &mut third).await.is_err(), "more than two at a time");
    drop(endless);
    assert_eq!(third.await.expect("sent").status(), 200);
}
