//! Waiting for a condition, with a limit and a failure text that says what never came.

use std::time::{Duration, Instant};

const PAUSE: Duration = Duration::from_millis(5);

/// Looks until `look` finds something. It blocks its thread: in an asynchronous test that serves something itself,
/// use [`await_until`].
#[track_caller]
pub fn wait_until<T>(limit: Duration, what: &str, look: impl FnMut() -> Option<T>) -> T {
    match poll(limit, look) {
        Some(found) => found,
        None => panic!("waited {limit:?} in vain for {what}"),
    }
}

/// [`wait_until`] for callers with a failure text of their own.
pub(crate) fn poll<T>(limit: Duration, mut look: impl FnMut() -> Option<T>) -> Option<T> {
    let start = Instant::now();
    loop {
        if let Some(found) = look() {
            return Some(found);
        }
        if start.elapsed() >= limit {
            return None;
        }
        std::thread::sleep(PAUSE);
    }
}

/// [`wait_until`] for asynchronous tests.
pub async fn await_until<T>(limit: Duration, what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(start.elapsed() < limit, "waited {limit:?} in vain for {what}");
        tokio::time::sleep(PAUSE).await;
    }
}
