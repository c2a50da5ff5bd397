//! Who may use a service of limited size, and how much of it.
//!
//! [`quotas`](crate::quotas) decide who may be in its queue at all. Then there are two gates. *Aboard*: so many attempts have
//! a pilot at the service at once, in the order in which they came into the queue; a pilot costs a process, not cores. *Leases*: elements are handed to pilots while cores and memory are free, to the attempt
//! that has the fewest first. So a long array does not keep a single run waiting for longer than one element, and a
//! pilot that is already there has its next element before the last one's place is cold.

use crate::Inner;
use crate::quotas::{Entry, Holder};
use db::{DbError, Tx, args};
use model::Problem;
use model::id::{AttemptId, RunId};
use model::offer::Size;

db::statements! {
    /// One row per service, whose lock makes gateways decide one after the other.
    LOCK = "INSERT INTO counter (subject, last) VALUES ($1, 1) ON CONFLICT (subject) DO UPDATE SET last = counter.last + 1 RETURNING last";
    ABOARD = "SELECT count(*) AS aboard FROM attempt WHERE service = $1 AND share = 'aboard'";
    QUEUED = "SELECT id, run FROM attempt WHERE service = $1 AND share = 'queued' ORDER BY id LIMIT $2";
    ADMIT = "UPDATE attempt SET share = 'aboard' WHERE id = $1";
    SHARE = "SELECT share FROM attempt WHERE id = $1";
    /// What each attempt aboard really uses: leases beyond its width are waiting inside its pilots.
    IN_USE = "SELECT id, cores, memory, width, leased FROM attempt WHERE service = $1 AND share = 'aboard'";
    WAITING_BY_SERVICE = "SELECT count(*) AS waiting FROM attempt WHERE service = $1 AND share = 'queued'";
}

/// How far an attempt came.
pub(crate) enum Boarding {
    Aboard,
    /// The service is busy.
    Queued,
    /// The quota of this holder is used up.
    Held(Holder),
    /// No quota will ever do for it.
    Never(Box<Problem>),
}

/// One attempt aboard.
pub(crate) struct Use {
    pub attempt: AttemptId,
    pub cores: f64,
    pub memory: u64,
    pub width: u32,
    pub leased: u32,
}

impl Use {
    fn executing(&self) -> u32 {
        self.leased.min(self.width)
    }
}

/// Attempts beyond what the cores can execute begin their pilots early, so that a core that becomes free is not idle
/// for as long as a pilot takes to start, nor for as long as the one before takes to be released: of a trivial run either is
/// as long as its execution.
fn most_aboard(size: &Size) -> u32 {
    // A count of cores, from 1 to some thousands.
    ((size.cores.max(1.0) * 3.0) as u32).saturating_add(2)
}

impl Inner {
    /// Queues an attempt, unless a quota is used up, and admits as many as fit. Where this one is now.
    pub(crate) async fn board(&self, tx: &mut Tx, attempt: &AttemptId, service: &str, size: &Size) -> Result<Boarding, DbError> {
        lock(tx, service).await?;
        match self.count_in(tx, attempt).await? {
            Entry::In => {}
            Entry::Held(holder) => return Ok(Boarding::Held(holder)),
            Entry::Never(problem) => return Ok(Boarding::Never(problem)),
        }
        self.admit(tx, service, size, Some(attempt)).await?;
        let row = tx.row(&SHARE, args![attempt.as_str()]).await?.ok_or(DbError::NoRow)?;
        Ok(if row.get::<String>("share")? == "aboard" { Boarding::Aboard } else { Boarding::Queued })
    }

    /// Gives an attempt's share back and lets the next ones in. The caller has the service's lock ([`lock`]), taken before
    /// the run's: leasing takes them in that order too.
    pub(crate) async fn leave(&self, tx: &mut Tx, attempt: &AttemptId, service: &str, size: &Size) -> Result<(), DbError> {
        if self.count_out(tx, attempt).await? {
            self.admit(tx, service, size, None).await?;
        }
        Ok(())
    }

    async fn admit(&self, tx: &mut Tx, service: &str, size: &Size, asking: Option<&AttemptId>) -> Result<(), DbError> {
        let aboard: u32 = tx.row(&ABOARD, args![service]).await?.ok_or(DbError::NoRow)?.get("aboard")?;
        let places = most_aboard(size).saturating_sub(aboard);
        for row in tx.rows(&QUEUED, args![service, places]).await? {
            let attempt: AttemptId = row.parse("id")?;
            tx.execute(&ADMIT, args![attempt.as_str()]).await?;
            // The one that asks sees it by itself.
            if asking != Some(&attempt) {
                let run: RunId = row.parse("run")?;
                self.engine()?.wake(tx, run.as_str()).await?;
            }
        }
        Ok(())
    }
}

/// Nobody else decides about this service until `tx` ends.
pub(crate) async fn lock(tx: &mut Tx, service: &str) -> Result<(), DbError> {
    tx.row(&LOCK, args![format!("service:{service}")]).await.map(|_| ())
}

