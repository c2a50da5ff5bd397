//! Removing what an attempt created, until the service itself confirms that it is gone.

use super::{AttemptFlow, Subject, at_step};
use crate::store::{self, AttemptRow};
use crate::{Inner, capacity};
use db::{DbError, args};
use flow::{Advance, Commit, Context, StepError, Undone, fault};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use model::event::Happening;
use model::offer::Size;
use sites::Removal;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Most things are gone within this; waiting for them inside the step saves a claim.
const PATIENCE: Duration = Duration::from_secs(3);

/// For the end of a pilot that was started too late.
const LATE: Duration = Duration::from_secs(15);

db::statements! {
    /// What lives in a directory before the directory.
    EVER_OWNED = "SELECT kind, name FROM owned WHERE attempt = $1 ORDER BY kind DESC, name";
}

enum Released {
    /// Name and evidence of each.
    All(Vec<(String, String)>),
    NotYet(Duration),
}

impl AttemptFlow {
    pub(super) async fn release(&self, subject: Subject) -> Result<Advance, StepError> {
        match self.remove_things(&subject).await? {
            Released::NotYet(after) => Ok(Advance::pending(after)),
            Released::All(gone) => {
                let noting = self.noting(subject).await;
                let commit = Commit::new(move |tx| noting.write(gone, true, tx));
                Ok(Advance::Done { output: serde_json::Value::Null, commit })
            }
        }
    }

    pub(super) async fn remove_all(&self, subject: Subject) -> Result<Undone, StepError> {
        match self.remove_things(&subject).await? {
            Released::NotYet(after) => Ok(Undone::Pending { after }),
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
            for row in rows {
                let (kind, name): (String, String) = (row.get("kind")?, row.get("name")?);
                let Some(thing) = store::thing_of(&kind, &name) else { continue };
                let mark = subject.mark(&self.0, &thing);
                while let Removal::Going { look_again } = subject.driver.remove(&mark, &thing).await.map_err(at_step)? {
                    if begun.elapsed() > LATE {
                        tracing::warn!(flow = %context.id, name, "what was made after its release does not go");
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
        for (thing, name) in owned {
            let mark = subject.mark(&self.0, &thing);
            loop {
                fault::point("runs.before_removal");
                match subject.driver.remove(&mark, &thing).await.map_err(at_step)? {
                    Removal::Gone { evidence } => {
                        gone.push((name, evidence));
                        break;
                    }
                    Removal::Going { look_again } if begun.elapsed() < PATIENCE => {
                        tokio::time::sleep(look_again.min(PATIENCE)).await
                    }
                    Removal::Going { look_again } => return Ok(Released::NotYet(look_again)),
                }
            }
        }
        fault::point("runs.after_removal");
        Ok(Released::All(gone))
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
            for (name, evidence) in gone {
                tx.execute(&store::RELEASED, args![attempt.id.as_str(), name.as_str(), inner.now(), evidence]).await?;
                inner.tell(tx, &run, Happening::Owned { name, created: false }).await?;
            }
            if leave {
                inner.leave(tx, &attempt.id, &attempt.service, &size).await?;
            }
            Ok(())
        }
        .boxed()
    }
}
