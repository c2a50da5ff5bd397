//! The rows of elements, and the counts of a run that follow from them.

use db::{DbError, Row, Tx, args};
use model::Problem;
use model::Timestamp;
use model::id::RunId;
use model::run::{Counts, Element, ElementState, Outcome};

db::statements! {
    INSERT_ALL = "INSERT INTO element (run, idx, state)
        WITH RECURSIVE number (i) AS (SELECT CAST(0 AS BIGINT) UNION ALL SELECT i + 1 FROM number WHERE i + 1 < $2)
        SELECT $1, i, 'queued' FROM number";
    COUNT = "SELECT CAST(coalesce(sum(CASE WHEN state = 'queued' THEN 1 ELSE 0 END), 0) AS BIGINT) AS queued,
            CAST(coalesce(sum(CASE WHEN outcome = 'done' THEN 1 ELSE 0 END), 0) AS BIGINT) AS done,
            CAST(coalesce(sum(CASE WHEN outcome = 'failed' THEN 1 ELSE 0 END), 0) AS BIGINT) AS failed,
            CAST(coalesce(sum(CASE WHEN outcome = 'cancelled' THEN 1 ELSE 0 END), 0) AS BIGINT) AS cancelled, count(*) AS total
        FROM element WHERE run = $1";
    END_REST = "UPDATE element SET state = 'ended', outcome = $2, cause = $3, ended_at = $4, pilot = NULL WHERE run = $1 AND state <> 'ended'";
    END_QUEUED = "UPDATE element SET state = 'ended', outcome = $2, cause = $3, ended_at = $4 WHERE run = $1 AND state = 'queued'";
    END_ONE_QUEUED = "UPDATE element SET state = 'ended', outcome = 'cancelled', cause = $3, ended_at = $4
        WHERE run = $1 AND idx = $2 AND state = 'queued'";
    /// What somebody cancelled while it was held, and nobody will report on any more.
    END_STOPPED = "UPDATE element SET state = 'ended', outcome = 'cancelled', cause = $2, ended_at = $3, pilot = NULL
        WHERE run = $1 AND stop = 1 AND state = 'queued'";
    REQUEUE_REST = "UPDATE element SET state = 'queued', attempt = NULL, pilot = NULL, started_at = NULL WHERE run = $1 AND state <> 'ended'";
    REQUEUE_OF_PILOT = "UPDATE element SET state = 'queued', pilot = NULL, started_at = NULL WHERE run = $1 AND pilot = $2 AND state <> 'ended'";
    REQUEUE_ENDED = "UPDATE element SET state = 'queued', outcome = NULL, cause = NULL, report = NULL, attempt = NULL, pilot = NULL, failures = 0, stop = 0,
            started_at = NULL, ended_at = NULL
        WHERE run = $1 AND state = 'ended' AND outcome <> 'done'";
    /// Of the elements from one on, those with an `x` at their place in a text: a statement takes no list.
    REQUEUE_MARKED = "UPDATE element SET state = 'queued', outcome = NULL, cause = NULL, report = NULL, attempt = NULL, pilot = NULL, failures = 0, stop = 0,
            started_at = NULL, ended_at = NULL
        WHERE run = $1 AND state = 'ended' AND outcome <> 'done' AND idx BETWEEN $2 AND $3 AND substr($4, CAST(idx - $2 + 1 AS INTEGER), 1) = 'x'";
    FIRST_FAILED = "SELECT idx, cause FROM element WHERE run = $1 AND outcome = 'failed' ORDER BY idx LIMIT 1";
}

/// Executes again what did not succeed of these elements, or of all, and says how many of how many that were named.
pub(crate) async fn requeue_ended(tx: &mut Tx, run: &RunId, total: u32, elements: Option<&[u32]>) -> Result<(u64, u64), DbError> {
    let Some(elements) = elements else {
        let all = tx.execute(&REQUEUE_ENDED, args![run.as_str()]).await?;
        return Ok((all, all));
    };
    let mut indices = elements.to_vec();
    indices.sort_unstable();
    indices.dedup();
    let (mut requeued, named) = (0, indices.len() as u64);
    indices.retain(|index| *index < total);
    for (first, last, marks) in marked(&indices) {
        requeued += tx.execute(&REQUEUE_MARKED, args![run.as_str(), first, last, marks]).await?;
    }
    Ok((requeued, named))
}

/// How far apart may be what one statement marks. One statement for each element would keep all others from writing for seconds.
const SPAN: u32 = 512;

