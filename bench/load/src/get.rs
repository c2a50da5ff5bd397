//! The load: a closed loop on each connection.

use crate::Outcome;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

pub struct Plan {
    address: String,
    request: String,
    connections: usize,
    duration: Duration,
}

#[derive(Default)]
struct Tally {
    good: u64,
    bad: u64,
    bytes: u64,
    latencies: Vec<Duration>,
}

impl Plan {
    pub fn new(address: &str, path: &str, connections: usize, seconds: f64, token: &str) -> Self {
        let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\n\r\n");
        Self { address: address.to_owned(), request, connections, duration: Duration::from_secs_f64(seconds) }
    }

    pub async fn carry_out(self) -> Outcome<String> {
        let begun = Instant::now();
        let until = begun + self.duration;
        let mut tasks = JoinSet::new();
        for _ in 0..self.connections {
            let stream = TcpStream::connect(&self.address).await?;
            stream.set_nodelay(true)?;
            let request = self.request.clone();
            tasks.spawn_local(async move { repeat(stream, request.as_bytes(), until).await.map_err(|error| error.to_string()) });
        }
        let mut all = Tally::default();
        while let Some(tally) = tasks.join_next().await {
            let tally = tally??;
            all.good += tally.good;
            all.bad += tally.bad;
            all.bytes += tally.bytes;
            all.latencies.extend(tally.latencies);
        }
        let seconds = begun.elapsed().as_secs_f64();
        all.latencies.sort_unstable();
        let milliseconds = |part: f64| {
            let position = (all.latencies.len().saturating_sub(1) as f64 * part) as usize;
            all.latencies.get(position).map_or(0.0, |latency| latency.as_secs_f64() * 1e3)
        };
        Ok(format!(
            r#"{{"good": {}, "bad": {}, "seconds": {seconds:.3}, "per_second": {:.1}, "bytes": {}, "p50_ms": {:.3}, "p99_ms": {:.3}}}"#,
            all.good,
            all.bad,
            all.good as f64 / seconds,
            all.bytes / (all.good + all.bad).max(1),
            milliseconds(0.5),
            milliseconds(0.99),
        ))
    }
}

async fn repeat(mut stream: TcpStream, request: &[u8], until: Instant) -> Outcome<Tally> {
    let mut tally = Tally::default();
    let mut buffer = vec![0; 64 << 10];
    while Instant::now() < until {
        let begun = Instant::now();
        stream.write_all(request).await?;
        let (good, bytes) = read_answer(&mut stream, &mut buffer).await?;
        tally.latencies.push(begun.elapsed());
        tally.bytes += bytes as u64;
        if good { tally.good += 1 } else { tally.bad += 1 }
    }
    Ok(tally)
}

/// Whether it was a 200, and how long its body was.
async fn read_answer(stream: &mut TcpStream, buffer: &mut [u8]) -> Outcome<(bool, usize)> {
    let mut filled = 0;
    let (head, length, good) = loop {
        let read = stream.read(buffer.get_mut(filled..).ok_or("a head that never ends")?).await?;
        if read == 0 {
            return Err("the connection was closed".into());
        }
        filled += read;
        let seen = &buffer[..filled];
        if let Some(end) = seen.windows(4).position(|four| four == b"\r\n\r\n") {
            let head = std::str::from_utf8(&seen[..end])?;
            break (end + 4, content_length(head).ok_or("an answer without Content-Length")?, head.starts_with("HTTP/1.1 200"));
        }
    };
    let mut rest = (head + length).checked_sub(filled).ok_or("more came than was announced")?;
    while rest > 0 {
        let read = stream.read(buffer).await?;
        rest = rest.checked_sub(read).filter(|_| read > 0).ok_or("an answer was cut")?;
    }
    Ok((good, length))
}

fn content_length(head: &str) -> Option<usize> {
    head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().ok())?
    })
}
