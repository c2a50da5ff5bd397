//! Carrying one flow as far as it goes now: step after step, each result committed under the epoch.

use super::{Engine, Shared};
use crate::fault;
use crate::flow::{Advance, Commit, Direction, End, Flow, Step, StepError, Undone};
use crate::store::{self, Claimed, millis};
use db::{DbError, Tx, args};
use model::event::Happening;
use model::time::{Clock, SystemClock};
use model::{Code, Problem};
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;

/// What an undo is tried before somebody has to look at it.
const UNDO_TRIES: u32 = 20;

enum Next {
    /// The lease is renewed; go on with the row as it is now.
    GoOn,
    /// It ended, waits, or belongs to another gateway now.
    LetGo,
    /// It belongs to another gateway now, and a step was carried out here meanwhile.
    Overtaken,
}

pub(super) async fn drive(engine: &Engine, mut held: Claimed) {
    let shared = &engine.0;
    let known = shared.flows.iter().find(|((kind, version), _)| *kind == held.kind && *version == held.version);
    let Some(flow) = known.map(|(_, flow)| flow.clone()) else {
        tracing::error!(flow = %held.context.id, kind = held.kind, "claimed a flow that is not known");
        return;
    };
    loop {
        // Looked at before the first step too: a flow may be started while the gateway stops.
        if engine.is_stopping() {
            if let Err(error) = give_back(shared, &held).await {
                tracing::warn!(flow = %held.context.id, %error, "its lease could not be given back; it runs out by itself");
            }
            return;
        }
        match one_step(shared, &flow, &mut held).await {
            Ok(Next::GoOn) => {}
            Ok(Next::LetGo) => return,
            Ok(Next::Overtaken) => return overtaken(shared, &flow, &held).await,
            Err(error) => {
                tracing::warn!(flow = %held.context.id, step = held.step, %error, "a step could not be committed; it is tried again");
                let later = postpone(shared, &held, Duration::from_millis(500), held.context.tries, Commit::nothing()).await;
                if matches!(later, Ok(Next::Overtaken)) {
                    overtaken(shared, &flow, &held).await;
                }
                return;
            }
        }
    }
}

async fn one_step(shared: &Shared, flow: &Arc<dyn Flow>, held: &mut Claimed) -> Result<Next, DbError> {
    let Some(position) = flow.steps().iter().position(|step| step.name == held.step) else {
        tracing::error!(flow = %held.context.id, step = held.step, "this version of the flow has no such step");
        return Ok(Next::LetGo);
    };
    let Some(step) = flow.steps().get(position) else { return Ok(Next::LetGo) };
    let timeout = step.timeout.min(shared.options.lease * 2 / 3);
    // An effect that outlived its lease could meet another gateway's: begin only with enough of it left.
    if held.lease_from.elapsed() + timeout > shared.options.lease && !renew(shared, held).await? {
        return Ok(Next::LetGo);
    }
    fault::point("flow.before_step");
    match held.direction {
        Direction::Forward => {
            let result = tokio::time::timeout(timeout, flow.forward(step.name, &held.context)).await;
            let result = result.unwrap_or_else(|_| Err(StepError::Passing(timed_out(step, timeout))));
            fault::point("flow.before_commit");
            let next = after_forward(shared, flow, held, position, step, result).await;
            fault::point("flow.after_commit");
            next
        }
        Direction::Undo => {
            fault::point("flow.before_undo");
            let result = tokio::time::timeout(timeout, flow.undo(step.name, &held.context)).await;
            let result = result.unwrap_or_else(|_| Err(StepError::Passing(timed_out(step, timeout))));
            fault::point("flow.before_undo_commit");
            after_undo(shared, flow, held, position, result).await
        }
    }
}

fn timed_out(step: &Step, timeout: Duration) -> Problem {
    Problem::new(
        Code::ProvisionFailed,
        format!("Step `{}` did not end within {timeout:?}.", step.name),
        "It is tried again by itself.",
    )
}

