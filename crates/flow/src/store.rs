//! The rows of flows: claiming, committing, waking.

use crate::flow::{Context, Direction, Whereabouts};
use db::{Db, DbError, Row, Tx, args};
use model::id::FlowId;
use model::{Problem, Timestamp};
use std::time::{Duration, Instant};

db::statements! {
    INSERT = "INSERT INTO flow (id, kind, version, subject, audience, input, outputs, step, direction, status, owner, epoch, lease_until,
            wake_at, wakes, tries, cancel, runs_on, created_at, updated_at)
        SELECT $1, $2, $3, $4, $5, $6, '{}', $7, 1, 'running', $8, 1, now_ms + $9, now_ms, 0, 0, 0, $10, now_ms, now_ms FROM clock";
    /// The outer conditions are checked again on the locked row: that is what keeps two gateways from claiming one flow.
    CLAIM = "UPDATE flow SET owner = $1, epoch = epoch + 1, lease_until = (SELECT now_ms FROM clock) + $2,
            updated_at = (SELECT now_ms FROM clock)
        WHERE status = 'running' AND wake_at <= (SELECT now_ms FROM clock) AND lease_until <= (SELECT now_ms FROM clock) AND id IN (
            SELECT id FROM flow WHERE status = 'running' AND wake_at <= (SELECT now_ms FROM clock)
                AND lease_until <= (SELECT now_ms FROM clock) AND (runs_on IS NULL OR runs_on = $3)
                AND $4 LIKE '%,' || kind || '/' || CAST(version AS TEXT) || ',%' ORDER BY wake_at LIMIT $5)
        RETURNING id, kind, version, subject, audience, input, outputs, step, direction, epoch, wakes, tries, cancel, error, created_at";
    NEXT_DUE = "SELECT min(CASE WHEN wake_at > lease_until THEN wake_at ELSE lease_until END) - (SELECT now_ms FROM clock) AS due
        FROM flow WHERE status = 'running' AND (runs_on IS NULL OR runs_on = $1)
            AND $2 LIKE '%,' || kind || '/' || CAST(version AS TEXT) || ',%'";
    RENEW = "UPDATE flow SET lease_until = (SELECT now_ms FROM clock) + $3 WHERE id = $1 AND epoch = $2";
    /// A step is done: the next one, with the lease renewed.
    ADVANCE = "UPDATE flow SET step = $3, direction = $4, outputs = $5, tries = 0, error = $6, status = $7,
            lease_until = (SELECT now_ms FROM clock) + $8, wake_at = (SELECT now_ms FROM clock), updated_at = (SELECT now_ms FROM clock)
        WHERE id = $1 AND epoch = $2 RETURNING wakes, cancel";
    /// Not yet: give the lease back. A wake that came while the step was looking is not lost.
    POSTPONE = "UPDATE flow SET tries = $3, lease_until = 0, updated_at = (SELECT now_ms FROM clock),
            wake_at = (SELECT now_ms FROM clock) + CASE WHEN wakes > $4 THEN 0 ELSE CAST($5 AS BIGINT) END
        WHERE id = $1 AND epoch = $2 RETURNING wake_at";
    /// Due from now on, not from long ago: what was due long ago and is held by nobody is parked. A parked flow is told
    /// too, for the day on which somebody knows it.
    WAKE = "UPDATE flow SET wakes = wakes + 1,
            wake_at = CASE WHEN wake_at < (SELECT now_ms FROM clock) THEN wake_at ELSE (SELECT now_ms FROM clock) END
        WHERE subject = $1 AND status IN ('running', 'parked')";
    CANCEL = "UPDATE flow SET wakes = wakes + 1, cancel = 1,
            wake_at = CASE WHEN wake_at < (SELECT now_ms FROM clock) THEN wake_at ELSE (SELECT now_ms FROM clock) END
        WHERE subject = $1 AND status IN ('running', 'parked')";
    RELEASE = "UPDATE flow SET lease_until = (SELECT now_ms FROM clock) WHERE id = $1 AND epoch = $2 AND status = 'running'";
    RELEASE_OTHERS = "UPDATE flow SET lease_until = (SELECT now_ms FROM clock)
        WHERE status = 'running' AND lease_until > (SELECT now_ms FROM clock) AND (owner IS NULL OR owner <> $1)";
    PARK = "UPDATE flow SET status = 'parked' WHERE status = 'running' AND wake_at < (SELECT now_ms FROM clock) - $2
            AND lease_until < (SELECT now_ms FROM clock) - $2 AND NOT $1 LIKE '%,' || kind || '/' || CAST(version AS TEXT) || ',%'";
    UNPARK = "UPDATE flow SET status = 'running', wake_at = (SELECT now_ms FROM clock)
        WHERE status = 'parked' AND $1 LIKE '%,' || kind || '/' || CAST(version AS TEXT) || ',%'";
    WHEREABOUTS = "SELECT step, direction, status FROM flow WHERE id = $1";
    RETRY_UNDO = "UPDATE flow SET status = 'running', tries = 0, wake_at = (SELECT now_ms FROM clock)
        WHERE id = $1 AND status = 'undo_failed'";
}

