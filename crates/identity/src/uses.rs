//! When a token was last used: a convenience for people who tidy up, never worth a write per request.

use db::{Db, DbError, args};
use model::Timestamp;
use model::id::TokenId;
use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

const PRECISION_MS: i64 = 60_000;

db::statements! {
    /// The condition is for other gateways, which may have written since this one read.
    USED = "UPDATE token SET used_at = $2 WHERE id = $1 AND (used_at IS NULL OR used_at <= $3)";
}

/// Writes behind the back of requests: one write a minute for each token, at most one at a time.
#[derive(Clone)]
pub(crate) struct Uses {
    db: Db,
    being_written: Arc<Mutex<HashSet<TokenId>>>,
}

impl Uses {
    pub(crate) fn new(db: Db) -> Self {
        Self { db, being_written: Arc::default() }
    }

    /// Does nothing for most requests: what the database says is recent enough.
    pub(crate) fn note(&self, token: &TokenId, used_at: Option<Timestamp>, now: Timestamp) {
        let recent = used_at.is_some_and(|used_at| now.millis() - used_at.millis() < PRECISION_MS);
        if recent || !self.lock().insert(token.clone()) {
            return;
        }
        let (uses, token) = (self.clone(), token.clone());
        tokio::spawn(async move {
            if let Err(error) = uses.write(&token, now).await {
                tracing::debug!(%token, %error, "the use of a token was not written");
            }
            uses.lock().remove(&token);
        });
    }

    async fn write(&self, token: &TokenId, now: Timestamp) -> Result<(), DbError> {
        let before = Timestamp::from_millis(now.millis() - PRECISION_MS);
        let mut tx = self.db.begin().await?;
        tx.execute(&USED, args![token.as_str(), now, before]).await?;
        tx.commit().await
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashSet<TokenId>> {
        self.being_written.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
