//! Downloads from servers that break, lie and stall.

mod reach;
mod resume;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use data::fetch::{FetchError, Fetched, Fetcher, Limits, Progress, Trouble};
use data::guard::{Range, Refused, UrlGuard};
use data::place::{Directory, PlaceError};
use data::{Declared, Mismatch, Sha256, hash_reader};
use tempfile::TempDir;
use tokio::net::TcpListener;

use crate::guard::Names;
use crate::server::{Act, Server, bytes, text};

fn limits() -> Limits {
    Limits {
        bytes: 16 * 1024 * 1024,
        connect: Duration::from_secs(20),
        idle: Duration::from_secs(20),
        idle_bytes: 1024,
        total: Duration::from_secs(60),
        attempts: 3,
        pause: Duration::from_millis(1),
        pause_most: Duration::from_millis(1500),
    }
}

/// A work directory and a fetcher that may reach the servers of a test.
struct Bench {
    home: TempDir,
    guard: UrlGuard,
    fetcher: Fetcher,
}

impl Bench {
    fn new(servers: &[&Server]) -> Bench {
        Bench::with(servers, limits())
    }

    fn with(servers: &[&Server], limits: Limits) -> Bench {
        let allow = servers.iter().map(|server| server.address.to_string().parse().unwrap()).collect();
        Bench::guarded(UrlGuard::new(allow), limits)
    }

    fn guarded(guard: UrlGuard, limits: Limits) -> Bench {
        let fetcher = Fetcher::new(guard.clone(), limits).unwrap();
        Bench { home: tempfile::tempdir().unwrap(), guard, fetcher }
    }

    async fn get(&self, url: &str, declared: Declared) -> Result<Fetched, FetchError> {
        self.get_watched(url, declared, |_| {}).await
    }

    async fn get_watched(&self, url: &str, declared: Declared, watch: impl FnMut(Progress)) -> Result<Fetched, FetchError> {
        let slot = Directory::open(self.home.path()).unwrap().slot(&"in/cube.fits".parse().unwrap()).unwrap();
        self.fetcher.fetch(&self.guard.admit(url).unwrap(), None, slot, &declared, watch).await
    }

    /// After another download into the same place was dropped: its last write may still be under way.
    async fn get_when_free(&self, url: &str) -> Result<Fetched, FetchError> {
        loop {
            match self.get(url, Declared::default()).await {
                Err(FetchError::Place(PlaceError::Busy { .. })) => tokio::time::sleep(Duration::from_millis(1)).await,
                ended => return ended,
            }
        }
    }

    fn at(&self, name: &str) -> PathBuf {
        self.home.path().join("in").join(name)
    }

    fn file(&self) -> Vec<u8> {
        std::fs::read(self.at("cube.fits")).unwrap()
    }

    /// Names in the directory of the destination.
    fn names(&self) -> Vec<String> {
        names(&self.home.path().join("in"))
    }
}

fn names(directory: &Path) -> Vec<String> {
    let mut names: Vec<_> =
        std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// Bytes that do not repeat, so that a continuation at the wrong place cannot pass.
fn content(length: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_u32;
    std::iter::repeat_with(|| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    })
    .take(length)
    .collect()
}

fn sha256(bytes: &[u8]) -> Sha256 {
    hash_reader(bytes).unwrap().0
}

fn declared(bytes: &[u8]) -> Declared {
    Declared { bytes: Some(bytes.len() as u64), sha256: Some(sha256(bytes)) }
}

fn whole(body: &[u8]) -> Vec<Act> {
    vec![text(&format!("HTTP/1.1 200 OK\nETag: \"v1\"\nContent-Length: {}\nConnection: close\n\n", body.len())), bytes(body)]
}

/// 200 with the whole length, but only the first `sent` bytes, then `end`.
fn cut(body: &[u8], sent: usize, end: Act) -> Vec<Act> {
    vec![text(&format!("HTTP/1.1 200 OK\nETag: \"v1\"\nContent-Length: {}\n\n", body.len())), bytes(&body[..sent]), end]
}

/// The end of a script, and of the connection.
fn close() -> Act {
    Act::Send(Vec::new())
}