async fn renew(shared: &Shared, held: &mut Claimed) -> Result<bool, DbError> {
    let lease_from = std::time::Instant::now();
    let mut tx = shared.db.begin().await?;
    let renewed = tx.execute(&store::RENEW, args![held.context.id.as_str(), held.epoch, millis(shared.options.lease)]).await?;
    tx.commit().await?;
    held.lease_from = lease_from;
    Ok(renewed == 1)
}

async fn give_back(shared: &Shared, held: &Claimed) -> Result<(), DbError> {
    let mut tx = shared.db.begin().await?;
    tx.execute(&store::RELEASE, args![held.context.id.as_str(), held.epoch]).await?;
    tx.commit().await
}

async fn after_forward(
    shared: &Shared,
    flow: &Arc<dyn Flow>,
    held: &mut Claimed,
    position: usize,
    step: &Step,
    result: Result<Advance, StepError>,
) -> Result<Next, DbError> {
    match result {
        Ok(Advance::Done { output, commit }) => {
            if !output.is_null() {
                held.context.outputs.insert(step.name.to_owned(), output);
            }
            let goal = match flow.steps().get(position + 1) {
                Some(next) => Goal::Step { name: next.name, direction: Direction::Forward },
                None => Goal::End(End::Done),
            };
            advance(shared, flow, held, goal, commit).await
        }
        Ok(Advance::Pending { after, commit }) => postpone(shared, held, after, 0, commit).await,
        Err(StepError::Passing(problem)) if held.context.tries + 1 < step.tries => {
            tracing::info!(flow = %held.context.id, step = step.name, detail = problem.detail, "a step failed in passing");
            let tries = held.context.tries + 1;
            postpone(shared, held, backoff(tries), tries, Commit::nothing()).await
        }
        Err(StepError::Passing(problem) | StepError::Final(problem)) => {
            held.context.error = Some(problem);
            // The failed step is undone too: it may have half happened.
            advance(shared, flow, held, Goal::Step { name: step.name, direction: Direction::Undo }, Commit::nothing()).await
        }
    }
}

async fn after_undo(
    shared: &Shared,
    flow: &Arc<dyn Flow>,
    held: &mut Claimed,
    position: usize,
    result: Result<Undone, StepError>,
) -> Result<Next, DbError> {
    match result {
        Ok(Undone::Done { commit }) => {
            let previous = position.checked_sub(1).and_then(|position| flow.steps().get(position));
            let goal = match previous {
                Some(previous) => Goal::Step { name: previous.name, direction: Direction::Undo },
                None => Goal::End(End::Undone),
            };
            advance(shared, flow, held, goal, commit).await
        }
        Ok(Undone::Pending { after, commit }) => postpone(shared, held, after, 0, commit).await,
        Err(StepError::Passing(problem)) if held.context.tries + 1 < UNDO_TRIES => {
            tracing::warn!(flow = %held.context.id, step = held.step, detail = problem.detail, "an undo failed in passing");
            let tries = held.context.tries + 1;
            postpone(shared, held, backoff(tries), tries, Commit::nothing()).await
        }
        Err(StepError::Passing(problem) | StepError::Final(problem)) => {
            tracing::error!(flow = %held.context.id, step = held.step, detail = problem.detail, "an undo failed: somebody has to look");
            held.context.error = Some(problem);
            advance(shared, flow, held, Goal::End(End::UndoFailed), Commit::nothing()).await
        }
    }
}

