//! A gateway that keeps its word, and can be made to break it: cuts connections, withholds credit, answers badly.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, put};
use model::request::RunRequest;
use model::run::{ElementState, Outcome, Report};
use model::{Problem, Timestamp};
use pilot::protocol::{Assignment, Credit, Frame, FromGateway, FromPilot, Held, Hello, Kind, Opened, VERSION, Welcome, paths};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

#[derive(Clone)]
pub struct Ended {
    pub outcome: Outcome,
    pub cause: Option<Problem>,
    pub report: Report,
    pub started_at: Option<Timestamp>,
}

/// Everything that a real one would keep in its database, and the knobs.
pub struct Facts {
    pub assignment: Assignment,
    pub enrolment: String,
    pub credential: Option<String>,
    pub queue: VecDeque<Held>,
    pub leased: BTreeSet<Held>,
    pub wanted: u32,
    pub applied: u64,
    pub states: Vec<(Held, ElementState)>,
    pub ended: BTreeMap<Held, Ended>,
    pub returned: Vec<Held>,
    /// By element and whether it is stderr.
    pub logs: BTreeMap<(Held, bool), Vec<u8>>,
    pub closed: BTreeSet<(Held, bool)>,
    pub outputs: BTreeMap<(u32, String), Vec<u8>>,
    /// By element and number.
    pub inputs: BTreeMap<(u32, usize), Vec<u8>>,
    pub pages: BTreeMap<String, Vec<u8>>,
    pub connections: u32,
    /// What the pilot said it held, at each connection.
    pub held: Vec<Vec<Held>>,
    pub message_frames: u32,
    pub first_frame: Option<Instant>,
    /// Say Finish as soon as everything has ended.
    pub finish: bool,
    pub version: u16,
    /// Answer each connection with this.
    pub refuse: Option<u16>,
    /// End the present connection.
    pub close: bool,
    /// Cut each connection after so many frames; then this many come next.
    pub cuts: VecDeque<u32>,
    /// How far beyond what is stored may be sent.
    pub window: u64,
    /// No more credit than this until it is raised.
    pub credit_limit: u64,
    /// Break off that many bulk exchanges in the middle.
    pub bulk_cuts: u32,
    pub say: VecDeque<FromGateway>,
    pub noise: bool,
    /// Frames to be sent as they are, in place of the welcome.
    pub script: Option<Vec<Vec<u8>>>,
    /// What a correct pilot never does.
    pub violations: Vec<String>,
}

impl Facts {
    pub fn all_ended(&self) -> bool {
        self.queue.is_empty() && self.leased.is_empty()
    }
}

#[derive(Clone)]
pub struct Gateway {
    facts: Arc<Mutex<Facts>>,
}

/// One address at which the gateway is reachable, until dropped.
pub struct Door {
    pub url: String,
    server: JoinHandle<()>,
    closed: CancellationToken,
}

impl Drop for Door {
    fn drop(&mut self) {
        self.closed.cancel();
        self.server.abort();
    }
}

#[derive(Clone)]
struct Shared {
    facts: Arc<Mutex<Facts>>,
    closed: CancellationToken,
}

impl Gateway {
    pub fn new(assignment: Assignment, enrolment: &str) -> Self {
        let queue = (0..assignment.request.elements()).map(|index| Held { index, attempt: 1 }).collect();
        let facts = Facts {
            assignment,
            enrolment: enrolment.to_owned(),
            credential: None,
            queue,
            leased: BTreeSet::new(),
            wanted: 0,
            applied: 0,
            states: Vec::new(),
            ended: BTreeMap::new(),
            returned: Vec::new(),
            logs: BTreeMap::new(),
            closed: BTreeSet::new(),
            outputs: BTreeMap::new(),
            inputs: BTreeMap::new(),
            pages: BTreeMap::new(),
            connections: 0,
            held: Vec::new(),
            message_frames: 0,
            first_frame: None,
            finish: true,
            version: VERSION,
            refuse: None,
            close: false,
            cuts: VecDeque::new(),
            window: 256 * 1024,
            credit_limit: u64::MAX,
            bulk_cuts: 0,
            say: VecDeque::new(),
            noise: false,
            script: None,
            violations: Vec::new(),
        };
        Self { facts: Arc::new(Mutex::new(facts)) }
    }

