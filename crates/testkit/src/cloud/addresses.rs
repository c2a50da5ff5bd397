//! Floating addresses.

use serde_json::{Value, json};

use super::http::Answer;
use super::kind::{Kind, refused};
use super::neutron::seen;
use super::world::{World, text};
use super::{ranges, routers};

pub(super) fn address(world: &World, project: &str, asked: &Value, is_full: bool) -> Result<(String, Value), Answer> {
    let network = text(asked, "floating_network_id");
    let found = seen(world, project, Kind::Network, network).ok_or_else(|| Kind::Network.missing(network))?;
    if found["router:external"] != true {
        let message = format!("Bad floatingip request: Network {network} is not a valid external network.");
        return Err(refused(400, "BadRequest", message));
    }
    if is_full {
        return Err(Kind::Address.over_quota());
    }
    let subnets = world.all(Kind::Subnet).filter(|one| one["network_id"] == network && one["ip_version"] == 4);
    let free = subnets.into_iter().filter(|_| !world.is_dry).find_map(|subnet| ranges::free(world, subnet)).ok_or_else(|| {
        refused(409, "IpAddressGenerationFailure", format!("No more IP addresses available on network {network}."))
    })?;
    let more = json!({
        "floating_network_id": network, "floating_ip_address": free, "router_id": null, "port_id": null,
        "fixed_ip_address": null, "status": "DOWN", "revision_number": 0,
    });
    let (id, mut made) = Kind::Address.made(project, asked, more);
    let port = asked["port_id"].clone();
    let_go(&mut made);
    if !port.is_null() {
        bind(world, &mut made, &port)?;
    }
    made["port_details"] = port_details(world, &made);
    Ok((id, made))
}

/// Null: with none.
pub(super) fn associate(world: &mut World, id: &str, port: &Value) -> Result<(), Answer> {
    let mut one = world.table(Kind::Address).get(id).cloned().ok_or_else(|| Kind::Address.missing(id))?;
    let_go(&mut one);
    if !port.is_null() {
        bind(world, &mut one, port)?;
    }
    world.table(Kind::Address).insert(id.to_owned(), one);
    Ok(())
}

fn bind(world: &World, one: &mut Value, port: &Value) -> Result<(), Answer> {
    let port_id = port.as_str().unwrap_or_default();
    let network = text(one, "floating_network_id").to_owned();
    let port = seen(world, text(one, "project_id"), Kind::Port, port_id).ok_or_else(|| Kind::Port.missing(port_id))?;
    let fixed = port["fixed_ips"].as_array().into_iter().flatten().find(|fixed| text(fixed, "ip_address").contains('.'));
    let Some(fixed) = fixed else {
        let message =
            format!("Bad floatingip request: Cannot add floating IP to port {port_id} that has no fixed IPv4 addresses.");
        return Err(refused(400, "BadRequest", message));
    };
    let (subnet, at) = (text(fixed, "subnet_id"), text(fixed, "ip_address"));
    let router = routers::way(world, subnet, &network).ok_or_else(|| {
        let message = format!(
            "External network {network} is not reachable from subnet {subnet}.  Therefore, cannot associate Port {port_id} with \
             a Floating IP."
        );
        refused(404, "ExternalGatewayForFloatingIPNotFound", message)
    })?;
    let mut others = world.all(Kind::Address).filter(|other| other["id"] != one["id"]);
    if others.any(|other| other["port_id"] == port_id && other["fixed_ip_address"] == at) {
        let message = format!(
            "Cannot associate floating IP {} ({}) with port {port_id} using fixed IP {at}, as that fixed IP already has a \
             floating IP on external network {network}.",
            text(one, "floating_ip_address"),
            text(one, "id"),
        );
        return Err(refused(409, "FloatingIPPortAlreadyAssociated", message));
    }
    for (field, value) in [("port_id", port_id), ("router_id", router), ("fixed_ip_address", at), ("status", "ACTIVE")] {
        one[field] = value.into();
    }
    Ok(())
}

/// It stays, and leads nowhere.
pub(super) fn let_go(one: &mut Value) {
    for field in ["port_id", "router_id", "fixed_ip_address"] {
        one[field] = Value::Null;
    }
    one["status"] = "DOWN".into();
}

pub(super) fn port_details(world: &World, one: &Value) -> Value {
    let Some(port) = world.tables.get(&Kind::Port).and_then(|all| all.get(text(one, "port_id"))) else { return Value::Null };
    let fields = ["name", "network_id", "mac_address", "admin_state_up", "status", "device_id", "device_owner"];
    fields.into_iter().map(|field| (field.to_owned(), port[field].clone())).collect::<serde_json::Map<_, _>>().into()
}
