//! What the services of one project answer, in OpenStack's own words: the raw material of evidence. Nothing is concluded
//! here. Fields that some release or policy leaves out have a default; whatever nobody reads is not kept.

use std::collections::BTreeMap;

use model::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use super::Error;

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
    #[serde(rename = "OS-FLV-EXT-DATA:ephemeral")]
    pub ephemeral: u64,
    #[serde(rename = "os-flavor-access:is_public")]
    pub is_public: Option<bool>,
    #[serde(rename = "OS-FLV-DISABLED:disabled")]
    pub is_disabled: bool,
    pub description: Option<String>,
    pub extra_specs: BTreeMap<String, String>,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Image {
    pub id: String,
    pub name: Option<String>,
    pub status: String,
    pub visibility: String,
    pub owner: Option<String>,
    /// Gibibytes.
    pub min_disk: u64,
    /// Mebibytes.
    pub min_ram: u64,
    pub size: Option<u64>,
    pub virtual_size: Option<u64>,
    pub disk_format: Option<String>,
    pub container_format: Option<String>,
    pub os_hidden: bool,
    pub created_at: Option<Timestamp>,
    pub tags: Vec<String>,
    /// All else: what operators, synchronisers and people wrote.
    #[serde(flatten)]
    pub properties: BTreeMap<String, Value>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Network {
    pub id: String,
    pub name: String,
    pub project_id: String,
    pub shared: bool,
    #[serde(rename = "router:external")]
    pub external: bool,
    pub is_default: Option<bool>,
    pub status: String,
    pub admin_state_up: Option<bool>,
    pub port_security_enabled: Option<bool>,
    pub description: Option<String>,
    pub tags: Vec<String>,
    /// Their identifiers: also of those that are hidden from us.
    pub subnets: Vec<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Subnet {
    pub id: String,
    pub network_id: String,
    pub name: String,
    pub cidr: String,
    pub ip_version: u8,
    pub gateway_ip: Option<String>,
    pub enable_dhcp: bool,
    pub ipv6_address_mode: Option<String>,
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
    pub name: String,
    pub project_id: String,
    pub status: String,
    pub admin_state_up: Option<bool>,
    pub external_gateway_info: Option<Gateway>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Gateway {
    pub network_id: String,
    pub enable_snat: Option<bool>,
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
    pub project_id: String,
    /// `network:router_interface`, `compute:nova`, …
    pub device_owner: String,
    pub device_id: String,
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
    pub status: String,
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
