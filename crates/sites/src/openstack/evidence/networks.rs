//! Verdicts as they are shown.

use model::offer::Network;

use super::verdict::Verdict;

/// By name, as people look for them.
pub(super) fn of(verdicts: Vec<Verdict<'_>>) -> Vec<Network> {
    let mut networks: Vec<Network> = verdicts.into_iter().map(shown).collect();
    networks.sort_by(|a, b| (&a.name, &a.id).cmp(&(&b.name, &b.id)));
    networks
}

fn shown(verdict: Verdict<'_>) -> Network {
    let network = verdict.place.network;
    Network {
        id: network.id.clone(),
        name: network.name.clone(),
        role: verdict.role,
        confidence: verdict.confidence,
        evidence: verdict.evidence,
        own: verdict.place.own,
        shared: network.shared,
        external: network.external,
        subnets: verdict.subnets,
        // Neutron's own default where the extension is off.
        port_security: network.port_security_enabled.unwrap_or(true),
    }
}
