//! The numbered messages: each kept until the gateway has committed its effect.
//!
//! A message gets its number when it first goes out; until then a later one may take its place (of three steps that an
//! element took while the gateway was away, only the last is news). So what waits does not grow with time.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::Instant;

use crate::protocol::{Frame, FromPilot, Held, Kind};

/// Steps of an element wait this long for company: of a trivial element only the end is ever told.
const LINGER: Duration = Duration::from_millis(40);
/// More unacknowledged messages than these are not sent.
const WINDOW: usize = 4096;
const LARGEST_BATCH: usize = 256 * 1024;

#[derive(Default)]
pub(super) struct Outbox {
    queued: Vec<Queued>,
    numbered: VecDeque<Numbered>,
    /// The last message that is committed; `numbered` begins after it.
    applied: u64,
    /// How many of `numbered` went out on the present connection.
    sent: usize,
}

struct Queued {
    message: FromPilot,
    ready: Instant,
    delivered: Option<oneshot::Sender<()>>,
}

struct Numbered {
    json: Vec<u8>,
    ends: Option<Held>,
    delivered: Option<oneshot::Sender<()>>,
}

pub(super) enum Batch {
    Frame(Frame),
    /// There will be one then.
    At(Instant),
    Nothing,
}

impl Outbox {
    pub fn say(&mut self, message: FromPilot, now: Instant, delivered: Option<oneshot::Sender<()>>) {
        self.queued.retain(|queued| !is_superseded(&queued.message, &message));
        let lingers = matches!(message, FromPilot::Progress { .. } | FromPilot::Using { .. });
        let ready = if lingers { now + LINGER } else { now };
        self.queued.push(Queued { message, ready, delivered });
    }

    pub fn next(&mut self, now: Instant) -> Batch {
        if self.numbered.len() < WINDOW && self.queued.iter().any(|queued| queued.ready <= now) {
            // What still lingers may yet be superseded. Nothing overtakes it that matters: of one element, every later
            // message that says more takes its place.
            let (ready, lingering) = self.queued.drain(..).partition(|queued| queued.ready <= now);
            self.queued = lingering;
            self.numbered.extend(Vec::into_iter(ready).map(Queued::number));
        }
        if let Some(frame) = self.batch() {
            return Batch::Frame(frame);
        }
        match self.queued.iter().map(|queued| queued.ready).min() {
            Some(ready) if self.numbered.len() < WINDOW => Batch::At(ready),
            // An acknowledgement makes room, and is news.
            _ => Batch::Nothing,
        }
    }

    fn batch(&mut self) -> Option<Frame> {
        let first = self.applied + self.sent as u64 + 1;
        let mut json = Vec::new();
        for message in self.numbered.iter().skip(self.sent) {
            if !json.is_empty() && json.len() + message.json.len() > LARGEST_BATCH {
                break;
            }
            json.push(if json.is_empty() { b'[' } else { b',' });
            json.extend_from_slice(&message.json);
            self.sent += 1;
        }
        if json.is_empty() {
            return None;
        }
        json.push(b']');
        Some(Frame::new(Kind::Message, 0, first, json))
    }

    /// Returns the elements that this ends: they are held no longer.
    pub fn acknowledge(&mut self, applied: u64) -> Vec<Held> {
        let mut ended = Vec::new();
        while self.applied < applied {
            let Some(message) = self.numbered.pop_front() else {
                self.applied = applied;
                break;
            };
            self.applied += 1;
            self.sent = self.sent.saturating_sub(1);
            ended.extend(message.ends);
            if let Some(delivered) = message.delivered {
                // Nobody waits any more when the pilot is on its way out.
                let _ = delivered.send(());
            }
        }
        ended
    }

    /// Everything that is not committed goes out again.
    pub fn reconnect(&mut self, applied: u64) -> Vec<Held> {
        self.sent = 0;
        self.acknowledge(applied)
    }
}

impl Queued {
    fn number(self) -> Numbered {
        let ends = match &self.message {
            FromPilot::Ended { held, .. } | FromPilot::Returned { held } => Some(*held),
            _ => None,
        };
        // Our own types have nothing that JSON cannot say; `null` would be refused by the reader, visibly.
        let json = serde_json::to_vec(&self.message).unwrap_or_else(|_| b"null".to_vec());
        Numbered { json, ends, delivered: self.delivered }
    }
}

fn is_superseded(old: &FromPilot, new: &FromPilot) -> bool {
    use FromPilot::{Computer, Ended, Progress, Returned, Using, Want};
    match (old, new) {
        (Want { .. }, Want { .. }) | (Computer { .. }, Computer { .. }) => true,
        (Progress { held: old, .. }, Progress { held: new, .. } | Ended { held: new, .. } | Returned { held: new }) => old == new,
        (Using { held: old, .. }, Using { held: new, .. } | Ended { held: new, .. }) => old == new,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::Timestamp;
    use model::run::ElementState;

    fn frame(outbox: &mut Outbox, now: Instant) -> (u64, Vec<FromPilot>) {
        match outbox.next(now) {
            Batch::Frame(frame) => (frame.seq, frame.read().unwrap()),
            _ => panic!("nothing to send"),
        }
    }

    #[test]
    fn messages_keep_their_numbers_and_go_out_until_they_are_applied() {
        let now = Instant::now();
        let mut outbox = Outbox::default();
        let held = Held { index: 3, attempt: 1 };
        let step = |state| FromPilot::Progress { held, state: Some(state), at: Timestamp::from_millis(0) };
        outbox.say(step(ElementState::Staging), now, None);
        outbox.say(step(ElementState::Running), now, None);
        assert!(matches!(outbox.next(now), Batch::At(at) if at > now));
        outbox.say(FromPilot::Want { elements: 1 }, now, None);
        assert_eq!(frame(&mut outbox, now), (1, vec![FromPilot::Want { elements: 1 }]));
        assert_eq!(frame(&mut outbox, now + LINGER), (2, vec![step(ElementState::Running)]));
        assert!(matches!(outbox.next(now + LINGER), Batch::Nothing));

        let (delivered, mut confirmed) = oneshot::channel();
        outbox.say(step(ElementState::Collecting), now, None);
        outbox.say(FromPilot::Returned { held }, now, Some(delivered));
        assert_eq!(frame(&mut outbox, now), (3, vec![FromPilot::Returned { held }]));

        assert_eq!(outbox.reconnect(1), vec![]);
        assert_eq!(frame(&mut outbox, now), (2, vec![step(ElementState::Running), FromPilot::Returned { held }]));
        assert!(confirmed.try_recv().is_err());
        assert_eq!(outbox.acknowledge(3), vec![held]);
        assert!(confirmed.try_recv().is_ok());

        // What another life of this pilot said is not counted as ours.
        outbox.reconnect(10);
        outbox.say(FromPilot::Want { elements: 2 }, now, None);
        assert_eq!(frame(&mut outbox, now).0, 11);
    }
}
