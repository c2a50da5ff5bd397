//! For supervisors: is it alive, can it answer.

use crate::app::App;
use crate::refusal::Refusal;
use axum::extract::State;
use std::time::Duration;
use tokio::time::timeout;

/// Longer than this is not ready either.
const PATIENCE: Duration = Duration::from_secs(3);

pub(crate) async fn alive() -> &'static str {
    "alive\n"
}

/// Whether the database answers, and the gateway is not stopping.
pub(crate) async fn ready(State(app): State<App>) -> Result<&'static str, Refusal> {
    use model::Code;
    if app.shutdown.is_cancelled() {
        return Err(Refusal::new(Code::ShuttingDown, "The gateway is stopping.", "Use another one, or come back."));
    }
    match timeout(PATIENCE, app.gateway.db.now_ms()).await {
        Ok(Ok(_)) => Ok("ready\n"),
        Ok(Err(error)) => {
            tracing::warn!(%error, "not ready");
            Err(Refusal::new(Code::DatabaseUnavailable, "The database does not answer.", "Look at the database."))
        }
        Err(_) => Err(Refusal::new(Code::DatabaseUnavailable, "The database does not answer in time.", "Look at the database.")),
    }
}