enum Goal {
    Step { name: &'static str, direction: Direction },
    End(End),
}

/// Commits a step's result and where the flow goes next, all or nothing, if the epoch is still ours.
///
/// The flow's row comes after what the step itself commits, as it does for those who change a run and then wake its
/// flow: PostgreSQL ends one of two transactions that lock the same rows crosswise.
async fn advance(shared: &Shared, flow: &Arc<dyn Flow>, held: &mut Claimed, goal: Goal, commit: Commit) -> Result<Next, DbError> {
    let turns = matches!(goal, Goal::Step { direction: Direction::Undo, .. }) && held.direction == Direction::Forward;
    let (step, direction, status, lease) = match goal {
        Goal::Step { name, direction } => (name.to_owned(), direction, "running", shared.options.lease),
        Goal::End(End::Done) => (held.step.clone(), held.direction, "done", Duration::ZERO),
        Goal::End(End::Undone) => (held.step.clone(), held.direction, "undone", Duration::ZERO),
        Goal::End(End::UndoFailed) => (held.step.clone(), held.direction, "undo_failed", Duration::ZERO),
    };
    let lease_from = std::time::Instant::now();
    let context = &held.context;
    let error = context.error.as_ref().map(|problem| serde_json::to_string(problem).unwrap_or_default());
    let outputs = Value::Object(context.outputs.clone()).to_string();
    let mut tx = shared.db.begin().await?;
    let values =
        args![context.id.as_str(), held.epoch, step.clone(), direction.as_number(), outputs, error, status, millis(lease)];
    (commit.0)(&mut tx).await?;
    record(shared, held, turns || matches!(goal, Goal::End(End::UndoFailed)), &mut tx).await?;
    if let (true, Some(problem)) = (turns, &context.error) {
        flow.turned(context, problem, &mut tx).await?;
    }
    if let Goal::End(end) = goal {
        flow.ended(context, end, &mut tx).await?;
    }
    let Some(row) = tx.row(&store::ADVANCE, values).await? else { return Ok(fenced(held)) };
    let (wakes, cancel): (i64, bool) = (row.get("wakes")?, row.get("cancel")?);
    tx.commit().await?;
    if matches!(goal, Goal::End(_)) {
        return Ok(Next::LetGo);
    }
    held.step = step;
    held.direction = direction;
    held.lease_from = lease_from;
    held.wakes = wakes;
    held.context.cancel = cancel;
    held.context.tries = 0;
    Ok(Next::GoOn)
}

/// Gives the lease back until it is time to look again.
async fn postpone(shared: &Shared, held: &Claimed, after: Duration, tries: u32, commit: Commit) -> Result<Next, DbError> {
    let mut tx = shared.db.begin().await?;
    (commit.0)(&mut tx).await?;
    let values = args![held.context.id.as_str(), held.epoch, tries, held.wakes, millis(after)];
    if tx.row(&store::POSTPONE, values).await?.is_none() {
        return Ok(fenced(held));
    }
    tx.commit().await?;
    Ok(Next::LetGo)
}

fn fenced(held: &Claimed) -> Next {
    tracing::warn!(flow = %held.context.id, step = held.step, epoch = held.epoch, "another gateway has taken this flow over; its work is dropped here");
    Next::Overtaken
}

async fn overtaken(shared: &Shared, flow: &Arc<dyn Flow>, held: &Claimed) {
    match store::whereabouts(&shared.db, &held.context.id).await {
        Ok(Some(now)) => flow.overtaken(&held.context, now).await,
        Ok(None) => {}
        Err(error) => tracing::warn!(flow = %held.context.id, %error, "nobody knows where another gateway brought this flow"),
    }
}

/// The timeline tells of each step once, and of the failure that turned the flow back or left it undone.
async fn record(shared: &Shared, held: &Claimed, failed: bool, tx: &mut Tx) -> Result<(), DbError> {
    let error = failed.then(|| held.context.error.as_ref().map(|problem| problem.detail.clone())).flatten();
    let happening = Happening::Step { step: held.step.clone(), direction: held.direction.as_number(), error };
    let context = &held.context;
    shared.timeline.append(tx, &context.subject, &context.audience, SystemClock.now(), &happening).await.map(|_| ())
}

/// 0.2 s, 0.4 s, … 30 s.
fn backoff(tries: u32) -> Duration {
    Duration::from_millis(100 << tries.min(9)).min(Duration::from_secs(30))
}
