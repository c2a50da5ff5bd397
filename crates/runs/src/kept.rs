//! Services that machines are: kept by a pilot aboard, found by the machine's run.
//!
//! Nothing of such a service is remembered here: it is made from the machine's row whenever somebody needs it, so that every
//! gateway knows all of them. What is to be done there is ordered over the pilot's link, by the gateway that has the link;
//! another one leaves the work to it.

use crate::desk::Ordered;
use crate::machine::words::keeper;
use crate::places::{Planner, Roles};
use crate::{Inner, Runs};
use async_trait::async_trait;
use broker::{Access, Place, Stock};
use db::{DbError, args};
use identity::Caller;
use model::id::{PersonId, PilotId, RunId, TeamId};
use model::machine::{Computer, Machine, MachineStatus, PilotState};
use model::mark::Mark;
use model::offer::{Downtime, Fact, Offer, Service, ServiceUsage, Size};
use model::request::{RunKind, RunRequest};
use model::run::Run;
use model::{Code, Problem};
use pilot::protocol::{Answer, Deed, EnrolmentCode, What};
use sites::{Created, Driver, DriverError, Ground, Look, Memory, Readiness, Removal, Start, Thing, ThingKind};
use std::sync::Arc;
use std::time::Duration;

db::statements! {
    MACHINE = "SELECT machine.doc AS machine, run.doc AS run FROM machine JOIN run ON run.id = machine.run WHERE machine.run = $1";
    KEEPER = "SELECT pilot.id AS id, pilot.gateway AS gateway,
            (SELECT clock.now_ms - gateway.seen_at FROM gateway, clock WHERE gateway.id = pilot.gateway) AS unheard
        FROM pilot JOIN attempt ON attempt.id = pilot.attempt
        WHERE attempt.run = $1 AND pilot.slot = $2 AND pilot.gone_at IS NULL ORDER BY attempt.number DESC LIMIT 1";
    /// Those of one person, and those that a team shares.
    NOT_OVER = "SELECT machine.doc AS machine, run.doc AS run FROM machine JOIN run ON run.id = machine.run
        WHERE run.state <> 'ended' AND run.outcome IS NULL AND machine.doc LIKE '%\"pilot\":{%' AND (machine.person = $1 OR run.team IS NOT NULL)
        ORDER BY machine.run";
    /// Whatever became of them.
    NEWEST_OF_NAME = "SELECT machine.doc AS machine, run.doc AS run FROM machine JOIN run ON run.id = machine.run
        WHERE machine.person = $1 AND run.name = $2 ORDER BY machine.run DESC LIMIT 1";
}

/// Another gateway signs every second; one that did not for so long is not relied upon.
const SIGN_WITHIN: i64 = 3_000;
/// Until a machine that is out of reach is asked again.
const LOOK_AGAIN: Duration = Duration::from_secs(3);

/// A machine that is deleted does not come back.
const FOR_EVER: Duration = Duration::from_secs(100 * 365 * 86_400);

/// A machine with a pilot, as a service.
pub(crate) struct Kept {
    inner: Arc<Inner>,
    /// The identifier of the machine's run: names may change, and be used twice.
    name: String,
    /// None when even its run was deleted.
    machine: Option<Machine>,
    keeper: Option<PilotId>,
    pub reach: Reach,
}

/// Whether anything can be done at a service from here.
#[derive(Clone, Debug)]
pub(crate) enum Reach {
    Here,
    /// The gateway that has the link can.
    Elsewhere,
    /// Nobody can now.
    Nowhere(String),
    Gone(Problem),
}

/// The machine that a service of this name is.
pub(crate) fn machine_of(service: &str) -> Option<RunId> {
    service.parse().ok()
}

impl Inner {
    /// A service of this gateway's own, or a machine that is one.
    pub(crate) async fn driver(self: &Arc<Self>, service: &str) -> Result<Option<Arc<dyn Driver>>, DbError> {
        if let Some(driver) = self.sites.driver(service) {
            return Ok(Some(Arc::clone(driver)));
        }
        match machine_of(service) {
            Some(run) => Ok(Some(Arc::new(self.kept(&run).await?))),
            None => Ok(None),
        }
    }

    pub(crate) async fn kept(self: &Arc<Self>, run: &RunId) -> Result<Kept, DbError> {
        let row = self.db.row(&MACHINE, args![run.as_str()]).await?;
        let found = row.map(|row| Ok::<_, DbError>((row.json("machine")?, row.json("run")?))).transpose()?;
        self.kept_of(run, found).await
    }

