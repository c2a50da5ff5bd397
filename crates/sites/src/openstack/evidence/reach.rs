//! How a machine can be attached: to be reached from outside, or only to reach out.

use std::cmp::Reverse;

use model::offer::{Attachment, Confidence, Named, NetworkRole, Obstacle, Reach, SpareAddress};

use super::topology::Topology;
use super::verdict::{Verdict, named};
use super::ways::{Means, Way, into_pool};
use super::{Deed, Hints, quotas};
use crate::openstack::inventory::Inventory;

struct Choice {
    attachment: Attachment,
    confidence: Confidence,
    rank: Rank,
}

/// Smaller is better. Identifiers decide the rest, never names.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Rank {
    /// A guess goes after what is likely, however convenient.
    guessed: bool,
    /// What people outside can use (IPv4) and what needs least to be made.
    effort: u8,
    untested: bool,
    doubt: Reverse<Confidence>,
    unprotected: bool,
    ordinary: bool,
    network: String,
    /// Among the ways into one pool.
    place: usize,
}

struct Search<'a> {
    topology: &'a Topology<'a>,
    verdicts: &'a [Verdict<'a>],
    means: Means<'a>,
    /// Whether the quota of floating addresses is known.
    counted: bool,
    obstacles: Vec<Obstacle>,
}

const WITH_V4: u8 = 0;
const FLOATING: u8 = 1;
const ONLY_V6: u8 = 9;

pub(super) fn of(topology: &Topology<'_>, verdicts: &[Verdict<'_>], inventory: &Inventory, hints: &Hints) -> Reach {
    let all_quotas = quotas::of(inventory);
    let subnets = inventory.network_quotas.as_ref().ok().and_then(|quotas| quotas.subnet).map(quotas::of_usage);
    let counted = all_quotas.floating_addresses.is_some();
    let means = Means { quotas: &all_quotas, subnets, hints };
    let mut search = Search { topology, verdicts, means, counted, obstacles: Vec::new() };
    search.note_missing(inventory);
    if let Err(obstacle) = search.means.port() {
        // Each way needs one.
        search.note(obstacle);
        let (spare_addresses, obstacles) = (spare(verdicts), search.obstacles);
        let none = Vec::new;
        return Reach {
            public: none(),
            untried: none(),
            private: none(),
            spare_addresses,
            obstacles,
            confidence: Confidence::Certain,
        };
    }
    let public = search.public();
    let untried = search.untried();
    let private = search.private();
    search.note_pools(inventory, !public.is_empty());
    let nothing_hidden = !search.obstacles.iter().any(|obstacle| matches!(obstacle, Obstacle::NotKnown { .. }));
    let confidence = match public.first() {
        Some(best) => best.confidence,
        None if nothing_hidden => Confidence::Certain,
        None => Confidence::Guessed,
    };
    let attachments = |choices: Vec<Choice>| choices.into_iter().map(|choice| choice.attachment).collect();
    Reach {
        public: attachments(public),
        untried: attachments(untried),
        private,
        spare_addresses: spare(verdicts),
        obstacles: search.obstacles,
        confidence,
    }
}

