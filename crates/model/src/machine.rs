//! Machines: what a run of that kind has, as its site last showed it.

mod change;

pub use change::{Change, Counted, SizeOf, Stage, Undertaking};

use serde::{Deserialize, Serialize};

use crate::id::{PersonId, RunId};
use crate::offer::{Fact, Named};
use crate::problem::FieldProblem;
use crate::request::Opening;
use crate::{ByteCount, Code, Problem, Timestamp};

/// What a run of the kind machine is, once there is an offer for it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = SiteMachine)]
pub struct Machine {
    pub run: RunId,
    pub name: String,
    /// Whose it is.
    pub person: PersonId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub community: Option<String>,
    pub status: MachineStatus,
    pub service: String,
    pub site: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<String>,
    /// The name of its size.
    pub size: String,
    /// The name of its image.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
    /// The site's identifier of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server: Option<String>,
    pub addresses: Vec<Address>,
    /// They are deleted with it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub volumes: Vec<Volume>,
    /// Whom one signs in as, when it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub login_user: Option<String>,
    pub open: Vec<Opening>,
    pub created_at: Timestamp,
    /// Since when it could be used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ready_at: Option<Timestamp>,
    /// When it is deleted, unless somebody extends it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends_at: Option<Timestamp>,
    /// When its site was last asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen_at: Option<Timestamp>,
    /// Of one that is to be a service where batch runs are carried out: how its pilot is. The service has the identifier of
    /// the machine's run as its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pilot: Option<Pilot>,
    /// A change that takes its time: the one that is under way, or how the last one went.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change: Option<Change>,
}

/// The pilot that makes a machine a service.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = MachinePilot)]
pub struct Pilot {
    pub state: PilotState,
    pub since: Timestamp,
    /// Of its program.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// What it has, in its own words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub computer: Option<Computer>,
}

impl Pilot {
    pub fn expected(since: Timestamp) -> Self {
        Self { state: PilotState::Expected, since, version: None, computer: None }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = MachinePilotState)]
pub enum PilotState {
    /// It has not come yet.
    Expected,
    Connected,
    OutOfReach,
}

impl PilotState {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Expected => "expected",
            Self::Connected => "connected",
            Self::OutOfReach => "out of reach",
        }
    }
}

/// What a machine has for those who carry work out there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Computer {
    pub cores: f64,
    pub memory: ByteCount,
    pub disk: ByteCount,
    /// Proven to work there.
    pub container_engines: Vec<String>,
    pub facts: Vec<Fact>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MachineStatus {
    /// It is being made.
    Building,
    Active,
    Stopped,
    /// It starts, stops, or is changed.
    Changing,
    /// It gets another size.
    Resizing,
    /// The site says that something went wrong with it.
    Error,
    Deleting,
    Gone,
    /// The site says something that is not known here.
    Unknown,
}

impl MachineStatus {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Building => "building",
            Self::Active => "active",
            Self::Stopped => "stopped",
            Self::Changing => "changing",
            Self::Resizing => "resizing",
            Self::Error => "error",
            Self::Deleting => "deleting",
            Self::Gone => "gone",
            Self::Unknown => "unknown",
        }
    }
}

/// An address of a machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = MachineAddress)]
pub struct Address {
    pub address: String,
    /// Reached from outside, as far as the offer said so; nobody has tried.
    pub public: bool,
    /// Borrowed from a pool, and bound to the machine's port.
    pub floating: bool,
}

/// A volume of a machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = MachineVolume)]
pub struct Volume {
    /// What it is called here: `data-0`.
    pub name: String,
    /// The site's identifier of it.
    pub volume: String,
    pub size: ByteCount,
    /// The machine starts from it.
    pub boots: bool,
    /// As what the machine has it, in its site's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<String>,
}

impl Machine {
    pub fn is_changing(&self) -> bool {
        self.change.as_ref().is_some_and(Change::is_under_way)
    }

    /// Where one would reach it: what is public before what is not, version 4 before version 6.
    pub fn best_address(&self) -> Option<&Address> {
        self.addresses.iter().min_by_key(|one| (!one.public, one.address.contains(':')))
    }
}

