//! Networks and what hangs on them. Neutron is asked only for the fields that somebody reads: the rules of security groups
//! alone can be longer than all else.

use serde::Deserialize;

use super::inventory::{FloatingIp, Network, NetworkQuotas, Part, Port, Router, SecurityGroup, Subnet, Usage};
use super::reader::Reader;
use super::{Error, Lie, Refusal};

pub(super) struct Networking {
    pub(super) networks: Part<Vec<Network>>,
    pub(super) subnets: Part<Vec<Subnet>>,
    pub(super) routers: Part<Vec<Router>>,
    pub(super) ports: Part<Vec<Port>>,
    pub(super) floating_ips: Part<Vec<FloatingIp>>,
    pub(super) security_groups: Part<Vec<SecurityGroup>>,
    pub(super) quotas: Part<NetworkQuotas>,
}

const NETWORK: &[&str] = &[
    "id",
    "name",
    "project_id",
    "shared",
    "router:external",
    "is_default",
    "status",
    "admin_state_up",
    "port_security_enabled",
    "description",
    "tags",
    "subnets",
];
const SUBNET: &[&str] =
    &["id", "network_id", "name", "cidr", "ip_version", "gateway_ip", "enable_dhcp", "ipv6_address_mode", "allocation_pools"];
const ROUTER: &[&str] = &["id", "name", "project_id", "status", "admin_state_up", "external_gateway_info"];
const PORT: &[&str] = &["id", "network_id", "project_id", "device_owner", "device_id", "fixed_ips"];
const FLOATING_IP: &[&str] =
    &["id", "floating_ip_address", "floating_network_id", "fixed_ip_address", "port_id", "status", "project_id"];
const SECURITY_GROUP: &[&str] = &["id", "name", "project_id", "description"];

pub(super) async fn networking(reader: &Reader<'_>, project: &str) -> Networking {
    let path = |name: &str, fields: &[&str]| format!("/{name}?fields={}", fields.join("&fields="));
    let of = (
        path("networks", NETWORK),
        path("subnets", SUBNET),
        path("routers", ROUTER),
        path("ports", PORT),
        path("floatingips", FLOATING_IP),
        path("security-groups", SECURITY_GROUP),
    );
    let (networks, subnets, routers, ports, floating_ips, security_groups, quotas) = tokio::join!(
        reader.all("the list of networks", &of.0, "networks"),
        reader.all("the list of subnets", &of.1, "subnets"),
        reader.all("the list of routers", &of.2, "routers"),
        reader.all("the list of ports", &of.3, "ports"),
        reader.all("the list of floating addresses", &of.4, "floatingips"),
        reader.all("the list of security groups", &of.5, "security_groups"),
        quotas(reader, project),
    );
    let is_neutron = networks.is_ok();
    let mut all = Networking {
        networks,
        subnets,
        routers: none_if_absent(routers, is_neutron),
        ports,
        floating_ips: none_if_absent(floating_ips, is_neutron),
        security_groups: none_if_absent(security_groups, is_neutron),
        quotas: Ok(NetworkQuotas::default()),
    };
    all.quotas = quotas.map(|told| match told {
        Told::Usage(usage) => usage,
        Told::Limits(limits) => all.counted(&limits, project),
        Told::Nothing => NetworkQuotas::default(),
    });
    if let Ok(ports) = &mut all.ports {
        ports.retain(is_of_router_or_machine);
    }
    all
}

/// A Neutron without the extension does not know the word: there are none, and there cannot be any.
fn none_if_absent<T>(part: Part<Vec<T>>, is_neutron: bool) -> Part<Vec<T>> {
    match part {
        Err(Error::Lie { lie: Lie::Status { status: 404, .. }, .. }) if is_neutron => Ok(Vec::new()),
        part => part,
    }
}

/// Not those of address servers, of metadata, and of floating addresses. `network:router_interface_distributed`,
/// `network:ha_router_replicated_interface` and their like are of routers.
fn is_of_router_or_machine(port: &Port) -> bool {
    match port.device_owner.strip_prefix("network:") {
        Some(owner) => owner.contains("router"),
        None => true,
    }
}

/// What a Neutron says of quotas.
enum Told {
    Usage(NetworkQuotas),
    /// Before Pike (2017), and without its own database of quotas.
    Limits(Limits),
    Nothing,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Limits {
    floatingip: Option<i64>,
    port: Option<i64>,
    network: Option<i64>,
    subnet: Option<i64>,
    router: Option<i64>,
    security_group: Option<i64>,
}

async fn quotas(reader: &Reader<'_>, project: &str) -> Result<Told, Error> {
    #[derive(Deserialize)]
    struct Body<T> {
        quota: T,
    }
    let about = "the quotas of networks";
    match reader.one::<Body<NetworkQuotas>>(about, &format!("/quotas/{project}/details.json")).await {
        Err(error) if is_unknown(&error) => {}
        told => return told.map(|body| Told::Usage(body.quota)),
    }
    match reader.one::<Body<Limits>>(about, &format!("/quotas/{project}")).await {
        Err(error) if is_unknown(&error) => Ok(Told::Nothing),
        told => told.map(|body| Told::Limits(body.quota)),
    }
}

fn is_unknown(error: &Error) -> bool {
    matches!(
        error,
        Error::Lie { lie: Lie::Status { status: 404, .. }, .. } | Error::Refused { refusal: Refusal::NotAllowed { .. }, .. }
    )
}

impl Networking {
    /// Whoever is told no usage counts what there is: a project sees all that is its own.
    fn counted(&self, limits: &Limits, project: &str) -> NetworkQuotas {
        let own = self.networks.as_ref().map(|all| all.iter().filter(|one| one.project_id == project));
        let own: Option<Vec<&str>> = own.ok().map(|all| all.map(|one| one.id.as_str()).collect());
        let subnets = self.subnets.as_ref().ok().zip(own);
        let subnets = subnets.map(|(all, own)| number(all.iter().filter(|one| own.contains(&one.network_id.as_str())).count()));
        NetworkQuotas {
            floatingip: usage(limits.floatingip, used(&self.floating_ips, project, |one| &one.project_id)),
            port: usage(limits.port, used(&self.ports, project, |one| &one.project_id)),
            network: usage(limits.network, used(&self.networks, project, |one| &one.project_id)),
            subnet: usage(limits.subnet, subnets),
            router: usage(limits.router, used(&self.routers, project, |one| &one.project_id)),
            security_group: usage(limits.security_group, used(&self.security_groups, project, |one| &one.project_id)),
        }
    }
}

/// `None` where that cannot be told.
fn used<T>(part: &Part<Vec<T>>, project: &str, owner: impl Fn(&T) -> &String) -> Option<i64> {
    let all = part.as_ref().ok()?;
    all.iter().all(|one| !owner(one).is_empty()).then(|| number(all.iter().filter(|one| owner(one) == project).count()))
}

fn usage(limit: Option<i64>, used: Option<i64>) -> Option<Usage> {
    Some(Usage { limit: limit?, used: used?, reserved: 0 })
}

fn number(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
