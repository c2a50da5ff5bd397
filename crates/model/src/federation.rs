//! What the sources of a federation say that there is, and where each word of it came from.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::Timestamp;
use crate::offer::{Conflict, Fact};

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct FederatedSite {
    /// As the federation's registry has it.
    pub name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    /// Whether any service of it is; none: nobody says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub in_production: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub monitored: Option<bool>,
    pub services: Vec<FederatedService>,
    pub downtimes: Vec<Downtime>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub facts: Vec<Fact>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub conflicts: Vec<Conflict>,
    /// What sources say of it that is of no use, and what could not be read.
    pub problems: Vec<SourceProblem>,
}

/// One endpoint at a site, before anybody has asked it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct FederatedService {
    /// Of no other service in the federation.
    pub name: String,
    pub site: String,
    /// What it speaks: `openstack`.
    pub driver: String,
    /// As published.
    pub auth_url: String,
    pub identity_provider: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub protocol: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    pub login: LoginKind,
    pub communities: Vec<CommunityProject>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub in_production: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub monitored: Option<bool>,
    /// Addresses to use instead of those in the service's catalogue, by the kind of service: `compute`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub endpoint_overrides: BTreeMap<String, String>,
    /// The only audience that it takes tokens for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub audience: Option<String>,
    /// The issuers whose tokens it takes; empty: nobody says.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub issuers: Vec<String>,
    /// A file of the gateway's with certificates that are believed about it, besides those of the system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authority: Option<String>,
    /// Ranges of addresses that can be reached from outside, whatever they look like.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub public_ranges: Vec<String>,
    /// Who says what of it; what several say is here several times.
    pub facts: Vec<Fact>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub conflicts: Vec<Conflict>,
}

/// How people sign in there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LoginKind {
    /// With a token of a login service.
    #[default]
    OpenId,
    /// With an identifier and a secret, each for one project.
    ApplicationCredential,
    Password,
}

impl std::fmt::Display for LoginKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::OpenId => "open_id",
            Self::ApplicationCredential => "application_credential",
            Self::Password => "password",
        })
    }
}

/// What a service has for a community, as its sources say.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct CommunityProject {
    pub community: String,
    /// None: nobody says; it shows after signing in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project_id: Option<String>,
    /// What a token must say so that the service lets its holder in: the whole text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entitlement: Option<String>,
    /// Where it is another than the service's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// `private`, `public`, `private_only`, `public_only`: which kind of network machines are meant to be attached to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub network_hint: Option<String>,
    /// The name of the network that is meant to be public.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub public_network_hint: Option<String>,
}

/// A time in which something at a site does not work, or may not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = AnnouncedDowntime)]
pub struct Downtime {
    /// None: of something at the site that is none of its services here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
    /// As the source has it: `org.openstack.nova at cloud.example.org`.
    pub of: String,
    pub from: Timestamp,
    pub until: Timestamp,
    pub why: String,
    pub severity: Severity,
    pub source: String,
}

impl Downtime {
    pub fn covers(&self, moment: Timestamp) -> bool {
        self.from <= moment && moment < self.until
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    #[default]
    Outage,
    /// It may work.
    Warning,
}

/// Where what is known of the federation comes from, and how old it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct FederationSource {
    pub name: String,
    /// `egi-yaml`, `gocdb`, ...
    pub kind: String,
    /// The oldest of what is used of it; none: nothing is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read_at: Option<Timestamp>,
    /// Files or answers that are used, old ones among them.
    pub documents: u32,
    /// What is of no one site.
    pub problems: Vec<SourceProblem>,
}

/// Something in a source that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct SourceProblem {
    /// The source and the place in it: `egi: BIFI.yaml`.
    pub source: String,
    pub what: Trouble,
    pub detail: String,
    pub remedy: String,
    /// When that was read which is shown instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read_at: Option<Timestamp>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Trouble {
    /// No answer, or not in time.
    Unreachable,
    /// There is no such file.
    Missing,
    /// It is there and cannot be read.
    Unreadable,
    /// An address that must not be asked.
    Refused,
    /// Not of the form that it should have: what could be understood is used.
    Malformed,
    /// Longer, deeper or more than is read.
    TooLarge,
    /// Something that is needed is not said.
    Incomplete,
    /// A value that cannot be right.
    Wrong,
    /// Two are called the same.
    Duplicate,
    /// What was read earlier is used.
    Stale,
}
