//! Removing what an attempt created, until the service itself confirms that it is gone.

use super::{AttemptFlow, Subject, at_step};
use crate::machine::weather::Operation;
use crate::store::{self, AttemptRow, Owned};
use crate::{Inner, capacity};
use db::{DbError, args};
use flow::{Advance, Commit, Context, StepError, Undone, fault};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use model::Problem;
use model::event::Happening;
use model::offer::Size;
use model::run::Run;
use sites::Removal;
use sites::openstack::Purpose;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Most things are gone within this; waiting for them inside the step saves a claim.
const PATIENCE: Duration = Duration::from_secs(3);

/// Until a site that lets nobody in is tried again.
const SHUT: Duration = Duration::from_secs(30);

/// For the end of a pilot that was started too late.
const LATE: Duration = Duration::from_secs(15);

db::statements! {
    EVER_OWNED = "SELECT kind, name, remote_id, asked_at FROM owned WHERE attempt = $1";
}

enum Released {
    /// Name and evidence of each.
    All(Vec<(String, String)>),
    /// And why it takes long, if something is wrong.
    NotYet { after: Duration, why: Option<Problem> },
}

impl AttemptFlow {
    pub(super) async fn release(&self, subject: Subject) -> Result<Advance, StepError> {
        match self.remove_things(&subject).await? {
            Released::NotYet { after, why } => Ok(Advance::Pending { after, commit: self.0.attending(&subject, why) }),
            Released::All(gone) => {
                let noting = self.noting(subject).await;
                let commit = Commit::new(move |tx| noting.write(gone, true, tx));
                Ok(Advance::Done { output: serde_json::Value::Null, commit })
            }
        }
    }

    pub(super) async fn remove_all(&self, subject: Subject) -> Result<Undone, StepError> {
        match self.remove_things(&subject).await? {
            Released::NotYet { after, why } => Ok(Undone::Pending { after, commit: self.0.attending(&subject, why) }),
            Released::All(gone) => {
                let noting = self.noting(subject).await;
                Ok(Undone::Done { commit: Commit::new(move |tx| noting.write(gone, false, tx)) })
            }
        }
    }

    /// Another gateway is removing what this attempt made, or has. What a step of ours made after that is found by nobody
    /// any more, so it is removed by whoever made it.
    pub(super) async fn remove_what_came_late(&self, context: &Context) {
        let removed: Result<(), StepError> = async {
            let subject = self.subject(context).await?;
            let begun = Instant::now();
            // Whatever was noted as gone may be here again.
            let rows = self.0.db.rows(&EVER_OWNED, args![subject.attempt.id.as_str()]).await?;
            let mut owned = rows.iter().filter_map(|row| Owned::of_row(row).transpose()).collect::<Result<Vec<_>, _>>()?;
            owned.sort_by_key(|owned| std::cmp::Reverse(owned.thing.kind));
            let ground = self.ground(&subject, Purpose::Release, &owned).await?;
            for owned in owned {
                let mark = subject.mark(&self.0, &owned.thing);
                loop {
                    // Nobody will look again: what is not seen for as long as that is not there.
                    let memory = owned.memory(begun.elapsed() < self.0.settings.settle);
                    let look_again = match ground.remove(&mark, &owned.thing, &memory).await.map_err(at_step)? {
                        Removal::Gone { .. } => break,
                        Removal::Going { look_again } | Removal::Stuck { look_again, .. } => look_again,
                    };
                    if begun.elapsed() > self.0.settings.settle + LATE {
                        tracing::warn!(flow = %context.id, name = owned.name, "what was made after its release does not go");
                        break;
                    }
                    tokio::time::sleep(look_again).await;
                }
            }
            Ok(())
        }
        .await;
        if let Err(StepError::Passing(problem) | StepError::Final(problem)) = removed {
            tracing::warn!(flow = %context.id, detail = problem.detail, "what was made after its release could not be removed");
        }
    }

    pub(super) async fn give_back(&self, subject: Subject) -> Result<Undone, StepError> {
        let noting = self.noting(subject).await;
        Ok(Undone::Done { commit: Commit::new(move |tx| noting.write(Vec::new(), true, tx)) })
    }

