//! What people do with machines that are there: looking at them, changing them, giving them more time.

use crate::Runs;
use crate::machine::{Edit, Wanted, deed};
use crate::store::edit_run;
use db::{DbError, args};
use flow::StepError;
use identity::{Action, Caller, Resource, authorize};
use model::event::Happening;
use model::id::RunId;
use model::machine::{Deed, Machine, MachineStatus, Neighbour};
use model::offer::{Offer, Size};
use model::{Code, Problem, Span};
use sites::openstack::trouble::at_action;
use sites::openstack::yard::Action as Act;
use sites::openstack::{Purpose, Yard};
use sites::{DriverError, ThingKind};

db::statements! {
    OF_PERSON = "SELECT machine.doc AS doc FROM machine JOIN run ON run.id = machine.run
        WHERE machine.person = $1 AND ($2 = 1 OR run.state <> 'ended') ORDER BY machine.run DESC LIMIT $3";
    OF_COMMUNITY = "SELECT machine.doc AS doc FROM machine JOIN run ON run.id = machine.run
        WHERE machine.community = $1 AND ($2 = 1 OR run.state <> 'ended') ORDER BY machine.run DESC LIMIT $3";
    SERVER = "SELECT owned.remote_id AS server, owned.service AS service FROM owned JOIN attempt ON attempt.id = owned.attempt
        WHERE attempt.run = $1 AND owned.kind = $2 AND owned.released_at IS NULL AND owned.remote_id IS NOT NULL ORDER BY attempt.number DESC LIMIT 1";
    RUN_OF_SERVER = "SELECT attempt.run AS run FROM owned JOIN attempt ON attempt.id = owned.attempt
        WHERE owned.kind = 'server' AND owned.remote_id = $1 AND owned.service = $2";
    RENAME = "UPDATE run SET name = $2 WHERE id = $1";
    OFFER_OF = "SELECT offer FROM attempt WHERE run = $1 ORDER BY number DESC LIMIT 1";
}

const MOST: u32 = 1_000;

/// Which machines.
#[derive(Clone, Debug, Default)]
pub struct MachineFilter {
    /// All of this community, for whoever manages it.
    pub community: Option<String>,
    /// Those too that are gone.
    pub gone: bool,
}

impl Runs {
    pub async fn machines(&self, caller: &Caller, filter: &MachineFilter) -> Result<Vec<Machine>, Problem> {
        let rows = match &filter.community {
            None => {
                authorize(caller, Action::RunsList, Resource::Of(caller.person())).map_err(Problem::from)?;
                self.0.db.rows(&OF_PERSON, args![caller.person().as_str(), filter.gone, MOST]).await?
            }
            Some(name) => {
                authorize(caller, Action::RunsListOf, Resource::Community(name)).map_err(Problem::from)?;
                self.0.db.rows(&OF_COMMUNITY, args![name.as_str(), filter.gone, MOST]).await?
            }
        };
        Ok(rows.iter().map(|row| row.json("doc")).collect::<Result<_, DbError>>()?)
    }

    pub async fn machine(&self, caller: &Caller, id: &RunId) -> Result<Machine, Problem> {
        self.authorized(caller, Action::RunsRead, id).await?;
        self.0.machine(id).await?.ok_or_else(|| Problem::not_found("machine", id.as_str()))
    }

    /// The last lines that it wrote to its console.
    pub async fn console(&self, caller: &Caller, id: &RunId) -> Result<String, Problem> {
        self.authorized(caller, Action::RunsLogs, id).await?;
        let (yard, server) = self.standing_server(id).await?;
        yard.console(&server).await.map_err(|fault| at_action(&fault))
    }

    /// A link to its screen and keyboard: for whoever has it, for some minutes.
    pub async fn screen(&self, caller: &Caller, id: &RunId) -> Result<String, Problem> {
        self.authorized(caller, Action::MachinesChange, id).await?;
        let (yard, server) = self.standing_server(id).await?;
        yard.screen(&server).await.map_err(|fault| at_action(&fault))
    }

