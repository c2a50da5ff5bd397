//! Making a machine, thing after thing, and waiting until it can be used.

use super::row::{Edit, follow};
use super::volumes;
use super::weather::Operation;
use crate::attempt::{AttemptFlow, Subject, at_step};
use crate::store::{self, Owned, edit_run, save_run};
use db::{DbError, args};
use flow::{Advance, Commit, StepError, fault};
use futures_util::FutureExt;
use model::event::Happening;
use model::id::PersonId;
use model::machine::MachineStatus;
use model::run::{Step, WaitingReason};
use model::{Code, Problem, Timestamp};
use sites::openstack::Purpose;
use sites::{DriverError, Ground, Readiness, Sight, ThingKind};
use std::time::{Duration, Instant};

db::statements! {
    BEGIN_ELEMENT = "UPDATE element SET state = 'running', attempt = $2, tries = tries + 1, started_at = $3 WHERE run = $1 AND state <> 'ended'";
    HOLD_ADDRESS = "INSERT INTO address (address, service, run, person, held_from) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (address, service, run) DO UPDATE SET held_until = NULL";
    HELD = "SELECT address FROM address WHERE run = $1 AND held_until IS NULL";
    LET_GO = "UPDATE address SET held_until = $3 WHERE run = $1 AND address = $2 AND held_until IS NULL";
    MADE_AT = "SELECT created_at FROM owned WHERE attempt = $1 AND kind = $2";
}

/// A step goes on with the next thing for so long; then it gives its lease back and comes again.
const AT_ONCE: Duration = Duration::from_secs(4);
/// For whoever has to sign in, or for a site that does not see yet what it was asked for.
const SIGN_IN: Duration = Duration::from_secs(60);

impl AttemptFlow {
    pub(crate) async fn build(&self, subject: Subject) -> Result<Advance, StepError> {
        let begun = Instant::now();
        let owned = self.owned_things(&subject).await?;
        let ground = match self.ground(&subject, Purpose::Work, &owned).await {
            Ok(ground) => ground,
            Err(StepError::Passing(problem)) if problem.code == Code::SignInNeeded => {
                return Ok(self.wait_for_sign_in(subject, problem));
            }
            Err(error) => return Err(error),
        };
        if owned.is_empty() {
            let detail = "The way to an address there would change a router that is not ours.";
            let problem = Problem::new(Code::MachineRejected, detail, "Ask for it without a public address, or at another site.");
            return Err(StepError::Final(problem));
        }
        for owned in owned.iter().filter(|owned| owned.remote_id.is_none()) {
            if begun.elapsed() > AT_ONCE {
                return Ok(Advance::pending(Duration::ZERO));
            }
            if owned.thing.kind == ThingKind::Server
                && let Some(later) = self.await_foundation(&subject, &*ground, begun).await?
            {
                return Ok(later);
            }
            if let Some(later) = self.make(&subject, &*ground, owned).await? {
                return Ok(later);
            }
        }
        loop {
            let mark = subject.mark(&self.0, &server());
            match ground.readiness(&mark).await {
                Ok(Readiness::Ready(sight)) => return self.made(subject, sight).await,
                Ok(Readiness::NotYet { look_again }) => {
                    if self.since_made(&subject, ThingKind::Server).await? > self.0.settings.machines.boot_within {
                        return Err(self.failed(&subject, Operation::Boot, too_slow(&subject), Some(sites::Aside::Size)).await?);
                    }
                    if begun.elapsed() > AT_ONCE {
                        return Ok(Advance::pending(look_again));
                    }
                    tokio::time::sleep(look_again).await;
                }
                // Lists and answers may be late; a machine that somebody took away does not come back.
                Ok(Readiness::Unseen { look_again }) => {
                    if self.since_made(&subject, ThingKind::Server).await? > self.0.settings.settle {
                        return Err(StepError::Final(lost(&subject)));
                    }
                    return Ok(Advance::pending(look_again));
                }
                Err(DriverError::Unfit { problem, aside }) => {
                    return Err(self.failed(&subject, Operation::Boot, problem, Some(aside)).await?);
                }
                Err(error) => return Err(at_step(error).into()),
            }
        }
    }