impl Search<'_> {
    fn note(&mut self, obstacle: Obstacle) {
        if !self.obstacles.contains(&obstacle) {
            self.obstacles.push(obstacle);
        }
    }

    fn public(&mut self) -> Vec<Choice> {
        let verdicts = self.verdicts;
        let mut choices: Vec<Choice> = self.direct(NetworkRole::Public);
        for pool in verdicts.iter().filter(|verdict| is_pool(verdict)) {
            choices.extend(self.floating(pool));
        }
        choices.sort_by(|a, b| a.rank.cmp(&b.rank));
        choices
    }

    fn untried(&mut self) -> Vec<Choice> {
        let verdicts = self.verdicts;
        let mut choices: Vec<Choice> = self.direct(NetworkRole::Unknown);
        let unknown = |verdict: &&Verdict<'_>| verdict.role == NetworkRole::Unknown && verdict.place.network.external;
        for pool in verdicts.iter().filter(unknown) {
            choices.extend(self.floating(pool));
        }
        choices.sort_by(|a, b| a.rank.cmp(&b.rank));
        choices
    }

    /// Networks of this role to which a machine is attached itself. A network of the project's own is not unknown
    /// because of its addresses, so that trying it tells nothing.
    fn direct(&mut self, role: NetworkRole) -> Vec<Choice> {
        let mut choices = Vec::new();
        let verdicts = self.verdicts;
        for verdict in verdicts.iter().filter(|verdict| verdict.role == role && usable(verdict)) {
            let place = verdict.place;
            if role == NetworkRole::Unknown && (place.own || !place.subnets.is_empty()) {
                continue;
            }
            if let Some(refused) = self.attaching_refused(verdict) {
                self.note(refused);
                continue;
            }
            let effort = if verdict.versions == [6] { ONLY_V6 } else { WITH_V4 };
            let attachment = Attachment::Direct { network: name(verdict), versions: verdict.versions.clone() };
            let rank = rank(verdict, verdict.confidence, effort, 0);
            choices.push(Choice { attachment, confidence: verdict.confidence, rank });
        }
        choices
    }

    fn floating(&mut self, pool: &Verdict<'_>) -> Vec<Choice> {
        let id = pool.place.network.id.as_str();
        let ways = into_pool(id, self.topology, &self.means);
        if let Err(obstacle) = self.means.address(pool) {
            self.note(obstacle);
            return Vec::new();
        }
        let ways = match ways {
            Ok(ways) => ways,
            Err(obstacles) => {
                obstacles.into_iter().for_each(|obstacle| self.note(obstacle));
                return Vec::new();
            }
        };
        let surely = |way: &Way| way.changes == 0 && (self.counted || !pool.place.spare.is_empty());
        let choice = |(place, way): (usize, Way)| {
            let confidence = if surely(&way) { pool.confidence } else { pool.confidence.min(Confidence::Likely) };
            let rank = rank(pool, confidence, FLOATING.saturating_add(way.changes), place);
            let attachment = Attachment::Floating { network: way.network, router: way.router, pool: name(pool) };
            Choice { attachment, confidence, rank }
        };
        ways.into_iter().enumerate().map(choice).collect()
    }

    /// A network that leads out and costs no public address goes first, then what is public, then what would have to be
    /// made, then what leads nowhere.
    fn private(&mut self) -> Vec<Attachment> {
        let allowed = |verdict: &&Verdict<'_>| usable(verdict) && self.attaching_refused(verdict).is_none();
        let of_role = |role: NetworkRole| {
            let mut found: Vec<&Verdict<'_>> =
                self.verdicts.iter().filter(|verdict| verdict.role == role).filter(allowed).collect();
            found.sort_by_key(|verdict| (Reverse(verdict.confidence), !verdict.place.own, verdict.place.network.id.as_str()));
            found
        };
        let mut ways: Vec<Attachment> = Vec::new();
        let outbound = |verdict: &Verdict<'_>| Attachment::Outbound { network: name(verdict) };
        ways.extend(of_role(NetworkRole::Routed).into_iter().map(outbound));
        ways.extend(
            of_role(NetworkRole::Public)
                .into_iter()
                .map(|verdict| Attachment::Direct { network: name(verdict), versions: verdict.versions.clone() }),
        );
        let unknown = of_role(NetworkRole::Unknown).into_iter().map(outbound);
        ways.extend(unknown);
        if ways.is_empty() {
            ways.extend(self.outbound_through());
        }
        let isolated = of_role(NetworkRole::Isolated).into_iter();
        ways.extend(isolated.map(|verdict| Attachment::Isolated { network: name(verdict) }));
        ways
    }

    /// Any pool leads out, but one that is not public may lead less far.
    fn outbound_through(&self) -> Option<Attachment> {
        let far = |role| match role {
            NetworkRole::Pool | NetworkRole::Public => 0,
            NetworkRole::Unknown => 1,
            _ => 2,
        };
        let pools = self.verdicts.iter().filter(|verdict| verdict.place.network.external && verdict.place.is_up());
        let ways = pools.filter_map(|pool| {
            let way = into_pool(&pool.place.network.id, self.topology, &self.means).ok()?.into_iter().next()?;
            Some((far(pool.role), way.changes, &pool.place.network.id, pool, way))
        });
        let (.., pool, way) = ways.min_by(|a, b| (a.0, a.1, a.2).cmp(&(b.0, b.1, b.2)))?;
        Some(Attachment::OutboundThrough { network: way.network, router: way.router, pool: name(pool) })
    }

    fn attaching_refused(&self, verdict: &Verdict<'_>) -> Option<Obstacle> {
        let network = &verdict.place.network;
        let deed = Deed::Attach { network: network.id.clone() };
        let what = || format!("to start machines on {}", named(&network.id, &network.name));
        self.means.hints.refused(&deed).then(|| Obstacle::NotAllowed { what: what() })
    }

    fn note_missing(&mut self, inventory: &Inventory) {
        let missing = [
            (inventory.networks.is_err(), "the networks"),
            (inventory.subnets.is_err(), "the subnets, and with them the ranges of addresses"),
            (inventory.routers.is_err(), "the routers"),
            (inventory.ports.is_err(), "which routers are on which networks"),
            (inventory.floating_ips.is_err(), "the floating addresses of the project"),
            (inventory.network_quotas.is_err(), "how many addresses, ports, networks and routers are left"),
        ];
        for (_, what) in missing.into_iter().filter(|(missing, _)| *missing) {
            self.note(Obstacle::NotKnown { what: what.to_owned() });
        }
    }

    fn note_pools(&mut self, inventory: &Inventory, found: bool) {
        let verdicts = self.verdicts;
        let up = || verdicts.iter().filter(|verdict| verdict.place.is_up());
        let doubtful =
            |verdict: &&Verdict<'_>| verdict.role == NetworkRole::Unknown && (verdict.place.network.external || usable(verdict));
        for verdict in up().filter(doubtful) {
            let network = verdict.place.network;
            let what = format!("whether {} can be reached from outside", named(&network.id, &network.name));
            self.note(Obstacle::NotKnown { what });
        }
        if inventory.networks.is_err() {
            return;
        }
        if verdicts.is_empty() {
            self.note(Obstacle::NoNetwork);
            return;
        }
        let public = up().any(|verdict| matches!(verdict.role, NetworkRole::Public | NetworkRole::Pool));
        let private = up().filter(|verdict| verdict.place.network.external && verdict.role == NetworkRole::PrivatePool);
        let pools: Vec<Named> = private.map(name).collect();
        if !public && !pools.is_empty() {
            self.note(Obstacle::OnlyPrivatePools { pools });
        } else if (!public && !up().any(|verdict| doubtful(&verdict))) || (!found && self.obstacles.is_empty()) {
            self.note(Obstacle::NoPublicNetwork);
        }
    }
}

