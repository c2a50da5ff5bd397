//! A Keystone that lets everybody in, counts what it is asked, forgets when told to, and answers what no Keystone would.

use std::collections::HashSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use model::Secret;
use model::time::SystemClock;
use serde_json::json;
use sites::openstack::{Account, Credentials, Error, Http, Keystone, Lie, Limits, Unreachable};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::world::guard;

pub struct Fake {
    pub address: String,
    state: Arc<State>,
}

#[derive(Default)]
struct State {
    logins: AtomicUsize,
    sessions: AtomicUsize,
    forgotten: Mutex<HashSet<String>>,
    /// Raw bytes instead of an answer; empty: none at all.
    instead: Mutex<Option<Vec<u8>>>,
}

impl Fake {
    pub async fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let state = Arc::new(State::default());
        let shared = Arc::clone(&state);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&shared)));
            }
        });
        Self { address, state }
    }

    pub fn keystone(&self, limits: Limits) -> Keystone {
        let http = Http::new(guard(std::slice::from_ref(&self.address)), limits, None).unwrap();
        Keystone::new(Account::new("FAKE", format!("http://{}/v3", self.address)), http, Arc::new(SystemClock))
    }

    pub fn logins(&self) -> usize {
        self.state.logins.load(Ordering::SeqCst)
    }

    pub fn sessions(&self) -> usize {
        self.state.sessions.load(Ordering::SeqCst)
    }

    /// As a Keystone does whose keys were rotated, or whose database was restored.
    pub fn forget(&self, token: &str) {
        self.state.forgotten.lock().unwrap().insert(token.to_owned());
    }
}

async fn serve(mut stream: TcpStream, state: Arc<State>) {
    let mut request = Vec::new();
    let mut buffer = [0; 8192];
    let text = loop {
        let read = stream.read(&mut buffer).await.unwrap_or(0);
        request.extend_from_slice(&buffer[..read]);
        let text = String::from_utf8_lossy(&request).into_owned();
        if read == 0 || text.split_once("\r\n\r\n").is_some_and(|(head, body)| body.len() >= length(head)) {
            break text;
        }
    };
    let instead = state.instead.lock().unwrap().clone();
    let answer = match instead {
        Some(bytes) if bytes.is_empty() => return std::future::pending().await,
        Some(bytes) => bytes,
        None => answer(&text, &state),
    };
    let _ = stream.write_all(&answer).await;
    let _ = stream.shutdown().await;
}

fn length(head: &str) -> usize {
    let line = head.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length:").map(str::to_owned));
    line.and_then(|value| value.trim().parse().ok()).unwrap_or(0)
}

fn answer(request: &str, state: &State) -> Vec<u8> {
    let forgotten = state.forgotten.lock().unwrap().iter().any(|token| request.contains(token.as_str()));
    let path = request.split(' ').nth(1).unwrap_or_default();
    let body = request.split_once("\r\n\r\n").map_or("", |(_, body)| body);
    let expires = "2099-01-01T00:00:00.000000Z";
    if forgotten {
        return whole(401, "", &json!({"error": {"code": 401, "message": "The request you have made requires authentication."}}));
    }
    if path.ends_with("/protocols/openid/auth") {
        let number = state.logins.fetch_add(1, Ordering::SeqCst);
        let header = format!("X-Subject-Token: login-{number}-\r\n");
        return whole(201, &header, &json!({"token": {"expires_at": expires}}));
    }
    if path.ends_with("/auth/projects") {
        return whole(200, "", &json!({"projects": [{"id": "one", "name": "One"}]}));
    }
    let asked: serde_json::Value = serde_json::from_str(body).unwrap_or_default();
    let project = asked["auth"]["scope"]["project"]["id"].as_str().unwrap_or_default();
    let number = state.sessions.fetch_add(1, Ordering::SeqCst);
    let header = format!("X-Subject-Token: session-{number}-\r\n");
    whole(201, &header, &json!({"token": {"expires_at": expires, "project": {"id": project, "name": "One"}}}))
}