fn partial(body: &[u8], from: usize, etag: &str) -> Vec<Act> {
    let head = format!(
        "HTTP/1.1 206 Partial Content\nETag: {etag}\nContent-Range: bytes {from}-{}/{}\nContent-Length: {}\nConnection: close\n\n",
        body.len() - 1,
        body.len(),
        body.len() - from
    );
    vec![text(&head), bytes(&body[from..])]
}

fn status(line: &str) -> Vec<Act> {
    vec![text(&format!("HTTP/1.1 {line}\nContent-Length: 0\nConnection: close\n\n"))]
}

fn redirect(to: &str) -> Vec<Act> {
    status(&format!("302 Found\nLocation: {to}"))
}

#[tokio::test]
async fn a_file_arrives_whole_verified_and_under_its_own_name() {
    let body = content(3_000_000);
    let server = Server::start(vec![whole(&body)]).await;
    let bench = Bench::new(&[&server]);
    let mut seen = Vec::new();
    let fetched = bench.get_watched(&server.url("/cube?sig=x"), declared(&body), |now| seen.push(now)).await.unwrap();
    assert_eq!((fetched.received.bytes, fetched.received.sha256), (3_000_000, sha256(&body)));
    assert_eq!(fetched.source.unwrap().as_str(), server.url("/cube?sig=x"));
    assert_eq!(bench.file(), body);
    assert_eq!(bench.names(), ["cube.fits"]);
    assert!(seen.len() > 3 && seen.windows(2).all(|pair| pair[0].bytes <= pair[1].bytes), "{seen:?}");
    assert_eq!(seen.last(), Some(&Progress { bytes: 3_000_000, total: Some(3_000_000) }));
    let request = &server.requests()[0];
    assert!(request.contains("accept-encoding: identity") && !request.contains("range:"), "{request}");
}

#[tokio::test]
async fn compressed_bytes_are_stored_as_sent() {
    let body = b"\x1f\x8b\x08 not really gzip";
    let head = format!("HTTP/1.1 200 OK\nContent-Encoding: gzip\nContent-Length: {}\n\n", body.len());
    let server = Server::start(vec![vec![text(&head), bytes(body)]]).await;
    let bench = Bench::new(&[&server]);
    bench.get(&server.url("/"), declared(body)).await.unwrap();
    assert_eq!(bench.file(), body);
}

#[tokio::test]
async fn other_bytes_than_declared_are_refused_with_both_values() {
    let body = content(100_000);
    let server = Server::start(vec![whole(&body)]).await;
    let bench = Bench::new(&[&server]);
    let other = Declared { bytes: None, sha256: Some(sha256(b"other")) };
    match bench.get(&server.url("/"), other).await {
        Err(FetchError::Mismatch(Mismatch::Sha256 { declared, actual })) => {
            assert_eq!((declared, actual), (sha256(b"other"), sha256(&body)));
        }
        other => panic!("{other:?}"),
    }
    match bench.get(&server.url("/"), Declared { bytes: Some(5), sha256: None }).await {
        Err(FetchError::Mismatch(Mismatch::Bytes { declared: 5, actual: 100_000 })) => {}
        other => panic!("{other:?}"),
    }
    assert_eq!(bench.names(), [""; 0]);
    assert_eq!(server.requests().len(), 2, "a mismatch is not tried again");
}

#[tokio::test]
async fn short_and_long_bodies_are_noticed() {
    let body = content(50_000);
    // Short every time: the attempts run out, and the reason is the last one.
    let server = Server::start(vec![vec![text("HTTP/1.1 200 OK\nContent-Length: 50000\n\n"), bytes(&body[..40_000])]]).await;
    let bench = Bench::new(&[&server]);
    match bench.get(&server.url("/"), Declared::default()).await {
        Err(FetchError::GaveUp { attempts: 3, last: Trouble::Cut { bytes: 40_000, .. } }) => {}
        other => panic!("{other:?}"),
    }
    // More than the head announces is not read; more than was declared, without any announcement, is refused.
    let server = Server::start(vec![
        vec![text("HTTP/1.1 200 OK\nContent-Length: 100\n\n"), bytes(&body)],
        vec![text("HTTP/1.1 200 OK\nConnection: close\n\n"), bytes(&body)],
    ])
    .await;
    let bench = Bench::new(&[&server]);
    assert_eq!(bench.get(&server.url("/"), Declared::default()).await.unwrap().received.sha256, sha256(&body[..100]));
    match bench.get(&server.url("/"), Declared { bytes: Some(100), sha256: None }).await {
        Err(FetchError::Mismatch(Mismatch::Bytes { declared: 100, actual })) => assert!(actual > 100),
        other => panic!("{other:?}"),
    }
    assert_eq!(bench.names(), ["cube.fits"]);
}

