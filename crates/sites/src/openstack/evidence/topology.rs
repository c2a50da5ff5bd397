//! Networks with all that belongs to them, joined by identifiers: subnets, routers, addresses that were seen.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use super::known;
use crate::openstack::inventory::{FixedIp, FloatingIp, Inventory, Network, Port, Router, Subnet};

pub(super) struct Topology<'a> {
    /// By identifier.
    pub places: Vec<Place<'a>>,
    pub routers: BTreeMap<&'a str, Gate<'a>>,
    /// Without one of these nobody knows what leads where.
    pub links_known: bool,
    pub subnets_known: bool,
}

/// A network.
pub(super) struct Place<'a> {
    pub network: &'a Network,
    /// Those that we can see, by identifier.
    pub subnets: Vec<&'a Subnet>,
    /// How many it has that are hidden from us.
    pub hidden: usize,
    pub links: Vec<Link<'a>>,
    /// Addresses of it, and whose they are.
    pub seen: BTreeSet<(Bearer, IpAddr)>,
    /// Pools of which an address is bound to a machine here, and the router between.
    pub proven: BTreeSet<(&'a str, &'a str)>,
    /// Its floating addresses that the project has and does not use.
    pub spare: Vec<&'a FloatingIp>,
    pub own: bool,
}

/// What has an address. What floating addresses say of a pool goes before what routers' addresses say: a pool may give
/// routers others than machines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Bearer {
    Floating,
    Machine,
    Gateway,
}

/// A router has an interface on a network.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Link<'a> {
    pub router: &'a str,
    pub subnets: BTreeSet<&'a str>,
}

pub(super) struct Gate<'a> {
    pub router: &'a Router,
    pub own: bool,
    pub works: bool,
}

impl<'a> Topology<'a> {
    pub fn of(inventory: &'a Inventory) -> Self {
        let project = inventory.project.as_str();
        let mut places: BTreeMap<&str, Place<'_>> = BTreeMap::new();
        for network in known(&inventory.networks) {
            places.insert(&network.id, Place::new(network, project));
        }
        for subnet in known(&inventory.subnets) {
            if let Some(place) = places.get_mut(subnet.network_id.as_str()) {
                place.subnets.push(subnet);
            }
        }
        let ports = known(&inventory.ports);
        for port in ports {
            if let Some(place) = places.get_mut(port.network_id.as_str()) {
                place.take_port(port);
            }
        }
        for router in known(&inventory.routers) {
            let gateway = router.external_gateway_info.as_ref();
            let pool = gateway.and_then(|gateway| places.get_mut(gateway.network_id.as_str()));
            if let (Some(gateway), Some(pool)) = (gateway, pool) {
                pool.see(Bearer::Gateway, &gateway.external_fixed_ips);
            }
        }
        let network_of_port: BTreeMap<&str, &str> =
            ports.iter().map(|port| (port.id.as_str(), port.network_id.as_str())).collect();
        for floating in known(&inventory.floating_ips) {
            take_floating(&mut places, floating, &network_of_port, project);
        }
        let mut places: Vec<Place<'_>> = places.into_values().collect();
        places.iter_mut().for_each(Place::put_in_order);
        let gates = known(&inventory.routers).iter().map(|router| (router.id.as_str(), Gate::new(router, project)));
        Self {
            places,
            routers: gates.collect(),
            links_known: inventory.routers.is_ok() && inventory.ports.is_ok(),
            subnets_known: inventory.subnets.is_ok(),
        }
    }

    /// The routers that lead out of a network somewhere.
    pub fn ways_out(&self, place: &'a Place<'a>) -> impl Iterator<Item = (&'a Link<'a>, &Gate<'a>)> {
        place.links.iter().filter_map(|link| {
            let gate = self.routers.get(link.router)?;
            (gate.works && gate.pool().is_some()).then_some((link, gate))
        })
    }
}

