//! Flows as an administrator sees them.

use db::{Db, DbError, args};
use model::id::FlowId;
use model::{Problem, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

#[derive(Clone, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct FlowRow {
    pub id: FlowId,
    pub kind: String,
    pub version: i64,
    pub subject: String,
    pub step: String,
    pub direction: i64,
    /// running, done, undone, undo_failed, parked
    pub status: String,
    pub owner: Option<String>,
    pub epoch: i64,
    pub tries: u32,
    pub error: Option<Problem>,
    pub wake_at: Timestamp,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

db::statements! {
    LIST = "SELECT id, kind, version, subject, step, direction, status, owner, epoch, tries, error, wake_at, created_at, updated_at FROM flow
        WHERE ($1 = '' OR status = $1) AND ($2 = '' OR id < $2) ORDER BY id DESC LIMIT $3";
    BY_STATUS = "SELECT status, count(*) AS number FROM flow GROUP BY status";
    DUE = "SELECT count(*) AS number FROM flow
        WHERE status = 'running' AND wake_at <= (SELECT now_ms FROM clock) AND lease_until <= (SELECT now_ms FROM clock)";
}

/// How many flows there are: for those who watch over the gateway.
#[derive(Clone, Debug)]
pub struct FlowCounts {
    pub by_status: BTreeMap<String, u64>,
    /// Due, and held by nobody.
    pub due: u64,
}

pub async fn counts(db: &Db) -> Result<FlowCounts, DbError> {
    let number = |row: &db::Row| row.get::<u32>("number").map(u64::from);
    let rows = db.rows(&BY_STATUS, args![]).await?;
    let by_status = rows.iter().map(|row| Ok((row.get("status")?, number(row)?))).collect::<Result<_, DbError>>()?;
    let due = number(&db.row(&DUE, args![]).await?.ok_or(DbError::NoRow)?)?;
    Ok(FlowCounts { by_status, due })
}

/// The newest first; `before` continues a listing.
pub async fn list(db: &Db, status: &str, before: &str, limit: u32) -> Result<Vec<FlowRow>, DbError> {
    let rows = db.rows(&LIST, args![status, before, limit]).await?;
    rows.iter()
        .map(|row| {
            Ok(FlowRow {
                id: row.parse("id")?,
                kind: row.get("kind")?,
                version: row.get("version")?,
                subject: row.get("subject")?,
                step: row.get("step")?,
                direction: row.get("direction")?,
                status: row.get("status")?,
                owner: row.get("owner")?,
                epoch: row.get("epoch")?,
                tries: row.get("tries")?,
                error: row.json_or_null("error")?,
                wake_at: row.get("wake_at")?,
                created_at: row.get("created_at")?,
                updated_at: row.get("updated_at")?,
            })
        })
        .collect()
}
