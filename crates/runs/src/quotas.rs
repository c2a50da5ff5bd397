//! What a person and a community may have in flight at once: runs, cores, accelerators.
//!
//! An attempt counts from its place in a service's queue to its end. One row for each holder is changed in the transactions
//! that let attempts in and out, under a condition: several gateways cannot let in more than fits, and nobody ever counts
//! rows. An attempt that finds no room is *held*; whoever gives something back wakes the first that is held for it, and
//! that one wakes the next, so that they come in the order in which they asked. Only what no gateway carries on, as on a host
//! that is gone, is passed by.
//!
//! What no room will ever do for is refused when the run is created. If a quota is lowered later, an attempt that waits becomes
//! narrower, or ends when not one element of it fits.

mod limits;
#[cfg(test)]
mod tests;
mod view;

pub use limits::{Defaults, Quota};
pub use view::{Decided, InFlight, QuotaView};

use crate::Inner;
use db::{DbError, Row, Tx, args};
use limits::Most;
use model::Problem;
use model::id::{AttemptId, PersonId, RunId};
use model::machine::Counted;
use model::request::RunRequest;

db::statements! {
    CLAIM = "SELECT attempt.share, attempt.counted, attempt.width, attempt.takes_cores, attempt.takes_accelerators, attempt.held_by, run.person, run.community
        FROM attempt JOIN run ON run.id = attempt.run WHERE attempt.id = $1";
    /// Nothing happens when it does not fit, or when others wait longer: they come first, also when they need more than there
    /// is now. What asks for none of something is not kept by a lack of it. Whoever waits looks again each minute: what did not
    /// for three is on a host that is gone, or of a kind that nobody knows here, and would keep the others for ever.
    TAKE = "UPDATE quota SET runs = runs + 1, cores = cores + $2, accelerators = accelerators + $3
        WHERE holder = $1 AND runs < coalesce(most_runs, $4) AND cores + $2 <= coalesce(most_cores, $5)
            AND (CAST($3 AS BIGINT) = 0 OR accelerators + $3 <= coalesce(most_accelerators, $6))
            AND NOT EXISTS (SELECT 1 FROM attempt JOIN flow ON flow.subject = attempt.run
                WHERE attempt.held_by = quota.holder AND attempt.id < $7
                    AND flow.status = 'running' AND flow.wake_at > (SELECT now_ms FROM clock) - 180000)";
    /// Makes the row, or changes nothing of it: either way it is this transaction's until its end.
    HOLDER = "INSERT INTO quota (holder) VALUES ($1) ON CONFLICT (holder) DO UPDATE SET runs = quota.runs";
    /// What it may have became less than when it was planned. Nothing of it is anywhere yet.
    NARROW = "UPDATE attempt SET width = $2, takes_cores = $3, takes_accelerators = $4 WHERE id = $1 AND counted = 0";
    GIVE_BACK = "UPDATE quota SET runs = runs - 1, cores = cores - $2, accelerators = accelerators - $3 WHERE holder = $1";
    GIVE_BACK_SOME = "UPDATE quota SET cores = cores - $2, accelerators = accelerators - $3 WHERE holder = $1";
    COUNT = "UPDATE attempt SET share = 'queued', counted = 1, held_by = NULL
        WHERE id = $1 AND counted = 0 AND share IN ('none', 'held', 'queued')";
    HOLD = "UPDATE attempt SET share = 'held', held_by = $2
        WHERE id = $1 AND counted = 0 AND share IN ('none', 'held', 'queued')";
    /// One row the first time, and none ever after: what is given back is given back once.
    LEAVE_COUNTED = "UPDATE attempt SET share = 'over', leased = 0, counted = 0 WHERE id = $1 AND share <> 'over' AND counted = 1
        RETURNING share, counted, width, takes_cores, takes_accelerators, held_by,
            (SELECT person FROM run WHERE run.id = attempt.run) AS person, (SELECT community FROM run WHERE run.id = attempt.run) AS community";
    LEAVE_HELD = "UPDATE attempt SET share = 'over', leased = 0, held_by = NULL WHERE id = $1 AND share <> 'over'
        RETURNING share, counted, width, takes_cores, takes_accelerators, held_by,
            (SELECT person FROM run WHERE run.id = attempt.run) AS person, (SELECT community FROM run WHERE run.id = attempt.run) AS community";
    RECOUNT = "UPDATE attempt SET takes_cores = $2, takes_accelerators = $3 WHERE id = $1 AND counted = 1";
    /// More of something only where it fits; less of it always.
    CHANGE = "UPDATE quota SET cores = cores + $2, accelerators = accelerators + $3 WHERE holder = $1
        AND (CAST($2 AS BIGINT) <= 0 OR cores + $2 <= coalesce(most_cores, $4))
        AND (CAST($3 AS BIGINT) <= 0 OR accelerators + $3 <= coalesce(most_accelerators, $5))";
    FIRST_HELD = "SELECT attempt.run FROM attempt JOIN flow ON flow.subject = attempt.run
        WHERE attempt.held_by = $1 AND flow.status = 'running' AND flow.wake_at > (SELECT now_ms FROM clock) - 180000
        ORDER BY attempt.id LIMIT 1";
}