    /// Until what it starts from is whole: an image is copied to a volume, which may take minutes.
    async fn await_foundation(
        &self,
        subject: &Subject,
        ground: &dyn Ground,
        begun: Instant,
    ) -> Result<Option<Advance>, StepError> {
        loop {
            match ground.foundation().await {
                Ok(Readiness::Ready(_)) => return Ok(None),
                Ok(Readiness::NotYet { look_again }) => {
                    if self.since_made(subject, ThingKind::Volume).await? > self.0.settings.machines.boot_within {
                        let problem = too_slow(subject);
                        return Err(self.failed(subject, Operation::Create, problem, Some(sites::Aside::Size)).await?);
                    }
                    if begun.elapsed() > AT_ONCE {
                        return Ok(Some(Advance::pending(look_again)));
                    }
                    tokio::time::sleep(look_again).await;
                }
                Ok(Readiness::Unseen { look_again }) => {
                    if self.since_made(subject, ThingKind::Volume).await? > self.0.settings.settle {
                        return Err(StepError::Final(lost(subject)));
                    }
                    return Ok(Some(Advance::pending(look_again)));
                }
                Err(DriverError::Unfit { problem, aside }) => {
                    return Err(self.failed(subject, Operation::Create, problem, Some(aside)).await?);
                }
                Err(error) => return Err(at_step(error).into()),
            }
        }
    }

    /// Something to wait for, or nothing: it is there.
    async fn make(&self, subject: &Subject, ground: &dyn Ground, owned: &Owned) -> Result<Option<Advance>, StepError> {
        let is_recent = self.was_just_asked(owned);
        match self.find_or_ask(subject, ground, owned).await? {
            Ok(()) => Ok(None),
            Err(DriverError::NotYetSeen { look_again }) => Ok(Some(Advance::pending(look_again))),
            Err(DriverError::Unfit { problem, aside }) => {
                Err(self.failed(subject, Operation::Create, problem, Some(aside)).await?)
            }
            // Asked before, waited for, and no better now. Waiting begins the step's tries anew: they alone never end this.
            Err(DriverError::Passing(problem))
                if problem.code == Code::SiteUnreachable && owned.asked_at.is_some() && !is_recent =>
            {
                Err(StepError::Final(problem))
            }
            Err(error) => Err(at_step(error).into()),
        }
    }

    /// So lately that it proves nothing when it is not seen.
    pub(super) fn was_just_asked(&self, owned: &Owned) -> bool {
        owned.asked_at.is_some_and(|at| self.0.now().since(at) < self.0.settings.settle)
    }

    /// Finds the thing by its mark or asks for it, and writes its identifier down. Inside: why it is not there.
    pub(super) async fn find_or_ask(
        &self,
        subject: &Subject,
        ground: &dyn Ground,
        owned: &Owned,
    ) -> Result<Result<(), DriverError>, StepError> {
        let (thing, mark) = (&owned.thing, subject.mark(&self.0, &owned.thing));
        let attempt = subject.attempt.id.as_str();
        let is_recent = self.was_just_asked(owned);
        if !is_recent {
            self.0.db.write(&store::ASKED, args![attempt, owned.name.as_str(), self.0.now()]).await?;
        }
        fault::point("runs.before_effect");
        let created = ground.create(&mark, thing, None, &owned.memory(is_recent)).await;
        fault::point("runs.after_effect");
        let created = match created {
            Ok(created) => created,
            Err(error) => return Ok(Err(error)),
        };
        let mut tx = self.0.db.begin().await?;
        let run = edit_run(&mut tx, &subject.attempt.run).await?;
        let values = args![attempt, owned.name.as_str(), created.remote_id.as_str(), self.0.now()];
        tx.execute(&store::CREATED, values).await?;
        self.0.tell(&mut tx, &run, Happening::Owned { name: owned.name.clone(), created: true }).await?;
        tx.commit().await?;
        Ok(Ok(()))
    }

    /// What is known from it is kept for those who plan next; the error ends the attempt.
    async fn failed(
        &self,
        subject: &Subject,
        operation: Operation,
        problem: Problem,
        aside: Option<sites::Aside>,
    ) -> Result<StepError, StepError> {
        let (attempt, inner) = (&subject.attempt, &self.0);
        let is_of_addresses = matches!(aside, Some(sites::Aside::Public | sites::Aside::Pool(_)));
        if let Some(aside) = aside {
            let run = inner.run_doc(&attempt.run).await?;
            let mut tx = inner.db.begin().await?;
            inner.set_aside(&mut tx, attempt, &run.person, aside, &problem).await?;
            tx.commit().await?;
        }
        let took = inner.now().since(attempt.started_at);
        // Of addresses there are fewer than of machines, so people want to know since when there is none.
        let operation = if is_of_addresses { Operation::Address } else { operation };
        inner.note_weather(&attempt.service, operation, took, Some(&problem)).await;
        Ok(StepError::Final(problem))
    }

    async fn since_made(&self, subject: &Subject, kind: ThingKind) -> Result<Duration, DbError> {
        let row = self.0.db.row(&MADE_AT, args![subject.attempt.id.as_str(), kind.as_str()]).await?.ok_or(DbError::NoRow)?;
        let at: Option<Timestamp> = row.get("created_at")?;
        Ok(at.map_or(Duration::ZERO, |at| self.0.now().since(at)))
    }

