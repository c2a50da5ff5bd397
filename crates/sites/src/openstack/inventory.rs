//! What the services of one project answer, in OpenStack's own words: the raw material of evidence. Nothing is concluded
//! here. Fields that some release or policy leaves out have a default; whatever nobody reads is not kept.

mod image;

use std::collections::BTreeMap;

use model::Timestamp;
use serde::{Deserialize, Deserializer};

pub use image::Image;

use super::{Error, Refusal};

/// One look at a project. A part that could not be had keeps why.
#[derive(Clone, Debug)]
pub struct Inventory {
    pub project: String,
    pub flavors: Part<Vec<Flavor>>,
    pub images: Part<Vec<Image>>,
    pub networks: Part<Vec<Network>>,
    pub subnets: Part<Vec<Subnet>>,
    pub routers: Part<Vec<Router>>,
    /// Those of routers and of machines.
    pub ports: Part<Vec<Port>>,
    pub floating_ips: Part<Vec<FloatingIp>>,
    pub security_groups: Part<Vec<SecurityGroup>>,
    pub compute_limits: Part<ComputeLimits>,
    pub network_quotas: Part<NetworkQuotas>,
    /// `Ok(None)`: the site has no volumes.
    pub volume_limits: Part<Option<VolumeLimits>>,
    pub zones: Part<Vec<Zone>>,
    pub seen_at: Timestamp,
}

pub type Part<T> = Result<T, Error>;

impl Inventory {
    /// The parts that could not be had, by the names that they have here.
    pub fn failures(&self) -> Vec<(&'static str, &Error)> {
        fn of<'a, T>(name: &'static str, part: &'a Part<T>) -> Option<(&'static str, &'a Error)> {
            part.as_ref().err().map(|error| (name, error))
        }
        let all = [
            of("flavors", &self.flavors),
            of("images", &self.images),
            of("networks", &self.networks),
            of("subnets", &self.subnets),
            of("routers", &self.routers),
            of("ports", &self.ports),
            of("floating_ips", &self.floating_ips),
            of("security_groups", &self.security_groups),
            of("compute_limits", &self.compute_limits),
            of("network_quotas", &self.network_quotas),
            of("volume_limits", &self.volume_limits),
            of("zones", &self.zones),
        ];
        all.into_iter().flatten().collect()
    }

    /// Some component did not know the session: with another one, there may be more to see.
    pub fn session_has_ended(&self) -> bool {
        self.failures().iter().any(|(_, error)| matches!(error, Error::Refused { refusal: Refusal::SessionEnded, .. }))
    }
}

/// What is null is as good as not there: plug-ins fill in fewer fields than OpenStack's own code.
fn or_default<'de, T: Default + Deserialize<'de>, D: Deserializer<'de>>(json: D) -> Result<T, D::Error> {
    Ok(Option::deserialize(json)?.unwrap_or_default())
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Flavor {
    pub id: String,
    pub name: String,
    pub vcpus: u32,
    /// Mebibytes.
    pub ram: u64,
    /// Gibibytes; 0: none of its own.
    pub disk: u64,
    #[serde(rename = "OS-FLV-EXT-DATA:ephemeral", deserialize_with = "or_default")]
    pub ephemeral: u64,
    #[serde(rename = "os-flavor-access:is_public")]
    pub is_public: Option<bool>,
    #[serde(rename = "OS-FLV-DISABLED:disabled", deserialize_with = "or_default")]
    pub is_disabled: bool,
    pub description: Option<String>,
    pub extra_specs: BTreeMap<String, String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Network {
    pub id: String,
    #[serde(deserialize_with = "or_default")]
    pub name: String,
    #[serde(deserialize_with = "or_default")]
    pub project_id: String,
    pub shared: bool,
    #[serde(rename = "router:external")]
    pub external: bool,
    pub is_default: Option<bool>,
    #[serde(deserialize_with = "or_default")]
    pub status: String,
    pub admin_state_up: Option<bool>,
    pub port_security_enabled: Option<bool>,
    pub description: Option<String>,
    #[serde(deserialize_with = "or_default")]
    pub tags: Vec<String>,
    /// Their identifiers: also of those that are hidden from us.
    pub subnets: Vec<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Subnet {
    pub id: String,
    pub network_id: String,
    #[serde(deserialize_with = "or_default")]
    pub name: String,
    pub cidr: String,
    pub ip_version: u8,
    pub gateway_ip: Option<String>,
    #[serde(deserialize_with = "or_default")]
    pub enable_dhcp: bool,
    pub ipv6_address_mode: Option<String>,
    #[serde(deserialize_with = "or_default")]
    pub allocation_pools: Vec<Pool>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Pool {
    pub start: String,
    pub end: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Router {
    pub id: String,
    #[serde(deserialize_with = "or_default")]
    pub name: String,
    #[serde(deserialize_with = "or_default")]
    pub project_id: String,
    #[serde(deserialize_with = "or_default")]
    pub status: String,
    pub admin_state_up: Option<bool>,
    pub external_gateway_info: Option<Gateway>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Gateway {
    pub network_id: String,
    pub enable_snat: Option<bool>,
    #[serde(deserialize_with = "or_default")]
    pub external_fixed_ips: Vec<FixedIp>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct FixedIp {
    pub subnet_id: String,
    pub ip_address: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Port {
    pub id: String,
    pub network_id: String,
    #[serde(deserialize_with = "or_default")]
    pub project_id: String,
    /// `network:router_interface`, `compute:nova`, …
    #[serde(deserialize_with = "or_default")]
    pub device_owner: String,
    #[serde(deserialize_with = "or_default")]
    pub device_id: String,
    #[serde(deserialize_with = "or_default")]
    pub fixed_ips: Vec<FixedIp>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct FloatingIp {
    pub id: String,
    pub floating_ip_address: String,
    pub floating_network_id: String,
    pub fixed_ip_address: Option<String>,
    pub port_id: Option<String>,
    /// What leads from the port's network to the pool: also a router that is hidden from us.
    pub router_id: Option<String>,
    #[serde(deserialize_with = "or_default")]
    pub status: String,
    #[serde(deserialize_with = "or_default")]
    pub project_id: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct SecurityGroup {
    pub id: String,
    pub name: String,
    pub project_id: String,
    pub description: Option<String>,
}

/// Nova's `absolute` limits; -1: no limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ComputeLimits {
    pub max_total_instances: i64,
    pub total_instances_used: i64,
    pub max_total_cores: i64,
    pub total_cores_used: i64,
    /// Mebibytes.
    #[serde(rename = "maxTotalRAMSize")]
    pub max_total_ram: i64,
    #[serde(rename = "totalRAMUsed")]
    pub total_ram_used: i64,
}

/// Neutron's, with what is used. What is missing is not known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct NetworkQuotas {
    pub floatingip: Option<Usage>,
    pub port: Option<Usage>,
    pub network: Option<Usage>,
    pub subnet: Option<Usage>,
    pub router: Option<Usage>,
    pub security_group: Option<Usage>,
}

/// Limit -1: none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Usage {
    pub used: i64,
    pub reserved: i64,
    pub limit: i64,
}

/// Cinder's `absolute` limits; -1: no limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct VolumeLimits {
    pub max_total_volumes: i64,
    pub total_volumes_used: i64,
    /// Gibibytes.
    pub max_total_volume_gigabytes: i64,
    pub total_gigabytes_used: i64,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Zone {
    #[serde(rename = "zoneName")]
    pub name: String,
    #[serde(rename = "zoneState")]
    pub state: ZoneState,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct ZoneState {
    pub available: bool,
}
