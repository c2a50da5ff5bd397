//! Addresses: which there are, and which are free.

use std::collections::HashSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use serde_json::{Value, json};

use super::http::Answer;
use super::kind::{Kind, refused};
use super::world::{World, text};

/// First and last address of a block.
pub(super) fn block(cidr: &str) -> Option<(IpAddr, IpAddr)> {
    let (address, length) = cidr.split_once('/')?;
    let length: u32 = length.parse().ok()?;
    match address.parse().ok()? {
        IpAddr::V4(address) => {
            let mask = u32::MAX.checked_shl(32_u32.checked_sub(length)?).unwrap_or(0);
            let first = u32::from(address) & mask;
            Some((Ipv4Addr::from(first).into(), Ipv4Addr::from(first | !mask).into()))
        }
        IpAddr::V6(address) => {
            let mask = u128::MAX.checked_shl(128_u32.checked_sub(length)?).unwrap_or(0);
            let first = u128::from(address) & mask;
            Some((Ipv6Addr::from(first).into(), Ipv6Addr::from(first | !mask).into()))
        }
    }
}

pub(super) fn number(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => u32::from(address).into(),
        IpAddr::V6(address) => address.into(),
    }
}

/// Of the same kind as `like`.
pub(super) fn address(number: u128, like: IpAddr) -> IpAddr {
    match like {
        IpAddr::V4(_) => Ipv4Addr::from(u32::try_from(number).unwrap_or_default()).into(),
        IpAddr::V6(_) => Ipv6Addr::from(number).into(),
    }
}

pub(super) fn is_within(cidr: &str, wanted: &str) -> bool {
    let within = |(first, last): (IpAddr, IpAddr)| {
        let wanted: IpAddr = wanted.parse().ok()?;
        Some(wanted.is_ipv4() == first.is_ipv4() && (number(first)..=number(last)).contains(&number(wanted)))
    };
    block(cidr).and_then(within).unwrap_or_default()
}

/// What a new port on a network gets: an IPv4 address, where there are any, and one of each subnet whose ports address
/// themselves. `asked`: what it wants.
pub(super) fn fixed(world: &World, network: &str, mac: &str, asked: &Value) -> Result<Vec<Value>, Answer> {
    let subnets: Vec<&Value> = world.all(Kind::Subnet).filter(|one| one["network_id"] == network).collect();
    if let Some(wanted) = asked.as_array().filter(|all| !all.is_empty()) {
        return wanted.iter().map(|one| chosen(world, network, &subnets, one)).collect();
    }
    let mut all = Vec::new();
    let of_four: Vec<&Value> = subnets.iter().copied().filter(|one| one["ip_version"] == 4).collect();
    if !of_four.is_empty() {
        let free = of_four.iter().find_map(|subnet| Some(fixed_ip(subnet, &free(world, subnet)?)));
        all.push(free.ok_or_else(|| none_left(network))?);
    }
    for subnet in subnets.iter().filter(|one| one["ip_version"] == 6) {
        if let Some((first, _)) = block(text(subnet, "cidr")) {
            all.push(fixed_ip(subnet, &address(number(first) | of_mac(mac), first).to_string()));
        }
    }
    Ok(all)
}

fn none_left(network: &str) -> Answer {
    refused(409, "IpAddressGenerationFailure", format!("No more IP addresses available on network {network}."))
}

fn fixed_ip(subnet: &Value, address: &str) -> Value {
    json!({"subnet_id": subnet["id"], "ip_address": address})
}

fn chosen(world: &World, network: &str, subnets: &[&Value], wanted: &Value) -> Result<Value, Answer> {
    let Some(at) = wanted["ip_address"].as_str() else {
        let subnet = subnets.iter().find(|one| one["id"] == wanted["subnet_id"]);
        let subnet = subnet.ok_or_else(|| Kind::Subnet.missing(text(wanted, "subnet_id")))?;
        return free(world, subnet).map(|free| fixed_ip(subnet, &free)).ok_or_else(|| none_left(network));
    };
    let subnet = subnets.iter().find(|one| is_within(text(one, "cidr"), at)).ok_or_else(|| {
        let message = format!("IP address {at} is not a valid IP for any of the subnets on the specified network.");
        refused(400, "InvalidIpForNetwork", message)
    })?;
    if used(world).contains(at) {
        let id = text(subnet, "id");
        let message = format!("IP address {at} already allocated in subnet {id}");
        return Err(refused(409, "IpAddressAlreadyAllocated", message));
    }
    Ok(fixed_ip(subnet, at))
}

/// The first one of its pools: whoever takes an address for somebody's for ever is found out soon.
pub(super) fn free(world: &World, subnet: &Value) -> Option<String> {
    let used = used(world);
    let pools = subnet["allocation_pools"].as_array()?;
    pools.iter().find_map(|pool| {
        let (start, end): (IpAddr, IpAddr) = (text(pool, "start").parse().ok()?, text(pool, "end").parse().ok()?);
        let mut each = (number(start)..=number(end)).map(|number| address(number, start).to_string());
        each.find(|address| !used.contains(address.as_str()))
    })
}

fn used(world: &World) -> HashSet<&str> {
    let ports = world.all(Kind::Port).filter_map(|port| port["fixed_ips"].as_array()).flatten();
    let routers =
        world.all(Kind::Router).filter_map(|one| one["external_gateway_info"]["external_fixed_ips"].as_array()).flatten();
    let floating = world.all(Kind::Address).map(|one| text(one, "floating_ip_address"));
    ports.chain(routers).map(|fixed| text(fixed, "ip_address")).chain(floating).collect()
}

/// As a machine makes the lower half of its address from its hardware's (EUI-64).
fn of_mac(mac: &str) -> u128 {
    let bytes: Vec<u128> = mac.split(':').filter_map(|byte| u128::from_str_radix(byte, 16).ok()).collect();
    let [a, b, c, d, e, f] = bytes[..] else { return 0 };
    [a ^ 2, b, c, 0xff, 0xfe, d, e, f].iter().fold(0, |all, byte| all << 8 | byte)
}
