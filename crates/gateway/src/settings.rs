//! What the administrator decided about HTTP.

use std::net::{IpAddr, SocketAddr};
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::Duration;
use url::Url;

#[derive(Clone, Debug)]
pub struct Settings {
    /// How the world reaches this gateway, when that is not the address it listens on. Its path is in front of
    /// everything that is served.
    pub public_url: Option<Url>,
    /// Further names it may be called by: `host` or `host:port`.
    pub allowed_hosts: Vec<String>,
    /// Further web pages that may change something: `https://portal.example.org`.
    pub allowed_origins: Vec<String>,
    /// Whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpAddr>,
    /// Serves the metrics on an address of their own, without a token; otherwise they are at `/metrics`, for
    /// administrators.
    pub metrics_listen: Option<SocketAddr>,
    pub version: &'static str,
    /// Where large answers are put together; on a disk with room for them.
    pub scratch: PathBuf,
    pub largest_body: usize,
    pub most_connections: usize,
    /// Of one person, answered at once; streams among them.
    pub most_requests: u32,
    /// Of one person, a second, in the long run; as many as can be answered when not said.
    pub request_rate: Option<NonZeroU32>,
    /// Event streams and followed logs of one person.
    pub most_streams: u32,
    /// How long the head of a request may take; idle connections are closed after it too.
    pub header_timeout: Duration,
    /// How long a body may make no progress worth the name.
    pub body_timeout: Duration,
    /// How long a client may read nothing of what is sent to it.
    pub write_timeout: Duration,
    /// How long requests under way may take to end when the gateway stops.
    pub drain: Duration,
    /// How often a quiet event stream says that it is still there.
    pub heartbeat: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            public_url: None,
            allowed_hosts: Vec::new(),
            allowed_origins: Vec::new(),
            trusted_proxies: Vec::new(),
            metrics_listen: None,
            version: env!("CARGO_PKG_VERSION"),
            scratch: std::env::temp_dir(),
            largest_body: 1 << 20,
            most_connections: 4_096,
            most_requests: 512,
            request_rate: None,
            most_streams: 256,
            header_timeout: Duration::from_secs(20),
            body_timeout: Duration::from_secs(30),
            write_timeout: Duration::from_secs(60),
            drain: Duration::from_secs(10),
            heartbeat: Duration::from_secs(15),
        }
    }
}

impl Settings {
    /// What is in front of every path: empty, or `/like/this`.
    pub fn prefix(&self) -> String {
        let path = self.public_url.as_ref().map_or("", |url| url.path());
        path.trim_end_matches('/').to_owned()
    }

    /// Where people find the portal, without a slash at its end.
    pub fn home(&self, listening: SocketAddr) -> String {
        match &self.public_url {
            Some(url) => url.as_str().trim_end_matches('/').to_owned(),
            // An address that stands for all of this computer's is not one that a browser can go to.
            None if listening.ip().is_unspecified() => format!("http://127.0.0.1:{}", listening.port()),
            None => format!("http://{listening}"),
        }
    }
}
