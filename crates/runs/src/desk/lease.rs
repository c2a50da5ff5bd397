//! Handing elements to pilots.

use super::session::Session;
use crate::capacity::{self, Asking};
use crate::store::{AttemptRow, edit_run, save_run};
use crate::{Inner, Runs, elements};
use db::{DbError, Tx, args};
use model::id::{AttemptId, PilotId, RunId};
use model::run::{Run, State};
use pilot::protocol::{FromGateway, Held, Hello};
use std::collections::HashSet;

db::statements! {
    LEASE = "UPDATE element SET state = 'leased', attempt = $2, pilot = $3, tries = tries + 1
        WHERE run = $1 AND state = 'queued' AND idx IN (SELECT idx FROM element WHERE run = $1 AND state = 'queued' ORDER BY idx LIMIT $4)
        RETURNING idx, tries";
    ADD_LEASED = "UPDATE attempt SET leased = leased + $2 WHERE id = $1 AND share = 'aboard' AND stop_at IS NULL";
    LEASED_TO = "SELECT idx, tries FROM element WHERE run = $1 AND pilot = $2 AND state <> 'ended'";
    STOPPED = "SELECT idx, tries FROM element WHERE run = $1 AND pilot = $2 AND stop = 1 AND state <> 'ended'";
    RUN_OF = "SELECT attempt.run AS run, run.doc AS doc FROM attempt JOIN run ON run.id = attempt.run WHERE attempt.id = $1";
}

impl Runs {
    /// Leases what fits to all pilots here that want something, and tells them.
    pub(super) async fn deal(&self, service: &str) -> Result<(), DbError> {
        let inner = &self.0;
        let mut asking = inner.desk.asking(service);
        if asking.is_empty() {
            return Ok(());
        }
        let Some(driver) = inner.driver(service).await? else { return Ok(()) };
        let size = driver.size().await;
        let mut tx = inner.db.begin().await?;
        let mut uses = capacity::in_use(&mut tx, service).await?;
        // Who has nothing queued must not be offered room that others could use.
        for ask in &mut asking {
            let row = tx.row(&RUN_OF, args![ask.attempt.as_str()]).await?.ok_or(DbError::NoRow)?;
            let run: Run = row.json("doc")?;
            let takes = !run.cancelling && run.state < State::Releasing;
            ask.wanted = if takes { ask.wanted.min(run.elements.queued) } else { 0 };
        }
        let mut told: Vec<(PilotId, Vec<Held>)> = Vec::new();
        let dealt = capacity::deal(&size, &mut uses, &asking);
        for (attempt, count) in dealt {
            self.lease_some(&mut tx, service, &attempt, count, &mut told).await?;
        }
        if told.is_empty() {
            return Ok(());
        }
        flow::fault::point("runs.before_lease_commit");
        tx.commit().await?;
        flow::fault::point("runs.after_lease_commit");
        for (pilot, elements) in told {
            inner.desk.grant(&pilot, elements);
        }
        Ok(())
    }

    async fn lease_some(
        &self,
        tx: &mut Tx,
        service: &str,
        attempt: &AttemptId,
        mut count: u32,
        told: &mut Vec<(PilotId, Vec<Held>)>,
    ) -> Result<(), DbError> {
        let inner = &self.0;
        let run_id: RunId = tx.row(&RUN_OF, args![attempt.as_str()]).await?.ok_or(DbError::NoRow)?.parse("run")?;
        let mut run = edit_run(tx, &run_id).await?;
        if run.cancelling || run.state >= State::Releasing {
            return Ok(());
        }
        let mut leased = 0;
        for (pilot, wanted) in inner.desk.wants(service, attempt) {
            let rows = tx.rows(&LEASE, args![run_id.as_str(), attempt.as_str(), pilot.as_str(), wanted.min(count)]).await?;
            let held = rows.iter().map(held_of).collect::<Result<Vec<_>, _>>()?;
            let number = u32::try_from(held.len()).unwrap_or(0);
            leased += number;
            count -= number.min(count);
            if !held.is_empty() {
                told.push((pilot, held));
            }
            if count == 0 {
                break;
            }
        }
        if leased == 0 {
            return Ok(());
        }
        tx.execute(&ADD_LEASED, args![attempt.as_str(), leased]).await?;
        run.elements.queued = run.elements.queued.saturating_sub(leased);
        run.elements.active += leased;
        save_run(tx, &run).await
    }
}

