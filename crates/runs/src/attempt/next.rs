//! What follows an attempt: the end of the run, or another attempt.

use super::{Input, KIND, input_of};
use crate::store::{self, AttemptRow, NewAttempt, edit_run, save_run};
use crate::{Inner, elements};
use db::{DbError, Tx, args, seed};
use flow::{Context, End, NewFlow};
use model::event::Happening;
use model::id::{AttemptId, FlowId, RunId};
use model::offer::{Offer, Plan};
use model::request::RunKind;
use model::run::{Outcome, Run, Step};
use model::{Code, Problem};
use sites::Aside;

db::statements! {
    PLAN = "SELECT plan FROM run WHERE id = $1";
    OTHERS = "SELECT 1 AS one FROM flow WHERE subject = $1 AND id <> $2 AND status = 'running' LIMIT 1";
}

/// Elsewhere, or once more, it may go well.
fn is_of_the_place(cause: &Problem) -> bool {
    matches!(
        cause.code,
        Code::PilotLost
            | Code::PilotSilent
            | Code::ProvisionFailed
            | Code::DatabaseUnavailable
            | Code::StorageFull
            | Code::SiteRefused
            | Code::SiteUnreachable
            | Code::NoRoom
            | Code::MachineRejected
            | Code::MachineBroken
            | Code::MachineLost
    )
}

impl Inner {
    /// The flow turns back. Unless another attempt can follow, the outcome is fixed now.
    pub(super) async fn attempt_turned(&self, context: &Context, cause: &Problem, tx: &mut Tx) -> Result<(), DbError> {
        let Ok(input) = input_of(context) else { return Ok(()) };
        let mut run = edit_run(tx, &input.run).await?;
        let row = tx.row(&store::ATTEMPT, args![input.attempt.as_str()]).await?.ok_or(DbError::NoRow)?;
        let attempt = AttemptRow::of_row(&row)?;
        store::end_attempt(tx, &input.attempt, self.now(), Some(cause)).await?;
        self.tell(tx, &run, Happening::AttemptEnded { number: attempt.number, cause: Some(cause.clone()) }).await?;
        if run.outcome.is_some() {
            // It went wrong while releasing: that never changes how the run went, but somebody should know.
            run.attention = Some(cause.clone());
            self.tell(tx, &run, Happening::Attention { problem: cause.clone() }).await?;
        } else if attempt.is_machine() && self.may_follow(&run, attempt.number, cause) {
            // While this one is undone: what it leaves is found by its own marks.
            self.set_aside_after(tx, &attempt, &run, cause).await?;
            self.step(tx, &mut run, Step::Replan).await?;
            self.start_search(tx, &run).await?;
            return save_run(tx, &run).await;
        } else if !self.may_follow(&run, attempt.number, cause) || !self.is_there_a_next(tx, &attempt, cause).await? {
            let outcome = if cause.code == Code::Cancelled { Outcome::Cancelled } else { Outcome::Failed };
            let spent = match attempt.is_machine() && !run.cancelling && attempt.number > 1 && is_of_the_place(cause) {
                true => Some(self.attempts_spent(tx, &run.id).await?),
                false => None,
            };
            let cause = spent.as_ref().unwrap_or(cause);
            elements::end_rest(tx, &run.id, outcome, cause, self.now()).await?;
            run.elements = elements::count(tx, &run.id).await?;
            self.decide(tx, &mut run, outcome, Some(cause.clone())).await?;
        }
        self.step(tx, &mut run, Step::Release).await?;
        save_run(tx, &run).await
    }

    /// What no step could find out by itself: a site that did not answer, however often it was asked.
    async fn set_aside_after(&self, tx: &mut Tx, attempt: &AttemptRow, run: &Run, cause: &Problem) -> Result<(), DbError> {
        match cause.code {
            Code::SiteUnreachable => self.set_aside(tx, attempt, &run.person, Aside::Service, cause).await,
            Code::ProvisionFailed | Code::MachineLost => self.set_aside(tx, attempt, &run.person, Aside::Size, cause).await,
            _ => Ok(()),
        }
    }

    fn may_follow(&self, run: &Run, number: u32, cause: &Problem) -> bool {
        let most = if run.kind == RunKind::Machine { self.settings.machines.attempts } else { self.settings.attempts };
        is_of_the_place(cause) && !run.cancelling && number < most
    }

    /// What ran on a machine that is gone can go on somewhere else only.
    async fn is_there_a_next(&self, tx: &mut Tx, attempt: &AttemptRow, cause: &Problem) -> Result<bool, DbError> {
        Ok(cause.code != Code::MachineLost || attempt.is_machine() || self.other_offer(tx, attempt).await?.is_some())
    }

