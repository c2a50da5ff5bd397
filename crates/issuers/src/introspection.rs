//! Opaque bearers: their issuer is asked (RFC 7662), and its answer kept for a moment.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use aws_lc_rs::digest;
use model::{Secret, Timestamp};
use serde_json::Value;
use tokio::sync::MutexGuard;

use crate::issuer::Inner;
use crate::{BadToken, Error, Feature, Unreachable, Verified};

const ABOUT: &str = "its answer to an introspection";
const MOST_KEPT: usize = 4096;
const STRIPES: usize = 64;

type Hash = [u8; 32];

/// Answers by the hash of the token: who reads this memory cannot use what is in it.
pub(crate) struct Introspected {
    kept: Mutex<HashMap<Hash, (Timestamp, Verified)>>,
    /// Held while asking. The same token always falls to the same stripe, so it is asked about once.
    asking: Vec<tokio::sync::Mutex<()>>,
}

impl Introspected {
    pub(crate) fn new() -> Self {
        let asking = std::iter::repeat_with(|| tokio::sync::Mutex::new(())).take(STRIPES).collect();
        Self { kept: Mutex::new(HashMap::new()), asking }
    }

    async fn turn(&self, hash: &Hash) -> Option<MutexGuard<'_, ()>> {
        let stripe = self.asking.get(usize::from(hash[0]) % STRIPES)?;
        Some(stripe.lock().await)
    }

    fn get(&self, hash: &Hash, now: Timestamp) -> Option<Verified> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.get(hash).filter(|(until, _)| now < *until).map(|(_, verified)| verified.clone())
    }

    fn put(&self, hash: Hash, until: Timestamp, verified: &Verified, now: Timestamp) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= MOST_KEPT {
            kept.retain(|_, (until, _)| now < *until);
        }
        // So many tokens in half a minute: the rest is asked about each time.
        if kept.len() < MOST_KEPT {
            kept.insert(hash, (until, verified.clone()));
        }
    }
}

impl Inner {
    /// Only a good answer is kept: what was refused may have been refused by mistake.
    pub(crate) async fn introspect(&self, token: &Secret) -> Result<Verified, Error> {
        let hash = hash_of(token);
        if let Some(verified) = self.introspected.get(&hash, self.now()) {
            return Ok(verified);
        }
        let limit = self.channel.limits().deadline;
        let waited = tokio::time::timeout(limit, self.introspected.turn(&hash)).await;
        let _turn = waited.map_err(|_| self.channel.unreachable(Unreachable::Deadline { limit }))?;
        if let Some(verified) = self.introspected.get(&hash, self.now()) {
            return Ok(verified);
        }
        let verified = self.ask_about(token).await?;
        let now = self.now();
        let until = now.plus(self.channel.limits().introspected).min(verified.expires_at);
        self.introspected.put(hash, until, &verified, now);
        Ok(verified)
    }

    async fn ask_about(&self, token: &Secret) -> Result<Verified, Error> {
        let metadata = self.metadata().await?;
        let url = metadata.introspection.as_ref().ok_or_else(|| self.not_offered(Feature::Introspection))?;
        let fields = [("token", token.expose()), ("token_type_hint", "access_token")];
        let answer = self.post(ABOUT, url, &metadata, &fields).await?;
        if answer.status != 200 {
            return Err(self.denied(&answer, ABOUT));
        }
        let fields = self.channel.object(&answer)?;
        if fields.get("active") != Some(&Value::Bool(true)) {
            return Err(BadToken::Inactive.into());
        }
        // It knows about its refresh tokens as well.
        let kind = ["token_type", "typ"].iter().find_map(|name| fields.get(*name));
        if !kind.and_then(Value::as_str).is_some_and(|kind| kind.eq_ignore_ascii_case("bearer")) {
            return Err(BadToken::Kind { why: "the issuer does not say that it is an access token" }.into());
        }
        if fields.get("iss").is_some_and(|issuer| *issuer != self.settings.url) {
            return Err(BadToken::OtherIssuer.into());
        }
        Ok(self.judge(fields)?)
    }
}

fn hash_of(token: &Secret) -> Hash {
    let digest = digest::digest(&digest::SHA256, token.expose().as_bytes());
    let mut hash = [0; 32];
    hash.copy_from_slice(digest.as_ref());
    hash
}
