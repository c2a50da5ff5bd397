//! When somebody last needed this gateway: one that was started for a single command ends when nobody does.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

static START: LazyLock<Instant> = LazyLock::new(Instant::now);

/// Cheap to clone. Requests of pilots do not count: their runs do.
#[derive(Clone, Default)]
pub struct Activity(Arc<Counts>);

#[derive(Default)]
struct Counts {
    under_way: AtomicUsize,
    /// Milliseconds since the start of the process.
    last_end: AtomicU64,
}

impl Activity {
    /// How long nobody has asked for anything. Zero while a request or a stream is under way.
    pub fn quiet_for(&self) -> Duration {
        if self.0.under_way.load(Ordering::Acquire) > 0 {
            return Duration::ZERO;
        }
        START.elapsed().saturating_sub(Duration::from_millis(self.0.last_end.load(Ordering::Acquire)))
    }

    pub(crate) fn begin(&self) -> Busy {
        self.0.under_way.fetch_add(1, Ordering::AcqRel);
        Busy(self.clone())
    }
}

/// Somebody needs the gateway for as long as this lives.
pub(crate) struct Busy(Activity);

impl Drop for Busy {
    fn drop(&mut self) {
        let now = u64::try_from(START.elapsed().as_millis()).unwrap_or(u64::MAX);
        let counts = &self.0.0;
        counts.last_end.fetch_max(now, Ordering::AcqRel);
        counts.under_way.fetch_sub(1, Ordering::AcqRel);
    }
}