    pub fn facts(&self) -> MutexGuard<'_, Facts> {
        self.facts.lock().unwrap()
    }

    pub fn request(&self) -> RunRequest {
        self.facts().assignment.request.clone()
    }

    pub async fn open(&self) -> Door {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let url = format!("http://{}/some/prefix", listener.local_addr().unwrap());
        let closed = CancellationToken::new();
        let shared = Shared { facts: Arc::clone(&self.facts), closed: closed.clone() };
        let routes = Router::new()
            .route(paths::CONNECT, get(connect))
            .route(paths::INPUT, get(input))
            .route(paths::OUTPUT, put(take_output).get(ask_output).layer(axum::extract::DefaultBodyLimit::max(4 << 20)))
            .route("/pages/{name}", get(page))
            .with_state(shared);
        let routes = Router::new().nest("/some/prefix", routes);
        let server = tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() });
        Door { url, server, closed }
    }

    /// Waits until what is known of the pilot fulfils `holds`.
    pub async fn until(&self, what: &str, mut holds: impl FnMut(&Facts) -> bool) {
        let begun = Instant::now();
        loop {
            {
                let facts = self.facts();
                assert_eq!(facts.violations, Vec::<String>::new());
                if holds(&facts) {
                    return;
                }
            }
            assert!(begun.elapsed() < Duration::from_secs(60), "in vain: {what}");
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }
}

fn is_ours(facts: &mut Facts, headers: &HeaderMap) -> bool {
    let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let given = given.strip_prefix("Bearer ").unwrap_or_default().to_owned();
    match (&facts.credential, headers.get(paths::ENROLMENT_HEADER)) {
        (Some(known), _) => *known == given,
        (None, Some(code)) if code.as_bytes() == facts.enrolment.as_bytes() => {
            if !given.starts_with("rsp_") || given.len() != 68 {
                facts.violations.push("a credential of another form".into());
            }
            facts.credential = Some(given);
            true
        }
        _ => false,
    }
}

async fn connect(State(shared): State<Shared>, headers: HeaderMap, upgrade: WebSocketUpgrade) -> Response {
    {
        let mut facts = shared.facts.lock().unwrap();
        if let Some(status) = facts.refuse {
            let problem = Problem::new(model::Code::EnrolmentRefused, "the run has ended", "");
            return (StatusCode::from_u16(status).unwrap(), axum::Json(problem)).into_response();
        }
        if !is_ours(&mut facts, &headers) {
            return StatusCode::UNAUTHORIZED.into_response();
        }
        facts.connections += 1;
    }
    upgrade.max_message_size(16 << 20).on_upgrade(move |socket| async move {
        let closed = shared.closed.clone();
        tokio::select! {
            () = closed.cancelled() => {}
            _ = serve(shared.facts, socket) => {}
        }
    })
}

async fn send(socket: &mut WebSocket, frame: Frame) -> Option<()> {
    socket.send(Message::Binary(frame.encode())).await.ok()
}

/// None when the connection is over, for whatever reason.
async fn serve(facts: Arc<Mutex<Facts>>, mut socket: WebSocket) -> Option<()> {
    let Message::Binary(bytes) = socket.recv().await?.ok()? else { return None };
    let hello: Hello = Frame::decode(bytes).unwrap().unwrap().read().unwrap();
    let (welcome, mut again, mut budget) = {
        let mut facts = facts.lock().unwrap();
        facts.first_frame.get_or_insert_with(Instant::now);
        let again: Vec<Held> = facts.leased.iter().filter(|held| !hello.holding.contains(held)).copied().collect();
        for held in &hello.holding {
            if !facts.leased.contains(held) && !facts.ended.contains_key(held) && !facts.returned.contains(held) {
                facts.violations.push(format!("holds {held:?}, which it was not given"));
            }
        }
        facts.wanted = 0;
        facts.held.push(hello.holding.clone());
        let welcome = Welcome { version: facts.version, applied: facts.applied, assignment: facts.assignment.clone() };
        (welcome, again, facts.cuts.pop_front())
    };
    let mut channels: BTreeMap<u32, (Held, bool)> = BTreeMap::new();
    let script = facts.lock().unwrap().script.clone();
    match script {
        None => send(&mut socket, Frame::json(Kind::Welcome, 0, 0, &welcome)).await?,
        Some(frames) => {
            again.clear();
            for frame in frames {
                socket.send(Message::Binary(frame.into())).await.ok()?;
            }
        }
    }
    let mut noisy = facts.lock().unwrap().noise;
    loop {
        if std::mem::take(&mut noisy) {
            let mut unknown = Frame::new(Kind::Data, 3, 7, "anything").encode().to_vec();
            unknown[0] = 31;
            socket.send(Message::Binary(unknown.into())).await.ok()?;
            let words = r#"[{"say":"sing","song":{"verses":[1,2]}},{"say":"grant","elements":[],"because":"x"}]"#;
            send(&mut socket, Frame::new(Kind::Message, 0, 0, words)).await?;
            send(&mut socket, Frame::json(Kind::Credit, 999, 0, &Credit { stored: 0, until: 9 })).await?;
            send(&mut socket, Frame::new(Kind::Ack, 999, 5, "")).await?;
            socket.send(Message::Text("words".into())).await.ok()?;
        }
        let said = {
            let mut facts = facts.lock().unwrap();
            if std::mem::take(&mut facts.close) {
                return None;
            }
            let mut said: Vec<FromGateway> = facts.say.drain(..).collect();
            let mut granted = std::mem::take(&mut again);
            while facts.wanted > 0 && !facts.queue.is_empty() {
                let held = facts.queue.pop_front().unwrap();
                facts.wanted -= 1;
                facts.leased.insert(held);
                granted.push(held);
            }
            if !granted.is_empty() {
                said.push(FromGateway::Grant { elements: granted });
            }
            if facts.finish && facts.all_ended() {
                said.push(FromGateway::Finish);
            }
            said
        };
        if !said.is_empty() {
            send(&mut socket, Frame::json(Kind::Message, 0, 0, &said)).await?;
        }
        let received = match tokio::time::timeout(Duration::from_millis(20), socket.recv()).await {
            Ok(received) => received?.ok()?,
            Err(_) => {
                more_credit(&facts, &channels, &mut socket).await?;
                continue;
            }
        };
        let Message::Binary(bytes) = received else { continue };
        // Half of the cuts come before the frame has its effect, the others after it, before anybody is told.
        let cut = budget.as_mut().is_some_and(|left| {
            *left = left.saturating_sub(1);
            *left == 0
        });
        if cut && bytes.len() % 2 == 0 {
            return None;
        }
        let frame = Frame::decode(bytes).unwrap().unwrap();
        let answers = apply(&mut facts.lock().unwrap(), &mut channels, &frame);
        if cut {
            return None;
        }
        for answer in answers {
            send(&mut socket, answer).await?;
        }
    }
}

