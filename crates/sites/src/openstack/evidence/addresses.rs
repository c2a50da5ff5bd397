//! The addresses of a network, by its subnets and by what was seen of them, and whether they are public.

use model::offer::{Fact, Subnet};

use super::range::{self, Range, given_out};
use super::topology::{Bearer, Place, Topology};
use super::verdict::{NETWORKS, SUBNETS};
use super::{Hints, fact};
use crate::openstack::inventory;

/// Addresses of one place, and whether they are public.
pub(super) struct Judged<'a> {
    pub subnet: Option<&'a inventory::Subnet>,
    /// None: it is a subnet that is shown to us.
    pub bearer: Option<Bearer>,
    pub shown: Subnet,
    why: String,
    source: String,
}

/// Subnets as they are shown, then addresses that were seen and are in none of them.
pub(super) fn of<'a>(place: &'a Place<'a>, hints: &Hints) -> Vec<Judged<'a>> {
    let mut judged: Vec<Judged<'a>> = place.subnets.iter().map(|subnet| judge_subnet(subnet, hints)).collect();
    let nets: Vec<ipnet::IpNet> = place.subnets.iter().filter_map(|subnet| subnet.cidr.parse().ok()).collect();
    let mut shown: Vec<(u8, bool, Bearer)> = Vec::new();
    let given = hints.gave(&place.network.id).map(|(address, _)| (Bearer::Floating, address));
    for (bearer, address) in place.seen.iter().chain(given.iter()) {
        if nets.iter().any(|net| net.contains(address)) {
            continue;
        }
        let judgement = Range::one(*address).judge(hints);
        let version = range::version(*address);
        // One of a kind is enough to see.
        let kind = (version, judgement.public, *bearer);
        if shown.contains(&kind) {
            continue;
        }
        shown.push(kind);
        let range = ipnet::IpNet::from(*address).to_string();
        judged.push(Judged {
            subnet: None,
            bearer: Some(*bearer),
            shown: Subnet { id: None, range, version, public: judgement.public },
            why: judgement.why,
            source: judgement.source.to_owned(),
        });
    }
    judged
}

fn judge_subnet<'a>(subnet: &'a inventory::Subnet, hints: &Hints) -> Judged<'a> {
    let shown = |version, public| Subnet { id: Some(subnet.id.clone()), range: subnet.cidr.clone(), version, public };
    let Some(given) = given_out(subnet) else {
        let why = "it cannot be read".to_owned();
        return Judged {
            subnet: Some(subnet),
            bearer: None,
            shown: shown(subnet.ip_version, false),
            why,
            source: SUBNETS.to_owned(),
        };
    };
    let version = if subnet.cidr.contains(':') { 6 } else { 4 };
    let judgements: Vec<range::Judgement> = given.into_iter().map(|range| range.judge(hints)).collect();
    let public = judgements.iter().all(|judgement| judgement.public);
    let deciding = judgements.into_iter().find(|judgement| judgement.public == public);
    let (why, source) = deciding.map_or_else(Default::default, |judgement| (judgement.why, judgement.source.to_owned()));
    Judged { subnet: Some(subnet), bearer: None, shown: shown(version, public), why, source }
}

/// As evidence.
pub(super) fn tell(place: &Place<'_>, topology: &Topology<'_>, judged: &[Judged<'_>]) -> Vec<Fact> {
    let mut facts: Vec<Fact> = Vec::new();
    for judged in judged {
        let range = &judged.shown.range;
        let (name, what) = match judged.bearer {
            None => ("range", format!("{range}: {}", judged.why)),
            Some(Bearer::Floating) => ("address", format!("a floating address of it was seen, {range}: {}", judged.why)),
            Some(Bearer::Machine) => ("address", format!("a machine's address on it was seen, {range}: {}", judged.why)),
            Some(Bearer::Gateway) => ("address", format!("a router's address on it was seen, {range}: {}", judged.why)),
        };
        facts.push(fact(name, what, judged.source.clone()));
    }
    if !topology.subnets_known {
        facts.push(fact("subnets", "its subnets could not be asked", SUBNETS));
    } else if place.hidden > 0 {
        let are = if place.hidden == 1 { "is" } else { "are" };
        facts.push(fact("subnets", format!("{} of its subnets {are} hidden from us", place.hidden), NETWORKS));
    }
    facts
}