/// Whose quota it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Holder {
    Person(PersonId),
    Community(String),
}

impl Holder {
    pub(crate) fn key(&self) -> String {
        match self {
            Holder::Person(person) => format!("person:{person}"),
            Holder::Community(name) => format!("community:{name}"),
        }
    }

    /// The person first: two transactions take two rows in one order.
    pub(crate) fn of_run(person: &PersonId, community: Option<&str>) -> Vec<Holder> {
        let community = community.map(|name| Holder::Community(name.to_owned()));
        std::iter::once(Holder::Person(person.clone())).chain(community).collect()
    }
}

/// Whether what does not fit is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Recount {
    IfItFits,
    /// Back to what it was.
    Anyway,
}

/// Whether an attempt may be in the queue of its service.
pub(crate) enum Entry {
    /// Or it is over: whoever asks reads how far it came.
    In,
    /// The quota of this holder is used up.
    Held(Holder),
    /// Not even one element of it will ever fit: a quota was lowered since the run was created.
    Never(Box<Problem>),
}

/// Thousandths: a sum of them comes back to nothing exactly.
pub(crate) fn millis_of(cores: f64) -> i64 {
    (cores * 1_000.0).ceil() as i64
}

/// What an attempt of this width counts for: cores in thousandths, and accelerators.
pub(crate) fn taken_by(request: &RunRequest, width: u32) -> (i64, i64) {
    let width = i64::from(width);
    let accelerators = i64::from(request.resources.accelerators);
    (millis_of(request.resources.cores).saturating_mul(width), accelerators.saturating_mul(width))
}

struct Claim {
    /// It may come in: it is neither in already nor over.
    is_outside: bool,
    /// Whose quota it waits for, as the database names it.
    held_by: Option<String>,
    width: u32,
    cores: i64,
    accelerators: i64,
    holders: Vec<Holder>,
}

impl Claim {
    fn of_row(row: &Row) -> Result<Self, DbError> {
        let (person, community): (PersonId, Option<String>) = (row.parse("person")?, row.get("community")?);
        let share: String = row.get("share")?;
        Ok(Self {
            // `queued` and not counted: from before there were quotas.
            is_outside: !row.get::<bool>("counted")? && matches!(share.as_str(), "none" | "held" | "queued"),
            held_by: row.get("held_by")?,
            width: row.get("width")?,
            cores: row.get("takes_cores")?,
            accelerators: row.get("takes_accelerators")?,
            holders: Holder::of_run(&person, community.as_deref()),
        })
    }

    /// What one element takes, in cores and accelerators.
    fn each(&self) -> (i64, i64) {
        let width = i64::from(self.width.max(1));
        (self.cores / width, self.accelerators / width)
    }

    fn narrow(&mut self, width: u32) {
        let (cores, accelerators) = self.each();
        self.width = width;
        (self.cores, self.accelerators) = (cores * i64::from(width), accelerators * i64::from(width));
    }
}

impl Inner {
    /// Lets an attempt into the queue of its service, or holds it and says for whose quota. The caller has the lock of the
    /// service: rows of quotas are locked after it.
    pub(crate) async fn count_in(&self, tx: &mut Tx, attempt: &AttemptId) -> Result<Entry, DbError> {
        let mut claim = Claim::of_row(&tx.row(&CLAIM, args![attempt.as_str()]).await?.ok_or(DbError::NoRow)?)?;
        // Over it can be when the gateway that asks was frozen, and another ended it: what it took then, nobody would give back.
        if !claim.is_outside {
            return Ok(Entry::In);
        }
        // Held as it was planned, it could block all that come after it, for ever.
        let (width, each) = (claim.width.max(1), claim.each());
        match self.width_for(tx, &claim.holders, each, width).await? {
            Err(never) => return Ok(Entry::Never(never)),
            Ok(fitting) if fitting < width => {
                claim.narrow(fitting);
                tx.execute(&NARROW, args![attempt.as_str(), claim.width, claim.cores, claim.accelerators]).await?;
            }
            Ok(_) => {}
        }
        for (number, holder) in claim.holders.iter().enumerate() {
            if self.take(tx, attempt, holder, &claim).await? {
                continue;
            }
            for taken in claim.holders.iter().take(number) {
                give_back(tx, taken, &claim).await?;
            }
            tx.execute(&HOLD, args![attempt.as_str(), holder.key()]).await?;
            // Who waited behind it elsewhere is the first there now.
            let left = claim.holders.iter().find(|left| *left != holder && claim.held_by == Some(left.key()));
            self.wake_held(tx, left.map(std::slice::from_ref).unwrap_or_default()).await?;
            return Ok(Entry::Held(holder.clone()));
        }
        tx.execute(&COUNT, args![attempt.as_str()]).await?;
        if claim.held_by.is_some() {
            self.wake_held(tx, &claim.holders).await?;
        }
        Ok(Entry::In)
    }

