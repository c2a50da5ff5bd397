//! What each network is for. The verdict itself; how it is told is in `networks`.

use model::offer::{Confidence, Fact, NetworkRole, Subnet};

use super::addresses::{self, Judged};
use super::topology::{Bearer, Gate, Place, Topology};
use super::{Hints, fact};

pub(super) struct Verdict<'a> {
    pub place: &'a Place<'a>,
    pub role: NetworkRole,
    pub confidence: Confidence,
    pub evidence: Vec<Fact>,
    pub subnets: Vec<Subnet>,
    /// The versions of IP of the addresses here that can be reached from outside.
    pub versions: Vec<u8>,
    /// It was reached from outside before.
    pub succeeded: bool,
}

pub(super) const NETWORKS: &str = "the service's networks";
pub(super) const SUBNETS: &str = "the service's subnets";
const ROUTERS: &str = "the service's routers and ports";
const FLOATING: &str = "the service's floating addresses";
const PAST: &str = "what happened before";

pub(super) fn all<'a>(topology: &'a Topology<'a>, hints: &Hints) -> Vec<Verdict<'a>> {
    topology.places.iter().map(|place| judge(place, topology, hints)).collect()
}

fn judge<'a>(place: &'a Place<'a>, topology: &'a Topology<'a>, hints: &Hints) -> Verdict<'a> {
    let judged = addresses::of(place, hints);
    let mut case = Case { place, topology, hints, judged: &judged, evidence: Vec::new(), versions: Vec::new() };
    let (mut role, mut confidence) = case.decide();
    case.evidence.extend(addresses::tell(place, topology, &judged));
    if let Some(forced) = hints.forced(&place.network.id, &place.network.name) {
        let word = format!("the administrator says that it is this; by evidence it would be {}", in_words(role));
        case.evidence.insert(0, fact("override", word, "configuration"));
        (role, confidence) = (forced, Confidence::Certain);
    }
    case.contradict(role);
    let Case { evidence, mut versions, .. } = case;
    if role == NetworkRole::Public && versions.is_empty() {
        versions = versions_of(&judged);
    } else if role != NetworkRole::Public {
        versions.clear();
    }
    Verdict {
        place,
        role,
        confidence,
        evidence,
        versions,
        subnets: judged.into_iter().map(|judged| judged.shown).collect(),
        succeeded: hints.reached(&place.network.id).is_some(),
    }
}

/// Of a network that is public for another reason than its addresses.
fn versions_of(judged: &[Judged<'_>]) -> Vec<u8> {
    let mut versions: Vec<u8> = judged.iter().map(|judged| judged.shown.version).collect();
    versions.sort_unstable();
    versions.dedup();
    versions
}

struct Case<'a, 'b> {
    place: &'a Place<'a>,
    topology: &'a Topology<'a>,
    hints: &'b Hints,
    judged: &'b [Judged<'a>],
    evidence: Vec<Fact>,
    versions: Vec<u8>,
}

