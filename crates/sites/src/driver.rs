//! What every kind of service can do for an attempt.

use async_trait::async_trait;
use model::machine::{Address, MachineStatus};
use model::mark::{Mark, Slot};
use model::offer::{Named, Offer, Service, Size};
use model::request::RunRequest;
use model::{Problem, Secret};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Something that an attempt owns at a service, from the intent to its confirmed absence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Thing {
    pub kind: ThingKind,
    pub slot: Slot,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ThingKind {
    /// A place for the files of the attempt.
    Directory,
    /// A process that runs beside the work.
    Pilot,
    /// What may come in to a machine.
    Group,
    /// A network of its own, with one range of addresses.
    Network,
    /// What leads from a network to the outside.
    Router,
    /// What attaches a network to a router that is not ours.
    Link,
    /// Where a machine is attached to a network.
    Port,
    /// What the machine starts from, where that is not a disk of its size's own.
    Volume,
    /// A volume that the machine got later, for data.
    Data,
    /// The machine itself.
    Server,
    /// An address that is reached from outside, bound to the port: asked for while the machine boots.
    Address,
}

impl ThingKind {
    /// In the order of creation: what comes later needs what comes before, and is removed before it.
    pub const ALL: [ThingKind; 11] = [
        ThingKind::Directory,
        ThingKind::Pilot,
        ThingKind::Group,
        ThingKind::Network,
        ThingKind::Router,
        ThingKind::Link,
        ThingKind::Port,
        ThingKind::Volume,
        ThingKind::Data,
        ThingKind::Server,
        ThingKind::Address,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            ThingKind::Directory => "directory",
            ThingKind::Pilot => "pilot",
            ThingKind::Group => "group",
            ThingKind::Network => "network",
            ThingKind::Router => "router",
            ThingKind::Link => "link",
            ThingKind::Port => "port",
            ThingKind::Address => "address",
            ThingKind::Volume => "volume",
            ThingKind::Data => "data",
            ThingKind::Server => "server",
        }
    }

    pub fn of_text(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// What a pilot needs to begin: only things of kind [`ThingKind::Pilot`] get one.
pub struct Start {
    pub pilot: model::id::PilotId,
    pub enrolment: Secret,
    /// How many elements it may execute at once.
    pub width: u32,
    /// In containers: finding out how takes its time, and most runs do not need to know.
    pub containers: bool,
}

/// How well somebody wants to know a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// What is known, and what can be found out at once.
    Quick,
    /// Container engines too, which are tried first if they were not lately.
    Thorough,
}

/// What whoever asks remembers of a thing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Memory {
    /// It was there, under this identifier.
    pub remote_id: Option<String>,
    /// It may have been asked for before, and nobody knows what came of that.
    pub is_asked: bool,
    /// So lately that it proves nothing when it is not seen: lists are late.
    pub is_recent: bool,
}

/// The thing exists: found or made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Created {
    pub remote_id: String,
}

/// Whether what was made can be used.
#[derive(Clone, Debug, PartialEq)]
pub enum Readiness {
    /// With what is known of the machine, if it is one.
    Ready(Option<Sight>),
    NotYet {
        look_again: Duration,
    },
    /// It is not shown, or not yet.
    Unseen {
        look_again: Duration,
    },
}

/// A machine, as its site shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sight {
    pub status: MachineStatus,
    pub addresses: Vec<Address>,
}

/// How far a failure reaches: where it need not be tried again for some time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Aside {
    Service,
    Project,
    /// The size, in the project.
    Size,
    /// The image, in the project.
    Image,
    /// An address that is reached from outside, in the project.
    Public,
    /// A pool whose addresses are not reached from outside, and the one that it gave.
    Pool(Box<Unreached>),
    /// Whoever asked, in the project: others may succeed.
    Person,
}

/// An address that a pool gave, and that is not reached from outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreached {
    pub pool: Named,
    pub address: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Removal {
    /// It is not there any more; how we know.
    Gone { evidence: String },
    /// It is going; look again.
    Going { look_again: Duration },
    /// It could not be asked for now, and is to be tried again for as long as it takes.
    Stuck { look_again: Duration, why: Problem },
}

#[derive(Debug, thiserror::Error)]
pub enum DriverError {
    #[error("{}", .0.detail)]
    Passing(Problem),
    #[error("{}", .0.detail)]
    Final(Problem),
    /// Final here, and good to know for whoever plans next.
    #[error("{}", .problem.detail)]
    Unfit { problem: Problem, aside: Aside },
    /// What was asked for may be there and is not seen yet; to ask again could make it twice.
    #[error("it may be there already")]
    NotYetSeen { look_again: Duration },
}

/// Where the things of an attempt are made and removed.
#[async_trait]
pub trait Ground: Send + Sync {
    /// Finds the thing by its mark, or makes it.
    async fn create(&self, mark: &Mark, thing: &Thing, start: Option<Start>, memory: &Memory) -> Result<Created, DriverError>;

    /// Whether what the machine starts from can be used now: before that it is not asked for.
    async fn foundation(&self) -> Result<Readiness, DriverError> {
        Ok(Readiness::Ready(None))
    }

    /// Whether all that was made can be used now.
    async fn readiness(&self, mark: &Mark) -> Result<Readiness, DriverError>;

    /// Whether a thing that was created is still there.
    async fn exists(&self, mark: &Mark, thing: &Thing) -> Result<bool, DriverError>;

    /// Removes it, if it is ours, until its absence is confirmed.
    async fn remove(&self, mark: &Mark, thing: &Thing, memory: &Memory) -> Result<Removal, DriverError>;
}

#[async_trait]
pub trait Driver: Ground + 'static {
    /// The service's name, unique in this gateway.
    fn name(&self) -> &str;

    /// Flows of this service can be carried out on this host only.
    fn runs_on(&self) -> Option<String>;

    /// The service as it is now.
    async fn service(&self, look: Look) -> Service;

    /// The whole of what is shared out among runs.
    async fn size(&self) -> Size;

    /// What an attempt at this offer will own, in the order of creation. `width` elements can be executed at once.
    fn things(&self, request: &RunRequest, offer: &Offer, width: u32) -> Vec<Thing>;

    /// How many elements of this run could be executed here at once.
    fn width(&self, request: &RunRequest) -> u32;
}
