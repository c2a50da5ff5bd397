//! A pilot, as the gateway meets it; and what the gateway makes of good and bad ones.

use crate::world::{World, body, problem};
use futures_util::{SinkExt, StreamExt};
use model::run::{CollectedFile, ElementState, Outcome, Report, Usage};
use model::{Problem, Timestamp};
use pilot::protocol::{Frame, FromGateway, FromPilot, Held, Hello, Kind, OLDEST, Opened, VERSION, Welcome, paths};
use reqwest::Method;
use sites::Start;
use std::time::Duration;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{self, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

pub type Socket = WebSocketStream<MaybeTlsStream<tokio::net::TcpStream>>;

pub struct Pilot {
    pub credential: String,
    pub socket: Socket,
    pub held: Held,
    said: u64,
}

const CREDENTIAL: &str = "a-credential-that-the-pilot-made-itself-0123456789";

pub async fn started(world: &World, run: &str) -> Start {
    testkit::await_until(Duration::from_secs(20), "the start of a pilot", async || world.bench.take(run)).await
}

pub async fn dial(world: &World, credential: &str, enrolment: Option<&str>) -> Result<Socket, tungstenite::Error> {
    let address = format!("{}{}", world.url.replace("http://", "ws://"), paths::CONNECT);
    let mut request = address.into_client_request().expect("an address");
    request.headers_mut().insert("authorization", format!("Bearer {credential}").parse().expect("ascii"));
    if let Some(enrolment) = enrolment {
        request.headers_mut().insert(paths::ENROLMENT_HEADER, enrolment.parse().expect("ascii"));
    }
    connect_async(request).await.map(|(socket, _)| socket)
}

pub fn hello(start: &Start, oldest: u16, newest: u16) -> Frame {
    let hello =
        Hello { oldest, newest, pilot: start.pilot.clone(), version: "test".into(), host: "here".into(), holding: vec![] };
    Frame::json(Kind::Hello, 0, 0, &hello)
}

pub async fn next_frame(socket: &mut Socket, kind: Kind) -> Frame {
    loop {
        let message = tokio::time::timeout(Duration::from_secs(20), socket.next()).await.expect("in time");
        if let Message::Binary(bytes) = message.expect("not closed").expect("not broken") {
            let frame = Frame::decode(bytes).expect("whole").expect("known");
            if frame.kind == kind {
                return frame;
            }
        }
    }
}

/// What the pilot of a run proves itself with.
pub fn credential_of(run: &str) -> String {
    format!("{CREDENTIAL}-{run}")
}

impl Pilot {
    /// Connects for a run, and leases its only element.
    pub async fn aboard(world: &World, run: &str) -> Self {
        let start = started(world, run).await;
        let credential = credential_of(run);
        let mut socket = dial(world, &credential, Some(start.enrolment.expose())).await.expect("welcome");
        socket.send(Message::Binary(hello(&start, OLDEST, VERSION).encode())).await.expect("sent");
        let welcome: Welcome = next_frame(&mut socket, Kind::Welcome).await.read().expect("a welcome");
        assert_eq!(welcome.assignment.run.as_str(), run);
        let mut pilot = Self { credential, socket, held: Held { index: 0, attempt: 0 }, said: 0 };
        pilot.lease_another().await;
        pilot
    }

    /// Asks for one more element, and holds that one from then on.
    pub async fn lease_another(&mut self) {
        self.say(vec![FromPilot::Want { elements: 1 }]).await;
        self.held = loop {
            let words = next_frame(&mut self.socket, Kind::Message).await;
            let words: Vec<FromGateway> = match words.read::<FromGateway>() {
                Ok(one) => vec![one],
                Err(_) => words.read().expect("words"),
            };
            if let Some(FromGateway::Grant { elements }) = words.into_iter().next() {
                break elements[0];
            }
        };
    }

    pub async fn say(&mut self, messages: Vec<FromPilot>) {
        let frame = Frame::json(Kind::Message, 0, self.said + 1, &messages);
        self.said += messages.len() as u64;
        self.socket.send(Message::Binary(frame.encode())).await.expect("sent");
    }

    pub async fn progress(&mut self, state: ElementState) {
        let now = Timestamp::from_millis(1_795_000_000_000);
        self.say(vec![FromPilot::Progress { held: self.held, state: Some(state), at: now }]).await;
    }

    /// Opens the standard output on channel 1.
    pub async fn open(&mut self) {
        let open = Frame::json(Kind::Open, 1, 0, &Opened::Stdout { held: self.held });
        self.socket.send(Message::Binary(open.encode())).await.expect("sent");
        next_frame(&mut self.socket, Kind::Credit).await;
    }

    pub async fn write(&mut self, offset: u64, text: &str) {
        let data = Frame::new(Kind::Data, 1, offset, text.to_owned());
        self.socket.send(Message::Binary(data.encode())).await.expect("sent");
    }

    pub async fn end(&mut self, outcome: Outcome, report: Report) {
        self.end_because(outcome, None, report).await;
    }

    pub async fn end_because(&mut self, outcome: Outcome, cause: Option<Problem>, report: Report) {
        let now = Timestamp::from_millis(1_795_000_001_000);
        let ended =
            FromPilot::Ended { held: self.held, outcome, cause, report: Box::new(report), started_at: Some(now), ended_at: now };
        self.say(vec![ended]).await;
    }

    fn output(&self, path: &str) -> String {
        let path = path.replace(' ', "%20");
        format!("{}?element={}&try={}&path={path}", paths::OUTPUT, self.held.index, self.held.attempt)
    }

    pub async fn put(&self, world: &World, path: &str, range: &str, bytes: &[u8]) -> reqwest::Response {
        let request = world.request(Method::PUT, &self.output(path)).bearer_auth(&self.credential);
        request.header("content-range", range).body(bytes.to_vec()).send().await.expect("sent")
    }
}

pub const OUTPUT: &[u8] = b"name,value\nflux,42\n";
pub const OUTPUT_PATH: &str = "results/a table.csv";

/// A run that was executed: a log of 11 bytes, and one output.
pub async fn finished_run(world: &World) -> String {
    finished_run_with(world, OUTPUT).await
}

pub async fn finished_run_with(world: &World, output: &[u8]) -> String {
    let request = serde_json::json!({"name": "finished", "command": ["true"], "outputs": [{"path": "results/*.csv"}]});
    let answer = world.post("/api/v1/runs").json(&request).send().await.expect("sent");
    let id = crate::world::text_of(&body(answer).await, "id");
    let mut pilot = Pilot::aboard(world, &id).await;
    pilot.progress(ElementState::Running).await;
    pilot.open().await;
    pilot.write(0, "hello world").await;
    let close = Frame::new(Kind::Close, 1, 11, bytes::Bytes::new());
    pilot.socket.send(Message::Binary(close.encode())).await.expect("sent");
    for (number, part) in output.chunks(1 << 20).enumerate() {
        let start = number << 20;
        let range = format!("bytes {start}-{}/{}", start + part.len() - 1, output.len());
        assert_eq!(pilot.put(world, OUTPUT_PATH, &range, part).await.status(), 200);
    }
    let sha256 = db::sha256(output).iter().map(|byte| format!("{byte:02x}")).collect();
    let file = CollectedFile { path: OUTPUT_PATH.into(), bytes: output.len() as u64, sha256 };
    let report = Report { exit_code: Some(0), host: "here".into(), outputs: vec![file], ..Report::default() };
    pilot.end(Outcome::Done, report).await;
    let run = world.until(&id, |run| run["outcome"] == "done" && run["state"] == "ended").await;
    assert_eq!(run["elements"]["done"], 1, "{run}");
    id
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pilot_enrols_once_and_brings_a_run_to_its_end() {
    let world = World::new().await;
    let id = finished_run(&world).await;
    let outputs = body(world.get(&format!("/api/v1/runs/{id}/outputs")).send().await.expect("sent")).await;
    assert_eq!(outputs["items"][0]["path"], OUTPUT_PATH);
    assert_eq!(outputs["items"][0]["media_type"], "text/csv");

    // The credential ended with the run.
    let credential = format!("{CREDENTIAL}-{id}");
    let Err(tungstenite::Error::Http(answer)) = dial(&world, &credential, None).await else { panic!("let in") };
    assert_eq!(answer.status(), 401);
    let said: serde_json::Value = serde_json::from_slice(answer.body().as_deref().unwrap_or_default()).expect("a problem");
    assert_eq!(said["code"], "RS-8001");
}

#[tokio::test(flavor = "multi_thread")]
async fn pilots_that_are_not_expected_or_not_understood_are_turned_away() {
    let world = World::new().await;
    let id = world.run("waits").await;
    let start = started(&world, &id).await;
    let code = start.enrolment.expose().to_owned();
    for (credential, enrolment) in [(CREDENTIAL, None), (CREDENTIAL, Some("wrong")), ("short", Some(code.as_str()))] {
        let Err(tungstenite::Error::Http(answer)) = dial(&world, credential, enrolment).await else { panic!("let in") };
        assert_eq!(answer.status(), 401);
    }
    // A person's token is no pilot's credential, and the other way around.
    let Err(tungstenite::Error::Http(answer)) = dial(&world, &world.admin, None).await else { panic!("let in") };
    assert_eq!(answer.status(), 401);

    let mut socket = dial(&world, CREDENTIAL, Some(&code)).await.expect("enrolled");
    socket.send(Message::Binary(hello(&start, VERSION + 1, VERSION + 2).encode())).await.expect("sent");
    let welcome: serde_json::Value = next_frame(&mut socket, Kind::Welcome).await.read().expect("JSON");
    assert_eq!(welcome, serde_json::json!({"version": VERSION}), "what the gateway speaks");
    let closed = loop {
        match socket.next().await.expect("a close").expect("not broken") {
            Message::Close(Some(frame)) => break frame,
            _ => continue,
        }
    };
    assert!(closed.reason.contains("RS-8002") && closed.reason.contains("protocol"), "{closed:?}");

    // The code was used up; the credential now stands for the pilot.
    assert!(dial(&world, &format!("{CREDENTIAL}-another"), Some(&code)).await.is_err());
    let mut socket = dial(&world, CREDENTIAL, None).await.expect("known");
    socket.send(Message::Binary(Frame::new(Kind::Data, 1, 0, "x").encode())).await.expect("sent");
    assert!(matches!(socket.next().await, Some(Ok(Message::Close(Some(_))))), "a first frame that is no greeting");

    let plain = world.request(Method::GET, paths::CONNECT).bearer_auth(CREDENTIAL).send().await.expect("sent");
    assert_eq!(plain.status(), 400);
    assert_eq!(problem(plain).await, "RS-8002");
    let as_person = world.by(CREDENTIAL, Method::GET, "/api/v1/me").send().await.expect("sent");
    assert_eq!(as_person.status(), 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn outputs_arrive_in_parts_and_only_from_who_holds_the_element() {
    let world = World::new().await;
    let id = world.run("parts").await;
    let pilot = Pilot::aboard(&world, &id).await;
    let answer = pilot.put(&world, "a", "bytes 0-3/8", b"abcd").await;
    assert_eq!(body(answer).await["bytes"], 4);
    let answer = pilot.put(&world, "a", "bytes 6-7/8", b"gh").await;
    assert_eq!(answer.status(), 409);
    assert_eq!(problem(answer).await, "RS-4009");
    let answer = pilot.put(&world, "a", "bytes 4-7/8", b"x").await;
    assert_eq!(answer.status(), 422, "shorter than it says");
    assert_eq!(body(pilot.put(&world, "a", "bytes 4-7/8", b"efgh").await).await["bytes"], 8);
    assert_eq!(body(pilot.put(&world, "empty", "bytes */0", b"").await).await["bytes"], 0);
    let asked = world.request(Method::GET, &pilot.output("a")).bearer_auth(&pilot.credential);
    assert_eq!(body(asked.send().await.expect("sent")).await["bytes"], 8);

    let other = Pilot { held: Held { index: 7, attempt: 1 }, ..pilot };
    let answer = other.put(&world, "a", "bytes 0-0/1", b"x").await;
    assert_eq!(answer.status(), 409, "an element that this pilot does not hold");
    let answer = other.put(&world, "a", "bytes 0-9999999/10000000", &vec![0; 5 << 20]).await;
    assert!(matches!(answer.status().as_u16(), 409 | 413), "{}", answer.status());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pilot_hears_something_while_its_report_is_worked_on() {
    let world = World::new().await;
    let id = world.run("slow").await;
    let mut pilot = Pilot::aboard(&world, &id).await;
    assert_eq!(pilot.put(&world, "a", "bytes 0-3/4", b"abcd").await.status(), 200);
    // Nobody can commit anything, as if a large output had to be read first.
    let held_up = world.db.begin().await.expect("the only one that writes");
    let sha256 = db::sha256(b"abcd").iter().map(|byte| format!("{byte:02x}")).collect();
    let outputs = vec![CollectedFile { path: "a".into(), bytes: 4, sha256 }];
    pilot.end(Outcome::Done, Report { outputs, ..Report::default() }).await;
    let sign = async { while !matches!(pilot.socket.next().await, Some(Ok(Message::Ping(_)))) {} };
    tokio::time::timeout(Duration::from_secs(40), sign).await.expect("a sign of life");
    drop(held_up);
    let acknowledged = next_frame(&mut pilot.socket, Kind::Ack).await;
    assert!(acknowledged.seq > 0, "on the same connection");
    world.until(&id, |run| run["outcome"] == "done").await;
}

#[tokio::test]
async fn what_a_run_uses_is_shown_while_it_runs() {
    let world = World::new().await;
    let id = world.run("busy").await;
    let mut pilot = Pilot::aboard(&world, &id).await;
    let paths = [format!("/api/v1/runs/{id}"), format!("/api/v1/runs/{id}/elements/0")];
    let using = async |path: &String| body(world.get(path).send().await.expect("sent")).await.get("using").cloned();
    let usage = Usage { cpu_millis: Some(1_500), memory_peak_bytes: Some(7), disk_peak_bytes: Some(0), ..Usage::default() };
    for stale in [pilot.held.attempt, pilot.held.attempt + 1] {
        // Nothing is known before the command runs, nor of a try that is not this one.
        let held = Held { index: 0, attempt: stale };
        assert_eq!(using(&paths[1]).await, None);
        pilot.say(vec![FromPilot::Using { held, usage, cores: None }]).await;
        next_frame(&mut pilot.socket, Kind::Ack).await;
    }
    pilot.progress(ElementState::Running).await;
    next_frame(&mut pilot.socket, Kind::Ack).await;
    pilot.say(vec![FromPilot::Using { held: pilot.held, usage, cores: Some(0.75) }]).await;
    next_frame(&mut pilot.socket, Kind::Ack).await;
    let element = using(&paths[1]).await.expect("it runs");
    assert_eq!(
        (&element["cores"], &element["cpu_millis"], &element["memory_peak_bytes"]),
        (&0.75.into(), &1_500.into(), &7.into())
    );
    assert!(element.get("read_bytes").is_none() && element["disk_peak_bytes"] == 0 && element["at"].is_string(), "{element}");
    // Of the run: all that its pilots say.
    let run = using(&paths[0]).await.expect("it runs");
    assert_eq!((&run["cores"], &run["cpu_millis"]), (&0.75.into(), &3_000.into()));

    pilot.progress(ElementState::Collecting).await;
    next_frame(&mut pilot.socket, Kind::Ack).await;
    assert_eq!(using(&paths[1]).await, None);
    pilot.end(Outcome::Done, Report { usage, ..Report::default() }).await;
    let ended = testkit::await_until(Duration::from_secs(20), "the end", async || {
        let run = body(world.get(&paths[0]).send().await.expect("sent")).await;
        (run["outcome"] == "done").then_some(run)
    });
    assert!(ended.await.get("using").is_none());
    let report = &body(world.get(&paths[1]).send().await.expect("sent")).await["report"];
    assert_eq!(report["usage"], serde_json::json!({"cpu_millis": 1_500, "memory_peak_bytes": 7, "disk_peak_bytes": 0}));
}
