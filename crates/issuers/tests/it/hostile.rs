//! An issuer that answers whatever a test tells it to. A dozen lines of HTTP, since no decent server would send this.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use issuers::{Limits, Settings};
use model::Secret;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::forge::{Forge, laid};
use crate::world::World;

#[derive(Clone)]
pub enum Reply {
    Whole {
        status: u16,
        headers: &'static str,
        body: Vec<u8>,
    },
    /// A byte now and then, for ever.
    Drip,
    /// As fast as it can, for ever.
    Flood,
    Hang,
    /// Half of what was promised.
    Cut,
}

impl Reply {
    pub fn json(status: u16, body: &Value) -> Self {
        Reply::Whole { status, headers: "Content-Type: application/json\r\n", body: body.to_string().into_bytes() }
    }

    pub fn text(body: &str) -> Self {
        Reply::Whole { status: 200, headers: "", body: body.as_bytes().to_vec() }
    }

    pub fn redirect(headers: &'static str) -> Self {
        Reply::Whole { status: 302, headers, body: Vec::new() }
    }
}

#[derive(Default)]
struct State {
    replies: HashMap<String, Reply>,
    requests: Vec<(String, String)>,
}

pub struct Hostile {
    pub forge: Forge,
    state: Arc<Mutex<State>>,
}

impl Hostile {
    /// Honest, so far: it has a configuration, the forge's keys, and gives out nothing.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port on loopback");
        let url = format!("http://{}", listener.local_addr().expect("its address"));
        let state = Arc::new(Mutex::new(State::default()));
        let served = Arc::clone(&state);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&served)));
            }
        });
        let hostile = Self { forge: Forge::new(&url), state };
        hostile.publish(&json!({}));
        hostile.publish_keys(&hostile.forge.keys());
        hostile
    }

    pub fn url(&self) -> &str {
        &self.forge.issuer
    }

    pub fn answer(&self, path: &str, reply: Reply) {
        self.state.lock().expect("the state").replies.insert(path.to_owned(), reply);
    }

    /// Its configuration, with these changes.
    pub fn publish(&self, changes: &Value) {
        let url = self.url();
        let honest = json!({
            "issuer": url,
            "authorization_endpoint": format!("{url}/authorize"),
            "token_endpoint": format!("{url}/token"),
            "jwks_uri": format!("{url}/keys"),
            "userinfo_endpoint": format!("{url}/userinfo"),
            "introspection_endpoint": format!("{url}/introspect"),
            "revocation_endpoint": format!("{url}/revoke"),
            "device_authorization_endpoint": format!("{url}/device"),
            "authorization_response_iss_parameter_supported": true,
        });
        self.answer("/.well-known/openid-configuration", Reply::json(200, &laid(&honest, changes)));
    }

    pub fn publish_keys(&self, keys: &Value) {
        self.answer("/keys", Reply::json(200, keys));
    }

    pub fn requests(&self, path: &str) -> Vec<String> {
        let state = self.state.lock().expect("the state");
        state.requests.iter().filter(|(asked, _)| asked == path).map(|(_, body)| body.clone()).collect()
    }

    pub fn settings(&self) -> Settings {
        let mut settings = Settings::new("hostile", self.url(), "gateway", &["https://gateway.example"]);
        settings.client_secret = Some(Secret::new("gateway-secret".to_owned()));
        settings.plain_http_on_loopback = true;
        settings
    }

    pub fn world(&self) -> World {
        self.world_with(self.settings())
    }

    pub fn world_with(&self, settings: Settings) -> World {
        self.world_within(settings, Limits::default().deadline)
    }

    pub fn world_within(&self, settings: Settings, deadline: Duration) -> World {
        let limits = Limits { deadline, body_bytes: 64 * 1024, ..Limits::default() };
        World::with_limits(vec![settings], limits)
    }
}

async fn serve(mut stream: TcpStream, state: Arc<Mutex<State>>) {
    let mut request = Vec::new();
    let Some(body_at) = read_head(&mut stream, &mut request).await else { return };
    let head = String::from_utf8_lossy(&request[..body_at]).into_owned();
    let length = head.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length:")?.trim().parse().ok());
    while request.len() < body_at + length.unwrap_or(0) {
        if stream.read_buf(&mut request).await.unwrap_or(0) == 0 {
            return;
        }
    }
    let path = head.split(' ').nth(1).unwrap_or_default().split('?').next().unwrap_or_default().to_owned();
    let reply = {
        let mut state = state.lock().expect("the state");
        state.requests.push((path.clone(), String::from_utf8_lossy(&request[body_at..]).into_owned()));
        state.replies.get(&path).cloned()
    };
    let reply = reply.unwrap_or(Reply::Whole { status: 404, headers: "", body: Vec::new() });
    let _ = send(&mut stream, reply).await;
}

async fn read_head(stream: &mut TcpStream, request: &mut Vec<u8>) -> Option<usize> {
    loop {
        if let Some(at) = request.windows(4).position(|window| window == b"\r\n\r\n") {
            return Some(at + 4);
        }
        if stream.read_buf(request).await.ok()? == 0 {
            return None;
        }
    }
}

async fn send(stream: &mut TcpStream, reply: Reply) -> std::io::Result<()> {
    let endless = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{\"issuer\":\"";
    match reply {
        Reply::Whole { status, headers, body } => {
            let head = format!("HTTP/1.1 {status} X\r\nConnection: close\r\nContent-Length: {}\r\n{headers}\r\n", body.len());
            stream.write_all(head.as_bytes()).await?;
            stream.write_all(&body).await
        }
        Reply::Drip => {
            stream.write_all(endless).await?;
            loop {
                stream.write_all(b"x").await?;
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
        Reply::Flood => {
            stream.write_all(endless).await?;
            loop {
                stream.write_all(&[b'x'; 8192]).await?;
            }
        }
        Reply::Hang => std::future::pending().await,
        Reply::Cut => stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{").await,
    }
}
