//! Carrying on a change that was written down, one look at a time: whoever comes after a crash reads how far it is, looks at
//! what is there, and goes on from that.

use super::build::hold_addresses;
use super::row::Edit;
use crate::attempt::{AttemptFlow, Subject};
use crate::machines::told;
use crate::quotas::Recount;
use crate::store::{self, Owned};
use db::{DbError, Tx};
use flow::{Advance, Commit, StepError, fault};
use futures_util::FutureExt;
use model::Problem;
use model::id::AttemptId;
use model::machine::{Change, MachineStatus, Stage, Undertaking, Volume};
use model::offer::Named;
use sites::openstack::{Berth, Purpose};
use sites::{Aside, DriverError, Ground, Removal, ThingKind};
use std::time::Duration;

/// What became of one look.
pub(super) struct Turn {
    /// It is this far now.
    pub stage: Option<Stage>,
    /// What it met with, or why it comes to nothing.
    pub problem: Option<Problem>,
    pub after: Duration,
    /// What the machine has from now on.
    pub volume: Option<Volume>,
}

/// What changes quickly, and what does not answer.
pub(super) const SOON: Duration = Duration::from_millis(250);
pub(super) const LATER: Duration = Duration::from_secs(5);

impl Turn {
    pub fn wait(after: Duration) -> Self {
        Self { stage: None, problem: None, after, volume: None }
    }

    pub fn wait_because(problem: Problem) -> Self {
        Self { stage: None, problem: Some(problem), after: LATER, volume: None }
    }

    pub fn on(stage: Stage, after: Duration) -> Self {
        Self { stage: Some(stage), problem: None, after, volume: None }
    }

    pub fn back(because: Problem) -> Self {
        Self { stage: Some(Stage::Reverting), problem: Some(as_before(because)), after: Duration::ZERO, volume: None }
    }

    /// Of what goes back: why it does is worth more than what it meets with then.
    pub fn or_the_cause(self, because: &Option<Problem>) -> Self {
        if because.is_some() { Self::wait(LATER) } else { self }
    }

    pub fn over(problem: Option<Problem>) -> Self {
        Self { stage: Some(Stage::Over), problem, after: Duration::ZERO, volume: None }
    }
}

/// Why what was undertaken is taken back.
pub(super) fn reverted_because(change: &Change) -> Option<Problem> {
    change.problem.clone().filter(|_| change.stage == Stage::Reverting)
}

/// What is said of making a machine tells of other offers.
fn as_before(problem: Problem) -> Problem {
    Problem { remedy: "The machine is as it was before.".to_owned(), ..problem }
}

impl AttemptFlow {
    pub(super) async fn carry_on(&self, subject: Subject, change: Change) -> Result<Advance, StepError> {
        let turn = match &change.what {
            Undertaking::AddAddress { .. } if change.stage == Stage::Reverting => self.remove_address(&subject, &change).await?,
            Undertaking::AddAddress { pool } => self.add_address(&subject, &change, pool).await?,
            Undertaking::RemoveAddress { .. } => self.remove_address(&subject, &change).await?,
            Undertaking::AddVolume { name, .. } if change.stage == Stage::Reverting => {
                self.remove_volume(&subject, &change, name).await?
            }
            Undertaking::AddVolume { name, size } => self.add_volume(&subject, &change, name, *size).await?,
            Undertaking::RemoveVolume { name } => self.remove_volume(&subject, &change, name).await?,
            Undertaking::Resize { from, to, .. } => self.resize(&subject, &change, from, to).await?,
        };
        let (inner, attempt) = (self.0.clone(), subject.attempt);
        let after = turn.after;
        let commit = Commit::new(move |tx| {
            async move {
                let Some(mut edit) = Edit::begin(tx, &attempt.run).await? else { return Ok(()) };
                let now = inner.now();
                if let Some(change) = edit.machine.change.as_mut() {
                    change.stage = turn.stage.unwrap_or(change.stage);
                    // Why it goes back stays; what it met with is over when it goes on.
                    if change.stage != Stage::Reverting || turn.problem.is_some() {
                        change.problem = turn.problem;
                    }
                    if change.stage == Stage::Over {
                        change.ended_at = Some(now);
                        // It is looked at next.
                        edit.machine.seen_at = None;
                        edit.machine.volumes.extend(turn.volume);
                        edit.machine.status = MachineStatus::Changing;
                        inner.settle(tx, &attempt.id, &mut edit).await?;
                    }
                }
                edit.save(tx).await?;
                inner.warn(tx, &attempt.run).await
            }
            .boxed()
        });
        Ok(Advance::Pending { after, commit })
    }

    /// Where its things are; or what keeps us out.
    pub(super) async fn enter(&self, subject: &Subject, purpose: Purpose, owned: &[Owned]) -> Result<Berth, Turn> {
        match self.0.berth(&subject.attempt, purpose, owned).await {
            Ok(Ok(berth)) => Ok(berth),
            Ok(Err(error)) => Err(Turn::wait_because(told(error))),
            Err(StepError::Passing(problem) | StepError::Final(problem)) => Err(Turn::wait_because(problem)),
        }
    }