fn held_of(row: &db::Row) -> Result<Held, DbError> {
    Ok(Held { index: row.get("idx")?, attempt: row.get("tries")? })
}

impl Session {
    /// After a cut: what the gateway believes leased and the pilot does not hold is granted again; what the pilot holds
    /// and nobody leases to it any more is stopped.
    pub(super) async fn settle_differences(&self, hello: &Hello) -> Result<(), DbError> {
        let inner = &self.runs().0;
        let aboard = self.aboard();
        let rows = inner.db.rows(&LEASED_TO, args![aboard.run.as_str(), aboard.pilot.as_str()]).await?;
        let leased = rows.iter().map(held_of).collect::<Result<HashSet<_>, _>>()?;
        let rows = inner.db.rows(&STOPPED, args![aboard.run.as_str(), aboard.pilot.as_str()]).await?;
        let stopped = rows.iter().map(held_of).collect::<Result<Vec<_>, _>>()?;
        let holding: HashSet<Held> = hello.holding.iter().copied().collect();
        let missing: Vec<Held> = leased.difference(&holding).copied().collect();
        let stale: Vec<Held> = holding.difference(&leased).copied().chain(stopped).collect();
        let lines = inner.desk.lines();
        let Some(line) = lines.get(&aboard.pilot) else { return Ok(()) };
        if !missing.is_empty() {
            let _ = line.say.send(FromGateway::Grant { elements: missing });
        }
        if !stale.is_empty() {
            let _ = line.say.send(FromGateway::Stop { elements: stale });
        }
        Ok(())
    }
}

impl super::Desk {
    fn asking(&self, service: &str) -> Vec<Asking> {
        let mut asking: Vec<Asking> = Vec::new();
        for line in self.lines().values().filter(|line| line.service == service && line.wanted > 0) {
            match asking.iter_mut().find(|ask| ask.attempt == line.attempt) {
                Some(ask) => ask.wanted += line.wanted,
                None => asking.push(Asking { attempt: line.attempt.clone(), wanted: line.wanted }),
            }
        }
        asking
    }

    fn wants(&self, service: &str, attempt: &AttemptId) -> Vec<(PilotId, u32)> {
        let lines = self.lines();
        let ours = lines.iter().filter(|(_, line)| line.service == service && line.attempt == *attempt && line.wanted > 0);
        ours.map(|(pilot, line)| (pilot.clone(), line.wanted)).collect()
    }

    /// A pilot said how many elements it could take now.
    pub(super) fn want(&self, pilot: &PilotId, elements: u32) {
        if let Some(line) = self.lines().get_mut(pilot) {
            line.wanted = elements.min(1_000);
        }
    }

    fn grant(&self, pilot: &PilotId, elements: Vec<Held>) {
        if let Some(line) = self.lines().get_mut(pilot) {
            line.wanted = line.wanted.saturating_sub(u32::try_from(elements.len()).unwrap_or(u32::MAX));
            // A closed line is a connection that just ended: the elements are granted again on the next.
            let _ = line.say.send(FromGateway::Grant { elements });
        }
    }
}

impl Inner {
    /// What a pilot that is gone held goes back to the queue.
    pub(crate) async fn take_back(&self, attempt: &AttemptRow, pilot: &PilotId) -> Result<(), DbError> {
        let mut tx = self.db.begin().await?;
        let mut run = edit_run(&mut tx, &attempt.run).await?;
        let taken = tx.execute(&elements::REQUEUE_OF_PILOT, args![attempt.run.as_str(), pilot.as_str()]).await?;
        if taken == 0 {
            return Ok(());
        }
        tx.execute(&ADD_LEASED, args![attempt.id.as_str(), -i64::try_from(taken).unwrap_or(0)]).await?;
        elements::end_stopped(&mut tx, &run.id, self.now()).await?;
        run.elements = elements::count(&mut tx, &run.id).await?;
        save_run(&mut tx, &run).await?;
        tx.commit().await
    }
}
