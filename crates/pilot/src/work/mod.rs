//! The elements that this pilot holds, all at once.
//!
//! ```text
//! Grant -> place taken, directory made -> inputs staged -> its turn (there are `width`, and as many more for light ones)
//!       -> executed -> outputs collected -> logs stored -> Ended, acknowledged -> directory removed
//! ```
//!
//! Each element is one task that goes this way by itself ([`element`]); the [`Crew`] only starts them, stops them, and
//! asks for more when there is room ([`pace`]).

mod cause;
mod collecting;
mod directory;
mod disk;
mod element;
mod host;
mod local;
mod logs;
mod pace;
mod staging;
mod teller;
mod turns;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::signal::unix::Signal;
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_util::sync::CancellationToken;

use crate::bulk::Bulk;
use crate::link::{Incoming, Link};
use crate::protocol::{Assignment, FromGateway, FromPilot, Held};
use disk::Scale;
use element::{Element, GRACE, Workshop};
pub(crate) use host::LazyHost;
use pace::Pace;
use staging::Stager;
use turns::Turns;

/// Outputs on their way at once.
const LANES: usize = 4;
/// For the last words, when the pilot was told to end.
const FAREWELL: Duration = Duration::from_secs(10);
/// A killed process that the kernel does not let go is given up by the execution itself before this.
const LAST_PROCESS: Duration = Duration::from_secs(60);

pub(crate) struct Crew {
    directory: PathBuf,
    link: Arc<Link>,
    bulk: Arc<Bulk>,
    pace: Arc<Pace>,
    turns: Turns,
    lanes: Arc<Semaphore>,
    scale: Arc<Scale>,
    host: Arc<LazyHost>,
    leaving: CancellationToken,
    /// Above all elements' own.
    all: CancellationToken,
    workshop: Option<Arc<Workshop>>,
    tasks: JoinSet<Held>,
    elements: HashMap<Held, CancellationToken>,
    /// What the gateway may still grant, as it was last told.
    wanted: u32,
    finishing: bool,
}

impl Crew {
    pub fn new(directory: PathBuf, width: u32, link: Arc<Link>, bulk: Arc<Bulk>, host: Arc<LazyHost>) -> Self {
        let width = width.max(1);
        Self {
            directory,
            link,
            bulk,
            pace: Arc::new(Pace::new(width)),
            turns: Turns::new(width),
            lanes: Arc::new(Semaphore::new(LANES)),
            scale: Arc::default(),
            host,
            leaving: CancellationToken::new(),
            all: CancellationToken::new(),
            workshop: None,
            tasks: JoinSet::new(),
            elements: HashMap::new(),
            wanted: 0,
            finishing: false,
        }
    }

    /// Returns when there is no more work, or after `terminate`.
    pub async fn work(&mut self, incoming: &mut mpsc::Receiver<Incoming>, terminate: &mut Signal) {
        let mut farewell: Option<Instant> = None;
        let pace = Arc::clone(&self.pace);
        while !(self.finishing && self.tasks.is_empty()) {
            self.ask();
            tokio::select! {
                Some(incoming) = incoming.recv() => self.obey(incoming),
                Some(ended) = self.tasks.join_next() => self.forget(ended),
                () = pace.freed.notified() => {}
                _ = terminate.recv(), if farewell.is_none() => {
                    tracing::info!(held = self.elements.len(), "told to end");
                    farewell = Some(Instant::now() + GRACE + FAREWELL);
                    self.finishing = true;
                    self.leaving.cancel();
                    self.all.cancel();
                }
                () = sleep_until(farewell.unwrap_or_else(Instant::now)), if farewell.is_some() => {
                    tracing::warn!(held = self.elements.len(), "ending without having reported everything");
                    return;
                }
            }
        }
    }

    /// Ends everything without a word: returns when no process is left.
    pub async fn abandon(&mut self) {
        self.all.cancel();
        if timeout(LAST_PROCESS, self.turns.all_ended()).await.is_err() {
            tracing::error!("processes of elements do not end");
        }
        self.tasks.shutdown().await;
    }

    fn obey(&mut self, incoming: Incoming) {
        match incoming {
            Incoming::Connected(assignment) => {
                self.workshop = Some(Arc::new(self.workshop(assignment)));
                self.wanted = 0;
            }
            Incoming::Said(FromGateway::Grant { elements }) => {
                self.wanted = self.wanted.saturating_sub(elements.len().try_into().unwrap_or(u32::MAX));
                elements.into_iter().for_each(|held| self.begin(held));
            }
            Incoming::Said(FromGateway::Stop { elements }) if elements.is_empty() => {
                self.elements.values().for_each(CancellationToken::cancel);
            }
            Incoming::Said(FromGateway::Stop { elements }) => {
                elements.iter().filter_map(|held| self.elements.get(held)).for_each(CancellationToken::cancel);
            }
            Incoming::Said(FromGateway::Finish) => self.finishing = true,
            // Nobody gives orders to a pilot that works.
            Incoming::Said(FromGateway::Order { .. } | FromGateway::Unknown) => {}
        }
    }

    fn workshop(&self, assignment: Arc<Assignment>) -> Workshop {
        Workshop {
            directory: self.directory.clone(),
            stager: Stager::new(Arc::clone(&assignment), Arc::clone(&self.bulk)),
            assignment,
            link: Arc::clone(&self.link),
            bulk: Arc::clone(&self.bulk),
            pace: Arc::clone(&self.pace),
            turns: self.turns.clone(),
            lanes: Arc::clone(&self.lanes),
            scale: Arc::clone(&self.scale),
            host: Arc::clone(&self.host),
            leaving: self.leaving.clone(),
        }
    }

    /// What is granted again while it is held goes on as it is.
    fn begin(&mut self, held: Held) {
        let Some(workshop) = &self.workshop else { return };
        if self.elements.contains_key(&held) || !self.link.hold(held) {
            return;
        }
        let cancel = self.all.child_token();
        self.elements.insert(held, cancel.clone());
        let element = Element { workshop: Arc::clone(workshop), held, cancel };
        let place = self.pace.take();
        self.tasks.spawn(async move {
            element.carry(place).await;
            held
        });
    }

    fn forget(&mut self, ended: Result<Held, tokio::task::JoinError>) {
        match ended {
            Ok(held) => {
                self.elements.remove(&held);
            }
            Err(lost) => tracing::error!(%lost, "the task of an element was lost"),
        }
    }

    /// Says how many could be taken, when that is news.
    fn ask(&mut self) {
        if self.finishing || self.workshop.is_none() {
            return;
        }
        let room = self.pace.room(self.elements.len());
        if room.is_news(self.wanted) {
            self.wanted = room.free;
            self.link.say(FromPilot::Want { elements: room.free });
        }
    }
}
