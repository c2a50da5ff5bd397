//! How much one caller may ask for: at once, of streams, and in the long run.

use crate::world::{World, body, problem};
use futures_util::future::join_all;
use reqwest::{Method, Response};
use std::num::NonZeroU32;
use std::time::Duration;
use testkit::await_until;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const LIMIT: Duration = Duration::from_secs(20);

async fn follow(world: &World, token: &str) -> Response {
    world.by(token, Method::GET, "/api/v1/events").send().await.expect("an answer")
}

/// Asserts that it is the refusal of somebody who asks for too much, and returns what it says.
async fn too_much(answer: Response) -> String {
    assert_eq!(answer.status(), 429);
    let wait: u64 = answer.headers()["retry-after"].to_str().expect("ascii").parse().expect("seconds");
    assert!((1..=10).contains(&wait), "{wait}");
    let problem = body(answer).await;
    assert_eq!(problem["code"], "RS-1012", "{problem}");
    assert!(!problem["remedy"].as_str().expect("text").is_empty());
    problem["detail"].as_str().expect("text").to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn one_person_has_so_many_requests_at_once_with_all_their_tokens() {
    let world = World::with(|settings| gateway::Settings { most_requests: 2, ..settings }).await;
    let first = follow(&world, &world.owner).await;
    let second = follow(&world, &world.reader).await;
    assert_eq!((first.status().as_u16(), second.status().as_u16()), (200, 200));
    for token in [&world.owner, &world.reader] {
        let refused = world.by(token, Method::GET, "/api/v1/me").send().await.expect("an answer");
        assert!(too_much(refused).await.contains("2 of your requests"));
    }
    let bad = world.by(crate::world::BAD_TOKEN, Method::GET, "/api/v1/me").send().await.expect("an answer");
    assert_eq!(problem(bad).await, "RS-2002", "who it is comes first");
    for token in [&world.other, &world.admin] {
        let answer = world.by(token, Method::GET, "/api/v1/me").send().await.expect("an answer");
        assert_eq!(answer.status(), 200, "others are not kept out");
    }
    drop(first);
    await_until(LIMIT, "the place of a stream that was closed", async || {
        let answer = world.get("/api/v1/me").send().await.expect("an answer");
        (answer.status() == 200).then_some(())
    })
    .await;
    drop(second);
    // None of very many leaves anything taken behind, whatever came of it.
    for _ in 0..20 {
        for path in ["/api/v1/me", "/api/v1/runs/run-nothing", "/api/v1/runs?limit=0", "/api/v1/runs"] {
            let answer = world.by(&world.other, Method::GET, path).send().await.expect("an answer");
            assert_ne!(answer.status(), 429, "{path}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn event_streams_and_followed_logs_have_a_limit_of_their_own() {
    let world = World::with(|settings| gateway::Settings { most_streams: 2, ..settings }).await;
    let run = world.run("followed").await;
    let logs = world.get(&format!("/api/v1/runs/{run}/logs?follow=true")).send().await.expect("an answer");
    let events = world.get(&format!("/api/v1/runs/{run}/events")).send().await.expect("an answer");
    assert_eq!((logs.status().as_u16(), events.status().as_u16()), (200, 200));
    assert!(too_much(follow(&world, &world.owner).await).await.contains("streams"));
    let page = world.get(&format!("/api/v1/runs/{run}/events")).header("accept", "application/json");
    assert_eq!(page.send().await.expect("an answer").status(), 200, "a page of events is no stream");
    assert_eq!(follow(&world, &world.other).await.status(), 200);
    drop(logs);
    await_until(LIMIT, "the place of a log that was closed", async || {
        let answer = follow(&world, &world.owner).await;
        (answer.status() == 200).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_asks_more_often_than_the_rate_waits() {
    let world = World::with(|settings| gateway::Settings { request_rate: NonZeroU32::new(2), ..settings }).await;
    let ask = || async { world.get("/api/v1/me").send().await.expect("an answer") };
    let answers = join_all((0..120).map(|_| ask())).await;
    let (mut good, mut refused) = (0, Vec::new());
    for answer in answers {
        match answer.status().as_u16() {
            200 => good += 1,
            _ => refused.push(too_much(answer).await),
        }
    }
    assert!(good >= 20 && !refused.is_empty(), "{good} of 120 were answered");
    assert!(refused.iter().all(|detail| detail.contains("2 times a second")), "{refused:?}");
    let other = world.by(&world.other, Method::GET, "/api/v1/me").send().await.expect("an answer");
    assert_eq!(other.status(), 200);
    await_until(LIMIT, "an answer after some rest", async || (ask().await.status() == 200).then_some(())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_address_signs_in_so_often_at_once() {
    let world = World::with(|settings| gateway::Settings { body_timeout: Duration::from_secs(5), ..settings }).await;
    let port = world.address.port();
    let head = format!(
        "POST /api/v1/sessions HTTP/1.1\r\nHost: localhost:{port}\r\nContent-Type: application/json\r\n\
         Content-Length: 90\r\nConnection: close\r\n\r\n{{\"code\":"
    );
    let dawdle = || async {
        let mut stream = TcpStream::connect(world.address).await.expect("connected");
        stream.write_all(head.as_bytes()).await.expect("sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.expect("read");
        answer
    };
    let answers = join_all((0..20).map(|_| dawdle())).await;
    let count = |text: &str| answers.iter().filter(|answer| answer.contains(text)).count();
    assert_eq!((count("RS-1014"), count("RS-1012")), (16, 4), "{answers:?}");
    assert_eq!(count("\r\nretry-after: 5\r\n"), 4);
    crate::browser::Browser::signed_in(&world, &world.owner).await;
}
