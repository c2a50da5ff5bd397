//! Ways from a machine through a router into a pool, with what would have to be made, attached or opened for them.

use std::collections::BTreeSet;

use model::offer::{Obstacle, Quota, Quotas, Router, TenantNetwork};

use super::topology::{Gate, Link, Place, Topology};
use super::verdict::{Verdict, named};
use super::{Deed, Hints};
use crate::openstack::inventory::Subnet;

#[derive(Clone, Debug)]
pub(super) struct Way {
    pub network: TenantNetwork,
    pub router: Router,
    /// How much has to be changed for it; 0: nothing.
    pub changes: u8,
    /// What decides between ways that are as good; never a name.
    order: (bool, bool, String),
}

/// What may still be made.
pub(super) struct Means<'a> {
    pub quotas: &'a Quotas,
    pub subnets: Option<Quota>,
    pub hints: &'a Hints,
}

const ATTACH: u8 = 1;
const MAKE_ROUTER: u8 = 3;
const MAKE_NETWORK: u8 = 4;
/// It changes for all what others made and closed, and nothing would tell that it was us: rather make all of a way anew.
const OPEN: u8 = 10;

impl Means<'_> {
    fn network(&self) -> Result<(), Obstacle> {
        if self.hints.refused(&Deed::MakeNetwork) {
            return Err(Obstacle::NotAllowed { what: "to make a network".to_owned() });
        }
        enough(self.quotas.networks, |used, limit| Obstacle::NoNetworks { used, limit })?;
        enough(self.subnets, |used, limit| Obstacle::NoSubnets { used, limit })
    }

    fn router(&self) -> Result<(), Obstacle> {
        if self.hints.refused(&Deed::MakeRouter) {
            return Err(Obstacle::NotAllowed { what: "to make a router".to_owned() });
        }
        enough(self.quotas.routers, |used, limit| Obstacle::NoRouters { used, limit })
    }

    /// An address that the project has and nobody uses needs neither quota nor leave.
    pub fn address(&self, pool: &Verdict<'_>) -> Result<(), Obstacle> {
        if !pool.place.spare.is_empty() {
            return Ok(());
        }
        let network = pool.place.network;
        if self.hints.refused(&Deed::Borrow { pool: network.id.clone() }) {
            let what = format!("to borrow an address of {}", named(&network.id, &network.name));
            return Err(Obstacle::NotAllowed { what });
        }
        enough(self.quotas.floating_addresses, |used, limit| Obstacle::NoFloatingAddresses { used, limit })
    }

    pub fn port(&self) -> Result<(), Obstacle> {
        enough(self.quotas.ports, |used, limit| Obstacle::NoPorts { used, limit })
    }
}

/// What is not known counts as enough: the service itself will say no.
fn enough(quota: Option<Quota>, obstacle: impl Fn(u64, u64) -> Obstacle) -> Result<(), Obstacle> {
    match quota {
        Some(Quota { used, limit: Some(limit) }) if used >= limit => Err(obstacle(used, limit)),
        _ => Ok(()),
    }
}

/// The ways into this pool, the best first: all that are there already, or the one that needs the least change.
pub(super) fn into_pool(pool: &str, topology: &Topology<'_>, means: &Means<'_>) -> Result<Vec<Way>, Vec<Obstacle>> {
    let homes = || topology.places.iter().filter(|place| !place.network.external && place.attachable() && place.is_up());
    let mut ways: Vec<Way> = homes().flat_map(|place| existing(place, pool, topology)).collect();
    if ways.is_empty() {
        // Without routers and ports, whatever would be made might be there.
        if !topology.links_known {
            return Ok(Vec::new());
        }
        let mut obstacles = Vec::new();
        let changed =
            homes().filter(|place| place.own).filter_map(|place| to_change(place, pool, topology, means, &mut obstacles));
        let mut changed: Vec<Way> = changed.collect();
        match to_make(pool, topology, means) {
            Ok(way) => changed.push(way),
            Err(more) => obstacles.extend(more),
        }
        ways.extend(changed.into_iter().min_by(|a, b| a.key().cmp(&b.key())));
        if ways.is_empty() {
            return Err(obstacles);
        }
    }
    ways.sort_by(|a, b| a.key().cmp(&b.key()));
    Ok(ways)
}

impl Way {
    fn key(&self) -> (u8, &(bool, bool, String)) {
        (self.changes, &self.order)
    }

    fn from(place: &Place<'_>, subnet: &str, router: Router, changes: u8) -> Self {
        let network = place.network;
        Way {
            network: TenantNetwork::Existing { id: network.id.clone(), name: network.name.clone(), subnet: subnet.to_owned() },
            router,
            changes,
            order: (!place.own, network.is_default != Some(true), network.id.clone()),
        }
    }
}

