//! Tokens in memory, each obtained once however many ask at the same time.

use crate::{Pass, Trouble};
use model::Timestamp;
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::Mutex as Turn;

/// From this many on, those that are no longer good are thrown out when another is added.
const MANY: usize = 1_000;

/// Whose token it is, and for what.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    /// Its address: a name may be given to another issuer.
    pub issuer: String,
    pub subject: String,
    /// None is the token that a refresh gives, from which the others are made.
    pub target: Option<Target>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Target {
    pub audience: String,
    pub scopes: Vec<String>,
}

#[derive(Clone, Default)]
pub(crate) struct Slots(Arc<Mutex<HashMap<Key, Arc<Slot>>>>);

#[derive(Default)]
struct Slot {
    last: Turn<Last>,
    /// How often it was asked for at the issuer.
    tries: AtomicU64,
}

/// What came of the last try.
#[derive(Default)]
enum Last {
    #[default]
    Untried,
    Got(Pass),
    Failed(Trouble),
}

impl Slots {
    /// The token, if it is there, good, and nobody is just getting another.
    pub fn ready(&self, key: &Key, now: Timestamp, refused: Option<[u8; 32]>) -> Option<Pass> {
        let slot = self.map().get(key)?.clone();
        let last = slot.last.try_lock().ok()?;
        last.good(now, refused).cloned()
    }

    /// The token, obtained by the first who asks. Those who wait meanwhile get what it got, also when that is trouble:
    /// an issuer that is down is not asked by each of a hundred in turn.
    pub async fn get(
        &self,
        key: &Key,
        now: Timestamp,
        refused: Option<[u8; 32]>,
        obtain: impl Future<Output = Result<Pass, Trouble>>,
    ) -> Result<Pass, Trouble> {
        let slot = self.slot(key, now);
        let tries = slot.tries.load(Ordering::Acquire);
        let mut last = slot.last.lock().await;
        match &*last {
            Last::Got(pass) if pass.is_good(now, refused) => return Ok(pass.clone()),
            Last::Failed(trouble) if slot.tries.load(Ordering::Acquire) != tries => return Err(trouble.clone()),
            Last::Untried | Last::Got(_) | Last::Failed(_) => {}
        }
        let obtained = obtain.await;
        *last = match &obtained {
            Ok(pass) => Last::Got(pass.clone()),
            Err(trouble) => Last::Failed(trouble.clone()),
        };
        slot.tries.fetch_add(1, Ordering::Release);
        obtained
    }

    /// All tokens of an identity. Whoever is just getting one gets it, and nobody after them.
    pub fn forget(&self, issuer: &str, subject: &str) {
        self.map().retain(|key, _| key.issuer != issuer || key.subject != subject);
    }

    fn slot(&self, key: &Key, now: Timestamp) -> Arc<Slot> {
        let mut map = self.map();
        if map.len() >= MANY && !map.contains_key(key) {
            map.retain(|_, slot| slot.last.try_lock().map_or(true, |last| last.good(now, None).is_some()));
        }
        map.entry(key.clone()).or_default().clone()
    }

    fn map(&self) -> MutexGuard<'_, HashMap<Key, Arc<Slot>>> {
        // A panic while it was held leaves the map whole: every change of it is a single call.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Last {
    fn good(&self, now: Timestamp, refused: Option<[u8; 32]>) -> Option<&Pass> {
        match self {
            Last::Got(pass) if pass.is_good(now, refused) => Some(pass),
            Last::Untried | Last::Got(_) | Last::Failed(_) => None,
        }
    }
}