    async fn kept_of(self: &Arc<Self>, run: &RunId, found: Option<(Machine, Run)>) -> Result<Kept, DbError> {
        let (reach, keeper) = match &found {
            None => (Reach::Gone(gone(run.as_str())), None),
            Some((machine, run)) if run.outcome.is_some() || machine.status == MachineStatus::Gone => {
                (Reach::Gone(gone(&machine.name)), None)
            }
            Some((machine, _)) => self.reach(machine).await?,
        };
        let machine = found.map(|(machine, _)| machine);
        Ok(Kept { inner: Arc::clone(self), name: run.to_string(), machine, keeper, reach })
    }

    async fn reach(&self, machine: &Machine) -> Result<(Reach, Option<PilotId>), DbError> {
        let out = |why| Reach::Nowhere(format!("the pilot of machine {} {why}", machine.name));
        let row = self.db.row(&KEEPER, args![machine.run.as_str(), keeper().as_str()]).await?;
        let Some(row) = row else { return Ok((out("is not expected yet"), None)) };
        let (pilot, gateway): (PilotId, Option<String>) = (row.parse("id")?, row.get("gateway")?);
        if self.desk.is_connected(&pilot) {
            return Ok((Reach::Here, Some(pilot)));
        }
        let is_heard = row.get::<Option<i64>>("unheard")?.is_some_and(|unheard| unheard < SIGN_WITHIN);
        let elsewhere = gateway.is_some_and(|gateway| gateway != self.settings.gateway.as_str());
        let reach = match machine.pilot.as_ref().map(|pilot| pilot.state) {
            _ if self.db.is_shared() && elsewhere && is_heard => Reach::Elsewhere,
            Some(PilotState::Expected) | None => out("has not come yet"),
            Some(PilotState::Connected | PilotState::OutOfReach) => out("is out of reach"),
        };
        Ok((reach, Some(pilot)))
    }

    /// Those that somebody may use: their own, and those that teams of theirs share.
    async fn not_over(&self, person: &PersonId, is_in: impl Fn(&TeamId) -> bool) -> Result<Vec<(Machine, Run)>, DbError> {
        let rows = self.db.rows(&NOT_OVER, args![person.as_str()]).await?;
        let read = |row: &db::Row| Ok((row.json("machine")?, row.json("run")?));
        let mut found = rows.iter().map(read).collect::<Result<Vec<(Machine, Run)>, DbError>>()?;
        found.retain(|(_, run)| run.person == *person || run.team.as_ref().is_some_and(&is_in));
        Ok(found)
    }

    /// For whoever plans: with those that cannot be used now, and why. Nothing begins there that would outlast the machine.
    pub(crate) async fn add_kept(
        self: &Arc<Self>,
        planner: &Planner<'_>,
        community: Option<&str>,
        places: &mut Vec<Place>,
        ends: &mut Vec<Downtime>,
    ) -> Result<(), DbError> {
        let is_in = |team: &TeamId| matches!(planner.roles, Roles::OfCaller(caller) if caller.is_in_team(team));
        for (machine, run) in self.not_over(planner.person, is_in).await? {
            if let Some(from) = machine.ends_at {
                let (site, service) = (machine.site.clone(), Some(run.id.to_string()));
                let why = "the machine is deleted then, unless it is extended".to_owned();
                ends.push(Downtime { site, service, from, until: from.plus(FOR_EVER), why });
            }
            let kept = self.kept_of(&run.id.clone(), Some((machine, run))).await?;
            let stock = match kept.useless() {
                Some(why) => Stock::unseen(&kept.name, kept.site(), None, None, &why),
                None => Stock::of_service(self.with_usage(kept.service(Look::Quick).await).await?),
            };
            places.push(Place { stock: Arc::new(stock), access: Access::Granted { roles: planner.roles(community) } });
        }
        Ok(())
    }
}

impl Runs {
    /// The machines that are services for the caller and can be used now.
    pub(crate) async fn services_kept(&self, caller: &Caller) -> Result<Vec<Service>, DbError> {
        let mut services = Vec::new();
        for (machine, run) in self.0.not_over(caller.person(), |team| caller.is_in_team(team)).await? {
            let kept = self.0.kept_of(&machine.run.clone(), Some((machine, run))).await?;
            if kept.useless().is_none() {
                services.push(self.0.with_usage(kept.service(Look::Quick).await).await?);
            }
        }
        Ok(services)
    }