impl<'a> Place<'a> {
    fn new(network: &'a Network, project: &str) -> Self {
        // Where the project is left out, what we see without being shared or external can only be ours.
        let unsaid = network.project_id.is_empty() && !network.shared && !network.external;
        Self {
            network,
            subnets: Vec::new(),
            hidden: network.subnets.len(),
            links: Vec::new(),
            seen: BTreeSet::new(),
            proven: BTreeSet::new(),
            spare: Vec::new(),
            own: unsaid || (!network.project_id.is_empty() && network.project_id == project),
        }
    }

    /// Nova lets people start machines on an external network only if it is shared with them, whosever it is.
    pub fn attachable(&self) -> bool {
        self.network.shared || (self.own && !self.network.external)
    }

    pub fn is_up(&self) -> bool {
        self.network.admin_state_up != Some(false) && matches!(self.network.status.as_str(), "" | "ACTIVE")
    }

    fn take_port(&mut self, port: &'a Port) {
        let owner = port.device_owner.as_str();
        if owner.starts_with("network:router_interface") || owner == "network:ha_router_replicated_interface" {
            let subnets = port.fixed_ips.iter().map(|fixed| fixed.subnet_id.as_str()).collect();
            self.links.push(Link { router: &port.device_id, subnets });
        } else if owner.starts_with("compute:") {
            self.see(Bearer::Machine, &port.fixed_ips);
        }
    }

    fn see(&mut self, bearer: Bearer, fixed: &[FixedIp]) {
        let addresses = fixed.iter().filter_map(|fixed| fixed.ip_address.parse().ok());
        self.seen.extend(addresses.map(|address| (bearer, address)));
    }

    /// The order of lists means nothing, and must change nothing.
    fn put_in_order(&mut self) {
        self.subnets.sort_by(|a, b| a.id.cmp(&b.id));
        self.spare.sort_by(|a, b| a.id.cmp(&b.id));
        self.links.sort();
        self.links.dedup();
        let listed = self.network.subnets.iter();
        self.hidden = listed.filter(|id| !self.subnets.iter().any(|subnet| subnet.id == **id)).count();
    }
}

fn take_floating<'a>(
    places: &mut BTreeMap<&'a str, Place<'a>>,
    floating: &'a FloatingIp,
    network_of_port: &BTreeMap<&str, &'a str>,
    project: &str,
) {
    let pool = floating.floating_network_id.as_str();
    if let Some(place) = places.get_mut(pool) {
        place.seen.extend(floating.floating_ip_address.parse().ok().map(|address| (Bearer::Floating, address)));
        let ours = floating.project_id.is_empty() || floating.project_id == project;
        if floating.port_id.is_none() && ours && floating.status != "ERROR" {
            place.spare.push(floating);
        }
    }
    let port = floating.port_id.as_deref().and_then(|port| network_of_port.get(port));
    if let (Some(place), Some(router)) = (port.and_then(|network| places.get_mut(network)), floating.router_id.as_deref()) {
        place.proven.insert((pool, router));
    }
}

impl<'a> Gate<'a> {
    fn new(router: &'a Router, project: &str) -> Self {
        Self {
            router,
            own: router.project_id.is_empty() || router.project_id == project,
            works: router.admin_state_up != Some(false) && router.status != "ERROR",
        }
    }

    /// The network that it leads to.
    pub fn pool(&self) -> Option<&'a str> {
        let gateway = self.router.external_gateway_info.as_ref()?;
        (!gateway.network_id.is_empty()).then_some(gateway.network_id.as_str())
    }

    pub fn translates(&self) -> bool {
        self.router.external_gateway_info.as_ref().is_none_or(|gateway| gateway.enable_snat != Some(false))
    }

    /// Whether IPv6 leads on from it; none: its addresses outside are hidden from us.
    pub fn speaks_v6(&self) -> Option<bool> {
        let fixed = &self.router.external_gateway_info.as_ref()?.external_fixed_ips;
        let addresses: Vec<IpAddr> = fixed.iter().filter_map(|fixed| fixed.ip_address.parse().ok()).collect();
        (!addresses.is_empty()).then(|| addresses.iter().any(IpAddr::is_ipv6))
    }
}
