//! Networks and subnets.

use serde_json::{Value, json};

use super::http::Answer;
use super::kind::{Kind, refused};
use super::neutron::seen;
use super::ranges::{address, block, is_within, number};
use super::world::{World, text};

pub(super) fn network(_world: &World, project: &str, asked: &Value) -> Result<(String, Value), Answer> {
    let more = json!({
        "admin_state_up": true, "status": "ACTIVE", "mtu": 1450, "shared": false, "router:external": false, "is_default": false,
        "port_security_enabled": true, "subnets": [],
    });
    Ok(Kind::Network.made(project, asked, more))
}

pub(super) fn subnet(world: &World, project: &str, asked: &Value) -> Result<(String, Value), Answer> {
    let (network, cidr) = (text(asked, "network_id"), text(asked, "cidr"));
    seen(world, project, Kind::Network, network).ok_or_else(|| Kind::Network.missing(network))?;
    let Some((first, last)) = block(cidr) else {
        let message = format!("Invalid input for cidr. Reason: '{cidr}' is not a valid IP subnet.");
        return Err(refused(400, "HTTPBadRequest", message));
    };
    let mut others = world.all(Kind::Subnet).filter(|one| one["network_id"] == network);
    if others.any(|one| is_within(text(one, "cidr"), &first.to_string())) {
        let overlap = format!("Requested subnet with cidr: {cidr} for network: {network} overlaps with another subnet");
        return Err(refused(400, "InvalidInput", format!("Invalid input for operation: {overlap}.")));
    }
    let is_four = first.is_ipv4();
    let at = |number| address(number, first).to_string();
    let gateway = match asked.get("gateway_ip") {
        Some(told) => told.clone(),
        None => json!(at(number(first) + 1)),
    };
    let start = at(number(first) + if gateway.is_null() { 1 } else { 2 });
    let end = at(number(last) - u128::from(is_four));
    let more = json!({
        "network_id": network, "cidr": cidr, "ip_version": if is_four { 4 } else { 6 }, "gateway_ip": gateway,
        "enable_dhcp": true, "ipv6_ra_mode": null, "ipv6_address_mode": null, "host_routes": [], "dns_nameservers": [],
        "allocation_pools": [{"start": start, "end": end}], "subnetpool_id": null, "service_types": [],
    });
    Ok(Kind::Subnet.made(project, asked, more))
}

pub(super) fn network_may_go(world: &World, id: &str) -> Result<(), Answer> {
    let ports: Vec<&str> = world.all(Kind::Port).filter(|one| one["network_id"] == id).map(|one| text(one, "id")).collect();
    if ports.is_empty() {
        return Ok(());
    }
    let message = format!(
        "Unable to complete operation on network {id}. There are one or more ports still in use on the network, id for these \
         ports is: {}.",
        ports.join(",")
    );
    Err(refused(409, "NetworkInUse", message))
}

pub(super) fn subnet_may_go(world: &World, id: &str) -> Result<(), Answer> {
    let is_on = |port: &Value| port["fixed_ips"].as_array().is_some_and(|all| all.iter().any(|fixed| fixed["subnet_id"] == id));
    if !world.all(Kind::Port).any(is_on) {
        return Ok(());
    }
    let reason = "One or more ports have an IP allocation from this subnet.";
    Err(refused(409, "SubnetInUse", format!("Unable to complete operation on subnet {id}: {reason}")))
}