    fn wait_for_sign_in(&self, subject: Subject, problem: Problem) -> Advance {
        let (inner, run) = (self.0.clone(), subject.attempt.run);
        let waiting = inner.waiting(WaitingReason::SignIn, problem.detail, &problem.remedy);
        let commit = Commit::new(move |tx| {
            async move {
                let mut run = edit_run(tx, &run).await?;
                inner.wait_for(tx, &mut run, Some(waiting)).await?;
                save_run(tx, &run).await
            }
            .boxed()
        });
        Advance::Pending { after: SIGN_IN, commit }
    }

    /// It can be used from now on, and its time begins.
    async fn made(&self, subject: Subject, sight: Option<Sight>) -> Result<Advance, StepError> {
        let inner = self.0.clone();
        let row = inner.db.row(&store::RUN_REQUEST, args![subject.attempt.run.as_str()]).await?.ok_or(DbError::NoRow)?;
        let (request, person) = store::request_of(&row)?;
        let settings = &inner.settings.machines;
        let is_public = request.machine.as_ref().is_some_and(|machine| machine.public);
        let asked = request.machine.and_then(|machine| machine.lifetime);
        let lifetime = asked.map_or(settings.lifetime, |span| span.duration()).min(settings.longest_lifetime);
        let owned = self.owned_things(&subject).await?;
        let server = owned.iter().find(|owned| owned.thing.kind == ThingKind::Server).and_then(|owned| owned.remote_id.clone());
        let root = owned.iter().find_map(|owned| volumes::root(owned, &subject.attempt.offer));
        let took = inner.now().since(subject.attempt.started_at);
        let went_well = [Some(Operation::Create), Some(Operation::Boot), is_public.then_some(Operation::Address)];
        for operation in went_well.into_iter().flatten() {
            inner.note_weather(&subject.attempt.service, operation, took, None).await;
        }
        let inner = self.0.clone();
        let commit = Commit::new(move |tx| {
            async move {
                let (attempt, now) = (&subject.attempt, inner.now());
                let mut run = edit_run(tx, &attempt.run).await?;
                inner.wait_for(tx, &mut run, None).await?;
                run.started_at = run.started_at.or(Some(now));
                tx.execute(&BEGIN_ELEMENT, args![run.id.as_str(), attempt.id.as_str(), now]).await?;
                run.elements = crate::elements::count(tx, &run.id).await?;
                inner.step(tx, &mut run, Step::Execute).await?;
                if let Some(mut edit) = Edit::begin(tx, &attempt.run).await? {
                    let machine = &mut edit.machine;
                    follow(machine, &attempt.offer);
                    machine.status = sight.as_ref().map_or(MachineStatus::Active, |sight| sight.status);
                    machine.server = server;
                    machine.volumes = root.into_iter().collect();
                    machine.addresses = sight.map(|sight| sight.addresses).unwrap_or_default();
                    (machine.ready_at, machine.seen_at) = (Some(now), Some(now));
                    machine.ends_at = Some(now.plus(lifetime));
                    hold_addresses(tx, machine, &person, now).await?;
                    inner.note_pool_of(tx, &attempt.offer, machine).await?;
                    edit.save(tx).await?;
                }
                inner.forgive(tx, attempt, &person).await?;
                save_run(tx, &run).await
            }
            .boxed()
        });
        Ok(Advance::Done { output: serde_json::Value::Null, commit })
    }
}

/// Those that it has are its own from now on, and the others not any more.
pub(super) async fn hold_addresses(
    tx: &mut db::Tx,
    machine: &model::machine::Machine,
    person: &PersonId,
    now: Timestamp,
) -> Result<(), DbError> {
    for row in tx.rows(&HELD, args![machine.run.as_str()]).await? {
        let held: String = row.get("address")?;
        if !machine.addresses.iter().any(|one| one.address == held) {
            tx.execute(&LET_GO, args![machine.run.as_str(), held, now]).await?;
        }
    }
    for address in &machine.addresses {
        let values = args![address.address.as_str(), machine.service.as_str(), machine.run.as_str(), person.as_str(), now];
        tx.execute(&HOLD_ADDRESS, values).await?;
    }
    Ok(())
}

pub(super) fn server() -> sites::Thing {
    sites::Thing { kind: ThingKind::Server, slot: model::mark::Slot::new(ThingKind::Server.as_str(), 0) }
}

fn too_slow(subject: &Subject) -> Problem {
    let service = &subject.attempt.service;
    Problem::new(
        Code::MachineBroken,
        format!("{service} did not start the machine in time."),
        "The next offer is tried by itself, if there is one.",
    )
}

pub(super) fn lost(subject: &Subject) -> Problem {
    let service = &subject.attempt.service;
    Problem::new(
        Code::MachineLost,
        format!("The machine is not there any more: {service} does not know it."),
        "Somebody removed it there. Ask for another one.",
    )
}