/// Indices in order, as spans with their marks.
fn marked(indices: &[u32]) -> impl Iterator<Item = (u32, u32, String)> {
    indices.chunk_by(|one, next| one / SPAN == next / SPAN).filter_map(|span| {
        let (first, last) = (*span.first()?, *span.last()?);
        let marks = (first..=last).map(|index| if span.binary_search(&index).is_ok() { 'x' } else { '-' });
        Some((first, last, marks.collect()))
    })
}

/// Counts what is there. Bounded by the largest array; done when something changes at once for many elements.
pub(crate) async fn count(tx: &mut Tx, run: &RunId) -> Result<Counts, DbError> {
    let row = tx.row(&COUNT, args![run.as_str()]).await?.ok_or(DbError::NoRow)?;
    let counts = Counts {
        total: row.get("total")?,
        queued: row.get("queued")?,
        active: 0,
        done: row.get("done")?,
        failed: row.get("failed")?,
        cancelled: row.get("cancelled")?,
    };
    Ok(Counts { active: counts.total.saturating_sub(counts.queued + counts.ended()), ..counts })
}

/// Ends everything that has not ended.
pub(crate) async fn end_rest(
    tx: &mut Tx,
    run: &RunId,
    outcome: Outcome,
    cause: &Problem,
    now: Timestamp,
) -> Result<u64, DbError> {
    tx.execute(&END_REST, args![run.as_str(), outcome.as_str(), problem_text(cause), now]).await
}

/// Ends what no pilot has begun.
pub(crate) async fn end_queued(
    tx: &mut Tx,
    run: &RunId,
    outcome: Outcome,
    cause: &Problem,
    now: Timestamp,
) -> Result<u64, DbError> {
    tx.execute(&END_QUEUED, args![run.as_str(), outcome.as_str(), problem_text(cause), now]).await
}

/// Ends what went back to the queue although somebody had cancelled it.
pub(crate) async fn end_stopped(tx: &mut Tx, run: &RunId, now: Timestamp) -> Result<u64, DbError> {
    tx.execute(&END_STOPPED, args![run.as_str(), problem_text(&crate::life::cancelled()), now]).await
}

pub(crate) fn problem_text(problem: &Problem) -> String {
    serde_json::to_string(problem).unwrap_or_default()
}

/// The first element that failed, and why: what is said of the run.
pub(crate) async fn first_failure(tx: &mut Tx, run: &RunId) -> Result<Option<(u32, Problem)>, DbError> {
    let Some(row) = tx.row(&FIRST_FAILED, args![run.as_str()]).await? else { return Ok(None) };
    let cause: Option<Problem> = row.json_or_null("cause")?;
    Ok(Some((row.get("idx")?, cause.unwrap_or_else(Problem::internal))))
}

pub(crate) fn of_row(row: &Row) -> Result<Element, DbError> {
    Ok(Element {
        index: row.get("idx")?,
        state: state_of(&row.get::<String>("state")?)?,
        outcome: outcome_of(row.get("outcome")?)?,
        cause: row.json_or_null("cause")?,
        tries: row.get("tries")?,
        started_at: row.get("started_at")?,
        ended_at: row.get("ended_at")?,
        using: None,
        report: row.json_or_null("report")?,
    })
}

fn unreadable(column: &str, text: &str) -> DbError {
    DbError::Unreadable { column: column.to_owned(), detail: format!("`{text}` is not known") }
}

fn state_of(text: &str) -> Result<ElementState, DbError> {
    use ElementState::*;
    [Queued, Leased, Staging, Running, Collecting, Ended]
        .into_iter()
        .find(|state| state.as_str() == text)
        .ok_or_else(|| unreadable("state", text))
}

fn outcome_of(text: Option<String>) -> Result<Option<Outcome>, DbError> {
    let Some(text) = text else { return Ok(None) };
    let known = [Outcome::Done, Outcome::Failed, Outcome::Cancelled];
    known.into_iter().find(|outcome| outcome.as_str() == text).map(Some).ok_or_else(|| unreadable("outcome", &text))
}

#[cfg(test)]
mod tests {
    use super::marked;

    #[test]
    fn what_is_marked_together_is_close() {
        let spans: Vec<_> = marked(&[3, 4, 7, 511, 512, 99_999]).collect();
        let (first, last, marks) = &spans[0];
        assert_eq!((*first, *last, &marks[..6], marks.len()), (3, 511, "xx--x-", 509));
        assert_eq!(marks.matches('x').count(), 4);
        assert_eq!(spans[1..], [(512, 512, "x".to_owned()), (99_999, 99_999, "x".to_owned())]);
        assert_eq!(marked(&[]).count(), 0);
    }
}
