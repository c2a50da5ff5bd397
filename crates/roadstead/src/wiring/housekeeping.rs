//! What is done from time to time.

use db::{Db, args};
use model::id::GatewayId;
use runs::Runs;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

const EVERY: Duration = Duration::from_secs(60);
const OBSERVE_EVERY: Duration = Duration::from_secs(10);

/// Forgets what has expired, until told to stop.
pub async fn keep(runs: Runs, stop: CancellationToken) {
    while tokio::time::timeout(EVERY, stop.cancelled()).await.is_err() {
        let tasks = [
            ("idempotency keys", runs.forget_keys().await),
            ("uploads", runs.uploads().forget_expired().await),
            ("logs and outputs", runs.forget_expired_blobs().await),
            ("the weather at sites", runs.forget_weather().await),
        ];
        for (what, done) in tasks {
            if let Err(error) = done {
                tracing::warn!(%error, what, "what has expired could not be forgotten");
            }
        }
    }
}

/// Writes down how the survey's looks at services went, and tells it what was learned of pools, until told to stop.
pub async fn observe(runs: Runs, stop: CancellationToken) {
    loop {
        if let Err(error) = runs.recall_pools().await {
            tracing::warn!(%error, "what was learned of pools could not be read");
        }
        if tokio::time::timeout(OBSERVE_EVERY, stop.cancelled()).await.is_ok() {
            return;
        }
        runs.note_looks().await;
    }
}

/// Looks for what nobody looks after at sites, until told to stop.
pub async fn sweep(runs: Runs, every: Duration, stop: CancellationToken) {
    while tokio::time::timeout(every, stop.cancelled()).await.is_err() {
        if let Err(error) = runs.sweep().await {
            tracing::warn!(%error, "sites could not be swept");
        }
    }
}

/// Passes on to pilots what other gateways decide, until told to stop.
pub async fn patrol(runs: Runs, stop: CancellationToken) {
    tokio::select! {
        () = runs.patrol() => {}
        () = stop.cancelled() => {}
    }
}

db::statements! {
    INTRODUCE = "INSERT INTO gateway (id, host, version, address, seen_at) SELECT $1, $2, $3, $4, now_ms FROM clock";
    LEAVE = "DELETE FROM gateway WHERE id = $1";
}

/// Writes down that this gateway is there, for the administrator to see.
pub async fn introduce(db: &Db, id: &GatewayId, host: &str, address: &str) -> Result<(), db::DbError> {
    let mut tx = db.begin().await?;
    tx.execute(&INTRODUCE, args![id.as_str(), host, super::VERSION, address]).await?;
    tx.commit().await
}

pub async fn leave(db: &Db, id: &GatewayId) -> Result<(), db::DbError> {
    let mut tx = db.begin().await?;
    tx.execute(&LEAVE, args![id.as_str()]).await?;
    tx.commit().await
}
