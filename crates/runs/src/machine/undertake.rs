//! Changes that take more than one request: what can be said against them is said at once; then they are written down, with
//! what will be made for them, and the machine's flow carries them out.

use super::row::Edit;
use super::sizes::Sizes;
use super::volumes;
use crate::quotas::{self, Holder, Recount};
use crate::store::{self, AttemptRow, edit_run};
use crate::{Inner, Runs};
use db::{DbError, Tx, args};
use model::id::{AttemptId, RunId};
use model::machine::{Change, Counted, Machine, MachineStatus, SizeOf, Undertaking};
use model::mark::{Mark, Slot};
use model::offer::{Attachment, Named, NetworkRole, Router, Size, Snapshot, TenantNetwork};
use model::run::Run;
use model::{ByteCount, Code, Problem};
use sites::ThingKind;

db::statements! {
    /// Also those that are gone: none of them has its name again.
    HOW_MANY = "SELECT count(*) AS number FROM owned WHERE attempt = $1 AND kind = $2";
    THERE = "SELECT 1 AS one FROM owned WHERE attempt = $1 AND kind = $2 AND released_at IS NULL LIMIT 1";
}

/// What somebody wants of a machine.
pub(crate) enum Wanted<'a> {
    Address,
    NoAddress(Option<&'a str>),
    Size(&'a str),
    Volume(ByteCount),
    NoVolume(&'a str),
}

impl Runs {
    /// The sizes that it could have instead of its own.
    pub(crate) async fn sizes_of(&self, id: &RunId) -> Result<Sizes, Problem> {
        let (machine, attempt) = self.0.there(id).await?;
        let standing = self.0.standing(id).await?;
        self.0.sizes_for(&machine, standing, &attempt).await
    }

    pub(crate) async fn undertake(&self, id: &RunId, wanted: Wanted<'_>) -> Result<Machine, Problem> {
        let inner = &self.0;
        let (machine, attempt) = inner.there(id).await?;
        let standing = inner.standing(id).await?;
        let mut sizes = None;
        let what = match wanted {
            Wanted::Address => {
                let attachment = attempt.offer.attachment.as_ref();
                let snapshot = match attachment {
                    Some(Attachment::Direct { .. } | Attachment::Floating { .. }) => None,
                    _ => Some(inner.project_of(&machine, &standing, &attempt.offer).await?),
                };
                let pool = pool_for(attachment, snapshot.as_deref())?;
                Undertaking::AddAddress { pool }
            }
            Wanted::NoAddress(address) => Undertaking::RemoveAddress { address: floating(&machine, address)? },
            Wanted::Volume(size) => {
                volumes::check_site(&*inner.project_of(&machine, &standing, &attempt.offer).await?)?;
                Undertaking::AddVolume { name: String::new(), size }
            }
            Wanted::NoVolume(wanted) => Undertaking::RemoveVolume { name: volumes::named(&machine, wanted)? },
            Wanted::Size(name) => {
                let (has, gets) = inner.size_for(&machine, standing, &attempt, name).await?;
                let (from, to) = (SizeOf::new(&has), SizeOf::new(&gets));
                sizes = Some(gets);
                Undertaking::Resize { from, to, counted: Counted { cores: 0, accelerators: 0 } }
            }
        };
        let mut tx = inner.db.begin().await?;
        let run = edit_run(&mut tx, id).await?;
        let Some(mut edit) = Edit::begin(&mut tx, id).await? else { return Err(Problem::internal()) };
        // Things may have changed since they were looked at.
        check(&run, &edit.machine)?;
        let what = inner.intend(&mut tx, &attempt, what, sizes.as_ref()).await?;
        edit.machine.status = match &what {
            Undertaking::Resize { .. } => MachineStatus::Resizing,
            _ => edit.machine.status,
        };
        edit.machine.change = Some(Change::begin(what, inner.now()));
        edit.save(&mut tx).await?;
        inner.engine()?.wake(&mut tx, id.as_str()).await?;
        flow::fault::point("runs.before_intent");
        tx.commit().await?;
        Ok(edit.machine)
    }
}

impl Inner {
    /// The machine, and the attempt that has it.
    async fn there(&self, id: &RunId) -> Result<(Machine, AttemptRow), Problem> {
        let machine = self.machine(id).await?.ok_or_else(|| Problem::not_found("machine", id.as_str()))?;
        check(&self.run_doc(id).await?, &machine)?;
        let attempt = self.db.row(&store::LAST_ATTEMPT, args![id.as_str()]).await?.ok_or(DbError::NoRow)?;
        let attempt: AttemptId = attempt.parse("id")?;
        let row = self.db.row(&store::ATTEMPT, args![attempt.as_str()]).await?.ok_or(DbError::NoRow)?;
        Ok((machine, AttemptRow::of_row(&row)?))
    }

    /// Writes down what is going to be made, before anybody asks for it; and what the machine will count for.
    async fn intend(
        &self,
        tx: &mut Tx,
        attempt: &AttemptRow,
        what: Undertaking,
        size: Option<&Size>,
    ) -> Result<Undertaking, Problem> {
        match (what, size) {
            (Undertaking::AddAddress { pool }, _) => {
                if tx.row(&THERE, args![attempt.id.as_str(), ThingKind::Address.as_str()]).await?.is_some() {
                    return Err(refused("it has one", "Give that back first: a machine's port has one at a time."));
                }
                self.intend_one_more(tx, attempt, ThingKind::Address).await?;
                Ok(Undertaking::AddAddress { pool })
            }
            (Undertaking::AddVolume { size, .. }, _) => {
                let slot = self.intend_one_more(tx, attempt, ThingKind::Data).await?;
                Ok(Undertaking::AddVolume { name: slot.as_str().to_owned(), size })
            }
            (Undertaking::Resize { from, to, .. }, Some(size)) => {
                let counts = Counted { cores: quotas::millis_of(size.cores), accelerators: size.accelerators.into() };
                match self.recount(tx, &attempt.id, counts, Recount::IfItFits).await? {
                    Ok(counted) => Ok(Undertaking::Resize { from, to, counted }),
                    Err(holder) => Err(over(&holder)),
                }
            }
            (what, _) => Ok(what),
        }
    }
}

impl Inner {
    /// Of this kind, besides those that there are and were.
    async fn intend_one_more(&self, tx: &mut Tx, attempt: &AttemptRow, kind: ThingKind) -> Result<Slot, DbError> {
        let (id, kind) = (attempt.id.as_str(), kind.as_str());
        let row = tx.row(&HOW_MANY, args![id, kind]).await?.ok_or(DbError::NoRow)?;
        let slot = Slot::new(kind, u16::try_from(row.get::<u32>("number")?).unwrap_or(u16::MAX));
        let (deployment, run) = (self.db.deployment().clone(), attempt.run.clone());
        let name = Mark { deployment, run, attempt: attempt.id.clone(), slot: slot.clone() }.name();
        tx.execute(&store::INTEND, args![id, name, attempt.service.as_str(), kind, self.now()]).await?;
        Ok(slot)
    }
}

fn over(holder: &Holder) -> Problem {
    let whose = match holder {
        Holder::Person(_) => "your quota".to_owned(),
        Holder::Community(name) => format!("the quota of {name}"),
    };
    let detail = format!("With that size the machine would take more than {whose} has left.");
    Problem::new(Code::OverQuota, detail, "Take a smaller one, or end other runs first: `roadstead quotas` shows what is in use.")
}

fn check(run: &Run, machine: &Machine) -> Result<(), Problem> {
    let conflict = |detail: &str, remedy: &str| Err(Problem::new(Code::StateConflict, detail, remedy));
    if run.outcome.is_some() || run.cancelling {
        return conflict("The machine is gone, or on its way out.", "Ask for another one.");
    }
    if machine.ready_at.is_none() {
        return conflict("The machine is not there yet.", "Wait until it can be used: `roadstead show` tells how far it is.");
    }
    if machine.is_changing() {
        return conflict(
            "The machine is being changed.",
            "Wait until that is over: `roadstead machines show` tells how far it is.",
        );
    }
    Ok(())
}

fn refused(why: &str, remedy: &str) -> Problem {
    Problem::new(Code::NoSuchAddress, format!("The machine gets no address from a pool: {why}."), remedy)
}

/// Where an address for it would come from. Only what leads there already is taken: to make a way, others would be cut off.
fn pool_for(attachment: Option<&Attachment>, snapshot: Option<&Snapshot>) -> Result<Named, Problem> {
    let elsewhere = "A new machine with `--public` is made where one can be had.";
    let ways = || snapshot.iter().flat_map(|snapshot| snapshot.reach.public.iter().chain(&snapshot.reach.untried));
    let through = |network: &str| {
        ways().find_map(|way| match way {
            Attachment::Floating { network: TenantNetwork::Existing { id, .. }, router: Router::Existing { .. }, pool }
                if id == network =>
            {
                Some(pool.clone())
            }
            _ => None,
        })
    };
    match attachment {
        Some(Attachment::Direct { network, .. }) => {
            let why = format!("it is on {} itself, whose addresses are reached from outside", network.name);
            Err(refused(&why, "Use the address that it has: `roadstead machines show` tells it."))
        }
        Some(Attachment::Floating { pool, .. }) => Ok(pool.clone()),
        // Made for it; whether what the router leads to is reached from outside, only the evidence tells.
        Some(Attachment::OutboundThrough { pool, .. }) => {
            let mut networks = snapshot.iter().flat_map(|snapshot| &snapshot.networks);
            let is_public = networks.any(|one| one.id == pool.id && matches!(one.role, NetworkRole::Pool | NetworkRole::Public));
            let why = format!("its router leads to {}, which is not known to be reached from outside", pool.name);
            if is_public { Ok(pool.clone()) } else { Err(refused(&why, elsewhere)) }
        }
        Some(Attachment::Outbound { network } | Attachment::Isolated { network }) => through(&network.id).ok_or_else(|| {
            let obstacles = snapshot.map(|snapshot| snapshot.reach.obstacles.as_slice()).unwrap_or_default();
            let told: Vec<String> = obstacles.iter().map(ToString::to_string).collect();
            let why = if told.is_empty() { format!("no way is known from {} to one", network.name) } else { told.join("; ") };
            refused(&why, elsewhere)
        }),
        None => Err(Problem::internal()),
    }
}

/// The one that it has, if it is the one that is meant.
fn floating(machine: &Machine, wanted: Option<&str>) -> Result<String, Problem> {
    let has = machine.addresses.iter().find(|one| one.floating).map(|one| one.address.clone());
    let remedy = "`roadstead machines show` tells which addresses it has.";
    match (has, wanted) {
        (None, _) => {
            let detail = "The machine has no address from a pool that could be given back.";
            Err(Problem::new(Code::NoSuchAddress, detail, remedy))
        }
        (Some(has), Some(wanted)) if has != wanted => {
            let detail = format!("{wanted} is no address from a pool of this machine; {has} is.");
            Err(Problem::new(Code::NoSuchAddress, detail, remedy))
        }
        (Some(has), _) => Ok(has),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(id: &str) -> Named {
        Named { id: id.to_owned(), name: id.to_owned() }
    }

    #[test]
    fn an_address_comes_from_where_the_network_leads_and_never_where_one_is_not_needed() {
        let direct = Attachment::Direct { network: named("wide"), versions: vec![4] };
        let refused = pool_for(Some(&direct), None).expect_err("it has one");
        assert_eq!(refused.code, Code::NoSuchAddress);
        assert!(refused.detail.contains("it is on wide itself"), "{}", refused.detail);
        let floating = Attachment::Floating { network: TenantNetwork::ToCreate, router: Router::ToCreate, pool: named("pool") };
        assert_eq!(pool_for(Some(&floating), None).map(|pool| pool.id), Ok("pool".to_owned()));
        let outbound = Attachment::Outbound { network: named("inside") };
        let refused = pool_for(Some(&outbound), None).expect_err("nothing is known to lead out of it");
        assert!(refused.detail.contains("no way is known from inside"), "{}", refused.detail);
        let through =
            Attachment::OutboundThrough { network: TenantNetwork::ToCreate, router: Router::ToCreate, pool: named("centre") };
        let refused = pool_for(Some(&through), None).expect_err("its pool is not public");
        assert!(refused.detail.contains("centre, which is not known to be reached from outside"), "{}", refused.detail);
    }
}
