//! Cancelling, trying again, deleting.

use crate::quotas::Holder;
use crate::store::{NewAttempt, edit_run, save_run};
use crate::{Runs, elements, life, store};
use db::blobs::Key;
use db::{DbError, args, seed};
use identity::{Action, Caller};
use model::event::Happening;
use model::id::{AttemptId, PersonId, RunId};
use model::request::RunKind;
use model::run::{Run, State, Step};
use model::{Code, Problem};
use pilot::protocol::Held;

db::statements! {
    LAST = "SELECT id, number, service, offer, width FROM attempt WHERE run = $1 ORDER BY number DESC LIMIT 1";
    /// Kept with the element: a pilot that is out of reach now hears it on its next connection.
    STOP = "UPDATE element SET stop = 1 WHERE run = $1 AND idx = $2 AND state <> 'ended' AND state <> 'queued' RETURNING tries, attempt";
    WAITING_TO_SIGN_IN = "SELECT id FROM run WHERE person = $1 AND state <> 'ended' AND doc LIKE '%\"reason\":\"sign_in\"%'";
    DELETE_WAITS = "DELETE FROM waits_for WHERE run = $1 OR predecessor = $1";
    DELETE_PILOTS = "DELETE FROM pilot WHERE attempt IN (SELECT id FROM attempt WHERE run = $1)";
    DELETE_CREDENTIALS = "DELETE FROM credential WHERE run = $1";
    DELETE_OWNED = "DELETE FROM owned WHERE attempt IN (SELECT id FROM attempt WHERE run = $1)";
    DELETE_ATTEMPTS = "DELETE FROM attempt WHERE run = $1";
    DELETE_ELEMENTS = "DELETE FROM element WHERE run = $1";
    DELETE_FLOWS = "DELETE FROM flow WHERE subject = $1";
    DELETE_KEYS = "DELETE FROM idempotency WHERE resource = $1";
    DELETE_RUN = "DELETE FROM run WHERE id = $1";
    AWAITED = "SELECT run.id AS id FROM waits_for JOIN run ON run.id = waits_for.run
        WHERE waits_for.predecessor = $1 AND run.outcome IS NULL LIMIT 1";
}

impl Runs {
    /// Asks for the whole run to end. What has ended already keeps its result.
    pub async fn cancel(&self, caller: &Caller, id: &RunId) -> Result<Run, Problem> {
        db::again(|| self.cancel_once(caller, id)).await
    }

    async fn cancel_once(&self, caller: &Caller, id: &RunId) -> Result<Run, Problem> {
        self.authorized(caller, Action::RunsCancel, id).await?;
        self.end_run(id, caller.name()).await
    }

    /// Somebody signed in: their runs that waited for that look again.
    pub async fn go_on_after_sign_in(&self, person: &PersonId) -> Result<(), DbError> {
        let rows = self.0.db.rows(&WAITING_TO_SIGN_IN, args![person.as_str()]).await?;
        for row in rows {
            // One transaction for each: two sign-ins of one person must not hold what the other wants.
            let mut tx = self.0.db.begin().await?;
            self.0.engine()?.wake(&mut tx, &row.get::<String>("id")?).await?;
            tx.commit().await?;
        }
        Ok(())
    }

    /// Asks for an end on nobody's behalf, so whoever calls it has made sure that it may be.
    pub(crate) async fn end_run(&self, id: &RunId, by: &str) -> Result<Run, Problem> {
        let inner = &self.0;
        let mut tx = inner.db.begin().await?;
        let mut run = edit_run(&mut tx, id).await?;
        if run.outcome.is_some() || run.cancelling {
            // Asked for already, or over: the same answer again. What was read may be of a batch that is not durable yet.
            tx.commit().await?;
            return Ok(run);
        }
        run.cancelling = true;
        tx.execute(&store::STOP_ATTEMPT, args![id.as_str(), inner.now()]).await?;
        inner.tell(&mut tx, &run, Happening::CancelRequested { by: by.to_owned() }).await?;
        inner.engine()?.cancel(&mut tx, id.as_str()).await?;
        save_run(&mut tx, &run).await?;
        tx.commit().await?;
        Ok(run)
    }

    /// Ends one element of an array.
    pub async fn cancel_element(&self, caller: &Caller, id: &RunId, index: u32) -> Result<Run, Problem> {
        db::again(|| self.cancel_element_once(caller, id, index)).await
    }

    async fn cancel_element_once(&self, caller: &Caller, id: &RunId, index: u32) -> Result<Run, Problem> {
        self.authorized(caller, Action::RunsCancel, id).await?;
        self.find_element(id, index).await?;
        let inner = &self.0;
        let mut tx = inner.db.begin().await?;
        let mut run = edit_run(&mut tx, id).await?;
        let problem = elements::problem_text(&life::cancelled());
        let ended = tx.execute(&elements::END_ONE_QUEUED, args![id.as_str(), index, problem, inner.now()]).await?;
        if ended == 1 {
            run.elements.queued = run.elements.queued.saturating_sub(1);
            run.elements.cancelled += 1;
            inner.tell(&mut tx, &run, Happening::Elements { elements: run.elements }).await?;
            inner.engine()?.wake(&mut tx, id.as_str()).await?;
            save_run(&mut tx, &run).await?;
            tx.commit().await?;
            return Ok(run);
        }
        let held = tx.row(&STOP, args![id.as_str(), index]).await?;
        tx.commit().await?;
        if let Some(row) = held {
            let attempt: AttemptId = row.parse("attempt")?;
            inner.desk.stop(&attempt, vec![Held { index, attempt: row.get("tries")? }]);
        }
        Ok(run)
    }

