//! Changing a run, and telling its timeline: always together, in one transaction.

use crate::{Inner, elements, store};
use db::{DbError, Tx, args};
use model::event::Happening;
use model::id::RunId;
use model::run::{Outcome, Run, State, Step, Waiting, WaitingReason};
use model::{Code, Problem, Timestamp};

impl Inner {
    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(crate) async fn tell(&self, tx: &mut Tx, run: &Run, what: Happening) -> Result<(), DbError> {
        self.timeline.append(tx, run.id.as_str(), run.person.as_str(), self.now(), &what).await.map(|_| ())
    }

    /// Moves a run on, when the step says something new.
    pub(crate) async fn step(&self, tx: &mut Tx, run: &mut Run, step: Step) -> Result<(), DbError> {
        let state = run.state.after(step);
        if state == run.state {
            return Ok(());
        }
        run.state = state;
        if state == State::Ended {
            run.ended_at = Some(self.now());
        }
        self.tell(tx, run, Happening::State { state }).await
    }

    /// Fixes how it went. Whatever comes later does not change it.
    pub(crate) async fn decide(
        &self,
        tx: &mut Tx,
        run: &mut Run,
        outcome: Outcome,
        mut cause: Option<Problem>,
    ) -> Result<(), DbError> {
        if run.outcome.is_some() {
            return Ok(());
        }
        run.outcome = Some(outcome);
        // What is said of a run in a community's name is told to its managers, in lists and events too, and its logs are not
        // theirs to see. Its owner has the rest with the element.
        let told = |cause: &mut Problem| {
            if run.community.is_some() {
                cause.leave_out_lines()
            }
        };
        cause.iter_mut().for_each(told);
        run.cause = cause.clone();
        run.waiting_for = None;
        self.tell(tx, run, Happening::Outcome { outcome, cause }).await
    }

    /// Lays a waiting over the run, or takes it away. Saying the same again is no news.
    pub(crate) async fn wait_for(&self, tx: &mut Tx, run: &mut Run, waiting: Option<Waiting>) -> Result<(), DbError> {
        let same = match (&run.waiting_for, &waiting) {
            (Some(before), Some(now)) => before.reason == now.reason && before.detail == now.detail,
            (None, None) => true,
            _ => false,
        };
        if same {
            return Ok(());
        }
        run.waiting_for = waiting.clone();
        let what = waiting.map_or(Happening::Resumed {}, |waiting_for| Happening::Waiting { waiting_for });
        self.tell(tx, run, what).await
    }

    pub(crate) fn waiting(&self, reason: WaitingReason, detail: impl Into<String>, remedy: &str) -> Waiting {
        Waiting { reason, detail: detail.into(), since: self.now(), until: None, remedy: remedy.to_owned() }
    }

    /// The last transaction of a run: nothing is left, and those who wait for it look again.
    pub(crate) async fn end_run(&self, tx: &mut Tx, run: &mut Run) -> Result<(), DbError> {
        self.step(tx, run, Step::End).await?;
        self.keep_blobs(tx, &run.id).await?;
        for row in tx.rows(&store::SUCCESSORS, args![run.id.as_str()]).await? {
            let successor: RunId = row.parse("run")?;
            self.engine()?.wake(tx, successor.as_str()).await?;
        }
        Ok(())
    }

    /// What the ended elements say of the run as a whole.
    pub(crate) async fn verdict(&self, tx: &mut Tx, run: &Run) -> Result<(Outcome, Option<Problem>), DbError> {
        if run.elements.failed > 0 {
            let Some((index, problem)) = elements::first_failure(tx, &run.id).await? else {
                return Ok((Outcome::Failed, Some(Problem::internal())));
            };
            if run.elements.total == 1 {
                return Ok((Outcome::Failed, Some(problem)));
            }
            let detail = format!(
                "{} of {} elements failed. The first is element {index}: {}",
                run.elements.failed, run.elements.total, problem.detail
            );
            let remedy = format!("{} Execute only the failed ones again with `retry`.", problem.remedy);
            return Ok((Outcome::Failed, Some(Problem::new(Code::ElementsFailed, detail, remedy))));
        }
        if run.elements.cancelled > 0 || run.cancelling {
            return Ok((Outcome::Cancelled, Some(cancelled())));
        }
        Ok((Outcome::Done, None))
    }
}

pub(crate) fn cancelled() -> Problem {
    Problem::new(Code::Cancelled, "The run was cancelled.", "Nothing needs to be done; run it again when you want.")
}
