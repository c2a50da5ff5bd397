//! Where pilots report.
//!
//! A pilot's first contact swaps its enrolment code for the credential that it made itself; from then on the credential
//! stands for one pilot of one attempt. Messages are applied in the order of their numbers, each batch in one
//! transaction together with the number: so what a pilot says again after a cut changes nothing. Elements are leased in
//! the same way, and a report on an element that is leased to somebody else is passed over.

mod apply;
mod enrol;
mod hashes;
mod keepers;
mod lease;
mod live;
mod orders;
mod patrol;
mod session;
mod streams;
mod tokens;
mod transfer;

pub use enrol::Aboard;
pub(crate) use orders::Ordered;
pub use session::Session;
pub use transfer::InputFile;

use hashes::Hashes;
use live::Live;
use model::id::{AttemptId, PilotId, RunId};
use orders::Orders;
use pilot::protocol::{FromGateway, Held};
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{broadcast, mpsc};

/// The pilots whose connections end at this gateway.
pub(crate) struct Desk {
    connected: Mutex<HashMap<PilotId, Line>>,
    /// Says whose logs grew.
    logs: broadcast::Sender<LogNews>,
    hashes: Arc<Hashes>,
    orders: Orders,
}

#[derive(Clone, Debug)]
pub struct LogNews {
    pub run: RunId,
    pub element: u32,
}

/// What one connected pilot can be told, and what it asked for.
struct Line {
    run: RunId,
    attempt: AttemptId,
    service: String,
    say: mpsc::UnboundedSender<FromGateway>,
    wanted: u32,
    /// Of the elements that it executes; as many as it executes at once.
    using: Vec<Live>,
    /// Tells one connection of a pilot from its next.
    connection: u64,
}

impl Default for Desk {
    fn default() -> Self {
        Self { connected: Mutex::default(), logs: broadcast::channel(1_024).0, hashes: Arc::default(), orders: Orders::default() }
    }
}

impl Desk {
    fn lines(&self) -> MutexGuard<'_, HashMap<PilotId, Line>> {
        // A panic while it was held leaves the map whole: every change of it is a single call.
        self.connected.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn is_connected(&self, pilot: &PilotId) -> bool {
        self.lines().contains_key(pilot)
    }

    /// Asks the attempt's pilots to end some elements (all, when none are named).
    pub(crate) fn stop(&self, attempt: &AttemptId, elements: Vec<Held>) {
        for line in self.lines().values().filter(|line| line.attempt == *attempt) {
            // A closed line is a connection that is just ending: the pilot hears it on its next one.
            let _ = line.say.send(FromGateway::Stop { elements: elements.clone() });
        }
    }

    /// Says something to one pilot, if its connection ends here.
    fn say(&self, pilot: &PilotId, words: FromGateway) {
        if let Some(line) = self.lines().get(pilot) {
            let _ = line.say.send(words);
        }
    }

    /// Tells the attempt's pilots that there is nothing more for them.
    pub(crate) fn dismiss(&self, attempt: &AttemptId) {
        for line in self.lines().values().filter(|line| line.attempt == *attempt) {
            let _ = line.say.send(FromGateway::Finish);
        }
    }

    /// The services that pilots here work at.
    fn services(&self) -> HashSet<String> {
        self.lines().values().map(|line| line.service.clone()).collect()
    }

    pub(crate) fn follow_logs(&self) -> broadcast::Receiver<LogNews> {
        self.logs.subscribe()
    }

    fn log_grew(&self, run: &RunId, element: u32) {
        let _ = self.logs.send(LogNews { run: run.clone(), element });
    }
}

/// Every statement of this module, for the test that prepares each on both engines.
pub(crate) fn all_statements() -> Vec<db::Statement> {
    [
        apply::STATEMENTS,
        enrol::STATEMENTS,
        lease::STATEMENTS,
        live::STATEMENTS,
        patrol::STATEMENTS,
        session::STATEMENTS,
        tokens::STATEMENTS,
        transfer::STATEMENTS,
    ]
    .concat()
}
