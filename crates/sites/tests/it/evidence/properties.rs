//! What holds for every project.

use std::collections::BTreeMap;

use model::Timestamp;
use model::offer::{Attachment, Confidence, NetworkRole, Obstacle, Reach, Router, Snapshot, TenantNetwork};
use proptest::prelude::*;
use sites::openstack::Inventory;
use sites::openstack::evidence::{Deed, Hints, Override, Past, Told};
use sites::openstack::inventory::{Flavor, Image, Network, NetworkQuotas, Part, Port, Subnet};

use super::arbitrary::{ALL, NAMES, PRIVATE, inventory};
use super::snapshot;
use super::topologies;
use super::words;

fn turn<T>(part: &mut Part<Vec<T>>, by: usize) {
    if let Ok(list) = part {
        list.reverse();
        let by = by % list.len().max(1);
        list.rotate_left(by);
    }
}

/// The same answers in another order.
fn reordered(inventory: &Inventory, by: usize) -> Inventory {
    let mut other = inventory.clone();
    turn(&mut other.flavors, by);
    turn(&mut other.images, by);
    turn(&mut other.networks, by);
    turn(&mut other.subnets, by);
    turn(&mut other.routers, by);
    turn(&mut other.ports, by);
    turn(&mut other.floating_ips, by);
    for port in other.ports.iter_mut().flatten() {
        port.fixed_ips.reverse();
    }
    for network in other.networks.iter_mut().flatten() {
        network.subnets.reverse();
    }
    other
}

fn roles(snapshot: &Snapshot) -> BTreeMap<String, (NetworkRole, Confidence)> {
    snapshot.networks.iter().map(|network| (network.id.clone(), (network.role, network.confidence))).collect()
}

/// A way without the names in it.
fn ways(reach: &Reach) -> Vec<Vec<String>> {
    [&reach.public, &reach.untried, &reach.private].map(|ways| ways.iter().map(words::attachment).collect()).into()
}

fn rename(inventory: &mut Inventory, name: &str) {
    for (at, network) in inventory.networks.iter_mut().flatten().enumerate() {
        network.name = format!("{name}{at}");
    }
    for router in inventory.routers.iter_mut().flatten() {
        router.name = name.to_owned();
    }
}