    /// Lets people name the service that a machine is as they name the machine.
    pub(crate) async fn name_kept(&self, caller: &Caller, request: &mut RunRequest) -> Result<(), Problem> {
        let Some(wanted) = request.place.service.clone().filter(|_| request.kind == RunKind::Batch) else { return Ok(()) };
        let is_known = self.0.sites.driver(&wanted).is_some()
            || self.0.sites.survey().is_some_and(|survey| survey.federation().service(&wanted).is_some());
        if is_known {
            return Ok(());
        }
        let found = self.0.not_over(caller.person(), |team| caller.is_in_team(team)).await?;
        let named: Vec<&Run> =
            found.iter().map(|(_, run)| run).filter(|run| run.name == wanted || run.id.as_str() == wanted).collect();
        // One's own before those of a team.
        let own = || named.iter().filter(|run| run.person == *caller.person());
        match (named.as_slice(), own().count()) {
            ([one], _) => request.place.service = Some(one.id.to_string()),
            (_, 1) => request.place.service = own().next().map(|run| run.id.to_string()),
            ([], _) => return self.told_of_what_was(caller, &wanted).await,
            _ => {
                let detail = format!("where.service: several machines are called {wanted}.");
                return Err(Problem::new(Code::InvalidField, detail, "Name one by its run: `roadstead machines` lists them."));
            }
        }
        Ok(())
    }

    /// Better than that there is no such service.
    async fn told_of_what_was(&self, caller: &Caller, wanted: &str) -> Result<(), Problem> {
        let row = match machine_of(wanted) {
            Some(run) => self.0.db.row(&MACHINE, args![run.as_str()]).await?,
            None => self.0.db.row(&NEWEST_OF_NAME, args![caller.person().as_str(), wanted]).await?,
        };
        let Some(row) = row else { return Ok(()) };
        let (machine, run): (Machine, Run) = (row.json("machine")?, row.json("run")?);
        if run.person != *caller.person() {
            return Ok(());
        }
        if run.outcome.is_some() {
            return Err(gone(&machine.name));
        }
        let detail =
            format!("The machine {} was made without a pilot, so that nothing can be run there from here.", machine.name);
        Err(Problem::new(Code::NoOffer, detail, "Ask for another one with `--pilot`, or use this one by `roadstead ssh`."))
    }
}

impl Kept {
    fn computer(&self) -> Option<&Computer> {
        self.machine.as_ref()?.pilot.as_ref()?.computer.as_ref()
    }

    fn site(&self) -> &str {
        self.machine.as_ref().map_or("", |machine| &machine.site)
    }

    /// Why nothing can be begun there now.
    fn useless(&self) -> Option<String> {
        match &self.reach {
            Reach::Gone(problem) => Some(problem.detail.clone()),
            Reach::Nowhere(why) => Some(why.clone()),
            Reach::Here | Reach::Elsewhere if self.computer().is_none() => {
                Some("its pilot has not said yet what it has".to_owned())
            }
            Reach::Here | Reach::Elsewhere => None,
        }
    }

    fn whole(&self) -> Size {
        let name = "this machine".to_owned();
        match self.computer() {
            Some(&Computer { cores, memory, disk, .. }) => Size { name, cores, memory, disk, divisible: true, ..Size::default() },
            None => Size { name, divisible: true, ..Size::default() },
        }
    }

    fn out_of_reach(&self) -> Problem {
        let why = match &self.reach {
            Reach::Gone(problem) => return problem.clone(),
            Reach::Nowhere(why) => why.clone(),
            Reach::Here | Reach::Elsewhere => "its pilot did not answer in time".to_owned(),
        };
        let remedy =
            "Nothing needs to be done: it is tried again by itself. If the machine is stopped or broken, start or delete it.";
        Problem::new(Code::PilotSilent, format!("Nothing can be done at {}: {why}.", self.name), remedy)
    }

    async fn order(&self, mark: &Mark, deed: Deed) -> Result<Answer, DriverError> {
        let Some(keeper) = &self.keeper else { return Err(DriverError::Passing(self.out_of_reach())) };
        match self.inner.desk.order(keeper, mark, deed).await {
            Ordered::Answered(answer) => sites::kept::result_of(answer),
            Ordered::Unheard => Err(DriverError::Passing(self.out_of_reach())),
        }
    }
}

