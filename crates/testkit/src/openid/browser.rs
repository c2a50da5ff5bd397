//! As much of a browser as signing in without pages takes: redirects and cookies.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(30);
const MOST_REDIRECTS: usize = 12;

#[derive(Default)]
pub(super) struct Browser {
    cookies: BTreeMap<String, String>,
}

pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) body: String,
    headers: Vec<(String, String)>,
}

impl Browser {
    /// The first address that is not at this port.
    #[track_caller]
    pub(super) fn follow(&mut self, port: u16, url: &str) -> String {
        let origins = [format!("http://127.0.0.1:{port}/"), format!("http://localhost:{port}/")];
        let mut url = url.to_owned();
        for _ in 0..MOST_REDIRECTS {
            let path = origins.iter().find_map(|origin| url.strip_prefix(origin.as_str())).map(str::to_owned);
            let path = match path {
                Some(path) => format!("/{path}"),
                None if url.starts_with('/') => url.clone(),
                None => return url,
            };
            let cookies: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            let answer = exchange(port, "GET", &path, &[("Cookie", &cookies.join("; "))], "");
            for (name, value) in &answer.headers {
                let pair = value.split(';').next().and_then(|pair| pair.split_once('='));
                if let Some((cookie, value)) = pair.filter(|_| name == "set-cookie") {
                    self.cookies.insert(cookie.to_owned(), value.to_owned());
                }
            }
            let location = answer.headers.iter().find(|(name, _)| name == "location");
            url = location.unwrap_or_else(|| panic!("{path}: {} {}", answer.status, answer.body)).1.clone();
        }
        panic!("more than {MOST_REDIRECTS} redirects, the last to {url}")
    }
}

#[track_caller]
pub(super) fn exchange(port: u16, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).expect("connect to the provider");
    stream.set_read_timeout(Some(PATIENCE)).expect("limit the time of reading");
    let mut request = format!("{method} {path} HTTP/1.0\r\nHost: 127.0.0.1:{port}\r\nContent-Length: {}\r\n", body.len());
    for (name, value) in headers {
        request.push_str(&format!("{name}: {value}\r\n"));
    }
    stream.write_all(format!("{request}\r\n{body}").as_bytes()).expect("send the request");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).expect("read the answer");
    let answer = String::from_utf8(answer).expect("an answer in UTF-8");
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
    let mut lines = head.lines();
    let status = lines.next().and_then(|line| line.split(' ').nth(1)?.parse().ok()).expect("a status");
    let header = |line: &str| line.split_once(':').map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()));
    Answer { status, body: body.to_owned(), headers: lines.filter_map(header).collect() }
}