#[tokio::test]
async fn too_much_is_refused_before_or_while_reading() {
    let announced = vec![text("HTTP/1.1 200 OK\nContent-Length: 10737418240\n\n"), Act::Hang];
    let endless = [vec![text("HTTP/1.1 200 OK\nConnection: close\n\n")], vec![bytes(&content(1 << 20)); 40]].concat();
    let server = Server::start(vec![announced, endless]).await;
    let bench = Bench::with(&[&server], limits());
    match bench.get(&server.url("/"), Declared::default()).await {
        Err(FetchError::TooLarge { limit: 16_777_216, announced: Some(10_737_418_240) }) => {}
        other => panic!("{other:?}"),
    }
    match bench.get(&server.url("/"), Declared::default()).await {
        Err(FetchError::TooLarge { limit: 16_777_216, announced: None }) => {}
        other => panic!("{other:?}"),
    }
    assert_eq!(bench.names(), [""; 0]);
    let declared = Declared { bytes: Some(1 << 40), sha256: None };
    assert!(matches!(bench.get(&server.url("/"), declared).await, Err(FetchError::TooLarge { .. })));
    assert_eq!(server.requests().len(), 2, "what is declared too large is not even asked for");
}

#[tokio::test]
async fn slow_peers_are_left_in_bounded_time() {
    let drip_head = vec![text("HTTP/1.1 200 OK\nX-Slow: "), Act::Drip(b'a')];
    let drip_body = vec![text("HTTP/1.1 200 OK\nContent-Length: 100000\n\n"), Act::Drip(b'a')];
    let quick = Limits { connect: Duration::from_millis(100), idle: Duration::from_millis(300), attempts: 1, ..limits() };
    for script in [vec![Act::Hang], drip_head, drip_body] {
        let server = Server::start(vec![script]).await;
        let started = Instant::now();
        match Bench::with(&[&server], quick.clone()).get(&server.url("/"), Declared::default()).await {
            Err(FetchError::GaveUp { attempts: 1, last: Trouble::Stalled { .. } }) => {}
            other => panic!("{other:?}"),
        }
        assert!(started.elapsed() < Duration::from_secs(10));
    }
    // Whatever the peer does, the time for everything ends it, and what arrived is kept.
    let body = content(400_000);
    let server = Server::start(vec![cut(&body, 300_000, Act::Hang)]).await;
    let hasty = Limits { total: Duration::from_secs(2), ..limits() };
    let bench = Bench::with(&[&server], hasty);
    match bench.get(&server.url("/"), Declared::default()).await {
        Err(FetchError::Deadline { bytes, .. }) => assert!(bytes >= 262_144, "{bytes}"),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_busy_server_is_asked_again_when_it_says() {
    let body = content(1000);
    let busy = || status("503 Service Unavailable\nRetry-After: 1");
    let server = Server::start(vec![status("500 Oops"), busy(), whole(&body)]).await;
    let started = Instant::now();
    let fetched = Bench::new(&[&server]).get(&server.url("/"), Declared::default()).await.unwrap();
    assert_eq!(fetched.attempts, 3);
    assert!(started.elapsed() >= Duration::from_secs(1));
    // A longer pause than we have patience for ends it at once, with the server's wish in the reason.
    let server = Server::start(vec![status("429 Too Many\nRetry-After: 3600")]).await;
    match Bench::new(&[&server]).get(&server.url("/"), Declared::default()).await {
        Err(FetchError::GaveUp { attempts: 1, last: Trouble::Status { status: 429, retry_after: Some(wait) } }) => {
            assert_eq!(wait, Duration::from_secs(3600));
        }
        other => panic!("{other:?}"),
    }
    for (line, code) in [("404 Not Found", 404), ("401 Unauthorized", 401), ("304 Not Modified", 304)] {
        let server = Server::start(vec![status(line)]).await;
        match Bench::new(&[&server]).get(&server.url("/"), Declared::default()).await {
            Err(FetchError::Status { status }) => assert_eq!(status, code),
            other => panic!("{other:?}"),
        }
        assert_eq!(server.requests().len(), 1);
    }
}