    pub async fn change_machine(&self, caller: &Caller, id: &RunId, deed: &Deed) -> Result<Machine, Problem> {
        self.authorized(caller, Action::MachinesChange, id).await?;
        deed.check()?;
        match deed {
            Deed::AddAddress => return self.undertake(id, Wanted::Address).await,
            Deed::RemoveAddress { address } => return self.undertake(id, Wanted::NoAddress(address.as_deref())).await,
            Deed::Resize { size } => return self.undertake(id, Wanted::Size(size)).await,
            Deed::AddVolume { size } => return self.undertake(id, Wanted::Volume(*size)).await,
            Deed::RemoveVolume { volume } => return self.undertake(id, Wanted::NoVolume(volume)).await,
            _ => {}
        }
        if matches!(deed, Deed::Rebuild | Deed::SaveAs { .. }) && self.offer_of(id).await?.size.from_volume {
            return Err(not_from_volume(deed));
        }
        let (yard, server) = self.standing_server(id).await?;
        let done = match deed {
            Deed::Start => yard.act(&server, &Act::Start).await,
            Deed::Stop => yard.act(&server, &Act::Stop).await,
            Deed::Reboot { hard } => yard.act(&server, &Act::Reboot { hard: *hard }).await,
            Deed::Rebuild => yard.act(&server, &Act::Rebuild { image: self.image_of(id).await? }).await,
            Deed::SaveAs { name } => yard.act(&server, &Act::SaveAs { name: name.clone() }).await,
            Deed::Open { ports } => {
                let group = self.thing_of(id, ThingKind::Group).await?;
                yard.open(&group, ports).await
            }
            Deed::Close { ports } => {
                let group = self.thing_of(id, ThingKind::Group).await?;
                let mut done = Ok(());
                for port in ports {
                    done = done.and(yard.close(&group, *port).await);
                }
                done
            }
            Deed::Rename { .. } | Deed::AddAddress | Deed::RemoveAddress { .. } | Deed::Resize { .. } => Ok(()),
            Deed::AddVolume { .. } | Deed::RemoveVolume { .. } => Ok(()),
        };
        done.map_err(|fault| at_action(&fault))?;
        let mut tx = self.0.db.begin().await?;
        let mut run = edit_run(&mut tx, id).await?;
        let Some(mut edit) = Edit::begin(&mut tx, id).await? else { return Err(Problem::internal()) };
        deed::apply(&mut edit.machine, deed);
        if let Deed::Rename { name } = deed {
            run.name.clone_from(name);
            tx.execute(&RENAME, args![id.as_str(), name.as_str()]).await?;
            crate::store::save_run(&mut tx, &run).await?;
        }
        edit.save(&mut tx).await?;
        self.0.engine()?.wake(&mut tx, id.as_str()).await?;
        tx.commit().await?;
        Ok(edit.machine)
    }

    /// The size that it has, and those that it could have instead.
    pub async fn machine_sizes(&self, caller: &Caller, id: &RunId) -> Result<(Size, Vec<Size>), Problem> {
        self.authorized(caller, Action::MachinesChange, id).await?;
        let sizes = self.sizes_of(id).await?;
        Ok((sizes.has, sizes.fitting))
    }

    /// From now on so long, and no longer than machines may last here.
    pub async fn extend_machine(&self, caller: &Caller, id: &RunId, lifetime: Span) -> Result<Machine, Problem> {
        self.authorized(caller, Action::MachinesChange, id).await?;
        let longest = self.0.settings.machines.longest_lifetime;
        if lifetime.duration() > longest || lifetime.duration().is_zero() {
            let longest = Span::seconds(longest.as_secs());
            let detail = format!("A machine lasts from some seconds to {longest} at once; you asked for {lifetime}.");
            return Err(Problem::new(Code::InvalidField, detail, "Ask for less, and extend it again when that is over."));
        }
        let mut tx = self.0.db.begin().await?;
        let run = edit_run(&mut tx, id).await?;
        let Some(mut edit) = Edit::begin(&mut tx, id).await? else { return Err(Problem::not_found("machine", id.as_str())) };
        if edit.machine.ready_at.is_none() || run.outcome.is_some() {
            return Err(not_there(edit.machine.status));
        }
        let ends_at = self.0.now().plus(lifetime.duration());
        (edit.machine.ends_at, edit.warned_at) = (Some(ends_at), None);
        edit.save(&mut tx).await?;
        self.0.tell(&mut tx, &run, Happening::Lifetime { ends_at }).await?;
        self.0.engine()?.wake(&mut tx, id.as_str()).await?;
        tx.commit().await?;
        Ok(edit.machine)
    }