#[async_trait]
impl Driver for Kept {
    fn name(&self) -> &str {
        &self.name
    }

    fn runs_on(&self) -> Option<String> {
        None
    }

    async fn service(&self, _: Look) -> Service {
        let machine = self.machine.as_ref();
        let name = machine.map(|machine| machine.name.clone()).unwrap_or_default();
        let called = Fact { name: "machine".to_owned(), value: name, source: "its owner".to_owned() };
        let told = self.computer().map(|computer| computer.facts.clone()).unwrap_or_default();
        Service {
            name: self.name.clone(),
            site: self.site().to_owned(),
            driver: "machine".to_owned(),
            sizes: vec![self.whole()],
            facts: std::iter::once(called).chain(told).collect(),
            container_engines: self.computer().map(|computer| computer.container_engines.clone()).unwrap_or_default(),
            multi_node: false,
            usage: ServiceUsage::default(),
            standing: None,
            seen_at: self.inner.now(),
        }
    }

    async fn size(&self) -> Size {
        self.whole()
    }

    fn things(&self, _: &RunRequest, _: &Offer, width: u32) -> Vec<Thing> {
        sites::kept::things(width)
    }

    fn width(&self, request: &RunRequest) -> u32 {
        sites::kept::width(&self.whole(), request)
    }
}

#[async_trait]
impl Ground for Kept {
    async fn create(&self, mark: &Mark, thing: &Thing, start: Option<Start>, _: &Memory) -> Result<Created, DriverError> {
        if let Reach::Gone(problem) = &self.reach {
            return Err(DriverError::Final(problem.clone()));
        }
        let deed = match (thing.kind, start) {
            (ThingKind::Directory, _) => Deed::MakeDirectory,
            (ThingKind::Pilot, Some(Start { pilot, enrolment, width, containers })) => {
                Deed::StartPilot { pilot, enrolment: EnrolmentCode(enrolment.expose().to_owned()), width, containers }
            }
            _ => return Err(DriverError::Final(Problem::internal())),
        };
        match self.order(mark, deed).await? {
            Answer::Made { remote_id } => Ok(Created { remote_id }),
            _ => Err(DriverError::Final(Problem::internal())),
        }
    }

    async fn readiness(&self, _: &Mark) -> Result<Readiness, DriverError> {
        Ok(Readiness::Ready(None))
    }

    /// What nobody can see may be there.
    async fn exists(&self, mark: &Mark, thing: &Thing) -> Result<bool, DriverError> {
        match &self.reach {
            Reach::Gone(_) => return Ok(false),
            Reach::Elsewhere | Reach::Nowhere(_) => return Ok(true),
            Reach::Here => {}
        }
        match self.order(mark, Deed::IsThere { what: what_of(thing.kind)? }).await? {
            Answer::There { is_there } => Ok(is_there),
            _ => Err(DriverError::Final(Problem::internal())),
        }
    }

    async fn remove(&self, mark: &Mark, thing: &Thing, _: &Memory) -> Result<Removal, DriverError> {
        if let Reach::Gone(_) = &self.reach {
            // Its pilots are not heard any more; its own attempt sees to it that nothing of it is left.
            return Ok(Removal::Gone { evidence: format!("{} is deleted, with all that is in it", self.name) });
        }
        match self.order(mark, Deed::Remove { what: what_of(thing.kind)? }).await {
            Ok(Answer::Gone { evidence }) => Ok(Removal::Gone { evidence }),
            Ok(Answer::Going { look_again_ms }) => Ok(Removal::Going { look_again: Duration::from_millis(look_again_ms) }),
            Ok(_) => Err(DriverError::Final(Problem::internal())),
            Err(DriverError::Passing(why)) => Ok(Removal::Stuck { look_again: LOOK_AGAIN, why }),
            Err(error) => Err(error),
        }
    }
}

fn what_of(kind: ThingKind) -> Result<What, DriverError> {
    match kind {
        ThingKind::Directory => Ok(What::Directory),
        ThingKind::Pilot => Ok(What::Pilot),
        _ => Err(DriverError::Final(Problem::internal())),
    }
}

fn gone(machine: &str) -> Problem {
    let detail = format!("The machine {machine}, where this was to run, is gone: it was deleted, or its time was over.");
    Problem::new(Code::MachineLost, detail, "Ask for another machine, or run it somewhere else.")
}
