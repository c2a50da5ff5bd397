//! Committing what a pilot says.

use super::enrol::Aboard;
use crate::store::{edit_run, save_run};
use crate::{Runs, elements, report};
use db::{DbError, Tx, args};
use model::event::Happening;
use model::run::{Counts, ElementState, Outcome, Report, Run, Step};
use model::{Code, Problem, Timestamp};
use pilot::protocol::{FromPilot, Held};

db::statements! {
    APPLIED = "UPDATE pilot SET applied = $2, seen_at = $3 WHERE id = $1 AND applied < $2 AND gone_at IS NULL";
    PROGRESS = "UPDATE element SET state = $5, started_at = coalesce(started_at, $6)
        WHERE run = $1 AND idx = $2 AND pilot = $3 AND tries = $4 AND state <> 'ended'";
    END = "UPDATE element SET state = 'ended', outcome = $5, cause = $6, report = $7, started_at = coalesce(started_at, $8), ended_at = $9
        WHERE run = $1 AND idx = $2 AND pilot = $3 AND tries = $4 AND state <> 'ended'";
    /// Another try after a failure, if there are some left. Tries that were lost with a pilot do not count.
    REQUEUE = "UPDATE element SET state = 'queued', pilot = NULL, started_at = NULL, failures = failures + 1
        WHERE run = $1 AND idx = $2 AND pilot = $3 AND tries = $4 AND state <> 'ended' AND stop = 0 AND failures < $5";
    /// The next lease has a new number all the same: the pilot may still have the directory of this one.
    RETURN = "UPDATE element SET state = 'queued', pilot = NULL, started_at = NULL
        WHERE run = $1 AND idx = $2 AND pilot = $3 AND tries = $4 AND state <> 'ended'";
    LESS_LEASED = "UPDATE attempt SET leased = CASE WHEN leased > $2 THEN leased - $2 ELSE 0 END WHERE id = $1";
}

/// What one batch changed.
#[derive(Default)]
struct Changes {
    /// Leases that ended.
    freed: u32,
    counts: bool,
}

impl Runs {
    /// Applies a batch of messages and the number of its last, all or nothing.
    pub(super) async fn apply(&self, aboard: &Aboard, last: u64, messages: Vec<FromPilot>) -> Result<(), Problem> {
        let inner = &self.0;
        let mut wants = None;
        let mut ended = Vec::new();
        for message in &messages {
            match message {
                FromPilot::Want { elements } => wants = Some(*elements),
                // Before anything is waited for: whoever gave the order holds a step up.
                FromPilot::Answer { number, answer } if aboard.is_keeper() => inner.desk.answered(*number, answer),
                FromPilot::Ended { held, outcome, report, .. } => ended.push(self.checked(aboard, *held, *outcome, report).await),
                _ => {}
            }
        }
        // What it wants and what it uses is nothing that must be kept: it is said again, the first on each connection.
        let is_passing = |message: &FromPilot| {
            matches!(message, FromPilot::Want { .. } | FromPilot::Using { .. } | FromPilot::Answer { .. } | FromPilot::Unknown)
        };
        if !messages.iter().all(is_passing) {
            self.commit_batch(aboard, last, &messages, ended.into_iter()).await?;
        }
        for message in &messages {
            inner.desk.note_using(&aboard.pilot, message, inner.now());
        }
        if let Some(elements) = wants {
            inner.desk.want(&aboard.pilot, elements);
        }
        Ok(self.deal(&aboard.service).await?)
    }

    /// Before a result counts as done, its outputs must have arrived whole.
    async fn checked(&self, aboard: &Aboard, held: Held, outcome: Outcome, report: &Report) -> Option<Problem> {
        match outcome {
            Outcome::Done => self.verify_outputs(&aboard.run, held, &report.outputs).await.err(),
            Outcome::Failed | Outcome::Cancelled => None,
        }
    }

    async fn commit_batch(
        &self,
        aboard: &Aboard,
        last: u64,
        messages: &[FromPilot],
        mut checked: impl Iterator<Item = Option<Problem>>,
    ) -> Result<(), DbError> {
        let inner = &self.0;
        let mut tx = inner.db.begin().await?;
        let number = i64::try_from(last).unwrap_or(i64::MAX);
        if tx.execute(&APPLIED, args![aboard.pilot.as_str(), number, inner.now()]).await? == 0 {
            // Applied before, or the attempt is over.
            return Ok(());
        }
        let mut run = edit_run(&mut tx, &aboard.run).await?;
        let before = run.elements;
        let mut changes = Changes::default();
        for message in messages {
            let refuted = if matches!(message, FromPilot::Ended { .. }) { checked.next().flatten() } else { None };
            self.apply_one(&mut tx, aboard, &mut run, message, refuted, &mut changes).await?;
        }
        if changes.freed > 0 {
            tx.execute(&LESS_LEASED, args![aboard.attempt.as_str(), changes.freed]).await?;
        }
        if changes.counts && is_news(before, run.elements) {
            inner.tell(&mut tx, &run, Happening::Elements { elements: run.elements }).await?;
        }
        if changes.counts && run.elements.all_ended() {
            inner.engine()?.wake(&mut tx, run.id.as_str()).await?;
        }
        save_run(&mut tx, &run).await?;
        flow::fault::point("runs.before_report_commit");
        tx.commit().await?;
        flow::fault::point("runs.after_report_commit");
        Ok(())
    }

