//! The row of a machine.

use crate::Inner;
use db::{DbError, Row, Tx, args};
use model::id::RunId;
use model::machine::{Machine, MachineStatus, Pilot};
use model::offer::Offer;
use model::recipe::Recipe;
use model::request::{Opening, RunRequest};
use model::run::Run;
use model::{Code, Problem, Secret, Timestamp};
use serde::{Deserialize, Serialize};
use sites::cloud_init::{self, Key, PilotStart};

db::statements! {
    INSERT = "INSERT INTO machine (run, person, community, doc, parts, standing) VALUES ($1, $2, $3, $4, $5, $6)";
    DOC = "SELECT doc FROM machine WHERE run = $1";
    LOCK = "UPDATE machine SET warned_at = warned_at WHERE run = $1 RETURNING doc, warned_at";
    SAVE = "UPDATE machine SET doc = $2, ends_at = $3, warned_at = $4 WHERE run = $1";
    PARTS = "SELECT parts FROM machine WHERE run = $1";
    STANDING = "SELECT standing FROM machine WHERE run = $1";
    FORGET_TURNS = "DELETE FROM counter WHERE subject = $1";
    FORGET = "DELETE FROM machine WHERE run = $1";
}

/// What is written into a machine at its first boot, as it was when it was asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Parts {
    pub hostname: String,
    /// The names of the keys that it lets in, with the keys.
    pub keys: Vec<(String, String)>,
    pub recipe: Option<Recipe>,
    /// The person's own file.
    pub own: Option<String>,
    /// It becomes a service.
    pub pilot: bool,
}

impl Parts {
    /// What the recipe is made for.
    pub fn suit(&self, offer: &Offer) -> bool {
        let system = offer.image.as_ref().and_then(|image| image.system.as_ref());
        self.recipe.as_ref().is_none_or(|recipe| recipe.suits(system))
    }

    pub fn render(&self, login: Option<&str>, pilot: Option<PilotStart<'_>>) -> Result<Secret, Problem> {
        let keys: Vec<Key<'_>> = self.keys.iter().map(|(name, line)| Key { name, line }).collect();
        let (recipe, own) = (self.recipe.as_ref(), self.own.as_deref());
        cloud_init::render(&cloud_init::Parts { hostname: &self.hostname, login, keys: &keys, recipe, own, pilot }).map_err(
            |error| {
                let detail = format!("The machine's first boot cannot be described: {error}.");
                Problem::new(Code::InvalidField, detail, "Correct the file, or name fewer keys; nothing was started.")
            },
        )
    }
}

/// In whose name it is planned again, when nobody is there to ask for it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Standing {
    /// Whose services are tried.
    pub communities: Vec<String>,
    /// Theirs in the community of the run.
    pub role: Option<String>,
}

/// A machine under change, and when its owner was warned of its end.
pub(crate) struct Edit {
    pub machine: Machine,
    pub warned_at: Option<Timestamp>,
}

impl Edit {
    pub async fn begin(tx: &mut Tx, run: &RunId) -> Result<Option<Self>, DbError> {
        let Some(row) = tx.row(&LOCK, args![run.as_str()]).await? else { return Ok(None) };
        Ok(Some(Self { machine: row.json("doc")?, warned_at: row.get("warned_at")? }))
    }

    pub async fn save(&self, tx: &mut Tx) -> Result<(), DbError> {
        let values = args![self.machine.run.as_str(), json(&self.machine)?, self.machine.ends_at, self.warned_at];
        tx.execute(&SAVE, values).await.map(|_| ())
    }
}

fn json(value: &impl Serialize) -> Result<String, DbError> {
    serde_json::to_string(value).map_err(|error| DbError::Unreadable { column: "machine".into(), detail: error.to_string() })
}

/// What is known of a machine of which there is nothing but an offer; or not even that.
pub(crate) fn planned(run: &Run, request: &RunRequest, parts: &Parts, offer: Option<&Offer>) -> Machine {
    let open: Vec<Opening> = request.machine.iter().flat_map(|machine| machine.open.iter().copied()).collect();
    let mut machine = Machine {
        run: run.id.clone(),
        name: run.name.clone(),
        person: run.person.clone(),
        community: run.community.clone(),
        status: MachineStatus::Building,
        service: String::new(),
        site: String::new(),
        project: None,
        size: String::new(),
        image: None,
        server: None,
        addresses: Vec::new(),
        volumes: Vec::new(),
        login_user: None,
        open,
        created_at: run.created_at,
        ready_at: None,
        ends_at: None,
        seen_at: None,
        pilot: parts.pilot.then(|| Pilot::expected(run.created_at)),
        change: None,
    };
    if let Some(offer) = offer {
        follow(&mut machine, offer);
    }
    machine
}

/// It is tried at this offer now.
pub(crate) fn follow(machine: &mut Machine, offer: &Offer) {
    (machine.service, machine.site, machine.project) = (offer.service.clone(), offer.site.clone(), offer.project.clone());
    machine.size = offer.size.name.clone();
    machine.image = offer.image.as_ref().map(|image| image.name.clone());
    machine.login_user = offer.image.as_ref().and_then(|image| image.login_user.clone());
    (machine.status, machine.server, machine.addresses) = (MachineStatus::Building, None, Vec::new());
    (machine.volumes, machine.change) = (Vec::new(), None);
}

pub(crate) async fn insert(tx: &mut Tx, machine: &Machine, parts: &Parts, standing: &Standing) -> Result<(), DbError> {
    let community = machine.community.as_deref();
    let values = args![machine.run.as_str(), machine.person.as_str(), community, json(machine)?, json(parts)?, json(standing)?];
    tx.execute(&INSERT, values).await.map(|_| ())
}

pub(crate) async fn forget(tx: &mut Tx, run: &RunId) -> Result<(), DbError> {
    // Of the service that it was.
    tx.execute(&FORGET_TURNS, args![format!("service:{run}")]).await?;
    tx.execute(&FORGET, args![run.as_str()]).await.map(|_| ())
}

fn machine_of(row: &Row) -> Result<Machine, DbError> {
    row.json("doc")
}

impl Inner {
    pub(crate) async fn machine(&self, run: &RunId) -> Result<Option<Machine>, DbError> {
        self.db.row(&DOC, args![run.as_str()]).await?.as_ref().map(machine_of).transpose()
    }

    pub(super) async fn standing(&self, run: &RunId) -> Result<Standing, DbError> {
        self.db.row(&STANDING, args![run.as_str()]).await?.ok_or(DbError::NoRow)?.json("standing")
    }

    pub(super) async fn parts_of(&self, run: &RunId) -> Result<Parts, DbError> {
        self.db.row(&PARTS, args![run.as_str()]).await?.ok_or(DbError::NoRow)?.json("parts")
    }
}
