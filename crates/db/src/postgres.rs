//! PostgreSQL, shared by any number of gateways.

use crate::DbError;
use sqlx::PgPool;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use std::str::FromStr;
use std::time::Duration;

pub(crate) async fn open(url: &str) -> Result<PgPool, DbError> {
    let options = PgConnectOptions::from_str(url)?
        .application_name("roadstead")
        .statement_cache_capacity(400)
        // A gateway that stops in the middle of a transaction must not hold its locks for ever.
        .options([("idle_in_transaction_session_timeout", "15s"), ("lock_timeout", "10s"), ("statement_timeout", "30s")]);
    let pool = PgPoolOptions::new().max_connections(16).acquire_timeout(Duration::from_secs(10)).connect_with(options).await?;
    Ok(pool)
}
