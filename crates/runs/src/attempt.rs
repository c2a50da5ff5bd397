//! The flow that carries one attempt out: `admit`, `provision`, `work`, `release`.
//!
//! Turning back undoes what was provisioned by the same removal that releases it after success. How the run goes on is
//! decided when the flow turns: an attempt that failed because of the place is followed by another one, as long as
//! there are some left; anything else fixes the outcome, which removal never changes.
//!
//! An attempt at a machine ([`crate::machine`]) goes the same way: its things are made at a site instead of on this
//! computer, and `work` watches over it until its time is over.

mod admit;
mod next;
pub(crate) mod place;
mod provision;
mod release;
mod work;

use crate::kept::Reach;
use crate::store::{self, AttemptRow};
use crate::{Inner, kept, life};
use async_trait::async_trait;
use db::{DbError, Tx, args};
use flow::{Advance, Context, End, Flow, Step, StepError, Undone};
use model::id::{AttemptId, RunId};
use model::mark::Mark;
use model::{Code, Problem};
use serde::{Deserialize, Serialize};
use sites::{Driver, DriverError, Thing};
use std::sync::Arc;
use std::time::Duration;

pub(crate) struct AttemptFlow(pub Arc<Inner>);

/// Every statement of this module, for the test that prepares each on both engines.
pub(crate) fn all_statements() -> Vec<db::Statement> {
    [admit::STATEMENTS, next::STATEMENTS, provision::STATEMENTS, release::STATEMENTS].concat()
}

pub(crate) const KIND: &str = "attempt";

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Input {
    pub run: RunId,
    pub attempt: AttemptId,
}

const STEPS: &[Step] = &[
    Step { name: "admit", timeout: Duration::from_secs(10), tries: 5 },
    Step { name: "provision", timeout: Duration::from_secs(15), tries: 4 },
    Step { name: "work", timeout: Duration::from_secs(15), tries: 10 },
    Step { name: "release", timeout: Duration::from_secs(15), tries: 10 },
];

/// Until the gateway that has a machine's link takes a flow up: whoever is the first to look may be another one again.
const ELSEWHERE: Duration = Duration::from_millis(300);

/// The attempt that a flow is about, and where it is carried out.
pub(crate) struct Subject {
    pub attempt: AttemptRow,
    place: Place,
    /// Of a machine that is a service.
    reach: Reach,
}

enum Place {
    /// A service of this gateway's own, or a machine that is one.
    Own(Arc<dyn Driver>),
    /// A project of the federation.
    Federated,
}

impl Subject {
    pub fn mark(&self, inner: &Inner, thing: &Thing) -> Mark {
        Mark {
            deployment: inner.db.deployment().clone(),
            run: self.attempt.run.clone(),
            attempt: self.attempt.id.clone(),
            slot: thing.slot.clone(),
        }
    }
}

impl AttemptFlow {
    async fn subject(&self, context: &Context) -> Result<Subject, StepError> {
        let input = input_of(context).map_err(StepError::Final)?;
        let row = self.0.db.row(&store::ATTEMPT, args![input.attempt.as_str()]).await?;
        let Some(row) = row else { return Err(StepError::Final(Problem::internal())) };
        let attempt = AttemptRow::of_row(&row)?;
        if attempt.is_machine() {
            return Ok(Subject { attempt, place: Place::Federated, reach: Reach::Here });
        }
        if let Some(machine) = kept::machine_of(&attempt.service) {
            let kept = self.0.kept(&machine).await?;
            let reach = kept.reach.clone();
            return Ok(Subject { attempt, place: Place::Own(Arc::new(kept)), reach });
        }
        let driver = self.0.sites.driver(&attempt.service).cloned().ok_or_else(|| {
            StepError::Passing(Problem::new(
                Code::ProvisionFailed,
                format!("Service `{}` is not configured at this gateway.", attempt.service),
                "Configure it again, so that what the run created there can be released.",
            ))
        })?;
        Ok(Subject { attempt, place: Place::Own(driver), reach: Reach::Here })
    }
}

fn input_of(context: &Context) -> Result<Input, Problem> {
    serde_json::from_value(context.input.clone()).map_err(|_| Problem::internal())
}

impl From<DriverErrorAtStep> for StepError {
    fn from(DriverErrorAtStep(error): DriverErrorAtStep) -> Self {
        match error {
            DriverError::Passing(problem) => StepError::Passing(problem),
            DriverError::Final(problem) | DriverError::Unfit { problem, .. } => StepError::Final(problem),
            DriverError::NotYetSeen { .. } => StepError::Passing(Problem::internal()),
        }
    }
}

/// Neither type is ours here; this one lets `?` turn one into the other.
pub(crate) struct DriverErrorAtStep(DriverError);

pub(crate) fn at_step(error: DriverError) -> DriverErrorAtStep {
    DriverErrorAtStep(error)
}

#[async_trait]
impl Flow for AttemptFlow {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn version(&self) -> i64 {
        1
    }

    fn steps(&self) -> &'static [Step] {
        STEPS
    }

    async fn forward(&self, step: &str, context: &Context) -> Result<Advance, StepError> {
        let subject = self.subject(context).await?;
        if context.cancel && step != "work" && step != "release" {
            return Err(StepError::Final(life::cancelled()));
        }
        match &subject.reach {
            Reach::Elsewhere if step != "admit" => return Ok(Advance::pending(ELSEWHERE)),
            Reach::Nowhere(why) if step == "provision" => {
                let told = format!("Nothing can be begun at {}: {why}.", subject.attempt.service);
                return Ok(self.go_on(subject, Some(told)));
            }
            Reach::Gone(problem) if matches!(step, "admit" | "provision") => return Err(StepError::Final(problem.clone())),
            _ => {}
        }
        match step {
            "admit" => self.admit(subject).await,
            "provision" if subject.attempt.is_machine() => self.build(subject).await,
            "provision" => self.provision(subject).await,
            "work" if subject.attempt.is_machine() => self.serve(subject, context).await,
            "work" => self.work(subject, context).await,
            "release" => self.release(subject).await,
            _ => Err(StepError::Final(Problem::internal())),
        }
    }

    async fn undo(&self, step: &str, context: &Context) -> Result<Undone, StepError> {
        let subject = self.subject(context).await?;
        if matches!(subject.reach, Reach::Elsewhere) {
            return Ok(Undone::Pending { after: ELSEWHERE, commit: flow::Commit::nothing() });
        }
        match step {
            // Everything that was or may have been created is removed once, where it was created.
            "provision" => self.remove_all(subject).await,
            "admit" => self.give_back(subject).await,
            _ => Ok(Undone::Done { commit: flow::Commit::nothing() }),
        }
    }

    async fn turned(&self, context: &Context, cause: &Problem, tx: &mut Tx) -> Result<(), DbError> {
        self.0.attempt_turned(context, cause, tx).await
    }

    async fn ended(&self, context: &Context, end: End, tx: &mut Tx) -> Result<(), DbError> {
        self.0.attempt_ended(context, end, tx).await
    }

    async fn overtaken(&self, context: &Context, now: flow::Whereabouts) {
        if now.ended || now.direction == flow::Direction::Undo || now.step == "release" {
            self.remove_what_came_late(context).await;
        }
    }
}
