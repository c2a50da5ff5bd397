//! The one connection to the gateway, kept up for as long as there is work.
//!
//! The rest of the pilot speaks to the [`Link`], which remembers: what was said and is not committed, the streams that
//! are not stored, the elements that are held. Whether there is a connection at this moment is nobody else's business.
//! [`Dialer::keep`] finds the gateway, again and again, and gives up only when it is told that the attempt is over or
//! when its patience is.

mod address;
mod connection;
mod dialer;
mod outbox;
mod streams;

use std::collections::BTreeSet;
use std::fs::File;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{Notify, oneshot, watch};
use tokio::time::Instant;

use crate::protocol::{Assignment, FromGateway, FromPilot, Held, Opened};
pub(crate) use dialer::Dialer;
use outbox::{Batch, Outbox};
use streams::{Piece, Streams};

/// Why there is no link any more, for good.
#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    #[error("the gateway says that this attempt is over: {0}")]
    Over(String),
    #[error("no gateway was reached for {seconds} s; the last trouble: {trouble}")]
    Lost { seconds: u64, trouble: String },
    #[error(
        "the gateway speaks version {gateway} of the pilot protocol, this pilot ({program}) versions {oldest} to {newest}; \
         use programs of the same or of adjacent releases"
    )]
    Version { gateway: u16, oldest: u16, newest: u16, program: &'static str },
    #[error("the gateway at {address} asks for what this pilot ({program}) does not know: {reason}")]
    Beyond { address: String, program: &'static str, reason: String },
    #[error("the gateway at {address} assigns another attempt ({given}) than the recipe ({expected})")]
    Foreign { address: String, given: String, expected: String },
    #[error("{0} is no address of a gateway")]
    BadAddress(String),
    #[error("the enrolment code of the recipe cannot be sent: it has characters that a header must not have")]
    BadEnrolment,
}

/// What the gateway wants.
pub(crate) enum Incoming {
    /// On every new connection: what was said about free places may have been forgotten.
    Connected(Arc<Assignment>),
    Said(FromGateway),
}

pub(crate) struct Link {
    state: Mutex<State>,
    /// There may be something to send.
    news: Notify,
    /// Where the gateway was last reached.
    address: watch::Sender<Option<Arc<str>>>,
}

#[derive(Default)]
struct State {
    outbox: Outbox,
    streams: Streams,
    held: BTreeSet<Held>,
    ping: bool,
}

enum Next {
    Batch(crate::protocol::Frame),
    Piece(Piece),
    Ping,
    Nothing { until: Option<Instant> },
}

impl Link {
    pub fn new() -> Self {
        Self { state: Mutex::default(), news: Notify::new(), address: watch::Sender::new(None) }
    }

    /// No code under this lock can panic half-way through a change, so a poisoned one is as good.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn say(&self, message: FromPilot) {
        self.state().outbox.say(message, Instant::now(), None);
        self.news.notify_one();
    }

    /// Returns when the effect is committed at the gateway.
    pub async fn deliver(&self, message: FromPilot) {
        let (delivered, confirmed) = oneshot::channel();
        self.state().outbox.say(message, Instant::now(), Some(delivered));
        self.news.notify_one();
        // The link outlives whoever waits here, and never drops what is undelivered.
        let _ = confirmed.await;
    }

    /// From now until its end is committed, the element is named to every gateway as held. False when it already is.
    pub fn hold(&self, held: Held) -> bool {
        self.state().held.insert(held)
    }

    pub fn holding(&self) -> Vec<Held> {
        self.state().held.iter().copied().collect()
    }

    pub fn open_stream(self: &Arc<Self>, opened: Opened, file: File) -> Outgoing {
        let channel = self.state().streams.open(opened, file);
        self.news.notify_one();
        Outgoing { link: Arc::clone(self), channel }
    }

    pub fn address(&self) -> watch::Receiver<Option<Arc<str>>> {
        self.address.subscribe()
    }

    fn next(&self) -> Next {
        let mut state = self.state();
        if std::mem::take(&mut state.ping) {
            return Next::Ping;
        }
        let until = match state.outbox.next(Instant::now()) {
            Batch::Frame(frame) => return Next::Batch(frame),
            Batch::At(time) => Some(time),
            Batch::Nothing => None,
        };
        state.streams.next().map_or(Next::Nothing { until }, Next::Piece)
    }

    fn acknowledge(&self, applied: u64) {
        let mut state = self.state();
        for ended in state.outbox.acknowledge(applied) {
            state.held.remove(&ended);
        }
    }

    /// A new connection, whose gateway has committed the messages up to `applied`.
    fn reconnect(&self, applied: u64) {
        let mut state = self.state();
        for ended in state.outbox.reconnect(applied) {
            state.held.remove(&ended);
        }
        state.streams.reconnect();
        state.ping = false;
    }
}

/// A growing file on its way to the gateway.
pub(crate) struct Outgoing {
    link: Arc<Link>,
    channel: u32,
}

impl Outgoing {
    /// There are so many bytes now.
    pub fn grow(&self, bytes: u64) {
        self.link.state().streams.grow(self.channel, bytes);
        self.link.news.notify_one();
    }

    /// There will be no more. Returns when the gateway has stored all.
    pub async fn finish(self) {
        let (stored, confirmed) = oneshot::channel();
        self.link.state().streams.close(self.channel, stored);
        self.link.news.notify_one();
        // The link outlives whoever waits here, and keeps every stream until it is stored.
        let _ = confirmed.await;
    }
}