fn existing(place: &Place<'_>, pool: &str, topology: &Topology<'_>) -> Vec<Way> {
    let mut taken = BTreeSet::new();
    let mut ways = Vec::new();
    let linked = topology.ways_out(place).filter(|(_, gate)| gate.pool() == Some(pool));
    for (link, gate) in linked {
        if let Some(subnet) = linked_subnet(place, link, topology)
            && taken.insert(gate.router.id.as_str())
        {
            ways.push(Way::from(place, subnet, kept(gate), 0));
        }
    }
    let proven = place.proven.iter().filter(|(to, router)| *to == pool && !taken.contains(router));
    for (_, id) in proven {
        let name = topology.routers.get(id).map_or(*id, |gate| gate.router.name.as_str());
        let subnet = subnets_v4(place).next().map(|subnet| subnet.id.as_str());
        if let Some(subnet) = subnet.or(place.network.subnets.iter().min().map(String::as_str)) {
            ways.push(Way::from(place, subnet, Router::Existing { id: (*id).to_owned(), name: name.to_owned() }, 0));
        }
    }
    // A network needs one way to a pool, not one by each router.
    ways.truncate(1);
    ways
}

/// What has to be done to a network of the project that leads nowhere yet.
fn to_change(
    place: &Place<'_>,
    pool: &str,
    topology: &Topology<'_>,
    means: &Means<'_>,
    obstacles: &mut Vec<Obstacle>,
) -> Option<Way> {
    if place.links.is_empty() {
        // Neutron attaches a subnet to a router by its gateway's address.
        let subnet = subnets_v4(place).find(|subnet| subnet.gateway_ip.as_deref().is_some_and(|gateway| !gateway.is_empty()))?;
        return match some_router(pool, topology, means) {
            Ok((router, changes)) => Some(Way::from(place, &subnet.id, router, changes)),
            Err(obstacle) => {
                obstacles.push(obstacle);
                None
            }
        };
    }
    // A closed router on it is opened. One that leads elsewhere is left alone: it is somebody's way.
    let closed = place.links.iter().filter_map(|link| Some((link, topology.routers.get(link.router)?)));
    let mut closed = closed.filter(|(_, gate)| gate.own && gate.works && gate.pool().is_none());
    let all_closed = place.links.iter().all(|link| topology.routers.get(link.router).is_some_and(|gate| gate.pool().is_none()));
    let (link, gate) = closed.next().filter(|_| all_closed)?;
    Some(Way::from(place, linked_subnet(place, link, topology)?, opened(gate), OPEN))
}

fn to_make(pool: &str, topology: &Topology<'_>, means: &Means<'_>) -> Result<Way, Vec<Obstacle>> {
    let (network, router) = (means.network(), some_router(pool, topology, means));
    match (network, router) {
        (Ok(()), Ok((router, changes))) => Ok(Way {
            network: TenantNetwork::ToCreate,
            router,
            changes: MAKE_NETWORK.saturating_add(changes),
            order: (false, true, String::new()),
        }),
        (network, router) => Err(network.err().into_iter().chain(router.err()).collect()),
    }
}

/// A router for a network that has none.
fn some_router(pool: &str, topology: &Topology<'_>, means: &Means<'_>) -> Result<(Router, u8), Obstacle> {
    let usable = || topology.routers.values().filter(|gate| gate.own && gate.works);
    if let Some(gate) = usable().find(|gate| gate.pool() == Some(pool)) {
        let (id, name) = (gate.router.id.clone(), gate.router.name.clone());
        return Ok((Router::ToAttach { id, name }, ATTACH));
    }
    let made = means.router().map(|()| (Router::ToCreate, MAKE_ROUTER));
    let closed = usable().find(|gate| gate.pool().is_none());
    made.or_else(|obstacle| closed.map(|gate| (opened(gate), OPEN + ATTACH)).ok_or(obstacle))
}

fn kept(gate: &Gate<'_>) -> Router {
    Router::Existing { id: gate.router.id.clone(), name: gate.router.name.clone() }
}

fn opened(gate: &Gate<'_>) -> Router {
    Router::ToOpen { id: gate.router.id.clone(), name: gate.router.name.clone() }
}

/// Floating addresses are of IPv4, and so is the subnet that they lead to.
fn subnets_v4<'a>(place: &'a Place<'_>) -> impl Iterator<Item = &'a Subnet> {
    place.subnets.iter().copied().filter(|subnet| !subnet.cidr.contains(':') && subnet.ip_version != 6)
}

fn linked_subnet<'a>(place: &'a Place<'_>, link: &'a Link<'_>, topology: &Topology<'_>) -> Option<&'a str> {
    let on_link = |id: &str| link.subnets.is_empty() || link.subnets.contains(id);
    let visible = subnets_v4(place).map(|subnet| subnet.id.as_str()).find(|id| on_link(id));
    let unseen = || link.subnets.first().copied().filter(|_| !topology.subnets_known);
    visible.or_else(unseen)
}
