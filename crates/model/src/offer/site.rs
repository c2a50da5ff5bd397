//! Sites as somebody sees them.

use serde::{Deserialize, Serialize};

use super::{Named, Quotas, Snapshot, Standing};
use crate::Timestamp;
use crate::access::Access;
use crate::federation::FederatedSite;

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Site {
    pub name: String,
    /// What speaks there, in words.
    pub description: String,
    /// Their names.
    pub services: Vec<String>,
    /// Services that one has to be let in at, as the caller stands there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub standing: Vec<ServiceStanding>,
    /// What the federation's sources say of it; nothing for a site of this gateway's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub published: Option<FederatedSite>,
}

/// How the caller stands at a service, and what that opens, in short.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ServiceStanding {
    pub service: String,
    /// Whom it serves, as far as somebody says.
    pub communities: Vec<String>,
    #[serde(flatten)]
    pub access: Access,
    /// Of the projects that the caller may work in, as far as they were looked at.
    pub snapshots: Vec<ProjectSummary>,
    /// How often this gateway signed in there within the last hour.
    pub sign_ins: u32,
}

/// A snapshot in short.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ProjectSummary {
    pub project: Named,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub community: Option<String>,
    pub sizes: u32,
    /// Of any size.
    pub accelerators: u32,
    /// Without those that nobody is meant to start.
    pub images: u32,
    /// Whether machines can get an address that is reached from outside.
    pub public: Chance,
    pub quotas: Quotas,
    pub gaps: u32,
    pub seen_at: Timestamp,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Chance {
    Yes,
    /// What would tell is hidden: only trying does.
    Perhaps,
    No,
}

impl ProjectSummary {
    pub fn of(snapshot: &Snapshot) -> Self {
        let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        let offered = snapshot.images.iter().filter(|image| image.standing == Standing::Offered);
        Self {
            project: snapshot.project.clone(),
            community: snapshot.community.clone(),
            sizes: count(snapshot.sizes.len()),
            accelerators: snapshot.sizes.iter().map(|size| size.accelerators).max().unwrap_or(0),
            images: count(offered.count()),
            public: match &snapshot.reach {
                reach if !reach.public.is_empty() => Chance::Yes,
                reach if !reach.untried.is_empty() => Chance::Perhaps,
                _ => Chance::No,
            },
            quotas: snapshot.quotas.clone(),
            gaps: count(snapshot.gaps.len()),
            seen_at: snapshot.seen_at,
        }
    }
}

/// Something of a project at a service, with where it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Placed<T> {
    pub service: String,
    pub site: String,
    pub project: Named,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub community: Option<String>,
    pub seen_at: Timestamp,
    pub item: T,
}

/// A token of a service, and what other programs have to be told to use it.
#[derive(Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ServiceToken {
    pub service: String,
    pub site: String,
    pub project: Named,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub community: Option<String>,
    /// Of the service's Keystone, where it was really found.
    pub auth_url: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    pub identity_provider: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub protocol: Option<String>,
    /// Bound to the project.
    pub token: String,
    pub expires_at: Timestamp,
}
