//! Each file in `tests/topologies` is a site that was not there when the rules were written, with what is expected of it.

use std::collections::BTreeMap;
use std::path::Path;

use ipnet::IpNet;
use model::Timestamp;
use model::offer::{Confidence, NetworkRole};
use serde::Deserialize;
use sites::openstack::evidence::{Deed, Hints, Override, Past, Told};
use sites::openstack::inventory::{self, Inventory};

use super::words;
use super::{empty, failed, snapshot};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Site {
    /// What is special about it.
    pub about: String,
    #[serde(default)]
    pub hints: Known,
    #[serde(default)]
    pub networks: Vec<inventory::Network>,
    #[serde(default)]
    pub subnets: Vec<inventory::Subnet>,
    #[serde(default)]
    pub routers: Vec<inventory::Router>,
    #[serde(default)]
    pub ports: Vec<inventory::Port>,
    #[serde(default)]
    pub floating_ips: Vec<inventory::FloatingIp>,
    #[serde(default)]
    pub quotas: inventory::NetworkQuotas,
    #[serde(default)]
    pub flavors: Vec<inventory::Flavor>,
    #[serde(default)]
    pub images: Vec<inventory::Image>,
    /// Parts that did not answer.
    #[serde(default)]
    pub missing: Vec<String>,
    pub expect: Expected,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Known {
    public_ranges: Vec<String>,
    private_ranges: Vec<String>,
    overrides: BTreeMap<String, NetworkRole>,
    public_network: Option<String>,
    default_network: Option<String>,
    reached: Vec<String>,
    reached_out: Vec<String>,
    /// `network`, `router`, or `borrow ID`, `attach ID`.
    refused: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expected {
    roles: BTreeMap<String, NetworkRole>,
    #[serde(default)]
    public: Vec<String>,
    #[serde(default)]
    untried: Vec<String>,
    #[serde(default)]
    private: Vec<String>,
    #[serde(default)]
    obstacles: Vec<String>,
    confidence: Confidence,
    #[serde(default)]
    spare: Vec<String>,
    #[serde(default)]
    sizes: BTreeMap<String, String>,
    #[serde(default)]
    images: BTreeMap<String, String>,
}

pub fn all() -> Vec<(String, Site)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/topologies");
    let entries = std::fs::read_dir(folder).expect("the folder of topologies");
    let mut sites: Vec<(String, Site)> = entries
        .map(|entry| {
            let path = entry.expect("an entry").path();
            let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
            let text = std::fs::read(&path).expect("a readable file");
            let site = serde_json::from_slice(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
            (name, site)
        })
        .collect();
    sites.sort_by(|a, b| a.0.cmp(&b.0));
    sites
}

impl Site {
    pub fn inventory(&self) -> Inventory {
        let mut inventory = Inventory {
            flavors: Ok(self.flavors.clone()),
            images: Ok(self.images.clone()),
            networks: Ok(self.networks.clone()),
            subnets: Ok(self.subnets.clone()),
            routers: Ok(self.routers.clone()),
            ports: Ok(self.ports.clone()),
            floating_ips: Ok(self.floating_ips.clone()),
            network_quotas: Ok(self.quotas),
            ..empty()
        };
        for part in &self.missing {
            match part.as_str() {
                "networks" => inventory.networks = Err(failed()),
                "subnets" => inventory.subnets = Err(failed()),
                "routers" => inventory.routers = Err(failed()),
                "ports" => inventory.ports = Err(failed()),
                "floating_ips" => inventory.floating_ips = Err(failed()),
                "quotas" => inventory.network_quotas = Err(failed()),
                other => panic!("no part is called {other}"),
            }
        }
        inventory
    }

    pub fn hints(&self) -> Hints {
        let at = Timestamp::from_millis(0);
        let known = &self.hints;
        let source = "the site's file".to_owned();
        let public = known.public_network.clone().map(|network| Told::PublicNetwork { network, source: source.clone() });
        let default = known.default_network.clone().map(|kind| Told::DefaultNetwork { kind, source });
        let reached = known.reached.iter().cloned().map(|network| Past::Reached { network, at });
        let reached_out = known.reached_out.iter().cloned().map(|network| Past::ReachedOut { network, at });
        let refused = known.refused.iter().map(|deed| Past::Refused { deed: refused(deed), at });
        Hints {
            public_ranges: ranges(&known.public_ranges),
            private_ranges: ranges(&known.private_ranges),
            overrides: known.overrides.iter().map(|(network, role)| Override { network: network.clone(), role: *role }).collect(),
            told: public.into_iter().chain(default).collect(),
            past: reached.chain(reached_out).chain(refused).collect(),
        }
    }
}

fn ranges(texts: &[String]) -> Vec<IpNet> {
    texts.iter().map(|text| text.parse().expect("a range")).collect()
}

fn refused(text: &str) -> Deed {
    match text.split_once(' ') {
        None if text == "network" => Deed::MakeNetwork,
        None if text == "router" => Deed::MakeRouter,
        Some(("borrow", pool)) => Deed::Borrow { pool: pool.to_owned() },
        Some(("attach", network)) => Deed::Attach { network: network.to_owned() },
        _ => panic!("nothing is called {text}"),
    }
}

#[test]
fn every_site_is_understood() {
    let sites = all();
    assert!(sites.len() >= 20, "only {} sites found", sites.len());
    let mut wrong: Vec<String> = Vec::new();
    for (name, site) in &sites {
        let found = snapshot(&site.inventory(), &site.hints());
        let expected = &site.expect;
        let mut compare = |what: &str, found: String, expected: String| {
            if found != expected {
                wrong.push(format!("{name} ({}), {what}:\n  found    {found}\n  expected {expected}", site.about));
            }
        };
        let roles: BTreeMap<String, NetworkRole> =
            found.networks.iter().map(|network| (network.id.clone(), network.role)).collect();
        compare("roles", format!("{roles:?}"), format!("{:?}", expected.roles));
        let list =
            |attachments: &[model::offer::Attachment]| -> Vec<String> { attachments.iter().map(words::attachment).collect() };
        compare("public", format!("{:?}", list(&found.reach.public)), format!("{:?}", expected.public));
        compare("untried", format!("{:?}", list(&found.reach.untried)), format!("{:?}", expected.untried));
        compare("private", format!("{:?}", list(&found.reach.private)), format!("{:?}", expected.private));
        let obstacles: Vec<String> = found.reach.obstacles.iter().map(words::obstacle).collect();
        compare("obstacles", format!("{obstacles:?}"), format!("{:?}", expected.obstacles));
        compare("confidence", format!("{:?}", found.reach.confidence), format!("{:?}", expected.confidence));
        let spare: Vec<&str> = found.reach.spare_addresses.iter().map(|spare| spare.address.as_str()).collect();
        compare("spare", format!("{spare:?}"), format!("{:?}", expected.spare));
        for (size, expected) in &expected.sizes {
            let found = found.sizes.iter().find(|found| found.name == *size).map_or("missing".to_owned(), words::size);
            compare(size, found, expected.clone());
        }
        for (image, expected) in &expected.images {
            let found = found.images.iter().find(|found| found.id == *image).map_or("missing".to_owned(), words::image);
            compare(image, found, expected.clone());
        }
        let unfounded = found.networks.iter().filter(|network| network.evidence.is_empty());
        let unfounded: Vec<&str> = unfounded.map(|network| network.id.as_str()).collect();
        compare("networks without evidence", format!("{unfounded:?}"), "[]".to_owned());
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
