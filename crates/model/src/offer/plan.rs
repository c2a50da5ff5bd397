use serde::{Deserialize, Serialize};

use super::{Attachment, Change, Image, Rejection, Size};
use crate::Timestamp;
use crate::id::PlanId;
use crate::request::{Machine, Resources, RunKind, Where};

/// What the broker must know about a wish; a request in the broker's terms.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Wish<'a> {
    /// None: whatever has what is wanted.
    pub kind: Option<RunKind>,
    pub resources: &'a Resources,
    pub place: &'a Where,
    /// The container image that is to run.
    pub container: Option<&'a str>,
    /// What is wanted of a machine beyond its resources.
    pub machine: Option<&'a Machine>,
}

/// Service x project x size x image that could carry a request out, with its price.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Offer {
    pub service: String,
    pub site: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<String>,
    /// Whose project it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub community: Option<String>,
    pub size: Size,
    /// What the machine would be started from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<Image>,
    /// How the machine would get its address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attachment: Option<Attachment>,
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

/// Ranked offers plus every rejection with its reason. Immutable.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Plan {
    pub id: PlanId,
    pub created_at: Timestamp,
    /// The best, the first before all others.
    pub offers: Vec<Offer>,
    /// How many there are with those that are not listed.
    #[serde(default)]
    pub offers_total: u32,
    pub rejections: Vec<Rejection>,
    /// What would be possible if something were asked for differently.
    pub counterfactuals: Vec<Counterfactual>,
}

/// "Without the accelerators: 7 services."
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Counterfactual {
    pub change: String,
    /// The same for programs. Plans that were kept by an older gateway do not have it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instead: Option<Change>,
    pub services: u32,
}

impl Counterfactual {
    pub fn new(change: Change, services: u32) -> Self {
        Self { change: change.to_string(), instead: Some(change), services }
    }
}

/// Something set aside for a cause, for a time: a service, or what is named of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Exclusion {
    pub service: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<String>,
    /// The name of a size.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<String>,
    /// The identifier of an image.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
    /// Only where an address is wanted that is reached from outside.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub public: bool,
    /// The identifier of a pool whose addresses are not reached from outside: only ways through it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pool: Option<String>,
    pub cause: String,
    pub until: Timestamp,
}

impl Exclusion {
    /// Of a whole service.
    pub fn of_service(service: impl Into<String>, cause: impl Into<String>, until: Timestamp) -> Self {
        let (service, cause) = (service.into(), cause.into());
        Self { service, project: None, size: None, image: None, public: false, pool: None, cause, until }
    }
}

/// A time in which a site, or one service of it, has announced not to work.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Downtime {
    pub site: String,
    /// None: the whole site.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
    pub from: Timestamp,
    pub until: Timestamp,
    /// As the site announced it.
    pub why: String,
}
