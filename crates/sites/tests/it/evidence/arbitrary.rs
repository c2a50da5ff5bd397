//! Projects as nobody built them: a few networks, with everything on them that may be.

use proptest::collection::vec;
use proptest::option::weighted;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::json;
use sites::openstack::Inventory;
use sites::openstack::inventory::{
    FixedIp, Flavor, FloatingIp, Gateway, Image, Network, NetworkQuotas, Port, Router, Subnet, Usage,
};

use super::{PROJECT, empty, failed};

pub const PRIVATE: &[&str] =
    &["10.1.0.0/24", "172.16.3.0/24", "192.168.7.0/24", "100.64.0.0/16", "192.0.2.0/24", "fd00:1::/64", "2001:db8::/64"];
pub const ALL: &[&str] =
    &["10.1.0.0/24", "100.64.0.0/16", "11.1.0.0/24", "11.2.0.0/16", "2a01:4f8::/64", "fd00:1::/64", "nonsense", ""];

pub const NAMES: &[&str] = &["public", "private", "external", "net-vo", "internal", "", "ext-net", "storage"];
const OWNERS: &[&str] = &[PROJECT, "others", ""];

fn some(text: impl ToString) -> String {
    text.to_string()
}

/// An address in one of these ranges.
fn address(ranges: &'static [&'static str]) -> impl Strategy<Value = String> {
    select(ranges).prop_map(|range| range.split('/').next().unwrap_or_default().replace("0/", "5/"))
}

fn networks() -> impl Strategy<Value = Vec<Network>> {
    let flags = (any::<bool>(), any::<bool>(), weighted(0.3, any::<bool>()), weighted(0.2, any::<bool>()));
    let one = (select(NAMES), select(OWNERS), flags, select(&["ACTIVE", "ACTIVE", "ACTIVE", "DOWN", ""][..]), 0usize..3);
    let one = one.prop_map(|(name, owner, (shared, external, is_default, up), status, hidden)| Network {
        name: some(name),
        project_id: some(owner),
        shared,
        external,
        is_default,
        admin_state_up: up,
        status: some(status),
        subnets: (0..hidden).map(|at| format!("hidden{at}")).collect(),
        ..Network::default()
    });
    vec(one, 0..6).prop_map(|mut networks| {
        networks.iter_mut().enumerate().for_each(|(at, network)| network.id = format!("n{at}"));
        networks
    })
}

fn subnets(ranges: &'static [&'static str]) -> impl Strategy<Value = Vec<Subnet>> {
    let one = (0u8..6, select(ranges), weighted(0.7, Just("10.0.0.1")));
    let one = one.prop_map(|(network, range, gateway)| Subnet {
        network_id: format!("n{network}"),
        cidr: some(range),
        ip_version: if range.contains(':') { 6 } else { 4 },
        gateway_ip: gateway.map(some),
        ..Subnet::default()
    });
    vec(one, 0..8).prop_map(|mut subnets| {
        subnets.iter_mut().enumerate().for_each(|(at, subnet)| subnet.id = format!("s{at}"));
        subnets
    })
}

fn routers(ranges: &'static [&'static str]) -> impl Strategy<Value = Vec<Router>> {
    let one =
        (weighted(0.8, (0u8..6, address(ranges))), select(OWNERS), weighted(0.2, any::<bool>()), weighted(0.3, any::<bool>()));
    let one = one.prop_map(|(gateway, owner, up, enable_snat)| Router {
        project_id: some(owner),
        admin_state_up: up,
        external_gateway_info: gateway.map(|(network, ip_address)| Gateway {
            network_id: format!("n{network}"),
            enable_snat,
            external_fixed_ips: vec![FixedIp { ip_address, ..FixedIp::default() }],
        }),
        ..Router::default()
    });
    vec(one, 0..4).prop_map(|mut routers| {
        routers.iter_mut().enumerate().for_each(|(at, router)| router.id = format!("r{at}"));
        routers
    })
}

fn ports(ranges: &'static [&'static str]) -> impl Strategy<Value = Vec<Port>> {
    let one = (0u8..6, 0u8..5, 0u8..8, address(ranges), any::<bool>());
    let one = one.prop_map(|(network, router, subnet, ip_address, interface)| Port {
        network_id: format!("n{network}"),
        device_owner: some(if interface { "network:router_interface" } else { "compute:nova" }),
        device_id: format!("r{router}"),
        fixed_ips: vec![FixedIp { subnet_id: format!("s{subnet}"), ip_address }],
        ..Port::default()
    });
    vec(one, 0..8).prop_map(|mut ports| {
        ports.iter_mut().enumerate().for_each(|(at, port)| port.id = format!("p{at}"));
        ports
    })
}

