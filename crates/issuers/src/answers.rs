//! What an issuer said about a token, kept for a moment.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use aws_lc_rs::digest;
use model::{Secret, Timestamp};
use tokio::sync::MutexGuard;

use crate::issuer::Inner;
use crate::{Error, Unreachable};

const MOST_KEPT: usize = 4096;
const STRIPES: usize = 64;

type Hash = [u8; 32];

/// By the hash of the token: who reads this memory cannot use what is in it.
pub(crate) struct Answers<T> {
    kept: Mutex<HashMap<Hash, (Timestamp, T)>>,
    /// Held while asking. The same token always falls to the same stripe, so it is asked about once.
    asking: Vec<tokio::sync::Mutex<()>>,
}

impl<T: Clone> Answers<T> {
    pub(crate) fn new() -> Self {
        let asking = std::iter::repeat_with(|| tokio::sync::Mutex::new(())).take(STRIPES).collect();
        Self { kept: Mutex::new(HashMap::new()), asking }
    }

    /// What is kept about the token, or what `ask` brings and until when that may be kept. Errors are not kept: what was
    /// refused may have been refused by mistake.
    pub(crate) async fn get(
        &self,
        issuer: &Inner,
        token: &Secret,
        ask: impl AsyncFnOnce() -> Result<(T, Timestamp), Error>,
    ) -> Result<T, Error> {
        let hash = hash_of(token);
        if let Some(answer) = self.kept(&hash, issuer.now()) {
            return Ok(answer);
        }
        let limit = issuer.channel.limits().deadline;
        let waited = tokio::time::timeout(limit, self.turn(&hash)).await;
        let _turn = waited.map_err(|_| issuer.channel.unreachable(Unreachable::Deadline { limit }))?;
        if let Some(answer) = self.kept(&hash, issuer.now()) {
            return Ok(answer);
        }
        let (answer, until) = ask().await?;
        self.keep(hash, until, &answer, issuer.now());
        Ok(answer)
    }

    async fn turn(&self, hash: &Hash) -> Option<MutexGuard<'_, ()>> {
        let stripe = self.asking.get(usize::from(hash[0]) % STRIPES)?;
        Some(stripe.lock().await)
    }

    fn kept(&self, hash: &Hash, now: Timestamp) -> Option<T> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.get(hash).filter(|(until, _)| now < *until).map(|(_, answer)| answer.clone())
    }

    fn keep(&self, hash: Hash, until: Timestamp, answer: &T, now: Timestamp) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= MOST_KEPT {
            kept.retain(|_, (until, _)| now < *until);
        }
        // So many tokens at once: the rest is asked about each time.
        if kept.len() < MOST_KEPT {
            kept.insert(hash, (until, answer.clone()));
        }
    }
}

fn hash_of(token: &Secret) -> Hash {
    let digest = digest::digest(&digest::SHA256, token.expose().as_bytes());
    let mut hash = [0; 32];
    hash.copy_from_slice(digest.as_ref());
    hash
}
