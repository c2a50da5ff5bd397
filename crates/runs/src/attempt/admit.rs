//! Waiting for the runs before, then for a place; then writing down what is going to be created.

use super::{AttemptFlow, Subject};
use crate::Inner;
use crate::capacity::Boarding;
use crate::machine::words;
use crate::store::{self, AttemptRow, edit_run, save_run};
use db::{DbError, Tx, args, seed};
use flow::{Advance, Commit, StepError};
use futures_util::FutureExt;
use model::event::Happening;
use model::id::{PilotId, RunId};
use model::mark::Slot;
use model::run::{Outcome, Run, Step, Waiting, WaitingReason};
use model::{Code, Problem};
use sites::ThingKind;
use std::time::Duration;

db::statements! {
    PREDECESSORS = "SELECT run.doc AS doc FROM waits_for LEFT JOIN run ON run.id = waits_for.predecessor WHERE waits_for.run = $1";
}

/// Longer than any run; the credential ends with the attempt.
const CREDENTIAL_LIFETIME: Duration = Duration::from_secs(400 * 86_400);
/// Whoever ends or leaves wakes those who wait; looking again by oneself is only for what nobody foresaw.
const LOOK_AGAIN: Duration = Duration::from_secs(60);

impl AttemptFlow {
    pub(super) async fn admit(&self, subject: Subject) -> Result<Advance, StepError> {
        if subject.attempt.share == "none" {
            match self.predecessors(&subject.attempt.run).await? {
                Predecessors::AllDone => {}
                Predecessors::Waiting(detail) => {
                    let remedy = "Nothing needs to be done: it starts when they have ended.";
                    return Ok(self.keep_waiting(&subject, self.0.waiting(WaitingReason::Predecessors, detail, remedy)));
                }
                Predecessors::Failed(problem) => return Err(StepError::Final(problem)),
            }
            if let Some(problem) = self.sign_in_needed(&subject.attempt.run).await? {
                let waiting = self.0.waiting(WaitingReason::SignIn, problem.detail, &problem.remedy);
                return Ok(self.keep_waiting(&subject, waiting));
            }
        }
        if subject.attempt.share == "aboard" {
            return self.intend(subject).await;
        }
        match self.try_to_board(&subject).await? {
            Boarding::Aboard => self.intend(subject).await,
            Boarding::Queued => {
                let detail = format!("Service {} is busy with other runs.", subject.attempt.service);
                let remedy =
                    "Nothing needs to be done: it starts when there is room. Fewer cores or less memory may start sooner.";
                Ok(self.keep_waiting(&subject, self.0.waiting(WaitingReason::Capacity, detail, remedy)))
            }
            Boarding::Held(holder) => Ok(self.keep_waiting(&subject, self.0.waiting_for_quota(&holder).await?)),
            Boarding::Never(problem) => Err(StepError::Final(*problem)),
        }
    }

    /// Why the owner has to sign in first: an input is at a server that wants their token, and nobody may get one for
    /// them. Asked before the run takes a place that it could not use.
    async fn sign_in_needed(&self, run: &RunId) -> Result<Option<Problem>, DbError> {
        if self.0.settings.token_hosts.is_empty() {
            return Ok(None);
        }
        let row = self.0.db.row(&store::RUN_REQUEST, args![run.as_str()]).await?.ok_or(DbError::NoRow)?;
        let (request, person) = store::request_of(&row)?;
        Ok(self.0.first_refusal(&person, &request).await)
    }

    async fn try_to_board(&self, subject: &Subject) -> Result<Boarding, DbError> {
        let size = subject.size().await;
        let mut tx = self.0.db.begin().await?;
        let boarding = self.0.board(&mut tx, &subject.attempt.id, &subject.attempt.service, &size).await?;
        tx.commit().await?;
        Ok(boarding)
    }

    fn keep_waiting(&self, subject: &Subject, waiting: Waiting) -> Advance {
        let (inner, run_id) = (self.0.clone(), subject.attempt.run.clone());
        let commit = Commit::new(move |tx| {
            async move {
                let mut run = edit_run(tx, &run_id).await?;
                inner.wait_for(tx, &mut run, Some(waiting)).await?;
                save_run(tx, &run).await
            }
            .boxed()
        });
        Advance::Pending { after: LOOK_AGAIN, commit }
    }