fn floating(ranges: &'static [&'static str]) -> impl Strategy<Value = Vec<FloatingIp>> {
    let one = (0u8..6, address(ranges), weighted(0.5, 0u8..8), select(OWNERS));
    let one = one.prop_map(|(pool, floating_ip_address, port, owner)| FloatingIp {
        floating_ip_address,
        floating_network_id: format!("n{pool}"),
        port_id: port.map(|port| format!("p{port}")),
        router_id: port.map(|port| format!("r{}", port % 5)),
        project_id: some(owner),
        ..FloatingIp::default()
    });
    vec(one, 0..4).prop_map(|mut floating| {
        floating.iter_mut().enumerate().for_each(|(at, floating)| floating.id = format!("f{at}"));
        floating
    })
}

fn quotas() -> impl Strategy<Value = NetworkQuotas> {
    let one = || weighted(0.7, (0i64..3, 0i64..2, -1i64..3).prop_map(|(used, reserved, limit)| Usage { used, reserved, limit }));
    (one(), one(), one(), one(), one()).prop_map(|(floatingip, port, network, subnet, router)| NetworkQuotas {
        floatingip,
        port: port.map(|usage| Usage { limit: usage.limit.saturating_mul(10), ..usage }),
        network,
        subnet,
        router,
        security_group: None,
    })
}

fn flavors() -> impl Strategy<Value = Vec<Flavor>> {
    let names = &["m1.small", "gpu.2xa100", "nogpu", "8cpu16gb", "v100", "größe", ""][..];
    let specs = &[
        ("Accelerator:Number", "2"),
        ("Accelerator:Model", "Tesla V100"),
        ("resources:VGPU", "1"),
        ("pci_passthrough:alias", "a100:1,nic:2"),
        ("accel:device_profile", "t4"),
        ("trait:CUSTOM_GPU_A40", "required"),
        ("accelerator:number", "0.5"),
    ][..];
    let one = (select(names), vec(select(specs), 0..4), 0u32..9, 0u64..9_000, 0u64..90, any::<bool>());
    let one = one.prop_map(|(name, specs, vcpus, ram, disk, is_disabled)| Flavor {
        name: some(name),
        vcpus,
        ram,
        disk,
        is_disabled,
        extra_specs: specs.into_iter().map(|(key, value)| (some(key), some(value))).collect(),
        ..Flavor::default()
    });
    vec(one, 0..5).prop_map(|mut flavors| {
        flavors.iter_mut().enumerate().for_each(|(at, flavor)| flavor.id = format!("l{at}"));
        flavors
    })
}

fn images() -> impl Strategy<Value = Vec<Image>> {
    let names = &["Debian 12", "bookworm", "ubuntu-jammy-x86_64", "EGI Docker", "windows-2019", "ünknown", ""][..];
    let distro = &["debian", "Ubuntu", "centos7", "others"][..];
    let status = &["active", "active", "active", "queued", "deactivated"][..];
    let visibility = &["public", "public", "private", "shared"][..];
    let one = (
        (select(names), weighted(0.5, select(distro)), weighted(0.4, select(&["12", "22.04", "jammy", "x"][..]))),
        (select(status), select(visibility), select(OWNERS), any::<bool>()),
        (0i64..4, 0u64..9, weighted(0.5, 0u64..9_000_000_000)),
    );
    let one = one.prop_map(|((name, distro, version), (status, visibility, owner, os_hidden), (created, min_disk, virtual_size))| {
        let mut image = json!({ "name": name, "status": status, "visibility": visibility, "owner": owner, "os_hidden": os_hidden,
            "min_disk": min_disk, "virtual_size": virtual_size, "created_at": format!("2024-01-0{}T00:00:00Z", created + 1) });
        let of_image = [("os_distro", distro), ("os_version", version)];
        of_image.into_iter().filter_map(|(key, value)| Some((key, value?))).for_each(|(key, value)| image[key] = json!(value));
        serde_json::from_value::<Image>(image).expect("an image")
    });
    vec(one, 0..6).prop_map(|mut images| {
        images.iter_mut().enumerate().for_each(|(at, image)| image.id = format!("i{at}"));
        images
    })
}

/// Networks with addresses of these ranges alone.
pub fn inventory(ranges: &'static [&'static str]) -> impl Strategy<Value = Inventory> {
    let net = (networks(), subnets(ranges), routers(ranges), ports(ranges), floating(ranges));
    let missing = vec(0u8..40, 0..3);
    (net, quotas(), flavors(), images(), missing).prop_map(|(net, quotas, flavors, images, missing)| {
        let (networks, subnets, routers, ports, floating_ips) = net;
        let is_missing = |part: u8| missing.contains(&part);
        let part = |number: u8| if is_missing(number) { Err(failed()) } else { Ok(()) };
        Inventory {
            networks: part(0).map(|()| networks),
            subnets: part(1).map(|()| subnets),
            routers: part(2).map(|()| routers),
            ports: part(3).map(|()| ports),
            floating_ips: part(4).map(|()| floating_ips),
            network_quotas: part(5).map(|()| quotas),
            flavors: part(6).map(|()| flavors),
            images: part(7).map(|()| images),
            ..empty()
        }
    })
}