fn whole(status: u16, headers: &str, body: &serde_json::Value) -> Vec<u8> {
    let body = body.to_string();
    format!("HTTP/1.1 {status} X\r\n{headers}Content-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len()).into_bytes()
}

/// What goes out, and the one error that it must end in.
type Attack = (&'static str, Vec<u8>, fn(&Error) -> bool);

#[tokio::test]
async fn a_keystone_out_of_its_mind_is_a_typed_error_at_the_deadline_at_the_latest() {
    let fake = Fake::start().await;
    let limits = Limits { deadline: Duration::from_secs(2), body_bytes: 100_000 };
    let keystone = fake.keystone(limits);
    let raw = |head: &str, body: &str| format!("HTTP/1.1 {head}\r\nConnection: close\r\n\r\n{body}").into_bytes();
    let attacks: Vec<Attack> = vec![
        ("hangs", Vec::new(), |error| matches!(error, Error::Unreachable { why: Unreachable::Deadline { .. }, .. })),
        ("is no HTTP", b"SSH-2.0-OpenSSH\r\n".to_vec(), |error| {
            matches!(error, Error::Unreachable { why: Unreachable::Connect { .. }, .. })
        }),
        ("cuts", raw("201 Created\r\nContent-Length: 100", "{\"token\""), |error| {
            matches!(error, Error::Unreachable { why: Unreachable::Cut { .. }, .. })
        }),
        ("is busy", raw("429 X\r\nRetry-After: 7", ""), |error| {
            let wait = Some(Duration::from_secs(7));
            matches!(error, Error::Unreachable { why: Unreachable::Status { status: 429, retry_after }, .. } if *retry_after == wait)
        }),
        ("fails", raw("503 X", "<html>"), |error| {
            matches!(error, Error::Unreachable { why: Unreachable::Status { status: 503, retry_after: None }, .. })
        }),
        ("floods", raw("201 X", &"x".repeat(200_000)), |error| matches!(error, Error::Lie { lie: Lie::TooLarge { .. }, .. })),
        ("sends away", raw("302 X\r\nLocation: http://169.254.169.254/", ""), |error| {
            matches!(error, Error::Lie { lie: Lie::Redirect { .. }, .. })
        }),
        ("compresses", raw("201 X\r\nContent-Encoding: gzip", "x"), |error| {
            matches!(error, Error::Lie { lie: Lie::Compressed { .. }, .. })
        }),
        ("truncates", raw("201 X\r\nX-Subject-Token: t", "{\"token\":{"), |error| {
            matches!(error, Error::Lie { lie: Lie::Json { .. }, .. })
        }),
        ("keeps the token", raw("201 X", r#"{"token":{"expires_at":"2099-01-01T00:00:00Z"}}"#), |error| {
            matches!(error, Error::Lie { lie: Lie::NoToken { .. }, .. })
        }),
        ("is no Keystone", raw("404 X", "<html>"), |error| matches!(error, Error::Lie { lie: Lie::NoKeystone { .. }, .. })),
        ("is a teapot", raw("418 X", "{}"), |error| matches!(error, Error::Lie { lie: Lie::Status { status: 418, .. }, .. })),
    ];
    for (name, bytes, is_right) in attacks {
        *fake.state.instead.lock().unwrap() = Some(bytes);
        let error = keystone.login(&Credentials::Bearer(Secret::new("bearer".to_owned()))).await.err();
        assert!(error.as_ref().is_some_and(is_right), "{name}: {error:?}");
        let said = error.map(|error| error.to_string()).unwrap_or_default();
        assert!(said.contains("FAKE") && !said.contains("bearer"), "{said}");
    }
    // Nothing of it stays.
    *fake.state.instead.lock().unwrap() = None;
    keystone.login(&Credentials::Bearer(Secret::new("bearer".to_owned()))).await.expect("a login");
}