/// For streams whose credit was withheld.
async fn more_credit(facts: &Mutex<Facts>, channels: &BTreeMap<u32, (Held, bool)>, socket: &mut WebSocket) -> Option<()> {
    let credits: Vec<Frame> = {
        let facts = facts.lock().unwrap();
        let open = channels.iter().filter(|(_, key)| !facts.closed.contains(key));
        open.map(|(channel, key)| credit(&facts, *channel, key)).collect()
    };
    for frame in credits {
        send(socket, frame).await?;
    }
    Some(())
}

fn credit(facts: &Facts, channel: u32, key: &(Held, bool)) -> Frame {
    let stored = facts.logs.get(key).map_or(0, |log| log.len() as u64);
    let until = (stored + facts.window).min(facts.credit_limit);
    Frame::json(Kind::Credit, channel, 0, &Credit { stored, until })
}

fn apply(facts: &mut Facts, channels: &mut BTreeMap<u32, (Held, bool)>, frame: &Frame) -> Vec<Frame> {
    let channel = frame.channel;
    match frame.kind {
        Kind::Message => {
            facts.message_frames += 1;
            for (number, message) in (frame.seq..).zip(frame.read::<Vec<FromPilot>>().unwrap()) {
                if number > facts.applied + 1 {
                    facts.violations.push(format!("message {number} came after {}", facts.applied));
                }
                if number == facts.applied + 1 {
                    facts.applied = number;
                    apply_message(facts, message);
                }
            }
            vec![Frame::new(Kind::Ack, 0, facts.applied, "")]
        }
        Kind::Open => {
            let key = match frame.read().unwrap() {
                Opened::Stdout { held } => (held, false),
                Opened::Stderr { held } => (held, true),
                Opened::Unknown => panic!("a stream of no name"),
            };
            if facts.ended.contains_key(&key.0) {
                facts.violations.push(format!("a log of {key:?} after its end"));
            }
            channels.insert(channel, key);
            vec![credit(facts, channel, &key)]
        }
        Kind::Data => {
            let key = channels[&channel];
            let (until, log) = (facts.credit_limit.max(64 * 1024), facts.logs.entry(key).or_default());
            let stored = log.len() as u64;
            let end = frame.seq + frame.payload.len() as u64;
            if frame.seq > stored {
                facts.violations.push(format!("a gap in a log: {} after {stored}", frame.seq));
            } else if end > until {
                facts.violations.push(format!("{end} without credit"));
            } else if end > stored {
                log.extend_from_slice(&frame.payload[(stored - frame.seq) as usize..]);
            }
            vec![credit(facts, channel, &key)]
        }
        Kind::Close => {
            let key = channels[&channel];
            let stored = facts.logs.get(&key).map_or(0, |log| log.len() as u64);
            if stored != frame.seq {
                facts.violations.push(format!("closed at {} with {stored} stored", frame.seq));
            }
            facts.closed.insert(key);
            vec![Frame::new(Kind::Ack, channel, frame.seq, "")]
        }
        kind => {
            facts.violations.push(format!("{kind:?} from a pilot"));
            vec![]
        }
    }
}

