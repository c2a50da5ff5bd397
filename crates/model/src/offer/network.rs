//! Networks of a project, what they are for, and how a machine gets an address.

use serde::{Deserialize, Serialize};

use super::{Confidence, Fact};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = SiteNetwork)]
pub struct Network {
    pub id: String,
    pub name: String,
    pub role: NetworkRole,
    pub confidence: Confidence,
    /// Why it is believed to be that, the weightiest first.
    pub evidence: Vec<Fact>,
    /// Of the project itself, and not of the site's operator or of somebody who shares it.
    pub own: bool,
    pub shared: bool,
    pub external: bool,
    pub subnets: Vec<Subnet>,
    /// Machines on it are only reached on ports that a security group opens.
    pub port_security: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum NetworkRole {
    /// A machine attached to it has an address that can be reached from outside.
    Public,
    /// Its addresses can be reached from outside; machines behind a router borrow them (floating).
    Pool,
    /// Outside the cloud, but not reachable from outside the centre.
    PrivatePool,
    /// Machines on it reach out through a router, and can borrow an address of the router's pool.
    Routed,
    /// Nothing is known to lead out of it.
    Isolated,
    Unknown,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Subnet {
    /// None: it is hidden from us, and was concluded from addresses that were seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Like `192.168.0.0/24`.
    pub range: String,
    /// 4 or 6.
    pub version: u8,
    /// Its addresses can be reached from outside.
    pub public: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Named {
    pub id: String,
    pub name: String,
}

/// How a machine can be attached, for which purpose.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Reach {
    /// Ways to an address that can be reached from outside, the best first; empty: there is none.
    pub public: Vec<Attachment>,
    /// Ways of which only trying tells whether they lead to such an address: what would tell is hidden from us.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub untried: Vec<Attachment>,
    /// Where a machine is attached that needs no such address, the best first: the pilot dials out.
    pub private: Vec<Attachment>,
    /// Floating addresses that the project has and nobody uses: with them a way needs no quota.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub spare_addresses: Vec<SpareAddress>,
    /// What stands in the way of (more) public addresses.
    pub obstacles: Vec<Obstacle>,
    pub confidence: Confidence,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct SpareAddress {
    pub id: String,
    pub address: String,
    /// The identifier of the network that it is of.
    pub pool: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "way", rename_all = "snake_case")]
pub enum Attachment {
    /// To this network, with an address of these versions of IP from it that can be reached; none: nobody knows which.
    Direct { network: Named, versions: Vec<u8> },
    /// To a network of the project, with an address of the pool bound to the machine's port.
    Floating { network: TenantNetwork, router: Router, pool: Named },
    /// Nobody outside can reach it; it can reach out.
    Outbound { network: Named },
    /// The same, once something is made, attached or opened that leads to the pool.
    OutboundThrough { network: TenantNetwork, router: Router, pool: Named },
    /// Nothing is known to lead out of it: not even a pilot could report.
    Isolated { network: Named },
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "network", rename_all = "snake_case")]
pub enum TenantNetwork {
    Existing {
        id: String,
        name: String,
        subnet: String,
    },
    /// There is none, and the quota allows one.
    ToCreate,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "router", rename_all = "snake_case")]
pub enum Router {
    /// It leads from the network to the pool already.
    Existing { id: String, name: String },
    /// It has its gateway in the pool, and the network is not yet attached to it.
    ToAttach { id: String, name: String },
    /// It has no gateway yet; the network is attached to it if it is not.
    ToOpen { id: String, name: String },
    /// There is none, and the quota allows one.
    ToCreate,
}

/// Why there is no way, or one way less, to a public address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "obstacle", rename_all = "snake_case")]
pub enum Obstacle {
    NoNetwork,
    NoPublicNetwork,
    /// External networks, of which none is known to be reachable from outside.
    OnlyPrivatePools {
        pools: Vec<Named>,
    },
    /// "0 of 2 left".
    NoFloatingAddresses {
        used: u64,
        limit: u64,
    },
    NoPorts {
        used: u64,
        limit: u64,
    },
    /// A router would have to be made.
    NoRouters {
        used: u64,
        limit: u64,
    },
    /// A network would have to be made.
    NoNetworks {
        used: u64,
        limit: u64,
    },
    /// The same, for the range of addresses that a new network needs.
    NoSubnets {
        used: u64,
        limit: u64,
    },
    /// It was refused before.
    NotAllowed {
        what: String,
    },
    /// A part of the answer is missing, so that nobody can know.
    NotKnown {
        what: String,
    },
}

impl std::fmt::Display for Obstacle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Obstacle::NoNetwork => write!(f, "there is no network"),
            Obstacle::NoPublicNetwork => write!(f, "none of the networks has public addresses"),
            Obstacle::OnlyPrivatePools { pools } => {
                let names: Vec<&str> = pools.iter().map(|pool| pool.name.as_str()).collect();
                write!(f, "the outside networks ({}) are not known to be reachable from everywhere", names.join(", "))
            }
            Obstacle::NoFloatingAddresses { used, limit } => write!(f, "all floating addresses are taken ({used} of {limit})"),
            Obstacle::NoPorts { used, limit } => write!(f, "all ports are taken ({used} of {limit})"),
            Obstacle::NoRouters { used, limit } => {
                write!(f, "a router is missing, and the quota has none left ({used} of {limit})")
            }
            Obstacle::NoNetworks { used, limit } => {
                write!(f, "a network is missing, and the quota has none left ({used} of {limit})")
            }
            Obstacle::NoSubnets { used, limit } => {
                write!(f, "a range of addresses is missing, and the quota has none left ({used} of {limit})")
            }
            Obstacle::NotAllowed { what } => write!(f, "it was refused before: {what}"),
            Obstacle::NotKnown { what } => write!(f, "not known: {what}"),
        }
    }
}
