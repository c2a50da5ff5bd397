//! Services, the sizes they can start, the offers made from them, and the plan that ranks them.

mod change;
mod evidence;
mod image;
mod network;
mod plan;
mod quota;
mod rejection;
mod site;
mod size;

pub use change::Change;
pub use evidence::{Confidence, Conflict, Fact};
pub use image::{Image, Standing, System};
pub use network::{Attachment, Named, Network, NetworkRole, Obstacle, Reach, Router, SpareAddress, Subnet, TenantNetwork};
pub use plan::{Counterfactual, Downtime, Exclusion, Offer, Plan, Term, Wish};
pub use quota::{Quota, Quotas};
pub use rejection::{Cause, Quantity, Reason, Rejection};
pub use site::{Chance, Placed, ProjectSummary, ServiceStanding, ServiceToken, Site};
pub use size::{Accelerator, AcceleratorKind, Size};

use crate::{ByteCount, Timestamp};
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
    /// Where one has to be let in: how the caller stands there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub standing: Option<ServiceStanding>,
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