/// A flow that this gateway holds.
#[derive(Debug)]
pub(crate) struct Claimed {
    pub kind: String,
    pub version: i64,
    pub step: String,
    pub direction: Direction,
    pub epoch: i64,
    pub wakes: i64,
    /// Taken before the database was asked: never later than the database's own idea of it.
    pub lease_from: Instant,
    pub context: Context,
}

impl Claimed {
    pub fn of_row(row: &Row, lease_from: Instant) -> Result<Self, DbError> {
        let error: Option<Problem> = row.json_or_null("error")?;
        let context = Context {
            id: row.parse("id")?,
            subject: row.get("subject")?,
            audience: row.get("audience")?,
            input: row.json("input")?,
            outputs: row.json("outputs")?,
            tries: row.get("tries")?,
            cancel: row.get("cancel")?,
            error,
            created_at: row.get::<Timestamp>("created_at")?,
        };
        Ok(Self {
            kind: row.get("kind")?,
            version: row.get("version")?,
            step: row.get("step")?,
            direction: Direction::of_number(row.get("direction")?),
            epoch: row.get("epoch")?,
            wakes: row.get("wakes")?,
            lease_from,
            context,
        })
    }
}

/// How many rows were claimed, and those of them that could be read. One that cannot must not hold up the others: it
/// stays claimed until its lease runs out.
pub(crate) async fn claim(
    db: &Db,
    gateway: &str,
    host: &str,
    known: &str,
    lease: Duration,
    limit: usize,
) -> Result<(usize, Vec<Claimed>), DbError> {
    let lease_from = Instant::now();
    let mut tx = db.begin().await?;
    let rows = tx.rows(&CLAIM, args![gateway, millis(lease), host, known, i64::try_from(limit).unwrap_or(1)]).await?;
    tx.commit().await?;
    let readable = |row: &Row| {
        let claimed = Claimed::of_row(row, lease_from);
        claimed.inspect_err(|error| tracing::error!(flow = ?row.get::<String>("id").ok(), %error, "a flow cannot be read")).ok()
    };
    Ok((rows.len(), rows.iter().filter_map(readable).collect()))
}

/// In how many milliseconds the next flow is due; none when there is none.
pub(crate) async fn next_due(db: &Db, host: &str, known: &str) -> Result<Option<i64>, DbError> {
    let row = db.row(&NEXT_DUE, args![host, known]).await?.ok_or(DbError::NoRow)?;
    row.get("due")
}

pub(crate) async fn whereabouts(db: &Db, id: &FlowId) -> Result<Option<Whereabouts>, DbError> {
    let Some(row) = db.row(&WHEREABOUTS, args![id.as_str()]).await? else { return Ok(None) };
    let status: String = row.get("status")?;
    let direction = Direction::of_number(row.get("direction")?);
    Ok(Some(Whereabouts { step: row.get("step")?, direction, ended: status != "running" && status != "parked" }))
}

/// At most a hundred years, so that a sum with the clock never overflows.
pub(crate) fn millis(duration: Duration) -> i64 {
    const LONGEST: i64 = 100 * 366 * 86_400_000;
    i64::try_from(duration.as_millis()).unwrap_or(LONGEST).min(LONGEST)
}

pub(crate) async fn wake(tx: &mut Tx, subject: &str) -> Result<(), DbError> {
    tx.execute(&WAKE, args![subject]).await.map(|_| ())
}

pub(crate) async fn cancel(tx: &mut Tx, subject: &str) -> Result<u64, DbError> {
    tx.execute(&CANCEL, args![subject]).await
}

pub(crate) async fn retry_undo(tx: &mut Tx, id: &FlowId) -> Result<bool, DbError> {
    Ok(tx.execute(&RETRY_UNDO, args![id.as_str()]).await? == 1)
}