fn hints() -> impl Strategy<Value = Hints> {
    use proptest::collection::vec;
    let at = Timestamp::from_millis(0);
    let id = || (0u8..6).prop_map(|at| format!("n{at}"));
    let past = prop_oneof![
        id().prop_map(move |network| Past::Reached { network, at }),
        id().prop_map(move |network| Past::ReachedOut { network, at }),
        id().prop_map(move |network| Past::Refused { deed: Deed::Attach { network }, at }),
        id().prop_map(move |pool| Past::Refused { deed: Deed::Borrow { pool }, at }),
        Just(Past::Refused { deed: Deed::MakeRouter, at }),
        Just(Past::Refused { deed: Deed::MakeNetwork, at }),
    ];
    let told = prop_oneof![
        id().prop_map(|network| Told::PublicNetwork { network, source: "a file".to_owned() }),
        Just(Told::DefaultNetwork { kind: "public_only".to_owned(), source: "a file".to_owned() }),
    ];
    let role = prop_oneof![
        Just(NetworkRole::Public),
        Just(NetworkRole::Pool),
        Just(NetworkRole::Isolated),
        Just(NetworkRole::PrivatePool)
    ];
    let overrides = (id(), role).prop_map(|(network, role)| Override { network, role });
    (vec(past, 0..3), vec(told, 0..2), vec(overrides, 0..2)).prop_map(|(past, told, overrides)| Hints {
        past,
        told,
        overrides,
        public_ranges: vec!["10.1.0.0/25".parse().expect("a range"), "100.64.0.0/10".parse().expect("a range")],
        private_ranges: vec!["11.2.0.0/17".parse().expect("a range")],
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn the_order_of_lists_means_nothing(inventory in inventory(ALL), hints in hints(), by in 0usize..7) {
        prop_assert_eq!(snapshot(&inventory, &hints), snapshot(&reordered(&inventory, by), &hints));
    }

    #[test]
    fn names_decide_nothing_about_networks(inventory in inventory(ALL), hints in hints(), name in proptest::sample::select(NAMES)) {
        let before = snapshot(&inventory, &hints);
        let mut other = inventory.clone();
        rename(&mut other, name);
        let after = snapshot(&other, &hints);
        prop_assert_eq!(roles(&before), roles(&after));
        prop_assert_eq!(ways(&before.reach), ways(&after.reach));
        prop_assert_eq!(before.reach.confidence, after.reach.confidence);
        prop_assert_eq!(before.reach.obstacles.len(), after.reach.obstacles.len());
    }

    #[test]
    fn names_decide_nothing_where_properties_speak(name in ".{0,24}", other in "(gpu|[0-9]xa100|nogpu|ubuntu-22.04|windows-2019).{0,8}") {
        let specs = [("Accelerator:Number", "2"), ("Accelerator:Model", "V100"), ("Accelerator:VirtualizationType", "PCI passthrough"),
            ("Accelerator:Vendor", "NVIDIA"), ("Accelerator:Memory", "16")];
        let specs = specs.map(|(key, value)| (key.to_owned(), value.to_owned()));
        let properties = [("os_distro", "debian"), ("os_version", "12"), ("architecture", "x86_64"), ("os_admin_user", "me")];
        let properties = properties.map(|(key, value)| (key.to_owned(), serde_json::Value::from(value)));
        let look = |name: &str| {
            let flavor = Flavor { name: name.to_owned(), vcpus: 4, extra_specs: specs.clone().into(), ..Flavor::default() };
            let image = Image { name: Some(name.to_owned()), properties: properties.clone().into(), ..Image::default() };
            let inventory = Inventory { flavors: Ok(vec![flavor]), images: Ok(vec![image]), ..super::empty() };
            let found = snapshot(&inventory, &Hints::default());
            (words::size(&found.sizes[0]), words::image(&found.images[0]))
        };
        prop_assert_eq!(look(&name), look(&other));
    }

    #[test]
    fn nothing_is_public_without_a_public_range_a_hint_or_a_success(inventory in inventory(PRIVATE)) {
        let found = snapshot(&inventory, &Hints::default());
        let public = |role: NetworkRole| matches!(role, NetworkRole::Public | NetworkRole::Pool);
        prop_assert!(!found.networks.iter().any(|network| public(network.role)), "{:?}", found.networks);
        prop_assert_eq!(&found.reach.public, &Vec::new());
        prop_assert!(!found.networks.iter().flat_map(|network| &network.subnets).any(|subnet| subnet.public));
        prop_assert!(!found.reach.obstacles.is_empty(), "that there is no way has a reason");
    }

    #[test]
    fn every_way_can_be_gone(inventory in inventory(ALL), hints in hints()) {
        let found = snapshot(&inventory, &hints);
        let reach = &found.reach;
        let network = |id: &str| inventory.networks.iter().flatten().find(|network| network.id == id);
        let attachable = |id: &str| network(id).is_some_and(|network: &Network| {
            network.admin_state_up != Some(false) && network.status != "DOWN" && (network.shared || network.project_id != "others")
        });
        let quotas = inventory.network_quotas.as_ref().copied().unwrap_or_default();
        let left = |usage: Option<sites::openstack::inventory::Usage>| usage.is_none_or(|usage| usage.limit < 0 || usage.used + usage.reserved < usage.limit);
        let NetworkQuotas { floatingip, port, network: networks, router: routers, .. } = quotas;
        for way in reach.public.iter().chain(&reach.untried).chain(&reach.private) {
            prop_assert!(left(port), "{:?}", way);
            match way {
                Attachment::Direct { network, .. } | Attachment::Outbound { network } | Attachment::Isolated { network } => {
                    prop_assert!(attachable(&network.id), "{:?}", way);
                    let refused = Past::Refused { deed: Deed::Attach { network: network.id.clone() }, at: Timestamp::from_millis(0) };
                    prop_assert!(!hints.past.contains(&refused), "{:?}", way);
                }
                Attachment::Floating { network: home, router, pool } | Attachment::OutboundThrough { network: home, router, pool } => {
                    prop_assert!(network(&pool.id).is_some_and(|pool| pool.external), "{:?}", way);
                    prop_assert!(*router != Router::ToCreate || left(routers), "{:?}", way);
                    match home {
                        TenantNetwork::ToCreate => prop_assert!(left(networks), "{:?}", way),
                        TenantNetwork::Existing { id, .. } => prop_assert!(attachable(id) && !network(id).is_some_and(|network| network.external)),
                    }
                    let spare = reach.spare_addresses.iter().any(|spare| spare.pool == pool.id);
                    let floating = matches!(way, Attachment::Floating { .. });
                    prop_assert!(!floating || spare || left(floatingip), "{:?}", way);
                }
            }
        }
        prop_assert!(!reach.public.is_empty() || !reach.obstacles.is_empty(), "no way, and no reason");
        let names = reach.obstacles.iter().any(|obstacle| matches!(obstacle, Obstacle::NoNetwork));
        prop_assert!(!names || found.networks.is_empty());
    }

    #[test]
    fn whatever_is_written_is_survived(texts in proptest::collection::vec(".{0,40}", 12), numbers in proptest::array::uniform6(any::<u64>())) {
        let text = |at: usize| texts[at].clone();
        let specs = [("Accelerator:Number", 0), ("Accelerator:Memory", 1), ("resources:VGPU", 2), ("pci_passthrough:alias", 3), ("trait:CUSTOM_X", 4)];
        let mut extra_specs: BTreeMap<String, String> = specs.iter().map(|(key, at)| ((*key).to_owned(), text(*at))).collect();
        extra_specs.insert(text(5), text(6));
        let flavor = Flavor { name: text(0), vcpus: numbers[0] as u32, ram: numbers[1], disk: numbers[2], extra_specs,
            description: Some(text(7)), ephemeral: numbers[5], ..Flavor::default() };
        let keys = ["os_distro", "os_version", "architecture", "ad:mpuri", "APPLIANCE_ATTRIBUTES", "ad:traits"];
        let properties = keys.iter().enumerate().map(|(at, key)| ((*key).to_owned(), text(at).into())).collect();
        let image = Image { name: Some(text(8)), min_disk: numbers[3], min_ram: numbers[4], size: Some(numbers[0]),
            virtual_size: Some(numbers[1]), status: text(9), properties, ..Image::default() };
        let network = Network { id: text(1), name: text(2), external: numbers[0] % 2 == 0, subnets: vec![text(3)], ..Network::default() };
        let subnet = Subnet { id: text(3), network_id: text(1), cidr: text(10), gateway_ip: Some(text(11)), ..Subnet::default() };
        let port = Port { id: text(4), network_id: text(1), device_owner: "network:router_interface".to_owned(), device_id: text(5), ..Port::default() };
        let inventory = Inventory { flavors: Ok(vec![flavor]), images: Ok(vec![image]), networks: Ok(vec![network]),
            subnets: Ok(vec![subnet]), ports: Ok(vec![port]), ..super::empty() };
        let found = snapshot(&inventory, &Hints::default());
        prop_assert_eq!((found.sizes.len(), found.images.len(), found.networks.len()), (1, 1, 1));
        let written = serde_json::to_string(&found).expect("JSON");
        prop_assert!(written.len() < 20_000, "what is hostile does not grow: {} bytes", written.len());
    }
}

#[test]
fn the_sites_of_the_files_are_the_same_in_any_order_and_by_any_name() {
    for (name, site) in topologies::all() {
        let (inventory, hints) = (site.inventory(), site.hints());
        let found = snapshot(&inventory, &hints);
        for by in 0..4 {
            assert_eq!(found, snapshot(&reordered(&inventory, by), &hints), "{name}");
        }
        // Where somebody speaks of a network by its name, its name matters.
        if !hints.told.is_empty() || !hints.overrides.is_empty() {
            continue;
        }
        for renamed in NAMES {
            let mut other = inventory.clone();
            rename(&mut other, renamed);
            let other = snapshot(&other, &hints);
            assert_eq!(roles(&found), roles(&other), "{name} as {renamed}");
            assert_eq!(ways(&found.reach), ways(&other.reach), "{name} as {renamed}");
        }
    }
}
