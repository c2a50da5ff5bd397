use std::time::Instant;

use model::Timestamp;
use sites::openstack::Inventory;
use sites::openstack::evidence::Hints;
use sites::openstack::inventory::{Flavor, Image, Network, Port, Subnet};

use super::{PROJECT, empty, snapshot};

/// The time is printed (`--no-capture`); only what no machine should need fails, since machines are busy.
#[test]
fn a_large_project_is_understood_at_once() {
    let flavor = |at: usize| Flavor {
        id: format!("f{at}"),
        name: format!("gpu.{}core-{}ram", at % 64, at % 256),
        vcpus: 8,
        ram: 16384,
        disk: 40,
        extra_specs: [
            ("pci_passthrough:alias".to_owned(), format!("a100:{}", at % 4)),
            ("hw:cpu_policy".to_owned(), "x".to_owned()),
        ]
        .into(),
        ..Flavor::default()
    };
    let image = |at: usize| Image {
        id: format!("i{at}"),
        name: Some(format!("EGI Image for Ubuntu {}.04 [Ubuntu/{}.04/KVM] {at}", 16 + at % 10, 16 + at % 10)),
        status: "active".to_owned(),
        visibility: "public".to_owned(),
        size: Some(1 << 30),
        created_at: Some(Timestamp::from_millis(at as i64)),
        properties: [("os_distro".to_owned(), "ubuntu".into()), ("hw_disk_bus".to_owned(), "scsi".into())].into(),
        ..Image::default()
    };
    let network = |at: usize| Network {
        id: format!("n{at}"),
        name: format!("net {at}"),
        project_id: PROJECT.to_owned(),
        external: at.is_multiple_of(25),
        status: "ACTIVE".to_owned(),
        ..Network::default()
    };
    let subnet = |at: usize| Subnet {
        id: format!("s{at}"),
        network_id: format!("n{at}"),
        cidr: format!("{}.0.{at}.0/24", if at.is_multiple_of(25) { 11 } else { 10 }),
        gateway_ip: Some("10.0.0.1".to_owned()),
        ..Subnet::default()
    };
    let port = |at: usize| Port {
        id: format!("p{at}"),
        network_id: format!("n{}", at % 100),
        device_owner: "compute:nova".to_owned(),
        ..Port::default()
    };
    let inventory = Inventory {
        flavors: Ok((0..500).map(flavor).collect()),
        images: Ok((0..300).map(image).collect()),
        networks: Ok((0..100).map(network).collect()),
        subnets: Ok((0..100).map(subnet).collect()),
        ports: Ok((0..500).map(port).collect()),
        ..empty()
    };
    let hints = Hints::default();
    let best = (0..20).map(|_| {
        let begun = Instant::now();
        let found = snapshot(&inventory, &hints);
        assert_eq!((found.sizes.len(), found.images.len(), found.networks.len()), (500, 300, 100));
        begun.elapsed()
    });
    let best = best.min().expect("a measurement");
    println!("500 sizes, 300 images, 100 networks: {best:?}");
    assert!(best.as_millis() < 500, "{best:?}");
}