    async fn add_address(&self, subject: &Subject, change: &Change, pool: &Named) -> Result<Turn, StepError> {
        let owned = self.owned_things(subject).await?;
        let Some(address) = owned.iter().find(|one| one.thing.kind == ThingKind::Address) else {
            return Ok(Turn::over(None));
        };
        let berth = match self.enter(subject, Purpose::Work, &owned).await {
            Ok(berth) => berth.with_pool(pool),
            Err(turn) => return Ok(turn),
        };
        if address.remote_id.is_some() {
            // What is not shown yet is not among the machine's addresses.
            let is_shown = berth.exists(&subject.mark(&self.0, &address.thing), &address.thing).await;
            if matches!(is_shown, Ok(false)) && self.was_just_asked(address) {
                return Ok(Turn::wait(SOON));
            }
            return self.had_address(subject, &berth).await;
        }
        self.make_late(subject, change, &berth, address).await
    }

    /// What was not asked for at the beginning.
    pub(super) async fn make_late(
        &self,
        subject: &Subject,
        change: &Change,
        berth: &Berth,
        owned: &Owned,
    ) -> Result<Turn, StepError> {
        Ok(match self.find_or_ask(subject, berth, owned).await? {
            Ok(()) => Turn::wait(Duration::ZERO),
            Err(DriverError::NotYetSeen { look_again }) => Turn::wait(look_again),
            Err(DriverError::Passing(problem)) if self.has_had_its_time(change) => Turn::back(problem),
            Err(DriverError::Passing(problem)) => Turn::wait_because(problem),
            Err(DriverError::Unfit { problem, aside }) => self.to_no_use(subject, problem, aside).await?,
            Err(DriverError::Final(problem)) => Turn::back(problem),
        })
    }

    /// It is worth nothing when it turns out not to be reached from outside.
    async fn had_address(&self, subject: &Subject, berth: &Berth) -> Result<Turn, StepError> {
        match berth.check_address().await {
            Ok(()) => Ok(Turn::over(None)),
            Err(DriverError::Unfit { problem, aside }) => self.to_no_use(subject, problem, aside).await,
            Err(error) => Ok(Turn::wait_because(told(error))),
        }
    }

    async fn to_no_use(&self, subject: &Subject, problem: Problem, aside: Aside) -> Result<Turn, StepError> {
        if let Aside::Pool(_) = aside {
            let (attempt, inner) = (&subject.attempt, &self.0);
            let run = inner.run_doc(&attempt.run).await?;
            let mut tx = inner.db.begin().await?;
            inner.set_aside(&mut tx, attempt, &run.person, aside, &problem).await?;
            tx.commit().await?;
        }
        Ok(Turn::back(problem))
    }

    pub(super) fn has_had_its_time(&self, change: &Change) -> bool {
        self.0.now().since(change.begun_at) > self.0.settings.machines.boot_within
    }

    /// One that was asked for in vain may be there all the same: it is taken away like any other.
    async fn remove_address(&self, subject: &Subject, change: &Change) -> Result<Turn, StepError> {
        let because = reverted_because(change);
        let owned = self.owned_things(subject).await?;
        let Some(address) = owned.iter().find(|one| one.thing.kind == ThingKind::Address) else {
            return Ok(Turn::over(because));
        };
        let berth = match self.enter(subject, Purpose::Release, &owned).await {
            Ok(berth) => berth,
            Err(turn) => return Ok(turn.or_the_cause(&because)),
        };
        self.remove_late(subject, because, &berth, address).await
    }

    pub(super) async fn remove_late(
        &self,
        subject: &Subject,
        because: Option<Problem>,
        berth: &Berth,
        owned: &Owned,
    ) -> Result<Turn, StepError> {
        let mark = subject.mark(&self.0, &owned.thing);
        let memory = owned.memory(self.was_just_asked(owned));
        let trouble = |problem| Turn::wait_because(problem).or_the_cause(&because);
        fault::point("runs.before_removal");
        Ok(match berth.remove(&mark, &owned.thing, &memory).await {
            Ok(Removal::Gone { evidence }) => {
                let mut tx = self.0.db.begin().await?;
                let run = store::edit_run(&mut tx, &subject.attempt.run).await?;
                let gone = vec![(owned.name.clone(), evidence)];
                self.0.note_released(&mut tx, &run, &subject.attempt, gone).await?;
                tx.commit().await?;
                Turn::over(because)
            }
            Ok(Removal::Going { look_again }) => Turn::wait(look_again),
            Ok(Removal::Stuck { why, .. }) => trouble(why),
            Err(error) => trouble(told(error)),
        })
    }
}

impl crate::Inner {
    /// What the end of a change means to what is known of the machine.
    async fn settle(&self, tx: &mut Tx, attempt: &AttemptId, edit: &mut Edit) -> Result<(), DbError> {
        let machine = &mut edit.machine;
        let Some(Change { what, problem, .. }) = machine.change.clone() else { return Ok(()) };
        match (what, problem) {
            (Undertaking::RemoveAddress { address }, None) => {
                machine.addresses.retain(|one| one.address != address);
                let person = machine.person.clone();
                hold_addresses(tx, machine, &person, self.now()).await?;
            }
            (Undertaking::RemoveVolume { name }, None) => machine.volumes.retain(|one| one.name != name),
            (Undertaking::Resize { to, .. }, None) => machine.size = to.name,
            (Undertaking::Resize { counted, .. }, Some(_)) => {
                // Nobody is asked whether that fits.
                let _ = self.recount(tx, attempt, counted, Recount::Anyway).await?;
            }
            _ => {}
        }
        Ok(())
    }
}