impl<'a> Case<'a, '_> {
    fn note(&mut self, name: &str, sentence: impl Into<String>, source: &str) {
        self.evidence.push(fact(name, sentence, source));
    }

    fn decide(&mut self) -> (NetworkRole, Confidence) {
        let network = self.place.network;
        if let Some(at) = self.hints.reached(&network.id) {
            self.note("past", format!("an address of it was reached from outside, last at {at}"), PAST);
        }
        if let Some(at) = self.hints.reached_out(&network.id) {
            self.note("past", format!("a machine on it reached out, last at {at}"), PAST);
        }
        if let Some((address, at)) = self.hints.gave(&network.id) {
            self.note("past", format!("it gave a machine {address}, last at {at}"), PAST);
        }
        if !self.place.is_up() {
            self.note("state", "it is switched off or not ready", NETWORKS);
            return (NetworkRole::Isolated, Confidence::Certain);
        }
        if network.external { self.outside() } else { self.inside() }
    }

    fn outside(&mut self) -> (NetworkRole, Confidence) {
        self.note("external", "routers may lead to it", NETWORKS);
        let as_public = if self.place.attachable() {
            self.note("shared", "machines may be attached to it", NETWORKS);
            NetworkRole::Public
        } else {
            NetworkRole::Pool
        };
        let told = self.hints.told_public(&self.place.network.id, &self.place.network.name);
        let judged = self.judged;
        let told_by = |seen: Bearer| judged.iter().filter(move |judged| judged.bearer == Some(seen));
        let subnets = || judged.iter().filter(|judged| judged.bearer.is_none());
        let floating_or_machine = || told_by(Bearer::Floating).chain(told_by(Bearer::Machine));
        // Which addresses machines get is told best by those that they have.
        let weight = if floating_or_machine().next().is_some() {
            floating_or_machine().any(|judged| judged.shown.public) || subnets().any(|judged| judged.shown.public)
        } else {
            judged.iter().any(|judged| judged.shown.public)
        };
        if self.hints.reached(&self.place.network.id).is_some() {
            self.take_versions();
            return (as_public, Confidence::Certain);
        }
        if weight {
            self.take_versions();
            return (as_public, Confidence::Likely);
        }
        if !judged.is_empty() {
            let whole = self.place.hidden == 0 && subnets().next().is_some();
            return (NetworkRole::PrivatePool, if whole { Confidence::Certain } else { Confidence::Likely });
        }
        match told {
            Some(_) => (as_public, Confidence::Guessed),
            None => (NetworkRole::Unknown, Confidence::Guessed),
        }
    }

    fn take_versions(&mut self) {
        let public = self.judged.iter().filter(|judged| judged.shown.public).map(|judged| judged.shown.version);
        self.versions.extend(public);
        self.versions.sort_unstable();
        self.versions.dedup();
    }

    fn inside(&mut self) -> (NetworkRole, Confidence) {
        let id = &self.place.network.id;
        if !self.place.attachable() {
            self.note("project", "it is of another project, and not shared with this one", NETWORKS);
            return (NetworkRole::Unknown, Confidence::Guessed);
        }
        let direct = self.direct();
        if self.hints.reached(id).is_some() {
            return (NetworkRole::Public, Confidence::Certain);
        }
        if let Some(confidence) = direct {
            return (NetworkRole::Public, confidence);
        }
        let ways: Vec<&Gate<'_>> = self.topology.ways_out(self.place).map(|(_, gate)| gate).collect();
        if let Some(gate) = ways.first() {
            let sentence =
                format!("the router {} leads from it to an external network", named(&gate.router.id, &gate.router.name));
            self.note("router", sentence, ROUTERS);
            return (NetworkRole::Routed, Confidence::Certain);
        }
        if !self.place.proven.is_empty() {
            self.note("floating", "a floating address is bound to a machine on it", FLOATING);
            return (NetworkRole::Routed, Confidence::Certain);
        }
        if self.hints.reached_out(id).is_some() {
            return (NetworkRole::Routed, Confidence::Certain);
        }
        if self.place.own { self.own_without_way_out() } else { self.shared_without_way_out() }
    }

    fn own_without_way_out(&mut self) -> (NetworkRole, Confidence) {
        if !self.topology.links_known {
            self.note("router", "which routers lead out of it could not be asked", ROUTERS);
            return (NetworkRole::Unknown, Confidence::Guessed);
        }
        if self.place.subnets.is_empty() && self.place.hidden == 0 && self.topology.subnets_known {
            self.note("subnets", "it has no addresses to give", NETWORKS);
            return (NetworkRole::Isolated, Confidence::Certain);
        }
        if self.place.links.is_empty() {
            self.note("router", "no router of the project is on it", ROUTERS);
        } else {
            self.note("router", "the router on it leads nowhere, or is switched off", ROUTERS);
        }
        (NetworkRole::Isolated, Confidence::Likely)
    }

    fn shared_without_way_out(&mut self) -> (NetworkRole, Confidence) {
        self.note("shared", "it is shared with the project by somebody else", NETWORKS);
        if self.place.subnets.iter().any(|subnet| has_gateway(subnet)) {
            self.note("gateway", "machines are told a gateway; where it leads is not shown to us", SUBNETS);
            return (NetworkRole::Routed, Confidence::Guessed);
        }
        if self.place.hidden > 0 || !self.topology.subnets_known {
            if let Some(source) = self.only_attachable_by_default() {
                self.note("told", "machines get public addresses by default, and there is no other network for them", &source);
                return (NetworkRole::Public, Confidence::Guessed);
            }
            if self.hints.told_public(&self.place.network.id, &self.place.network.name).is_some() {
                return (NetworkRole::Public, Confidence::Guessed);
            }
            return (NetworkRole::Unknown, Confidence::Guessed);
        }
        if self.place.subnets.is_empty() {
            self.note("subnets", "it has no addresses to give", NETWORKS);
        } else {
            self.note("gateway", "machines on it are told no gateway", SUBNETS);
        }
        (NetworkRole::Isolated, Confidence::Certain)
    }

    fn only_attachable_by_default(&self) -> Option<String> {
        let source = self.hints.told_public_by_default()?;
        let attachable = self.topology.places.iter().filter(|place| place.attachable() && place.is_up());
        (attachable.count() == 1 && self.judged.is_empty()).then(|| source.to_owned())
    }

    /// Whether a machine's own address can be reached, and how sure that is.
    fn direct(&mut self) -> Option<Confidence> {
        let mut found: Option<Confidence> = None;
        for judged in self.judged.iter().filter(|judged| judged.shown.public) {
            let confidence = match judged.subnet {
                Some(subnet) if has_gateway(subnet) => self.led_directly(subnet.id.as_str(), judged.shown.version),
                Some(_) => {
                    self.note("gateway", format!("machines in {} are told no gateway", judged.shown.range), SUBNETS);
                    None
                }
                // The subnet is hidden, and with it whether it has a gateway.
                None => (!self.place.own).then_some(Confidence::Guessed),
            };
            if let Some(confidence) = confidence {
                found = found.max(Some(confidence));
                self.versions.push(judged.shown.version);
            }
        }
        self.versions.sort_unstable();
        self.versions.dedup();
        found
    }

    /// Of a subnet with public addresses and a gateway: whether packets find the way to them.
    fn led_directly(&mut self, subnet: &str, version: u8) -> Option<Confidence> {
        if !self.place.own {
            self.note("shared", "it is shared with the project by the service, with public addresses and a gateway", SUBNETS);
            return Some(Confidence::Likely);
        }
        if !self.topology.links_known {
            return None;
        }
        if self.place.links.is_empty() {
            // Anybody can write a range of the Internet on a network of his own; but so does an operator who leads a
            // network of the centre into one project.
            let sentence =
                "it has public addresses and no router of the project: an operator's network, unless the range is made up";
            self.note("router", sentence, ROUTERS);
            return Some(Confidence::Guessed);
        }
        let on_subnet = |link: &super::topology::Link<'_>| link.subnets.is_empty() || link.subnets.contains(subnet);
        let topology = self.topology;
        let gate = topology.ways_out(self.place).find(|(link, _)| on_subnet(link)).map(|(_, gate)| gate)?;
        let (sentence, confidence) = match (version, gate.translates(), gate.speaks_v6()) {
            (4, true, _) => ("its router translates the public IPv4 addresses that it claims", None),
            (4, false, _) => ("its router does not translate addresses", Some(Confidence::Likely)),
            (_, _, Some(true)) => ("its router leads IPv6 on, which is not translated", Some(Confidence::Likely)),
            (_, _, None) => ("its router may lead IPv6 on: its addresses outside are hidden", Some(Confidence::Guessed)),
            (_, _, Some(false)) => ("its router has no IPv6 address outside, so that IPv6 ends there", None),
        };
        self.note("router", sentence, ROUTERS);
        confidence
    }

    /// What others say, and the name, at the end: they count for little or nothing, but people believe them.
    fn contradict(&mut self, role: NetworkRole) {
        let network = self.place.network;
        let public = matches!(role, NetworkRole::Public | NetworkRole::Pool);
        if let Some(source) = self.hints.told_public(&network.id, &network.name) {
            let word =
                if public { "it is called the public network" } else { "it is called the public network, against the evidence" };
            self.note("told", word, source);
        }
        let name = network.name.to_ascii_lowercase();
        let lies = [("public", !public), ("external", !network.external && !public), ("private", public), ("internal", public)];
        if let Some((word, _)) = lies.iter().find(|(word, lie)| *lie && name.contains(word)) {
            self.note("name", format!("its name says `{word}`, which counts for nothing"), "name");
        }
    }
}

fn has_gateway(subnet: &crate::openstack::inventory::Subnet) -> bool {
    subnet.gateway_ip.as_deref().is_some_and(|gateway| !gateway.is_empty())
}

pub(super) fn in_words(role: NetworkRole) -> &'static str {
    match role {
        NetworkRole::Public => "public",
        NetworkRole::Pool => "a public pool",
        NetworkRole::PrivatePool => "a pool that is not public",
        NetworkRole::Routed => "routed",
        NetworkRole::Isolated => "isolated",
        NetworkRole::Unknown => "unknown",
    }
}

/// Two may have one name.
pub(super) fn named(id: &str, name: &str) -> String {
    if name.is_empty() || name == id { id.to_owned() } else { format!("{name} ({id})") }
}
