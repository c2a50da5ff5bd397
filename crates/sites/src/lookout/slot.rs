//! One thing that is looked at: what was seen last, and what went wrong since.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use model::Timestamp;
use model::access::Help;
use model::time::Clock;

use super::{Blind, Settings, lock};

pub(super) struct Slot<T> {
    kept: Mutex<Kept<T>>,
    /// Held by whoever is looking: the others wait, and find it fresh.
    gate: tokio::sync::Mutex<()>,
}

pub(super) struct Kept<T> {
    pub(super) value: Option<Arc<T>>,
    pub(super) seen_at: Option<Timestamp>,
    /// The last look failed.
    pub(super) failed: Option<Failure>,
    pub(super) looking: bool,
}

#[derive(Clone)]
pub(super) struct Failure {
    pub(super) help: Help,
    pub(super) is_refusal: bool,
    at: Timestamp,
}

impl<T> Default for Slot<T> {
    fn default() -> Self {
        let kept = Kept { value: None, seen_at: None, failed: None, looking: false };
        Self { kept: Mutex::new(kept), gate: tokio::sync::Mutex::default() }
    }
}

impl<T> Kept<T> {
    /// What went wrong since.
    pub(super) fn trouble(&self) -> Option<Help> {
        self.failed.as_ref().map(|failure| failure.help.clone())
    }

    pub(super) fn is_wanted(&self, now: Timestamp, forgotten: Duration) -> bool {
        self.looking || self.seen_at.is_some_and(|at| now.since(at) < forgotten)
    }
}

/// Whoever looks may be gone before the end.
struct Looking<'a, T>(&'a Slot<T>);

impl<T> Drop for Looking<'_, T> {
    fn drop(&mut self) {
        lock(&self.0.kept).looking = false;
    }
}

impl<T> Slot<T> {
    pub(super) fn read<R>(&self, read: impl FnOnce(&Kept<T>) -> R) -> R {
        read(&lock(&self.kept))
    }

    pub(super) fn value(&self) -> Option<Arc<T>> {
        lock(&self.kept).value.clone()
    }

    pub(super) fn seen_at(&self) -> Option<Timestamp> {
        lock(&self.kept).seen_at
    }

    /// Looks, unless somebody did lately. None: the last look failed, whatever was seen before.
    pub(super) async fn refresh(
        &self,
        clock: &dyn Clock,
        settings: &Settings,
        look: impl Future<Output = Result<T, Blind>>,
    ) -> Option<Arc<T>> {
        let _gate = self.gate.lock().await;
        if self.is_fresh(clock.now(), settings) {
            let kept = lock(&self.kept);
            return kept.value.clone().filter(|_| kept.failed.is_none());
        }
        lock(&self.kept).looking = true;
        let looking = Looking(self);
        let seen = look.await;
        drop(looking);
        let mut kept = lock(&self.kept);
        let at = clock.now();
        match seen {
            Ok(value) => {
                (kept.value, kept.seen_at, kept.failed) = (Some(Arc::new(value)), Some(at), None);
            }
            Err(Blind::Refused(help)) => {
                (kept.value, kept.seen_at) = (None, Some(at));
                kept.failed = Some(Failure { help, is_refusal: true, at });
            }
            Err(Blind::Unreachable(help)) => kept.failed = Some(Failure { help, is_refusal: false, at }),
        }
        kept.value.clone().filter(|_| kept.failed.is_none())
    }

    /// Failures are tried again sooner than what went well: somebody may just have mended it.
    fn is_fresh(&self, now: Timestamp, settings: &Settings) -> bool {
        let kept = lock(&self.kept);
        match (&kept.failed, kept.seen_at) {
            (Some(failure), _) => now.since(failure.at) < settings.again,
            (None, Some(seen_at)) => now.since(seen_at) < settings.fresh,
            (None, None) => false,
        }
    }
}