fn apply_message(facts: &mut Facts, message: FromPilot) {
    match message {
        FromPilot::Want { elements } => facts.wanted = elements,
        FromPilot::Progress { held, state, .. } => facts.states.extend(state.map(|state| (held, state))),
        FromPilot::Using { .. } => {}
        FromPilot::Ended { held, outcome, cause, report, started_at, .. } => {
            if !facts.leased.remove(&held) {
                facts.violations.push(format!("{held:?} ended without being leased"));
            }
            for (stream, bytes) in [(false, report.stdout.bytes), (true, report.stderr.bytes)] {
                let key = (held, stream);
                if facts.logs.get(&key).map_or(0, |log| log.len() as u64) != bytes || (bytes > 0) != facts.closed.contains(&key) {
                    facts.violations.push(format!("{key:?} ended before its log was whole"));
                }
            }
            if facts.ended.insert(held, Ended { outcome, cause, report: *report, started_at }).is_some() {
                facts.violations.push(format!("{held:?} ended twice"));
            }
        }
        FromPilot::Returned { held } => {
            facts.leased.remove(&held);
            facts.returned.push(held);
        }
        FromPilot::Computer { .. } | FromPilot::Answer { .. } | FromPilot::Unknown => {
            facts.violations.push("what no pilot that works says".into());
        }
    }
}

type Words = Query<BTreeMap<String, String>>;

async fn input(State(shared): State<Shared>, Query(words): Words, headers: HeaderMap) -> Response {
    let mut facts = shared.facts.lock().unwrap();
    if !is_ours(&mut facts, &headers) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let key = (words["element"].parse().unwrap(), words["input"].parse().unwrap());
    let Some(bytes) = facts.inputs.get(&key).cloned() else { return StatusCode::NOT_FOUND.into_response() };
    let range = headers.get(header::RANGE).and_then(|range| range.to_str().ok());
    let offset: usize =
        range.map_or(0, |range| range.strip_prefix("bytes=").unwrap().strip_suffix('-').unwrap().parse().unwrap());
    let mut answer = vec![(header::CONTENT_LENGTH, (bytes.len() - offset).to_string())];
    let mut status = StatusCode::OK;
    if range.is_some() {
        status = StatusCode::PARTIAL_CONTENT;
        answer.push((header::CONTENT_RANGE, format!("bytes {offset}-{}/{}", bytes.len() - 1, bytes.len())));
    }
    let headers: HeaderMap = answer.into_iter().map(|(name, value)| (name, value.parse().unwrap())).collect();
    if facts.bulk_cuts > 0 {
        facts.bulk_cuts -= 1;
        // Half of what was announced, then a break.
        let half = Bytes::copy_from_slice(&bytes[offset..offset + (bytes.len() - offset) / 2]);
        let parts = [Ok(half), Err(std::io::Error::other("cut"))];
        let body = axum::body::Body::from_stream(futures_util::stream::iter(parts));
        return (status, headers, body).into_response();
    }
    (status, headers, bytes[offset..].to_vec()).into_response()
}

async fn take_output(State(shared): State<Shared>, Query(words): Words, headers: HeaderMap, body: Bytes) -> Response {
    let mut facts = shared.facts.lock().unwrap();
    if !is_ours(&mut facts, &headers) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let range = headers[header::CONTENT_RANGE].to_str().unwrap();
    let offset: usize = match range.strip_prefix("bytes ").unwrap().split_once('-') {
        Some((offset, _)) => offset.parse().unwrap(),
        None => {
            assert_eq!((range, body.len()), ("bytes */0", 0));
            0
        }
    };
    let key = (words["element"].parse().unwrap(), words["path"].clone());
    let cut = facts.bulk_cuts > 0;
    facts.bulk_cuts = facts.bulk_cuts.saturating_sub(1);
    let file = facts.outputs.entry(key).or_default();
    if offset != file.len() {
        return StatusCode::CONFLICT.into_response();
    }
    // A part that is kept by half, and an answer that says nothing about it.
    let kept = if cut { body.len() / 2 } else { body.len() };
    file.extend_from_slice(&body[..kept]);
    if cut { StatusCode::BAD_GATEWAY.into_response() } else { StatusCode::NO_CONTENT.into_response() }
}

async fn ask_output(State(shared): State<Shared>, Query(words): Words) -> Response {
    let facts = shared.facts.lock().unwrap();
    let key = (words["element"].parse().unwrap(), words["path"].clone());
    let bytes = facts.outputs.get(&key).map_or(0, Vec::len);
    axum::Json(serde_json::json!({ "bytes": bytes })).into_response()
}

async fn page(State(shared): State<Shared>, Path(name): Path<String>) -> Response {
    match shared.facts.lock().unwrap().pages.get(&name) {
        Some(page) => page.clone().into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}