    /// All servers in the projects that the caller may work in: theirs, and whose else they are as far as that is known.
    pub async fn neighbours(&self, caller: &Caller) -> Result<(Vec<Neighbour>, Vec<Problem>), Problem> {
        authorize(caller, Action::RunsList, Resource::Of(caller.person())).map_err(Problem::from)?;
        let survey = self.0.survey()?;
        let visitor = self.visitor(caller).await?;
        let mut places = Vec::new();
        for snapshot in survey.snapshots(&visitor) {
            places.push((snapshot.service.clone(), snapshot.site.clone(), snapshot.project.clone()));
        }
        let looks = places.into_iter().map(|(service, site, project)| async move {
            let yard = self.yard_of(caller.person().clone(), &service, &project.id).await?;
            let servers = yard.servers().await.map_err(|fault| at_action(&fault))?;
            let mut found = Vec::new();
            for (server, mark) in servers {
                let ours = mark.as_ref().filter(|mark| mark.deployment == *self.0.db.deployment());
                let run = match ours {
                    Some(_) => self.run_of_server(&server.id, &service).await?,
                    None => None,
                };
                found.push(Neighbour {
                    service: service.clone(),
                    site: site.clone(),
                    project: project.clone(),
                    server: server.id,
                    name: server.name,
                    status: server.status,
                    addresses: server.addresses,
                    created_at: server.created_at,
                    made_by: server.made_by,
                    run,
                });
            }
            Ok::<_, Problem>(found)
        });
        let (mut found, mut problems) = (Vec::new(), Vec::new());
        for looked in futures_util::future::join_all(looks).await {
            match looked {
                Ok(servers) => found.extend(servers),
                Err(problem) => problems.push(problem),
            }
        }
        found.sort_by(|one, other| (&one.site, &one.name, &one.server).cmp(&(&other.site, &other.name, &other.server)));
        Ok((found, problems))
    }

    async fn run_of_server(&self, server: &str, service: &str) -> Result<Option<RunId>, DbError> {
        self.0.db.row(&RUN_OF_SERVER, args![server, service]).await?.map(|row| row.parse("run")).transpose()
    }

    async fn yard_of(&self, person: model::id::PersonId, service: &str, project: &str) -> Result<Yard, Problem> {
        match self.0.yard(person, Purpose::Work, service, project).await {
            Ok(entered) => entered.map_err(told),
            Err(StepError::Passing(problem) | StepError::Final(problem)) => Err(problem),
        }
    }

    /// In the name of its owner, whoever asks: they were let do that with the run.
    async fn standing_server(&self, id: &RunId) -> Result<(Yard, String), Problem> {
        let machine = self.0.machine(id).await?.ok_or_else(|| Problem::not_found("machine", id.as_str()))?;
        if matches!(machine.status, MachineStatus::Gone | MachineStatus::Deleting) {
            return Err(not_there(machine.status));
        }
        let server = self.thing_of(id, ThingKind::Server).await.map_err(|_| not_there(machine.status))?;
        let yard = self.yard_of(machine.person, &machine.service, machine.project.as_deref().unwrap_or_default()).await?;
        Ok((yard, server))
    }

    async fn thing_of(&self, id: &RunId, kind: ThingKind) -> Result<String, Problem> {
        let row = self.0.db.row(&SERVER, args![id.as_str(), kind.as_str()]).await?;
        row.map(|row| row.get("server")).transpose()?.ok_or_else(|| not_there(MachineStatus::Building))
    }

    async fn image_of(&self, id: &RunId) -> Result<String, Problem> {
        self.offer_of(id).await?.image.map(|image| image.id).ok_or_else(Problem::internal)
    }

    async fn offer_of(&self, id: &RunId) -> Result<Offer, Problem> {
        let row = self.0.db.row(&OFFER_OF, args![id.as_str()]).await?.ok_or(DbError::NoRow)?;
        Ok(row.json("offer")?)
    }
}

/// To whoever asked, instead of to a flow.
pub(crate) fn told(error: DriverError) -> Problem {
    match error {
        DriverError::Passing(problem) | DriverError::Final(problem) | DriverError::Unfit { problem, .. } => problem,
        DriverError::NotYetSeen { .. } => Problem::internal(),
    }
}

/// Nova would do neither to the volume: rebuilding leaves it as it is, and saving ties it to a snapshot that nobody finds again.
fn not_from_volume(deed: &Deed) -> Problem {
    let (detail, remedy) = match deed {
        Deed::Rebuild => ("is not changed by being rebuilt", "Ask for another machine, and cancel this one."),
        _ => ("cannot be saved as an image here", "Copy what you need from it, or save it at its site."),
    };
    Problem::new(Code::StateConflict, format!("What starts from a volume {detail}."), remedy)
}

fn not_there(status: MachineStatus) -> Problem {
    let (detail, remedy) = match status {
        MachineStatus::Gone | MachineStatus::Deleting => ("The machine is gone, or on its way out.", "Ask for another one."),
        _ => ("The machine is not there yet.", "Wait until it can be used: `roadstead show` tells how far it is."),
    };
    Problem::new(Code::StateConflict, detail, remedy)
}
