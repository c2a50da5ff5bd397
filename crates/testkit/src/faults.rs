//! A server between a client and a real one, or in its place, that does to chosen requests what networks, balancers and
//! broken services do.
//!
//! Plain HTTP, a connection for each request. The test decides by what was asked; everything else is passed on as it is.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// One request, as far as decisions need it.
#[derive(Clone, Debug)]
pub struct Asked {
    pub method: String,
    /// Path and query.
    pub target: String,
    /// How many requests for the same target came before.
    pub before: usize,
    head: String,
    body: Vec<u8>,
}

impl Asked {
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines().skip(1).filter_map(|line| line.split_once(':'));
        lines.find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
    }
}

/// What happens to one request.
#[derive(Clone, Debug)]
pub enum Fault {
    None,
    /// As if this had been asked for.
    Instead(String),
    /// Answered after a while.
    Slow(Duration),
    /// A byte now and then.
    Trickle(Duration),
    /// Never answered; the connection stays.
    Hang,
    /// The connection breaks without a word.
    Reset,
    /// It ends amid the answer.
    Cut,
    /// Half of the answer, as if that were all.
    Truncate,
    /// Good until here, and then so many bytes of blanks.
    Flood(u64),
    /// One of the test's own: status, headers, body.
    Answer(u16, Vec<(&'static str, String)>, String),
}

type Decide = Box<dyn Fn(&Asked) -> Fault + Send + Sync>;

/// It serves until it is dropped, on the runtime of the test that started it.
pub struct FaultProxy {
    address: SocketAddr,
    shared: Arc<Shared>,
    serving: JoinHandle<()>,
}

struct Shared {
    upstream: Option<String>,
    decide: Mutex<Decide>,
    asked: Mutex<Vec<Asked>>,
}

impl FaultProxy {
    /// Before `upstream` (`host:port`); without one, whatever is passed on is refused with the status 502.
    pub async fn start(upstream: Option<&str>) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("bind a port on loopback");
        let address = listener.local_addr().expect("the port just bound");
        let decide: Decide = Box::new(|_| Fault::None);
        let (decide, asked) = (Mutex::new(decide), Mutex::default());
        let shared = Arc::new(Shared { upstream: upstream.map(str::to_owned), decide, asked });
        let serving = tokio::spawn(serve(listener, Arc::clone(&shared)));
        Self { address, shared, serving }
    }

    /// `host:port`.
    pub fn address(&self) -> String {
        self.address.to_string()
    }

    /// From now on.
    pub fn decide(&self, decide: impl Fn(&Asked) -> Fault + Send + Sync + 'static) {
        *self.shared.decide.lock().unwrap() = Box::new(decide);
    }

    /// All requests since it was asked last.
    pub fn asked(&self) -> Vec<Asked> {
        std::mem::take(&mut *self.shared.asked.lock().unwrap())
    }
}

impl Drop for FaultProxy {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn serve(listener: TcpListener, shared: Arc<Shared>) {
    // Ends all connections when this ends.
    let mut connections = tokio::task::JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        connections.spawn(handle(stream, Arc::clone(&shared)));
        while connections.try_join_next().is_some() {}
    }
}

async fn handle(mut stream: TcpStream, shared: Arc<Shared>) -> io::Result<()> {
    let Some(asked) = read_request(&mut stream, &shared).await? else { return Ok(()) };
    let fault = (shared.decide.lock().unwrap())(&asked);
    let target = match &fault {
        Fault::Instead(target) => target.clone(),
        _ => asked.target.clone(),
    };
    match &fault {
        Fault::Hang => return std::future::pending().await,
        Fault::Reset => return stream.set_zero_linger(),
        Fault::Answer(status, headers, body) => {
            let mut head = format!("HTTP/1.1 {status} Told\r\n");
            headers.iter().for_each(|(name, value)| head.push_str(&format!("{name}: {value}\r\n")));
            return send(&mut stream, &head, body.as_bytes(), body.len() as u64).await;
        }
        Fault::Slow(pause) => tokio::time::sleep(*pause).await,
        _ => {}
    }
    let (head, body) = pass_on(&shared, &asked, &target).await?;
    let length = body.len() as u64;
    match fault {
        Fault::Trickle(pause) => {
            send(&mut stream, &head, &[], length).await?;
            for byte in body {
                tokio::time::sleep(pause).await;
                stream.write_all(&[byte]).await?;
            }
            Ok(())
        }
        Fault::Cut => send(&mut stream, &head, &body[..body.len() / 2], length).await,
        Fault::Truncate => send(&mut stream, &head, &body[..body.len() / 2], length / 2).await,
        Fault::Flood(bytes) => {
            // Without a length, so that nobody can know before.
            stream.write_all(format!("{head}Connection: close\r\n\r\n").as_bytes()).await?;
            let blanks = vec![b' '; 64 * 1024];
            for _ in 0..bytes / blanks.len() as u64 {
                stream.write_all(&blanks).await?;
            }
            stream.write_all(&body).await
        }
        _ => send(&mut stream, &head, &body, length).await,
    }
}

async fn read_request(stream: &mut TcpStream, shared: &Shared) -> io::Result<Option<Asked>> {
    let mut bytes = Vec::new();
    let end = loop {
        if stream.read_buf(&mut bytes).await? == 0 {
            return Ok(None);
        }
        if let Some(at) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break at;
        }
    };
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let mut words = head.split(' ');
    let (method, target) = (words.next().unwrap_or_default().to_owned(), words.next().unwrap_or_default().to_owned());
    let mut asked = Asked { method, target, before: 0, body: bytes.split_off(end + 4), head };
    let length = asked.header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    while asked.body.len() < length {
        if stream.read_buf(&mut asked.body).await? == 0 {
            return Ok(None);
        }
    }
    let mut all = shared.asked.lock().unwrap();
    asked.before = all.iter().filter(|one| one.target == asked.target).count();
    all.push(asked.clone());
    Ok(Some(asked))
}