fn is_pool(verdict: &Verdict<'_>) -> bool {
    let leads_out = matches!(verdict.role, NetworkRole::Pool | NetworkRole::Public);
    leads_out && verdict.place.network.external && verdict.place.is_up()
}

fn usable(verdict: &Verdict<'_>) -> bool {
    verdict.place.attachable() && verdict.place.is_up()
}

fn rank(verdict: &Verdict<'_>, confidence: Confidence, effort: u8, place: usize) -> Rank {
    let network = verdict.place.network;
    Rank {
        guessed: confidence == Confidence::Guessed,
        effort,
        untested: !verdict.succeeded,
        doubt: Reverse(confidence),
        unprotected: network.port_security_enabled == Some(false),
        ordinary: network.is_default != Some(true),
        network: network.id.clone(),
        place,
    }
}

fn name(verdict: &Verdict<'_>) -> Named {
    Named { id: verdict.place.network.id.clone(), name: verdict.place.network.name.clone() }
}

fn spare(verdicts: &[Verdict<'_>]) -> Vec<SpareAddress> {
    let all = verdicts.iter().flat_map(|verdict| &verdict.place.spare);
    let spare = all.map(|floating| SpareAddress {
        id: floating.id.clone(),
        address: floating.floating_ip_address.clone(),
        pool: floating.floating_network_id.clone(),
    });
    spare.collect()
}