    async fn remove_things(&self, subject: &Subject) -> Result<Released, StepError> {
        self.dismiss(subject).await?;
        let mut owned = self.owned_things(subject).await?;
        owned.reverse();
        let begun = Instant::now();
        let mut gone = Vec::new();
        if owned.is_empty() {
            return Ok(Released::All(gone));
        }
        let ground = match self.ground(subject, Purpose::Release, &owned).await {
            Ok(ground) => ground,
            // Giving up is for steps: what is there stays ours until it is gone.
            Err(StepError::Passing(why) | StepError::Final(why)) if subject.attempt.is_machine() => {
                return Ok(Released::NotYet { after: SHUT, why: Some(why) });
            }
            Err(error) => return Err(error),
        };
        for owned in owned {
            let mark = subject.mark(&self.0, &owned.thing);
            loop {
                fault::point("runs.before_removal");
                let memory = owned.memory(self.is_recent(subject));
                let (look_again, why) = match ground.remove(&mark, &owned.thing, &memory).await.map_err(at_step)? {
                    Removal::Gone { evidence } => {
                        gone.push((owned.name, evidence));
                        break;
                    }
                    Removal::Going { look_again } => (look_again, None),
                    Removal::Stuck { look_again, why } => (look_again, Some(why)),
                };
                if why.is_some() || begun.elapsed() > PATIENCE {
                    self.note_gone(subject, gone).await?;
                    return Ok(Released::NotYet { after: look_again, why });
                }
                tokio::time::sleep(look_again.min(PATIENCE)).await;
            }
        }
        fault::point("runs.after_removal");
        if subject.attempt.is_machine() {
            let since = subject.attempt.ended_at.or(subject.attempt.stop_at);
            let took = since.map_or(Duration::ZERO, |at| self.0.now().since(at));
            self.0.note_weather(&subject.attempt.service, Operation::Remove, took, None).await;
        }
        Ok(Released::All(gone))
    }

    /// Requests of this attempt may have been answered by nobody and still have an effect.
    fn is_recent(&self, subject: &Subject) -> bool {
        let last = subject.attempt.ended_at.or(subject.attempt.stop_at);
        last.is_some_and(|at| self.0.now().since(at) < self.0.settings.settle)
    }

    /// What went before something that takes long is not asked for again.
    async fn note_gone(&self, subject: &Subject, gone: Vec<(String, String)>) -> Result<(), DbError> {
        if gone.is_empty() {
            return Ok(());
        }
        let mut tx = self.0.db.begin().await?;
        let run = store::edit_run(&mut tx, &subject.attempt.run).await?;
        self.0.note_released(&mut tx, &run, &subject.attempt, gone).await?;
        tx.commit().await
    }

    /// From here on no pilot of this attempt is heard any more, however late it comes.
    async fn dismiss(&self, subject: &Subject) -> Result<(), DbError> {
        self.0.db.write(&store::DISMISS_PILOTS, args![subject.attempt.id.as_str(), self.0.now()]).await?;
        self.0.desk.dismiss(&subject.attempt.id);
        Ok(())
    }

    async fn noting(&self, subject: Subject) -> Noting {
        Noting { inner: self.0.clone(), size: subject.size().await, attempt: subject.attempt }
    }
}

/// Writes down what is gone, inside the commit of the step.
struct Noting {
    inner: Arc<Inner>,
    attempt: AttemptRow,
    size: Size,
}

impl Noting {
    fn write(self, gone: Vec<(String, String)>, leave: bool, tx: &mut db::Tx) -> BoxFuture<'_, Result<(), DbError>> {
        async move {
            let Noting { inner, attempt, size } = self;
            if leave {
                capacity::lock(tx, &attempt.service).await?;
            }
            let run = store::edit_run(tx, &attempt.run).await?;
            inner.note_released(tx, &run, &attempt, gone).await?;
            if leave {
                inner.leave(tx, &attempt.id, &attempt.service, &size).await?;
            }
            Ok(())
        }
        .boxed()
    }
}

impl Inner {
    pub(crate) async fn note_released(
        &self,
        tx: &mut db::Tx,
        run: &Run,
        attempt: &AttemptRow,
        gone: Vec<(String, String)>,
    ) -> Result<(), DbError> {
        for (name, evidence) in gone {
            let values = args![attempt.id.as_str(), name.as_str(), self.now(), evidence];
            if tx.execute(&store::RELEASED, values).await? == 1 {
                self.tell(tx, run, Happening::Owned { name, created: false }).await?;
            }
        }
        Ok(())
    }

    /// Shows what keeps something from being removed, for as long as it does.
    fn attending(self: &Arc<Self>, subject: &Subject, why: Option<Problem>) -> Commit {
        let Some(why) = why else { return Commit::nothing() };
        let (inner, id) = (self.clone(), subject.attempt.run.clone());
        Commit::new(move |tx| {
            async move {
                let mut run = store::edit_run(tx, &id).await?;
                if run.attention.as_ref() != Some(&why) {
                    inner.tell(tx, &run, Happening::Attention { problem: why.clone() }).await?;
                    run.attention = Some(why);
                    store::save_run(tx, &run).await?;
                }
                Ok(())
            }
            .boxed()
        })
    }
}
