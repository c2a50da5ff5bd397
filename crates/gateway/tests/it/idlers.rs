//! Clients that keep a connection and do nothing with it: who does not read what is sent to them, and who sends next to
//! nothing.

use crate::pilot::{OUTPUT_PATH, finished_run_with};
use crate::world::World;
use reqwest::Method;
use std::time::{Duration, Instant};
use testkit::await_until;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

const LIMIT: Duration = Duration::from_secs(30);
const LARGE: usize = 6 << 20;

/// Asks for something with hardly any room for the answer, and reads no more of it than that it began.
async fn ask_and_look_away(world: &World, path: &str) -> TcpStream {
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.set_recv_buffer_size(4_096).expect("a small buffer");
    let mut stream = socket.connect(world.address).await.expect("connected");
    let (address, token) = (world.address, &world.owner);
    let head = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\n\r\n");
    stream.write_all(head.as_bytes()).await.expect("sent");
    let mut first = [0; 12];
    stream.read_exact(&mut first).await.expect("an answer");
    assert_eq!(&first, b"HTTP/1.1 200", "{path}");
    stream
}

async fn status(world: &World, path: &str) -> u16 {
    world.by(&world.reader, Method::GET, path).send().await.expect("an answer").status().as_u16()
}

#[tokio::test(flavor = "multi_thread")]
async fn who_does_not_read_a_download_is_dropped_with_all_that_was_held_for_them() {
    let write_timeout = Duration::from_secs(4);
    let world = World::with(|settings| gateway::Settings { write_timeout, most_requests: 1, ..settings }).await;
    let id = finished_run_with(&world, &vec![b'x'; LARGE]).await;
    let path = format!("/api/v1/runs/{id}/outputs/0/{}", OUTPUT_PATH.replace(' ', "%20"));
    let mut stream = ask_and_look_away(&world, &path).await;
    assert_eq!(status(&world, "/api/v1/me").await, 429, "a download takes its place until it has ended");
    await_until(LIMIT, "the end of the download that nobody reads", async || {
        (status(&world, "/api/v1/me").await == 200).then_some(())
    })
    .await;
    // What was in the kernel's hands may still come; the rest never will.
    let (mut all, mut piece) = (0, vec![0; 65_536]);
    while let Ok(Ok(read @ 1..)) = tokio::time::timeout(LIMIT, stream.read(&mut piece)).await {
        all += read;
    }
    assert!(all < LARGE, "{all} bytes arrived");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_does_not_read_an_event_stream_is_dropped_although_little_is_sent() {
    let world = World::with(|settings| gateway::Settings {
        write_timeout: Duration::from_secs(4),
        heartbeat: Duration::from_millis(5),
        most_streams: 1,
        ..settings
    })
    .await;
    let stream = ask_and_look_away(&world, "/api/v1/events").await;
    assert_eq!(status(&world, "/api/v1/events").await, 429);
    await_until(LIMIT, "the end of the stream that nobody reads", async || {
        (status(&world, "/api/v1/events").await == 200).then_some(())
    })
    .await;
    drop(stream);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_reads_slowly_gets_everything() {
    let write_timeout = Duration::from_secs(2);
    let world = World::with(|settings| gateway::Settings { write_timeout, ..settings }).await;
    let id = finished_run_with(&world, &vec![b'x'; LARGE]).await;
    let path = format!("/api/v1/runs/{id}/outputs/0/{}", OUTPUT_PATH.replace(' ', "%20"));
    let began = Instant::now();
    let mut stream = ask_and_look_away(&world, &path).await;
    let (mut all, mut piece) = (0, vec![0; 16_384]);
    while all < LARGE {
        let read = tokio::time::timeout(LIMIT, stream.read(&mut piece)).await.expect("in time").expect("not cut");
        assert!(read > 0, "cut after {all} bytes");
        all += read;
        // A quarter of a mebibyte in a second: what the kernel would take at once by itself lasts longer than the patience.
        let slowly = all.min(LARGE / 3);
        tokio::time::sleep_until((began + Duration::from_micros(4 * slowly as u64)).into()).await;
    }
    assert!(began.elapsed() > write_timeout * 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_byte_of_a_body_from_time_to_time_keeps_nobody_waiting() {
    let world = World::with(|settings| gateway::Settings { body_timeout: Duration::from_millis(800), ..settings }).await;
    let upload = world.post("/api/v1/uploads").json(&serde_json::json!({"name": "u", "bytes": 100_000}));
    let upload = crate::world::body(upload.send().await.expect("sent")).await;
    let content = format!("PUT /api/v1/uploads/{}/content", crate::world::text_of(&upload, "id"));
    for line in ["POST /api/v1/runs", &content] {
        let mut stream = TcpStream::connect(world.address).await.expect("connected");
        let (address, token) = (world.address, &world.owner);
        let head = format!(
            "{line} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\n\
             Content-Length: 100000\r\nConnection: close\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).await.expect("sent");
        let (began, mut answer) = (Instant::now(), Vec::new());
        // A byte, again and again, until something comes back.
        while answer.is_empty() {
            assert!(began.elapsed() < LIMIT, "still listened to: {line}");
            let _ = stream.write_all(b" ").await;
            let _ = tokio::time::timeout(Duration::from_millis(20), stream.read_buf(&mut answer)).await;
        }
        let _ = tokio::time::timeout(LIMIT, stream.read_to_end(&mut answer)).await;
        let answer = String::from_utf8_lossy(&answer);
        assert!(answer.starts_with("HTTP/1.1 408") && answer.contains("RS-1014"), "{line}: {answer}");
    }
}
