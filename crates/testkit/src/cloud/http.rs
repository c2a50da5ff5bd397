//! As much of HTTP/1.1 as clients of OpenStack speak: requests with a length, answers with one, connections that are kept.
//!
//! A thread for each connection, and no runtime: the server lives as long as its handle, whatever becomes of the tests'
//! runtimes and of the programs that are killed meanwhile.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use serde_json::Value;

const LONGEST_BODY: usize = 16 << 20;

pub(super) struct Request {
    pub(super) method: String,
    /// Decoded.
    pub(super) path: Vec<String>,
    pub(super) query: Vec<(String, String)>,
    headers: Vec<(String, String)>,
    pub(super) body: Value,
}

impl Request {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    pub(super) fn asked(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }
}

#[derive(Clone, Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: Vec<(&'static str, String)>,
    /// Null: no body. A text is a page for people.
    pub(super) body: Value,
}

impl Answer {
    pub(super) fn new(status: u16, body: Value) -> Self {
        Self { status, headers: Vec::new(), body }
    }

    pub(super) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

/// What becomes of the answer.
pub(super) enum Reply {
    Send(Answer),
    /// The connection ends without a word.
    Cut,
    /// It stays, without a word.
    Hang,
}

pub(super) struct Server {
    pub(super) address: SocketAddr,
    shared: Arc<Shared>,
    accepting: Option<JoinHandle<()>>,
}

struct Shared {
    ends: AtomicBool,
    /// Those that are open, so that they can be ended.
    connections: Mutex<Vec<TcpStream>>,
}

impl Server {
    pub(super) fn start(handle: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("bind a port on loopback");
        let address = listener.local_addr().expect("the port just bound");
        let shared = Arc::new(Shared { ends: AtomicBool::new(false), connections: Mutex::default() });
        let known = Arc::clone(&shared);
        let handle = Arc::new(handle);
        let accepting = std::thread::spawn(move || {
            for stream in listener.incoming() {
                if known.ends.load(Ordering::SeqCst) {
                    break;
                }
                let (Ok(stream), handle) = (stream, Arc::clone(&handle)) else { continue };
                let mut connections = known.connections.lock().expect("the connections");
                connections.retain(|one| one.peer_addr().is_ok());
                connections.extend(stream.try_clone());
                drop(connections);
                std::thread::spawn(move || {
                    let _ = serve(&stream, &*handle);
                    let _ = stream.shutdown(Shutdown::Both);
                });
            }
        });
        Self { address, shared, accepting: Some(accepting) }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shared.ends.store(true, Ordering::SeqCst);
        // Wakes it up, to see that.
        let _ = TcpStream::connect(self.address);
        if let Some(accepting) = self.accepting.take() {
            let _ = accepting.join();
        }
        for stream in self.shared.connections.lock().expect("the connections").drain(..) {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}

fn serve(stream: &TcpStream, handle: &(impl Fn(&Request) -> Reply + ?Sized)) -> io::Result<()> {
    // An answer is one write, and the next request waits for it.
    stream.set_nodelay(true)?;
    let mut reader = BufReader::new(stream);
    while let Some(request) = read(&mut reader)? {
        let answer = match handle(&request) {
            Reply::Send(answer) => answer,
            Reply::Cut => return Ok(()),
            Reply::Hang => {
                // Until the other side, or the server, has had enough.
                let mut byte = [0];
                while reader.read(&mut byte)? > 0 {}
                return Ok(());
            }
        };
        let mut writer = stream;
        writer.write_all(&written(&answer, request.method == "HEAD"))?;
        if request.header("connection").is_some_and(|said| said.eq_ignore_ascii_case("close")) {
            break;
        }
    }
    Ok(())
}

fn written(answer: &Answer, is_head: bool) -> Vec<u8> {
    let (body, kind) = match &answer.body {
        Value::Null => (String::new(), "text/plain"),
        Value::String(page) => (page.clone(), "text/html; charset=UTF-8"),
        body => (body.to_string(), "application/json"),
    };
    let mut text = format!("HTTP/1.1 {} {}\r\nContent-Length: {}\r\n", answer.status, reason(answer.status), body.len());
    if !body.is_empty() {
        text.push_str(&format!("Content-Type: {kind}\r\n"));
    }
    for (name, value) in &answer.headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    text.push_str("\r\n");
    if !is_head {
        text.push_str(&body);
    }
    text.into_bytes()
}

fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        201 => "Created",
        202 => "Accepted",
        204 => "No Content",
        300 => "Multiple Choices",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        406 => "Not Acceptable",
        409 => "Conflict",
        429 => "Too Many Requests",
        503 => "Service Unavailable",
        _ => "Told",
    }
}

/// `None`: there is no other request.
fn read(reader: &mut BufReader<&TcpStream>) -> io::Result<Option<Request>> {
    let mut line = String::new();
    if reader.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    let mut words = line.split_whitespace();
    let (method, target) = (words.next().unwrap_or_default().to_owned(), words.next().unwrap_or_default().to_owned());
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Ok(None);
        }
        match line.trim_end().split_once(':') {
            Some((name, value)) => headers.push((name.to_owned(), value.trim().to_owned())),
            None => break,
        }
    }
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    let path = path.split('/').filter(|part| !part.is_empty()).map(decoded).collect();
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    let query = pairs.map(|pair| pair.split_once('=').unwrap_or((pair, ""))).map(|(name, value)| (decoded(name), decoded(value)));
    let mut request = Request { method, path, query: query.collect(), headers, body: Value::Null };
    let length: usize = request.header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    if length > LONGEST_BODY {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    request.body = serde_json::from_slice(&body).unwrap_or_default();
    Ok(Some(request))
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let code = tail.get(..2).and_then(|code| u8::from_str_radix(std::str::from_utf8(code).ok()?, 16).ok());
        match (first, code) {
            (b'%', Some(code)) => {
                bytes.push(code);
                rest = &tail[2..];
                continue;
            }
            (b'+', _) => bytes.push(b' '),
            _ => bytes.push(*first),
        }
        rest = tail;
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