/// What is done with a machine that is there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
#[schema(as = MachineDeed)]
pub enum Deed {
    Start,
    Stop,
    Reboot {
        /// Switched off and on again, though it does not listen.
        #[serde(default)]
        hard: bool,
    },
    /// Begun anew from its image; it keeps its addresses.
    Rebuild,
    /// Another name, for people.
    Rename {
        name: String,
    },
    /// Its disk becomes an image of this name in its project.
    SaveAs {
        name: String,
    },
    /// These may be reached too.
    Open {
        ports: Vec<Opening>,
    },
    /// These not any more.
    Close {
        ports: Vec<Opening>,
    },
    /// An address that is reached from outside, of a pool that its network leads to.
    AddAddress,
    /// Gives it back.
    RemoveAddress {
        /// The one that it has, when left out.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        address: Option<String>,
    },
    /// An empty volume for data. It is deleted with the machine.
    AddVolume {
        size: ByteCount,
    },
    /// Takes such a volume from it, and deletes it with what is on it.
    RemoveVolume {
        /// Its name, or its site's identifier of it.
        volume: String,
    },
    /// Another size; it is started anew with it, and keeps its disk and its addresses.
    Resize {
        /// The name of the size.
        size: String,
    },
}

/// How long one can be that is asked for.
const VOLUMES: std::ops::RangeInclusive<u64> = 1 << 30..=64 << 40;

impl Deed {
    /// It takes more than one request: [`Machine::change`] tells how far it is.
    pub fn is_undertaking(&self) -> bool {
        matches!(
            self,
            Self::AddAddress
                | Self::RemoveAddress { .. }
                | Self::AddVolume { .. }
                | Self::RemoveVolume { .. }
                | Self::Resize { .. }
        )
    }

    /// What is wrong with it whatever the machine is like.
    pub fn check(&self) -> Result<(), Problem> {
        let wrong = |field: &str, detail: &str| {
            let problem = Problem::new(Code::InvalidField, format!("{field} {detail}."), "Correct it; nothing was done.");
            Err(problem.with_fields(vec![FieldProblem { field: field.to_owned(), detail: detail.to_owned() }]))
        };
        match self {
            Self::Rename { name } | Self::SaveAs { name } if !crate::request::valid_name(name) => {
                wrong("name", "must be 1 to 120 printable characters on one line")
            }
            Self::Open { ports } | Self::Close { ports } if ports.is_empty() || ports.len() > 50 => {
                wrong("ports", "must be 1 to 50 ports or ranges")
            }
            Self::AddVolume { size } if !VOLUMES.contains(&size.get()) => wrong("size", "must be 1GiB to 64TiB"),
            Self::RemoveVolume { volume } if !crate::request::valid_name(volume) => {
                wrong("volume", "must be the name of a volume")
            }
            Self::Resize { size } if !crate::request::valid_name(size) => wrong("size", "must be the name of a size"),
            _ => Ok(()),
        }
    }
}

/// A server in a project that is shared: ours, or somebody else's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Neighbour {
    pub service: String,
    pub site: String,
    pub project: Named,
    pub server: String,
    pub name: String,
    pub status: MachineStatus,
    pub addresses: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_at: Option<Timestamp>,
    /// The site's identifier of who made it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub made_by: Option<String>,
    /// The run of this gateway that it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<RunId>,
}

/// An address that a machine had.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct HeldAddress {
    pub address: String,
    /// As the federation names it now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub site: Option<String>,
    pub service: String,
    /// Which may be forgotten by now.
    pub run: RunId,
    pub person: PersonId,
    pub held_from: Timestamp,
    /// It has it still when there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held_until: Option<Timestamp>,
}

/// Something at a site that carries our mark and that no run has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Orphan {
    pub service: String,
    pub project: String,
    /// `server`, `port`, `group`, …
    pub kind: String,
    /// The site's identifier of it.
    pub id: String,
    /// The run that its mark names.
    pub run: RunId,
    pub verdict: OrphanVerdict,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum OrphanVerdict {
    /// It was made for a run that believes it gone: the next sweep removes it.
    Removed,
    /// The same, and so lately that whoever removes it may still be at it.
    TooYoung,
    /// It carries our mark, and nobody knows of it here: it is left alone. An older database may know it.
    Unknown,
}