    /// An attempt is over, for good and once: what it counted for is free again, and who waits for that is woken. False when
    /// it was over before.
    pub(crate) async fn count_out(&self, tx: &mut Tx, attempt: &AttemptId) -> Result<bool, DbError> {
        let row = match tx.row(&LEAVE_COUNTED, args![attempt.as_str()]).await? {
            Some(row) => {
                let claim = Claim::of_row(&row)?;
                for holder in &claim.holders {
                    give_back(tx, holder, &claim).await?;
                }
                row
            }
            // It never came in: perhaps others that came later waited for it.
            None => match tx.row(&LEAVE_HELD, args![attempt.as_str()]).await? {
                Some(row) => row,
                None => return Ok(false),
            },
        };
        self.wake_held(tx, &Claim::of_row(&row)?.holders).await?;
        Ok(true)
    }

    /// An attempt that is in counts for something else from now on. Inside: whose quota has no room for that; then the
    /// caller's transaction has to come to nothing.
    pub(crate) async fn recount(
        &self,
        tx: &mut Tx,
        attempt: &AttemptId,
        counts: Counted,
        how: Recount,
    ) -> Result<Result<Counted, Holder>, DbError> {
        let claim = Claim::of_row(&tx.row(&CLAIM, args![attempt.as_str()]).await?.ok_or(DbError::NoRow)?)?;
        let before = Counted { cores: claim.cores, accelerators: claim.accelerators };
        if tx.execute(&RECOUNT, args![attempt.as_str(), counts.cores, counts.accelerators]).await? == 0 {
            return Ok(Ok(before));
        }
        let (cores, accelerators) = (counts.cores - before.cores, counts.accelerators - before.accelerators);
        for holder in &claim.holders {
            if how == Recount::Anyway {
                tx.execute(&GIVE_BACK_SOME, args![holder.key(), -cores, -accelerators]).await?;
                continue;
            }
            let most = self.settings.quotas.of(holder).most();
            let values = args![holder.key(), cores, accelerators, most.cores, most.accelerators];
            if tx.execute(&CHANGE, values).await? == 0 {
                return Ok(Err(holder.clone()));
            }
        }
        if cores < 0 || accelerators < 0 {
            self.wake_held(tx, &claim.holders).await?;
        }
        Ok(Ok(before))
    }

    async fn take(&self, tx: &mut Tx, attempt: &AttemptId, holder: &Holder, claim: &Claim) -> Result<bool, DbError> {
        let key = holder.key();
        let Most { runs, cores, accelerators } = self.settings.quotas.of(holder).most();
        let values = args![key.as_str(), claim.cores, claim.accelerators, runs, cores, accelerators, attempt.as_str()];
        if tx.execute(&TAKE, values.clone()).await? == 1 {
            return Ok(true);
        }
        // It does not fit; or it is the first of this holder's; or who was in the way left while the row was waited for, which
        // that statement still saw as it was before. With the row locked, what is seen holds.
        tx.execute(&HOLDER, args![key.as_str()]).await?;
        Ok(tx.execute(&TAKE, values).await? == 1)
    }

    /// The first that waits for each of these looks again; if it comes in, it wakes the next.
    pub(crate) async fn wake_held(&self, tx: &mut Tx, holders: &[Holder]) -> Result<(), DbError> {
        for holder in holders {
            if let Some(row) = tx.row(&FIRST_HELD, args![holder.key()]).await? {
                let run: RunId = row.parse("run")?;
                self.engine()?.wake(tx, run.as_str()).await?;
            }
        }
        Ok(())
    }
}

async fn give_back(tx: &mut Tx, holder: &Holder, claim: &Claim) -> Result<(), DbError> {
    tx.execute(&GIVE_BACK, args![holder.key(), claim.cores, claim.accelerators]).await.map(|_| ())
}

/// Every statement of this module, for the test that prepares each on both engines.
pub(crate) fn all_statements() -> Vec<db::Statement> {
    [STATEMENTS, limits::STATEMENTS, view::STATEMENTS].concat()
}