    /// Executes again what failed or was cancelled: these elements, or all of them.
    pub async fn retry(&self, caller: &Caller, id: &RunId, elements: Option<Vec<u32>>) -> Result<Run, Problem> {
        db::again(|| self.retry_once(caller, id, elements.as_deref())).await
    }

    async fn retry_once(&self, caller: &Caller, id: &RunId, elements: Option<&[u32]>) -> Result<Run, Problem> {
        self.authorized(caller, Action::RunsRetry, id).await?;
        let inner = &self.0;
        let mut tx = inner.db.begin().await?;
        let mut run = edit_run(&mut tx, id).await.map_err(|error| gone_or(error, id))?;
        if run.state != State::Ended {
            return Err(Problem::new(
                Code::StateConflict,
                format!("The run is {}; only a run that has ended can be executed again.", run.state.as_str()),
                "Wait until it has ended, or cancel it first.",
            ));
        }
        if run.kind == RunKind::Machine {
            return Err(Problem::new(
                Code::StateConflict,
                "A machine that is gone does not come back.",
                "Ask for another one with the same request.",
            ));
        }
        let (requeued, named) = elements::requeue_ended(&mut tx, id, run.elements.total, elements).await?;
        if requeued < named {
            return Err(Problem::new(
                Code::StateConflict,
                format!("Of the {named} elements that were named, only {requeued} failed or were cancelled."),
                "Name only those, or none: then all of them are executed again.",
            ));
        }
        if requeued == 0 {
            return Err(Problem::new(
                Code::StateConflict,
                "Nothing of what was asked for failed or was cancelled.",
                "To execute it as a whole again, submit its request as a new run.",
            ));
        }
        crate::create::may_act_for(caller, run.community.as_deref())?;
        // What it leaves this time is kept from its next end on.
        inner.forget_blobs_of(&mut tx, id).await?;
        run.elements = elements::count(&mut tx, id).await?;
        (run.outcome, run.cause, run.ended_at, run.attention, run.cancelling) = (None, None, None, None, false);
        inner.step(&mut tx, &mut run, Step::Retry).await?;
        let told =
            Happening::RetryRequested { by: caller.name().to_owned(), elements: u32::try_from(requeued).unwrap_or(u32::MAX) };
        inner.tell(&mut tx, &run, told).await?;
        let row = tx.row(&LAST, args![id.as_str()]).await?.ok_or(DbError::NoRow)?;
        let (number, service, offer): (u32, String, _) = (row.get("number")?, row.get("service")?, row.json("offer")?);
        let before: u32 = row.get("width")?;
        let request = tx.row(&store::RUN_REQUEST, args![id.as_str()]).await?.ok_or(DbError::NoRow)?;
        let (request, _) = store::request_of(&request)?;
        let attempt = AttemptId::new(seed(inner.now())?);
        // Of a machine that is a service it is what it was: looking at it takes another connection to the database.
        let width = inner.sites.driver(&service).map_or(before, |driver| driver.width(&request));
        let holders = Holder::of_run(&run.person, run.community.as_deref());
        let width = inner.width_within(&mut tx, &holders, &request, width).await?;
        let new =
            NewAttempt { id: &attempt, run: id, number: number + 1, offer: &offer, request: &request, width, now: inner.now() };
        store::insert_attempt(&mut tx, &new).await?;
        inner.start_attempt(&mut tx, &run, &attempt, &service).await?;
        save_run(&mut tx, &run).await?;
        tx.commit().await?;
        Ok(run)
    }

    /// Forgets a run that has ended, with its logs and outputs.
    pub async fn delete(&self, caller: &Caller, id: &RunId) -> Result<(), Problem> {
        db::again(|| self.delete_once(caller, id)).await
    }

    async fn delete_once(&self, caller: &Caller, id: &RunId) -> Result<(), Problem> {
        self.authorized(caller, Action::RunsDelete, id).await?;
        let inner = &self.0;
        let mut tx = inner.db.begin().await?;
        // Looked at under its lock: a retry or another deletion may be under way.
        let run = edit_run(&mut tx, id).await.map_err(|error| gone_or(error, id))?;
        if run.state != State::Ended {
            return Err(Problem::new(
                Code::StateConflict,
                format!("The run is {}; only a run that has ended can be deleted.", run.state.as_str()),
                format!("Cancel it first with `roadstead cancel {id}`."),
            ));
        }
        if let Some(row) = tx.row(&AWAITED, args![id.as_str()]).await? {
            let waiting: String = row.get("id")?;
            return Err(Problem::new(
                Code::StateConflict,
                format!("Run {waiting} comes after this one and has not ended."),
                "Wait for it, or cancel it.",
            ));
        }
        for statement in [
            &DELETE_WAITS,
            &DELETE_CREDENTIALS,
            &DELETE_PILOTS,
            &DELETE_OWNED,
            &DELETE_ATTEMPTS,
            &DELETE_ELEMENTS,
            &DELETE_FLOWS,
            &DELETE_KEYS,
        ] {
            tx.execute(statement, args![id.as_str()]).await?;
        }
        inner.doom_blobs_of(&mut tx, id).await?;
        inner.timeline.forget(&mut tx, id.as_str()).await?;
        crate::machine::forget(&mut tx, id).await?;
        tx.execute(&DELETE_RUN, args![id.as_str()]).await?;
        tx.commit().await?;
        // After the rows: if this is interrupted, housekeeping finishes it.
        let (blobs, key) = (inner.blobs.clone(), Key::of(id.as_str()));
        match tokio::task::spawn_blocking(move || blobs.remove(&key)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(error.into()),
            Err(_) => Err(Problem::internal()),
        }
    }
}

/// Deleted between the look at it and its lock.
fn gone_or(error: DbError, id: &RunId) -> Problem {
    match error {
        DbError::NoRow => Problem::not_found("run", id.as_str()),
        error => error.into(),
    }
}