/// How many attempts wait to get aboard.
pub(crate) async fn waiting(db: &db::Db, service: &str) -> Result<u32, DbError> {
    db.row(&WAITING_BY_SERVICE, args![service]).await?.ok_or(DbError::NoRow)?.get("waiting")
}

/// What is in use, without a lock: for showing.
pub(crate) async fn usage(db: &db::Db, service: &str) -> Result<Vec<Use>, DbError> {
    db.rows(&IN_USE, args![service]).await?.iter().map(use_of).collect()
}

/// What is in use at a service, and nobody else decides until `tx` ends.
pub(crate) async fn in_use(tx: &mut Tx, service: &str) -> Result<Vec<Use>, DbError> {
    lock(tx, service).await?;
    tx.rows(&IN_USE, args![service]).await?.iter().map(use_of).collect()
}

fn use_of(row: &db::Row) -> Result<Use, DbError> {
    Ok(Use {
        attempt: row.parse("id")?,
        cores: row.get("cores")?,
        memory: u64::try_from(row.get::<i64>("memory")?).unwrap_or(0),
        width: row.get("width")?,
        leased: row.get("leased")?,
    })
}

pub(crate) fn totals(uses: &[Use]) -> (f64, u64, u32) {
    uses.iter().fold((0.0, 0, 0), |(cores, memory, running), one| {
        let executing = one.executing();
        (cores + one.cores * f64::from(executing), memory + one.memory * u64::from(executing), running + executing)
    })
}

/// What an attempt asks for.
#[derive(Clone, Debug)]
pub(crate) struct Asking {
    pub attempt: AttemptId,
    pub wanted: u32,
}

/// How many elements each asking attempt is leased now. Fewest first; nobody overtakes who is waiting for room.
pub(crate) fn deal(size: &Size, uses: &mut [Use], asking: &[Asking]) -> Vec<(AttemptId, u32)> {
    let mut wanted: Vec<(usize, u32)> = asking
        .iter()
        .filter_map(|ask| uses.iter().position(|one| one.attempt == ask.attempt).map(|position| (position, ask.wanted)))
        .collect();
    let mut dealt: Vec<(AttemptId, u32)> = Vec::new();
    let (mut cores, mut memory, _) = totals(uses);
    loop {
        wanted.retain(|(_, wanted)| *wanted > 0);
        let Some(turn) = wanted.iter_mut().min_by_key(|(position, _)| {
            let one = uses.get(*position);
            (one.map_or(0, |one| one.leased), *position)
        }) else {
            return dealt;
        };
        let Some(one) = uses.get_mut(turn.0) else { return dealt };
        // Beyond its width an element waits inside the pilot: it takes no room, and only those who have a core get it.
        if one.leased < one.width {
            let fits = cores + one.cores <= size.cores + 1e-9 && memory + one.memory <= size.memory.get();
            if !fits {
                return dealt;
            }
            cores += one.cores;
            memory += one.memory;
        }
        one.leased += 1;
        turn.1 -= 1;
        match dealt.iter_mut().find(|(attempt, _)| *attempt == one.attempt) {
            Some((_, count)) => *count += 1,
            None => dealt.push((one.attempt.clone(), 1)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::ByteCount;
    use model::id::Seed;

    fn attempt(number: u64) -> AttemptId {
        AttemptId::new(Seed { millis: number, random: [0; 10] })
    }

    fn aboard(number: u64, width: u32, leased: u32) -> Use {
        Use { attempt: attempt(number), cores: 1.0, memory: 1, width, leased }
    }

    fn two_cores() -> Size {
        Size {
            name: "x".into(),
            cores: 2.0,
            memory: ByteCount::gibi(1),
            disk: ByteCount::gibi(1),
            divisible: true,
            ..Size::default()
        }
    }

    fn asks(number: u64, wanted: u32) -> Asking {
        Asking { attempt: attempt(number), wanted }
    }

    #[test]
    fn a_lone_array_fills_the_cores_and_keeps_some_at_hand() {
        let mut uses = vec![aboard(1, 2, 0)];
        assert_eq!(deal(&two_cores(), &mut uses, &[asks(1, 6)]), vec![(attempt(1), 6)]);
        assert!((totals(&uses).0 - 2.0).abs() < 1e-9);
    }

    #[test]
    fn a_newcomer_is_next_when_an_element_ends_and_nobody_overtakes_it() {
        let mut uses = vec![aboard(1, 2, 3), aboard(2, 1, 0)];
        assert_eq!(deal(&two_cores(), &mut uses, &[asks(1, 3), asks(2, 1)]), vec![], "both cores are in use");
        let mut uses = vec![aboard(1, 2, 1), aboard(2, 1, 0)];
        assert_eq!(deal(&two_cores(), &mut uses, &[asks(1, 5), asks(2, 1)]), vec![(attempt(2), 1)]);
    }
}
