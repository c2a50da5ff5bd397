//! Looking on while a machine is there: its state at the site, its time.

use super::build::{hold_addresses, lost, server};
use super::row::Edit;
use crate::attempt::{AttemptFlow, Subject};
use crate::store::{self, edit_run, save_run};
use crate::{Inner, elements};
use db::{DbError, Tx, args};
use flow::{Advance, Commit, Context, StepError};
use futures_util::FutureExt;
use model::event::Happening;
use model::id::RunId;
use model::machine::{Change, MachineStatus};
use model::run::{Outcome, Run, Step};
use model::{Problem, Timestamp};
use sites::openstack::Purpose;
use sites::{Readiness, Sight};
use std::time::Duration;

db::statements! {
    END_ELEMENT = "UPDATE element SET state = 'ended', outcome = $2, cause = $3, ended_at = $4 WHERE run = $1 AND state <> 'ended'";
    LET_ADDRESSES_GO = "UPDATE address SET held_until = $2 WHERE run = $1 AND held_until IS NULL";
}

enum Look {
    Seen(Sight),
    Gone,
    /// The site could not be asked, or lets its owner not in now: what was seen before counts.
    Nothing,
}

impl AttemptFlow {
    pub(crate) async fn serve(&self, subject: Subject, context: &Context) -> Result<Advance, StepError> {
        let now = self.0.now();
        let Some(machine) = self.0.machine(&subject.attempt.run).await? else {
            return Err(StepError::Final(Problem::internal()));
        };
        if context.cancel || machine.ends_at.is_some_and(|at| at <= now) {
            return Ok(self.over(subject, Outcome::Done, None));
        }
        if let Some(change) = machine.change.filter(Change::is_under_way) {
            return self.carry_on(subject, change).await;
        }
        let settings = &self.0.settings.machines;
        let (warn_before, look_again) = (settings.warn_before, settings.look_again);
        let changing = matches!(machine.status, MachineStatus::Changing | MachineStatus::Building | MachineStatus::Resizing);
        let due = machine.seen_at.is_none_or(|at| now.since(at) >= look_again) || changing;
        let seen = match due {
            false => Look::Nothing,
            true => self.look_at(&subject).await?,
        };
        if let Look::Gone = seen {
            let problem = lost(&subject);
            return Ok(self.over(subject, Outcome::Failed, Some(problem)));
        }
        let until_end = machine.ends_at.map_or(look_again, |at| at.since(now));
        let until_warning = until_end.checked_sub(warn_before).filter(|left| !left.is_zero()).unwrap_or(until_end);
        let soon = if changing { Duration::from_secs(2) } else { look_again };
        let after = soon.min(until_warning).max(Duration::from_millis(200));
        let (inner, run) = (self.0.clone(), subject.attempt.run);
        let commit = Commit::new(move |tx| {
            async move {
                if let Look::Seen(sight) = seen {
                    inner.note_sight(tx, &run, sight).await?;
                }
                inner.warn(tx, &run).await
            }
            .boxed()
        });
        Ok(Advance::Pending { after, commit })
    }

    async fn look_at(&self, subject: &Subject) -> Result<Look, StepError> {
        let owned = self.owned_things(subject).await?;
        let ground = match self.ground(subject, Purpose::Work, &owned).await {
            Ok(ground) => ground,
            Err(_) => return Ok(Look::Nothing),
        };
        let mark = subject.mark(&self.0, &server());
        match ground.readiness(&mark).await {
            Ok(Readiness::Ready(Some(sight))) => Ok(Look::Seen(sight)),
            // Asked twice: by its identifier, and by its mark.
            Ok(Readiness::Unseen { .. }) => match ground.exists(&mark, &server()).await {
                Ok(false) => Ok(Look::Gone),
                _ => Ok(Look::Nothing),
            },
            Err(sites::DriverError::Unfit { problem, .. }) if is_broken(&problem) => {
                Ok(Look::Seen(Sight { status: MachineStatus::Error, addresses: Vec::new() }))
            }
            _ => Ok(Look::Nothing),
        }
    }

    /// The outcome is fixed before anything is removed.
    fn over(&self, subject: Subject, outcome: Outcome, cause: Option<Problem>) -> Advance {
        let inner = self.0.clone();
        let commit = Commit::new(move |tx| {
            async move {
                let now = inner.now();
                let mut run = edit_run(tx, &subject.attempt.run).await?;
                let told = cause.as_ref().map(elements::problem_text);
                tx.execute(&END_ELEMENT, args![run.id.as_str(), outcome.as_str(), told, now]).await?;
                run.elements = elements::count(tx, &run.id).await?;
                tx.execute(&store::STOP_ATTEMPT, args![run.id.as_str(), now]).await?;
                inner.decide(tx, &mut run, outcome, cause).await?;
                inner.step(tx, &mut run, Step::Release).await?;
                if let Some(mut edit) = Edit::begin(tx, &run.id).await? {
                    edit.machine.status = MachineStatus::Deleting;
                    edit.save(tx).await?;
                }
                save_run(tx, &run).await
            }
            .boxed()
        });
        Advance::Done { output: serde_json::Value::Null, commit }
    }
}

fn is_broken(problem: &Problem) -> bool {
    matches!(problem.code, model::Code::MachineBroken | model::Code::NoRoom)
}

impl Inner {
    async fn note_sight(&self, tx: &mut Tx, run: &RunId, sight: Sight) -> Result<(), DbError> {
        let Some(mut edit) = Edit::begin(tx, run).await? else { return Ok(()) };
        let now = self.now();
        edit.machine.seen_at = Some(now);
        edit.machine.status = sight.status;
        if !sight.addresses.is_empty() {
            edit.machine.addresses = sight.addresses;
        }
        hold_addresses(tx, &edit.machine, &edit.machine.person, now).await?;
        edit.save(tx).await
    }

    /// Once, some time before its end.
    pub(super) async fn warn(&self, tx: &mut Tx, run: &RunId) -> Result<(), DbError> {
        let Some(mut edit) = Edit::begin(tx, run).await? else { return Ok(()) };
        let Some(ends_at) = edit.machine.ends_at else { return Ok(()) };
        let now = self.now();
        if edit.warned_at.is_some() || now < ends_at.minus(self.settings.machines.warn_before) {
            return Ok(());
        }
        edit.warned_at = Some(now);
        edit.save(tx).await?;
        let run: Run = edit_run(tx, run).await?;
        self.tell(tx, &run, Happening::Lifetime { ends_at }).await
    }

    /// Nothing of the machine is left.
    pub(crate) async fn machine_ended(&self, tx: &mut Tx, run: &RunId) -> Result<(), DbError> {
        let Some(mut edit) = Edit::begin(tx, run).await? else { return Ok(()) };
        let now: Timestamp = self.now();
        (edit.machine.status, edit.machine.pilot) = (MachineStatus::Gone, None);
        edit.machine.seen_at = Some(now);
        edit.save(tx).await?;
        tx.execute(&LET_ADDRESSES_GO, args![run.as_str(), now]).await.map(|_| ())
    }
}
