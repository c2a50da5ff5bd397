//! What a service's answers mean: networks, sizes, images and quotas, each with the evidence for it.
//!
//! In: one [`Inventory`], in OpenStack's own words, and [`Hints`], which is all that is known besides. Out: one
//! [`Snapshot`], in ours. Nothing here asks, waits, remembers or looks at a clock; the same answers in another order
//! give the same snapshot.
//!
//! Names are the last thing that is believed. Whatever is concluded is kept with its source, so that a person can see
//! why, and what two sources contradict each other about. What cannot be known, because a part of the answer is missing
//! or hidden, is said to be so.

mod accelerators;
mod addresses;
mod claims;
mod devices;
mod duplicates;
mod hints;
mod images;
mod names;
mod networks;
mod properties;
mod quotas;
mod range;
mod reach;
mod reading;
mod sizes;
mod standing;
mod systems;
mod topology;
mod verdict;
mod ways;

pub use hints::{Deed, Hints, Override, Past, Told};

use model::offer::{Fact, Gap, Named, Snapshot};

use super::inventory::{Inventory, Part};

/// Whose inventory it is, and who looked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct About {
    pub service: String,
    pub site: String,
    pub project: Named,
    pub community: Option<String>,
    pub seen_with: String,
}

pub fn interpret(about: About, inventory: &Inventory, hints: &Hints) -> Snapshot {
    let topology = topology::Topology::of(inventory);
    let verdicts = verdict::all(&topology, hints);
    Snapshot {
        service: about.service,
        site: about.site,
        project: about.project,
        community: about.community,
        sizes: sizes::of(known(&inventory.flavors)),
        images: images::of(known(&inventory.images), &inventory.project),
        reach: reach::of(&topology, &verdicts, inventory, hints),
        networks: networks::of(verdicts),
        quotas: quotas::of(inventory),
        zones: zones(inventory),
        gaps: gaps(inventory),
        seen_at: inventory.seen_at,
        seen_with: about.seen_with,
    }
}

fn known<T>(part: &Part<Vec<T>>) -> &[T] {
    part.as_deref().unwrap_or_default()
}

fn fact(name: &str, value: impl Into<String>, source: impl Into<String>) -> Fact {
    Fact { name: name.to_owned(), value: value.into(), source: source.into() }
}

fn zones(inventory: &Inventory) -> Vec<String> {
    let available = known(&inventory.zones).iter().filter(|zone| zone.state.available);
    let mut zones: Vec<String> = available.map(|zone| zone.name.clone()).collect();
    zones.sort();
    zones.dedup();
    zones
}

fn gaps(inventory: &Inventory) -> Vec<Gap> {
    let mut gaps = Vec::new();
    let mut note = |part: &str, why: Option<String>| {
        gaps.extend(why.map(|why| Gap { part: part.to_owned(), why }));
    };
    note("sizes", failure(&inventory.flavors));
    note("images", failure(&inventory.images));
    note("networks", failure(&inventory.networks));
    note("subnets", failure(&inventory.subnets));
    note("routers", failure(&inventory.routers));
    note("ports", failure(&inventory.ports));
    note("floating addresses", failure(&inventory.floating_ips));
    note("security groups", failure(&inventory.security_groups));
    note("compute limits", failure(&inventory.compute_limits));
    note("network quotas", failure(&inventory.network_quotas));
    note("volume limits", failure(&inventory.volume_limits));
    note("availability zones", failure(&inventory.zones));
    gaps
}

fn failure<T>(part: &Part<T>) -> Option<String> {
    part.as_ref().err().map(ToString::to_string)
}
