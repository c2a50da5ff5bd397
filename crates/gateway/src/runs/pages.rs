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
    pages: HashMap<Key, Written>,
}

/// A page, and the quota that goes with it.
#[derive(Clone)]
pub(crate) struct Written {
    pub body: Bytes,
    pub quota: String,
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
        let RunFilter { before, state, outcome, name, name_contains, active, community, team, limit } = filter;
        // What somebody sees of a community or a team is what they are there.
        let role = community.as_ref().map(|community| caller.role_in(community));
        let in_team = team.as_ref().map(|team| caller.is_in_team(team));
        let oversees = caller.is_administrator() && caller.has(Scope::Admin);
        Self {
            person: caller.person().clone(),
            may_read: caller.has(Scope::Read),
            filter: format!(
                "{before:?} {state:?} {outcome:?} {name:?} {name_contains:?} {active} {community:?} {role:?} {team:?} {in_team:?} {oversees} {limit}"
            ),
        }
    }
}

impl Pages {
    pub fn get(&self, key: &Key, generation: Option<u64>) -> Option<Written> {
        let kept = self.lock();
        if Some(kept.generation) == generation { kept.pages.get(key).cloned() } else { None }
    }

    /// Keeps a page that was read while the database was at this generation.
    pub fn put(&self, key: Key, generation: Option<u64>, written: &Written) {
        let Some(generation) = generation else { return };
        let mut kept = self.lock();
        let bytes = written.body.len();
        let full = kept.bytes + bytes > MOST_BYTES || kept.pages.len() >= MOST_PAGES;
        if kept.generation != generation || full {
            *kept = Kept { generation, ..Kept::default() };
        }
        if bytes <= MOST_BYTES {
            kept.bytes += bytes;
            kept.pages.insert(key, written.clone());
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
