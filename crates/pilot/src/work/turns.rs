//! Whose turn it is to execute.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

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

    /// In the place of another only when they are light at that moment, however long it waited; never where there is
    /// nothing to be told by. None when there are no turns any more, which does not happen as long as this is there.
    pub async fn take(&self, light: Option<watch::Receiver<bool>>) -> Option<OwnedSemaphorePermit> {
        tokio::select! {
            biased;
            own = Arc::clone(&self.own).acquire_owned() => own.ok(),
            Some(shared) = self.share(light) => Some(shared),
        }
    }

    async fn share(&self, light: Option<watch::Receiver<bool>>) -> Option<OwnedSemaphorePermit> {
        let mut light = light?;
        loop {
            light.wait_for(|light| *light).await.ok()?;
            let permit = Arc::clone(&self.shared).acquire_owned().await.ok()?;
            if *light.borrow() {
                return Some(permit);
            }
        }
    }

    /// Returns when nobody has one any more.
    pub async fn all_ended(&self) {
        let _both = tokio::join!(self.own.acquire_many(self.width), self.shared.acquire_many(self.width));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn one_that_waits_shares_a_place_only_while_they_are_light() {
        let (say, light) = watch::channel(true);
        let turns = Turns::new(1);
        let own = turns.take(None).await;
        let shared = turns.take(Some(light.clone())).await;
        let waiting = tokio::spawn({
            let (turns, light) = (turns.clone(), light.clone());
            async move { turns.take(Some(light)).await }
        });
        let never = tokio::spawn({
            let turns = turns.clone();
            async move { turns.take(None).await }
        });
        tokio::task::yield_now().await;
        say.send_replace(false);
        drop(shared);
        for _ in 0..10 {
            tokio::task::yield_now().await;
        }
        assert!(!waiting.is_finished() && !never.is_finished(), "they became heavy while it waited");
        say.send_replace(true);
        assert!(waiting.await.expect("no panic").is_some());
        assert!(!never.is_finished(), "without limits nobody shares");
        drop(own);
        assert!(never.await.expect("no panic").is_some());
    }
}
