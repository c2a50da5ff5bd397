//! Pages of runs as they were written out, valid until the next commit of anything.
//!
//! Who is calling is never remembered: a page is looked up for a caller who was just verified. Since one commit makes
//! all pages useless, there is no order of use to keep: when there are too many they all go.

use ::runs::RunFilter;
use bytes::Bytes;
use identity::{Caller, Scope};
use model::id::PersonId;
use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};

const MOST_BYTES: usize = 8 << 20;
const MOST_PAGES: usize = 1_024;

/// Tells the generations of this process from those of its predecessors, which counted from the same beginning.
static PROCESS: LazyLock<String> = LazyLock::new(|| {
    let random = db::random_bytes::<6>().unwrap_or_default();
    random.iter().map(|byte| format!("{byte:02x}")).collect()
});

#[derive(Default)]
pub(crate) struct Pages(Mutex<Kept>);

#[derive(Default)]
struct Kept {
    generation: u64,
    bytes: usize,
    pages: HashMap<Key, Bytes>,
}

#[derive(PartialEq, Eq, Hash)]
pub(crate) struct Key {
    person: PersonId,
    /// Part of it, so that no page read with a right is found without it.
    may_read: bool,
    filter: String,
}

impl Key {
    pub fn new(caller: &Caller, filter: &RunFilter) -> Self {
        let RunFilter { before, state, outcome, name, name_contains, active, limit } = filter;
        Self {
            person: caller.person().clone(),
            may_read: caller.has(Scope::Read),
            filter: format!("{before:?} {state:?} {outcome:?} {name:?} {name_contains:?} {active} {limit}"),
        }
    }
}

impl Pages {
    pub fn get(&self, key: &Key, generation: Option<u64>) -> Option<Bytes> {
        let kept = self.lock();
        if Some(kept.generation) == generation { kept.pages.get(key).cloned() } else { None }
    }

    /// Keeps a page that was read while the database was at this generation.
    pub fn put(&self, key: Key, generation: Option<u64>, body: &Bytes) {
        let Some(generation) = generation else { return };
        let mut kept = self.lock();
        let full = kept.bytes + body.len() > MOST_BYTES || kept.pages.len() >= MOST_PAGES;
        if kept.generation != generation || full {
            *kept = Kept { generation, ..Kept::default() };
        }
        if body.len() <= MOST_BYTES {
            kept.bytes += body.len();
            kept.pages.insert(key, body.clone());
        }
    }

    pub fn etag(&self, generation: Option<u64>) -> Option<String> {
        generation.map(|generation| format!("W/\"{}-{generation}\"", *PROCESS))
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        // A panic while it was held leaves at worst a page too few.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