    /// Of the plan that the run was made from: the best at a service that is there whatever becomes of machines.
    async fn other_offer(&self, tx: &mut Tx, attempt: &AttemptRow) -> Result<Option<Offer>, DbError> {
        let plan: Plan = tx.row(&PLAN, args![attempt.run.as_str()]).await?.ok_or(DbError::NoRow)?.json("plan")?;
        Ok(plan.offers.into_iter().find(|offer| self.sites.driver(&offer.service).is_some()))
    }

    /// Whether other flows of the run are under way: the last one ends it. The caller has the run's lock.
    async fn others_go_on(&self, tx: &mut Tx, run: &RunId, this: &FlowId) -> Result<bool, DbError> {
        Ok(tx.row(&OTHERS, args![run.as_str(), this.as_str()]).await?.is_some())
    }

    pub(super) async fn attempt_ended(&self, context: &Context, end: End, tx: &mut Tx) -> Result<(), DbError> {
        let Ok(input) = input_of(context) else { return Ok(()) };
        let mut run = edit_run(tx, &input.run).await?;
        match end {
            End::Done => {
                store::end_attempt(tx, &input.attempt, self.now(), None).await?;
                self.end_unless_others(tx, &mut run, context).await?;
            }
            End::Undone if run.outcome.is_some() => self.end_unless_others(tx, &mut run, context).await?,
            // Its successor is under way since it turned back.
            End::Undone if run.kind == RunKind::Machine => {}
            End::Undone => self.try_again(tx, &mut run, &input.attempt).await?,
            End::UndoFailed => {
                let problem = Problem::new(
                    Code::ReleaseTrouble,
                    format!(
                        "Something of the run could not be removed: {}",
                        context.error.as_ref().map_or("", |error| &error.detail)
                    ),
                    "An administrator should look at `roadstead admin flows` and let the removal be tried again.",
                );
                if run.outcome.is_none() {
                    elements::end_rest(tx, &run.id, Outcome::Failed, &problem, self.now()).await?;
                    run.elements = elements::count(tx, &run.id).await?;
                    self.decide(tx, &mut run, Outcome::Failed, Some(problem.clone())).await?;
                }
                self.tell(tx, &run, Happening::Attention { problem: problem.clone() }).await?;
                run.attention = Some(problem);
            }
        }
        save_run(tx, &run).await
    }

    pub(crate) async fn end_unless_others(&self, tx: &mut Tx, run: &mut Run, context: &Context) -> Result<(), DbError> {
        // Only a machine has more than one.
        if run.kind == RunKind::Machine {
            if self.others_go_on(tx, &run.id, &context.id).await? {
                return Ok(());
            }
            self.machine_ended(tx, &run.id).await?;
        }
        run.attention = None;
        self.end_run(tx, run).await
    }

    async fn try_again(&self, tx: &mut Tx, run: &mut Run, failed: &AttemptId) -> Result<(), DbError> {
        let row = tx.row(&store::ATTEMPT, args![failed.as_str()]).await?.ok_or(DbError::NoRow)?;
        let before = AttemptRow::of_row(&row)?;
        tx.execute(&elements::REQUEUE_REST, args![run.id.as_str()]).await?;
        elements::end_stopped(tx, &run.id, self.now()).await?;
        run.elements = elements::count(tx, &run.id).await?;
        self.step(tx, run, Step::Replan).await?;
        let request = tx.row(&store::RUN_REQUEST, args![run.id.as_str()]).await?.ok_or(DbError::NoRow)?;
        let (request, _) = store::request_of(&request)?;
        let id = AttemptId::new(seed(self.now())?);
        let has_gone = before.cause.as_ref().is_some_and(|cause| cause.code == Code::MachineLost);
        let other = if has_gone { self.other_offer(tx, &before).await? } else { None };
        let offer = other.as_ref().unwrap_or(&before.offer);
        let width = match &other {
            Some(offer) => self.sites.driver(&offer.service).map_or(1, |driver| driver.width(&request)),
            None => before.width,
        };
        let number = before.number + 1;
        let next = NewAttempt { id: &id, run: &run.id, number, offer, request: &request, width, now: self.now() };
        store::insert_attempt(tx, &next).await?;
        self.start_attempt(tx, run, &id, &offer.service).await
    }

    pub(crate) async fn start_attempt(&self, tx: &mut Tx, run: &Run, attempt: &AttemptId, service: &str) -> Result<(), DbError> {
        let input = Input { run: run.id.clone(), attempt: attempt.clone() };
        let flow = NewFlow {
            id: FlowId::new(seed(self.now())?),
            kind: KIND,
            subject: run.id.to_string(),
            audience: run.person.to_string(),
            input: serde_json::to_value(&input).unwrap_or_default(),
            runs_on: self.sites.driver(service).and_then(|driver| driver.runs_on()),
        };
        self.engine()?.start(tx, flow).await
    }
}
