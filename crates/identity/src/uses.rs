//! When a token or a session was last used: a convenience for people who tidy up, never worth a write per request.

use crate::Credential;
use db::{Db, DbError, args};
use model::Timestamp;
use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

const PRECISION_MS: i64 = 60_000;

db::statements! {
    /// The condition is for other gateways, which may have written since this one read.
    USED = "UPDATE token SET used_at = $2 WHERE id = $1 AND (used_at IS NULL OR used_at <= $3)";
    SEEN = "UPDATE session SET seen_at = $2 WHERE id = $1 AND seen_at <= $3";
}

/// Writes behind the back of requests: one write a minute for each, at most one at a time.
#[derive(Clone)]
pub(crate) struct Uses {
    db: Db,
    being_written: Arc<Mutex<HashSet<Credential>>>,
}

impl Uses {
    pub(crate) fn new(db: Db) -> Self {
        Self { db, being_written: Arc::default() }
    }

    /// Does nothing for most requests: what the database says is recent enough.
    pub(crate) fn note(&self, credential: &Credential, used_at: Option<Timestamp>, now: Timestamp) {
        let recent = used_at.is_some_and(|used_at| now.millis() - used_at.millis() < PRECISION_MS);
        if recent || !self.lock().insert(credential.clone()) {
            return;
        }
        let (uses, credential) = (self.clone(), credential.clone());
        tokio::spawn(async move {
            if let Err(error) = uses.write(&credential, now).await {
                tracing::debug!(?credential, %error, "a use was not written");
            }
            uses.lock().remove(&credential);
        });
    }

    async fn write(&self, credential: &Credential, now: Timestamp) -> Result<(), DbError> {
        let before = Timestamp::from_millis(now.millis() - PRECISION_MS);
        let mut tx = self.db.begin().await?;
        match credential {
            Credential::Token(id) => tx.execute(&USED, args![id.as_str(), now, before]).await?,
            Credential::Session(id) => tx.execute(&SEEN, args![id.as_str(), now, before]).await?,
            // Written with what the issuer says.
            Credential::Bearer => 0,
        };
        tx.commit().await
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashSet<Credential>> {
        self.being_written.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
