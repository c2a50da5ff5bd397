//! A clock that tests put forward.

use model::Timestamp;
use model::time::{Clock, SystemClock};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

/// The computer's own, put forward: what real peers say is of now. Clones go together.
#[derive(Clone, Default)]
pub struct MovedClock(Arc<AtomicI64>);

impl MovedClock {
    pub fn forward(&self, by: Duration) {
        let millis = i64::try_from(by.as_millis()).expect("a span that fits");
        self.0.fetch_add(millis, Ordering::Relaxed);
    }

    /// To the computer's own time.
    pub fn back(&self) {
        self.0.store(0, Ordering::Relaxed);
    }
}

impl Clock for MovedClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(SystemClock.now().millis() + self.0.load(Ordering::Relaxed))
    }
}
