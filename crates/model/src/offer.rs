//! Services, the sizes they can start, the offers made from them, and the plan that ranks them.

mod evidence;
mod image;
mod network;
mod quota;
mod site;
mod size;

pub use evidence::{Confidence, Conflict, Fact};
pub use image::{Image, Standing, System};
pub use network::{Attachment, Named, Network, NetworkRole, Obstacle, Reach, Router, SpareAddress, Subnet, TenantNetwork};
pub use quota::{Quota, Quotas};
pub use site::{ProjectSummary, ServiceStanding, Site};
pub use size::{Accelerator, AcceleratorKind, Size};

use crate::id::PlanId;
use crate::{ByteCount, Span, Timestamp};
use serde::{Deserialize, Serialize};

/// One endpoint at a site, as it is now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Service {
    pub name: String,
    pub site: String,
    pub driver: String,
    /// The largest single thing it can start, or each size it knows.
    pub sizes: Vec<Size>,
    /// What it can do and what not, in its own words: how commands are confined, how limits are kept.
    pub facts: Vec<Fact>,
    /// Container engines proven to work there.
    pub container_engines: Vec<String>,
    /// More than one node or task for one command.
    pub multi_node: bool,
    pub usage: ServiceUsage,
    pub seen_at: Timestamp,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ServiceUsage {
    pub cores_used: f64,
    pub memory_used: ByteCount,
    pub running: u32,
    pub waiting: u32,
}

/// What one project at a service offers: one look, shared by all who are entitled to the project.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Snapshot {
    pub service: String,
    pub site: String,
    pub project: Named,
    /// Whose project it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub community: Option<String>,
    pub sizes: Vec<Size>,
    pub images: Vec<Image>,
    pub networks: Vec<Network>,
    pub reach: Reach,
    pub quotas: Quotas,
    /// Availability zones where machines can be started.
    pub zones: Vec<String>,
    /// What is missing in it, and why: a part of the service did not answer.
    pub gaps: Vec<Gap>,
    pub seen_at: Timestamp,
    /// With whose eyes: "a person of the community", "the operator's credentials".
    pub seen_with: String,
}

/// A part of a snapshot that could not be had.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Gap {
    pub part: String,
    pub why: String,
}

/// Service x project x size that could carry a request out, with its price.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Offer {
    pub service: String,
    pub site: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<String>,
    pub size: Size,
    /// Higher is better; the sum of the terms.
    pub score: f64,
    pub terms: Vec<Term>,
}

/// One reason why an offer stands where it stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Term {
    pub name: String,
    pub points: f64,
    pub detail: String,
}

/// Why something that exists is not an offer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Rejection {
    pub service: String,
    pub site: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<String>,
    pub reasons: Vec<Reason>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "reason", rename_all = "snake_case")]
pub enum Reason {
    OtherSite {
        wanted: String,
    },
    OtherService {
        wanted: String,
    },
    OtherProject {
        wanted: String,
    },
    TooFewCores {
        wanted: f64,
        largest: f64,
    },
    TooLittleMemory {
        wanted: ByteCount,
        largest: ByteCount,
    },
    TooLittleDisk {
        wanted: ByteCount,
        largest: ByteCount,
    },
    TooFewAccelerators {
        wanted: u32,
        largest: u32,
    },
    NoContainerEngine {
        detail: String,
    },
    /// Each is available, but no single size has all of it.
    NotInOneSize {
        sizes: u32,
    },
    OneNodeOnly {
        nodes: u32,
        tasks_per_node: u32,
    },
    Excluded {
        cause: String,
        until: Timestamp,
    },
}

impl std::fmt::Display for Reason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Reason::OtherSite { wanted } => write!(f, "you asked for site {wanted}"),
            Reason::OtherService { wanted } => write!(f, "you asked for service {wanted}"),
            Reason::OtherProject { wanted } => write!(f, "you asked for project {wanted}"),
            Reason::TooFewCores { wanted, largest } => write!(f, "{wanted} cores wanted, {largest} is the most here"),
            Reason::TooLittleMemory { wanted, largest } => write!(f, "{wanted} of memory wanted, {largest} is the most here"),
            Reason::TooLittleDisk { wanted, largest } => write!(f, "{wanted} of disk wanted, {largest} is free here"),
            Reason::TooFewAccelerators { wanted, largest } => write!(f, "{wanted} accelerators wanted, {largest} here"),
            Reason::NoContainerEngine { detail } => write!(f, "no container engine works here: {detail}"),
            Reason::NotInOneSize { sizes } => write!(f, "none of the {sizes} sizes here has everything that is wanted at once"),
            Reason::OneNodeOnly { nodes, tasks_per_node } => {
                write!(f, "{nodes} nodes with {tasks_per_node} tasks each wanted, one command on one computer is possible here")
            }
            Reason::Excluded { cause, until } => write!(f, "set aside until {until}: {cause}"),
        }
    }
}

/// Ranked offers plus every rejection with its reason. Immutable.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Plan {
    pub id: PlanId,
    pub created_at: Timestamp,
    pub offers: Vec<Offer>,
    pub rejections: Vec<Rejection>,
    /// What would be possible if something were asked for differently.
    pub counterfactuals: Vec<Counterfactual>,
}

/// "Without the accelerators: 7 services."
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Counterfactual {
    pub change: String,
    pub services: u32,
}

/// What the broker must know about a wish; a request in the broker's terms.
#[derive(Clone, Debug, PartialEq)]
pub struct Wish<'a> {
    pub resources: &'a crate::request::Resources,
    pub place: &'a crate::request::Where,
    pub container: bool,
    pub walltime: Span,
}

/// A service set aside for a cause, for a time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Exclusion {
    pub service: String,
    pub cause: String,
    pub until: Timestamp,
}