/// Head (without its end, and what it says of lengths) and body of the real answer. Asked in HTTP/1.0, so that it comes in
/// one piece and ends with the connection.
async fn pass_on(shared: &Shared, asked: &Asked, target: &str) -> io::Result<(String, Vec<u8>)> {
    let Some(upstream) = &shared.upstream else { return Ok(("HTTP/1.1 502 Nobody\r\n".to_owned(), Vec::new())) };
    let mut real = TcpStream::connect(upstream).await?;
    let kept = asked.head.lines().skip(1).filter(|line| !is_of(line, &HOP_BY_HOP));
    let headers: String = kept.map(|line| format!("{line}\r\n")).collect();
    let head = format!("{} {target} HTTP/1.0\r\n{headers}Connection: close\r\n\r\n", asked.method);
    real.write_all(head.as_bytes()).await?;
    real.write_all(&asked.body).await?;
    let mut answer = Vec::new();
    real.read_to_end(&mut answer).await?;
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n").unwrap_or(answer.len());
    let body = answer.split_off((end + 4).min(answer.len()));
    let told = String::from_utf8_lossy(&answer).into_owned();
    let mut lines = told.trim_end().lines();
    let status = lines.next().and_then(|line| line.split_once(' ')).map_or("502 Nobody", |(_, status)| status);
    let headers: String = lines
        .filter(|line| !is_of(line, &HOP_BY_HOP) && !is_of(line, &["content-length"]))
        .map(|line| format!("{line}\r\n"))
        .collect();
    Ok((format!("HTTP/1.1 {status}\r\n{headers}"), body))
}

/// Headers of one connection, which are not passed on.
const HOP_BY_HOP: [&str; 3] = ["connection", "keep-alive", "transfer-encoding"];

fn is_of(line: &str, names: &[&str]) -> bool {
    let name = line.split(':').next().unwrap_or_default();
    names.iter().any(|one| name.eq_ignore_ascii_case(one))
}

/// `length`: what is claimed of the body.
async fn send(stream: &mut TcpStream, head: &str, body: &[u8], length: u64) -> io::Result<()> {
    stream.write_all(format!("{head}Content-Length: {length}\r\nConnection: close\r\n\r\n").as_bytes()).await?;
    stream.write_all(body).await
}

/// Bytes to `upstream` and back, from another address of loopback: certificates are for addresses. It ends with the
/// runtime.
pub async fn tunnel(from: IpAddr, upstream: &str) -> SocketAddr {
    let listener = TcpListener::bind((from, 0)).await.expect("bind a port on loopback");
    let address = listener.local_addr().expect("the port just bound");
    let upstream = upstream.to_owned();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let upstream = upstream.clone();
            tokio::spawn(async move {
                let mut real = TcpStream::connect(upstream).await?;
                tokio::io::copy_bidirectional(&mut stream, &mut real).await
            });
        }
    });
    address
}
