//! Pilots of the releases beside this one, as the conversations in `crates/pilot/tests/conversations` have them.

use crate::pilot::{Socket, dial, started};
use crate::world::{World, body};
use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use pilot::protocol::{Frame, FromGateway, Kind};
use std::time::Duration;
use tokio_tungstenite::tungstenite::Message;

/// A frame of `kind` on `channel`; what is numbered or has words only once these are there.
async fn hear(socket: &mut Socket, kind: u8, channel: u32, seq: u64) {
    loop {
        let message = tokio::time::timeout(Duration::from_secs(20), socket.next()).await;
        let message = message.unwrap_or_else(|_| panic!("no frame {kind} {channel} {seq}"));
        match message.expect("not closed").expect("not broken") {
            Message::Binary(bytes) => {
                let frame = Frame::decode(bytes).expect("whole").expect("known");
                let enough = match frame.kind {
                    Kind::Ack => frame.seq == seq,
                    Kind::Message => {
                        let words: Vec<FromGateway> = frame.read().expect("words");
                        words.iter().any(|word| matches!(word, FromGateway::Grant { .. } | FromGateway::Finish))
                    }
                    _ => true,
                };
                if (frame.kind as u8, frame.channel) == (kind, channel) && enough {
                    return;
                }
            }
            Message::Close(reason) => panic!("the gateway hung up before {kind} {channel} {seq}: {reason:?}"),
            _ => {}
        }
    }
}

async fn replay(conversation: &str, names: &str) {
    let world = World::new().await;
    let run = world.run(names).await;
    let start = started(&world, &run).await;
    let credential = format!("a-credential-that-the-pilot-made-itself-0123456789-{run}");
    let mut socket = dial(&world, &credential, Some(start.enrolment.expose())).await.expect("welcome");
    for line in conversation.lines() {
        let mut fields = line.splitn(5, ' ');
        let mut next = || fields.next().unwrap_or_default();
        let (who, kind, channel, seq) = (next(), next(), next(), next());
        let payload = next().replace("{pilot}", start.pilot.as_str());
        let kind: u8 = kind.parse().expect("a kind");
        let (channel, seq) = (channel.parse().expect("a channel"), seq.parse().expect("a number"));
        if who == "pilot" {
            let mut bytes = Frame::new(Kind::Message, channel, seq, payload).encode().to_vec();
            bytes[0] = kind;
            socket.send(Message::Binary(Bytes::from(bytes))).await.expect("sent");
        } else if kind <= 8 && channel != 77 && !line.contains("finish") {
            hear(&mut socket, kind, channel, seq).await;
        }
    }
    // The runs of this world end with their only element.
    let ended = testkit::await_until(Duration::from_secs(20), "the end of the run", async || {
        let shown = body(world.get(&format!("/api/v1/runs/{run}")).send().await.expect("sent")).await;
        (!shown["outcome"].is_null()).then_some(shown)
    });
    let ended = ended.await;
    assert_eq!(ended["outcome"], "failed", "{ended}");
    assert!(ended["cause"]["detail"].as_str().is_some_and(|detail| detail.contains("It ended with 3.")), "{ended}");
    let log = world.get(&format!("/api/v1/runs/{run}/logs?stream=stdout")).send().await.expect("sent");
    assert_eq!(log.text().await.expect("a log"), "said");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pilot_of_the_next_release_brings_a_run_to_its_end() {
    replay(include_str!("../../../pilot/tests/conversations/next.txt"), "next").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pilot_of_the_previous_release_brings_a_run_to_its_end() {
    replay(include_str!("../../../pilot/tests/conversations/previous.txt"), "previous").await;
}