    /// The intents are committed before anything exists: whatever is made later can be found again from them.
    async fn intend(&self, mut subject: Subject) -> Result<Advance, StepError> {
        // It may have become narrower while it waited.
        let row = self.0.db.row(&store::ATTEMPT, args![subject.attempt.id.as_str()]).await?.ok_or(DbError::NoRow)?;
        subject.attempt = AttemptRow::of_row(&row)?;
        let row = self.0.db.row(&store::RUN_REQUEST, args![subject.attempt.run.as_str()]).await?.ok_or(DbError::NoRow)?;
        let (request, _) = store::request_of(&row)?;
        let things = subject.things(&request);
        let machine = if subject.attempt.is_machine() { self.0.machine(&subject.attempt.run).await? } else { None };
        let is_kept = machine.is_some_and(|machine| machine.pilot.is_some());
        let inner = self.0.clone();
        let commit = Commit::new(move |tx| {
            async move {
                let attempt = &subject.attempt;
                for thing in &things {
                    let name = subject.mark(&inner, thing).name();
                    let values = args![attempt.id.as_str(), name, attempt.service.as_str(), thing.kind.as_str(), inner.now()];
                    tx.execute(&store::INTEND, values).await?;
                    if thing.kind == ThingKind::Pilot {
                        intend_pilot(tx, &inner, attempt, &thing.slot).await?;
                    }
                }
                if is_kept {
                    intend_pilot(tx, &inner, attempt, &words::keeper()).await?;
                }
                let mut run = edit_run(tx, &attempt.run).await?;
                inner.wait_for(tx, &mut run, None).await?;
                run.service = Some(attempt.service.clone());
                inner.step(tx, &mut run, Step::Provision).await?;
                let started = Happening::AttemptStarted { number: attempt.number, service: attempt.service.clone() };
                inner.tell(tx, &run, started).await?;
                save_run(tx, &run).await
            }
            .boxed()
        });
        flow::fault::point("runs.before_intent");
        Ok(Advance::Done { output: serde_json::Value::Null, commit })
    }

    async fn predecessors(&self, run: &RunId) -> Result<Predecessors, DbError> {
        let rows = self.0.db.rows(&PREDECESSORS, args![run.as_str()]).await?;
        let runs = rows.iter().map(|row| row.json_or_null::<Run>("doc")).collect::<Result<Option<Vec<_>>, _>>()?;
        Ok(runs.map_or_else(|| Predecessors::Failed(deleted()), |runs| judge(&runs)))
    }
}

async fn intend_pilot(tx: &mut Tx, inner: &Inner, attempt: &AttemptRow, slot: &Slot) -> Result<(), DbError> {
    let now = inner.now();
    let (enrolment_until, until) = (now.plus(inner.settings.enrolment_lifetime), now.plus(CREDENTIAL_LIFETIME));
    let values = args![PilotId::new(seed(now)?).as_str(), attempt.id.as_str(), slot.as_str(), enrolment_until, until];
    tx.execute(&store::INTEND_PILOT, values).await.map(|_| ())
}

enum Predecessors {
    AllDone,
    Waiting(String),
    Failed(Problem),
}

fn deleted() -> Problem {
    Problem::new(
        Code::PredecessorFailed,
        "A run that this one comes after was deleted.",
        "Submit the runs again, in their order.",
    )
}

fn judge(runs: &[Run]) -> Predecessors {
    let failed = runs.iter().find(|run| matches!(run.outcome, Some(Outcome::Failed | Outcome::Cancelled)));
    if let Some(failed) = failed {
        let how = if failed.outcome == Some(Outcome::Cancelled) { "was cancelled" } else { "failed" };
        return Predecessors::Failed(Problem::new(
            Code::PredecessorFailed,
            format!("Run {} ({}) {how}, and this one comes after it.", failed.name, failed.id),
            format!("See why with `roadstead show {}`; when it is mended, run both again.", failed.id),
        ));
    }
    // An outcome is fixed before everything of a run is removed; what comes after it needs only the outcome.
    let open: Vec<&str> = runs.iter().filter(|run| run.outcome.is_none()).map(|run| run.name.as_str()).collect();
    if open.is_empty() {
        return Predecessors::AllDone;
    }
    let named = open.iter().take(3).copied().collect::<Vec<_>>().join(", ");
    let more = if open.len() > 3 { format!(" and {} more", open.len() - 3) } else { String::new() };
    Predecessors::Waiting(format!("It comes after {named}{more}."))
}
