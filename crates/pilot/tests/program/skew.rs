//! Gateways of the releases beside this one, as the conversations beside this directory have them.

use model::run::Outcome;
use pilot::protocol::{Frame, Held, Kind};

use crate::bench::{Bench, shell};

/// The gateway's half of a conversation. Acknowledgements and credits for what this pilot really says are the test's own.
fn script(bench: &Bench, conversation: &str) -> Vec<Vec<u8>> {
    let assignment = bench.gateway.facts().assignment.clone();
    let frame = |line: &str| {
        let mut fields = line.splitn(5, ' ').skip(1);
        let mut next = || fields.next().unwrap_or_default();
        let (kind, channel, seq): (u8, u32, u64) = (next().parse().unwrap(), next().parse().unwrap(), next().parse().unwrap());
        let answers = matches!(kind, 4 | 7) && channel != 77;
        let payload = next().replace("{run}", assignment.run.as_str()).replace("{attempt}", assignment.attempt.as_str());
        let mut bytes = Frame::new(Kind::Message, channel, seq, payload).encode().to_vec();
        bytes[0] = kind;
        (!answers && !line.contains("finish")).then_some(bytes)
    };
    conversation.lines().filter(|line| line.starts_with("gateway ")).filter_map(frame).collect()
}

async fn replay(conversation: &str) {
    let bench = Bench::new(shell(1, "echo not this one")).await;
    let held = Held { index: 0, attempt: 1 };
    let script = script(&bench, conversation);
    {
        let mut facts = bench.gateway.facts();
        facts.script = Some(script);
        facts.queue.clear();
        facts.leased.insert(held);
    }
    bench.carry_out().await;
    let facts = bench.gateway.facts();
    assert_eq!((facts.ended[&held].outcome, facts.connections), (Outcome::Done, 1));
    assert_eq!(facts.logs[&(held, false)], b"said\n");
}

#[tokio::test]
async fn a_gateway_of_the_next_release_is_understood() {
    replay(include_str!("../conversations/next.txt")).await;
}

#[tokio::test]
async fn a_gateway_of_the_previous_release_is_understood() {
    replay(include_str!("../conversations/previous.txt")).await;
}

/// Rather than doing half of what was asked for, or asking again for hours.
#[tokio::test]
async fn what_is_asked_for_and_not_known_is_refused_and_named() {
    let bench = Bench::new(shell(1, "true")).await;
    let conversation = include_str!("../conversations/next.txt").replace("\"mounts\":[]", "\"mounts\":[\"/data\"]");
    bench.gateway.facts().script = Some(script(&bench, &conversation));
    let door = bench.gateway.open().await;
    let mut pilot = bench.start_at(&door);
    assert_eq!(pilot.ended().await.code(), Some(1));
    assert!(pilot.last_line().contains("unknown field `mounts`"), "{}", pilot.last_line());
    assert!(bench.gateway.facts().ended.is_empty());
}
