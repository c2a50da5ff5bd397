//! Whose turn it is to execute.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// One permit for each element that may execute at once; held until the last process of it has ended.
#[derive(Clone)]
pub(super) struct Turns {
    width: u32,
    own: Arc<Semaphore>,
    /// For light ones, in the place of another.
    shared: Arc<Semaphore>,
}

impl Turns {
    pub fn new(width: u32) -> Self {
        let permits = || Arc::new(Semaphore::new(width as usize));
        Self { width, own: permits(), shared: permits() }
    }

    /// None when there are no turns any more, which does not happen as long as this is there.
    pub async fn take(&self, light: bool) -> Option<OwnedSemaphorePermit> {
        let shared = async { if light { Arc::clone(&self.shared).acquire_owned().await } else { std::future::pending().await } };
        tokio::select! {
            biased;
            own = Arc::clone(&self.own).acquire_owned() => own.ok(),
            shared = shared => shared.ok(),
        }
    }

    /// Returns when nobody has one any more.
    pub async fn all_ended(&self) {
        let _both = tokio::join!(self.own.acquire_many(self.width), self.shared.acquire_many(self.width));
    }
}
