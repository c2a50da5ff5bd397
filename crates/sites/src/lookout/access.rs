//! What a slot of access means to its person.

use std::time::Duration;

use model::Timestamp;
use model::access::{Access, AccessState, Help, Project};

use super::slot::Kept;

/// Where a person may work at a service.
pub(super) struct Known {
    pub(super) projects: Vec<Project>,
    pub(super) since: Timestamp,
}

pub(super) fn shown(kept: &Kept<Known>, now: Timestamp, forgotten: Duration) -> Access {
    let failed = kept.failed.as_ref();
    let help = || failed.map_or_else(|| Help::new("it was not asked for long", "Look again."), |failure| failure.help.clone());
    let open = kept.value.as_ref().filter(|known| now.since(known.since) < forgotten);
    let state = match open {
        Some(known) => AccessState::Open { projects: known.projects.clone() },
        None if failed.is_some_and(|failure| failure.is_refusal) => AccessState::Closed { help: help() },
        None if failed.is_some() => AccessState::Unreachable { help: help() },
        None => AccessState::Unknown,
    };
    let trouble = failed.filter(|_| matches!(state, AccessState::Open { .. })).map(|failure| failure.help.clone());
    Access { state, seen_at: kept.seen_at, looking: kept.looking, trouble }
}