    async fn apply_one(
        &self,
        tx: &mut Tx,
        aboard: &Aboard,
        run: &mut Run,
        message: &FromPilot,
        refuted: Option<Problem>,
        changes: &mut Changes,
    ) -> Result<(), DbError> {
        match message {
            FromPilot::Progress { held, state: Some(state), at } => self.progress(tx, aboard, run, *held, *state, *at).await,
            FromPilot::Returned { held } => {
                let returned = tx.execute(&RETURN, lease_args(aboard, *held)).await?;
                if returned == 1 {
                    changes.freed += 1;
                    run.elements.active = run.elements.active.saturating_sub(1);
                    // Nobody else may begin what was cancelled while this pilot had it.
                    match elements::end_stopped(tx, &run.id, self.0.now()).await? {
                        0 => run.elements.queued += 1,
                        _ => (run.elements.cancelled, changes.counts) = (run.elements.cancelled + 1, true),
                    }
                }
                Ok(())
            }
            FromPilot::Ended { held, outcome, cause, report, started_at, ended_at } => {
                let (outcome, cause) = match refuted {
                    Some(problem) => (Outcome::Failed, Some(problem)),
                    None => (*outcome, cause.clone()),
                };
                let end = Ending { held: *held, outcome, cause, report, started_at: *started_at, ended_at: *ended_at };
                self.end_element(tx, aboard, run, end, changes).await
            }
            FromPilot::Computer { computer } if aboard.is_keeper() => self.0.keeper_has(tx, aboard, computer).await,
            // Not kept: the final figures come with the end.
            FromPilot::Using { .. }
            | FromPilot::Progress { state: None, .. }
            | FromPilot::Want { .. }
            | FromPilot::Computer { .. }
            | FromPilot::Answer { .. }
            | FromPilot::Unknown => Ok(()),
        }
    }

    async fn progress(
        &self,
        tx: &mut Tx,
        aboard: &Aboard,
        run: &mut Run,
        held: Held,
        state: ElementState,
        at: Timestamp,
    ) -> Result<(), DbError> {
        let started = matches!(state, ElementState::Running).then_some(at);
        let mut values = lease_args(aboard, held);
        values.extend(args![state.as_str(), started]);
        if tx.execute(&PROGRESS, values).await? == 0 {
            return Ok(());
        }
        run.started_at = run.started_at.or(started);
        let step = match state {
            ElementState::Staging => Step::Stage,
            ElementState::Running => Step::Execute,
            // One element of several collects while others run: the run is where its first elements are.
            ElementState::Collecting if run.elements.total == 1 => Step::Collect,
            _ => return Ok(()),
        };
        self.0.step(tx, run, step).await
    }

    async fn end_element(
        &self,
        tx: &mut Tx,
        aboard: &Aboard,
        run: &mut Run,
        end: Ending<'_>,
        changes: &mut Changes,
    ) -> Result<(), DbError> {
        let mut again = false;
        if end.outcome == Outcome::Failed && !run.cancelling && is_worth_another_try(end.cause.as_ref()) {
            let mut values = lease_args(aboard, end.held);
            values.extend(args![self.retries_of(tx, run).await?]);
            again = tx.execute(&REQUEUE, values).await? == 1;
        }
        let changed = if again {
            1
        } else {
            let report = report::to_text(&self.0.blobs, &run.id, end.held, end.report)?;
            let cause = end.cause.as_ref().map(elements::problem_text);
            let mut values = lease_args(aboard, end.held);
            values.extend(args![end.outcome.as_str(), cause, report, end.started_at, end.ended_at]);
            tx.execute(&END, values).await?
        };
        if changed == 0 {
            return Ok(());
        }
        changes.freed += 1;
        changes.counts = true;
        run.started_at = run.started_at.or(end.started_at);
        let counts = &mut run.elements;
        counts.active = counts.active.saturating_sub(1);
        match end.outcome {
            _ if again => counts.queued += 1,
            Outcome::Done => counts.done += 1,
            Outcome::Failed => counts.failed += 1,
            Outcome::Cancelled => counts.cancelled += 1,
        }
        self.0.step(tx, run, Step::Execute).await
    }

    async fn retries_of(&self, tx: &mut Tx, run: &Run) -> Result<u32, DbError> {
        let row = tx.row(&crate::store::RUN_REQUEST, args![run.id.as_str()]).await?.ok_or(DbError::NoRow)?;
        let (request, _) = crate::store::request_of(&row)?;
        Ok(u32::from(request.retries))
    }
}

/// A long array tells of every hundredth part, and of its end: its timeline stays readable and short.
fn is_news(before: Counts, now: Counts) -> bool {
    let parts = |counts: Counts| u64::from(counts.ended()) * 100 / u64::from(counts.total.max(1));
    parts(before) != parts(now) || now.all_ended()
}

struct Ending<'a> {
    held: Held,
    outcome: Outcome,
    cause: Option<Problem>,
    report: &'a Report,
    started_at: Option<Timestamp>,
    ended_at: Timestamp,
}

fn lease_args(aboard: &Aboard, held: Held) -> Vec<db::Value> {
    args![aboard.run.as_str(), held.index, aboard.pilot.as_str(), held.attempt]
}

/// What will be the same next time is not tried again.
fn is_worth_another_try(cause: Option<&Problem>) -> bool {
    !cause.is_some_and(|cause| {
        matches!(
            cause.code,
            Code::CommandNotFound
                | Code::ChecksumMismatch
                | Code::InputRefused
                | Code::FileNotAllowed
                | Code::IsolationUnavailable
        )
    })
}
