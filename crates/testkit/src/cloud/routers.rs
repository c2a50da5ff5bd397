//! Routers and their interfaces.

use serde_json::{Value, json};

use super::http::Answer;
use super::kind::{Kind, refused};
use super::neutron::seen;
use super::ports::mac;
use super::ranges;
use super::world::{Told, World, text};

pub(super) const INTERFACE: &str = "network:router_interface";

pub(super) fn router(world: &World, project: &str, asked: &Value) -> Result<(String, Value), Answer> {
    let more = json!({
        "admin_state_up": true, "status": "ACTIVE", "external_gateway_info": null, "routes": [], "availability_zones": [],
        "availability_zone_hints": [], "flavor_id": null,
    });
    let (id, mut made) = Kind::Router.made(project, asked, more);
    if let Some(network) = made["external_gateway_info"]["network_id"].as_str() {
        let found = seen(world, project, Kind::Network, network).ok_or_else(|| Kind::Network.missing(network))?;
        if found["router:external"] != true {
            let message = format!("Bad router request: Network {network} is not an external network.");
            return Err(refused(400, "BadRequest", message));
        }
        let fixed = ranges::fixed(world, network, &mac(), &Value::Null)?;
        made["external_gateway_info"] = json!({"network_id": network, "enable_snat": true, "external_fixed_ips": fixed});
    }
    Ok((id, made))
}

/// By its subnet, where the interface takes the address of its gateway; or by a port that is there.
pub(super) fn interface(world: &mut World, router: &str, asked: &Value, adds: bool) -> Told {
    let project = world.table(Kind::Router)[router]["project_id"].as_str().unwrap_or_default().to_owned();
    let (port, subnet_id) = match (asked["port_id"].as_str(), adds) {
        (Some(port), true) => plug(world, router, port)?,
        (Some(port), false) => {
            let found = world.table(Kind::Port).get(port).filter(|one| one["device_id"] == router);
            let subnet = found.map(|one| text(&one["fixed_ips"][0], "subnet_id").to_owned());
            let message = format!("Router {router} does not have an interface with id {port}");
            let subnet = subnet.ok_or_else(|| refused(404, "RouterInterfaceNotFound", message))?;
            let_go(world, router, port, &subnet)?;
            (port.to_owned(), subnet)
        }
        (None, _) => {
            let subnet_id = text(asked, "subnet_id").to_owned();
            let subnet = world.table(Kind::Subnet).get(&subnet_id).cloned().ok_or_else(|| Kind::Subnet.missing(&subnet_id))?;
            let is_here = |port: &&Value| port["device_id"] == router && port["fixed_ips"][0]["subnet_id"] == subnet_id.as_str();
            let found = world.all(Kind::Port).find(is_here).map(|port| text(port, "id").to_owned());
            let port = match (found, adds) {
                (Some(_), true) => {
                    let message = format!("Bad router request: Router already has a port on subnet {subnet_id}.");
                    return Err(refused(400, "BadRequest", message));
                }
                (None, true) => add(world, router, &project, &subnet)?,
                (Some(port), false) => {
                    let_go(world, router, &port, &subnet_id)?;
                    port
                }
                (None, false) => {
                    let message = format!("Router {router} has no interface on subnet {subnet_id}");
                    return Err(refused(404, "RouterInterfaceNotFoundForSubnet", message));
                }
            };
            (port, subnet_id)
        }
    };
    let network = world.table(Kind::Subnet).get(&subnet_id).map(|subnet| subnet["network_id"].clone());
    let told = json!({
        "id": router, "tenant_id": project, "port_id": port, "network_id": network, "subnet_id": subnet_id,
        "subnet_ids": [subnet_id],
    });
    Ok(Answer::new(200, told))
}

/// The port keeps its name and its description.
fn plug(world: &mut World, router: &str, id: &str) -> Result<(String, String), Answer> {
    let port = world.table(Kind::Port).get_mut(id).ok_or_else(|| Kind::Port.missing(id))?;
    let device = text(port, "device_id").to_owned();
    if !device.is_empty() {
        let network = text(port, "network_id");
        let message = format!(
            "Unable to complete operation on port {id} for network {network}. Port already has an attached device {device}."
        );
        return Err(refused(409, "PortInUse", message));
    }
    (port["device_id"], port["device_owner"]) = (router.into(), INTERFACE.into());
    Ok((id.to_owned(), text(&port["fixed_ips"][0], "subnet_id").to_owned()))
}

/// With the interface, its port goes.
fn let_go(world: &mut World, router: &str, port: &str, subnet: &str) -> Result<(), Answer> {
    if world.all(Kind::Address).any(|one| one["router_id"] == router && is_of(world, one, subnet)) {
        let message = format!(
            "Router interface for subnet {subnet} on router {router} cannot be deleted, as it is required by one or more \
             floating IPs."
        );
        return Err(refused(409, "RouterInterfaceInUseByFloatingIP", message));
    }
    world.erase(Kind::Port, port);
    Ok(())
}

fn add(world: &mut World, router: &str, project: &str, subnet: &Value) -> Result<String, Answer> {
    let limit = world.quota(project, Kind::Port.singular());
    if limit >= 0 && world.used(project, Kind::Port) >= limit {
        return Err(Kind::Port.over_quota());
    }
    let more = json!({
        "network_id": subnet["network_id"], "mac_address": mac(), "admin_state_up": true, "status": "DOWN", "device_id": router,
        "device_owner": INTERFACE, "security_groups": [], "binding:vnic_type": "normal",
        "fixed_ips": [{"subnet_id": subnet["id"], "ip_address": subnet["gateway_ip"]}],
    });
    let (id, made) = Kind::Port.made(project, &Value::Null, more);
    world.table(Kind::Port).insert(id.clone(), made);
    Ok(id)
}

fn is_of(world: &World, address: &Value, subnet: &str) -> bool {
    let port = world.tables.get(&Kind::Port).and_then(|all| all.get(text(address, "port_id")));
    port.is_some_and(|port| port["fixed_ips"].as_array().is_some_and(|all| all.iter().any(|fixed| fixed["subnet_id"] == subnet)))
}

/// What leads from a subnet to an external network.
pub(super) fn way<'a>(world: &'a World, subnet: &str, external: &str) -> Option<&'a str> {
    let interfaces = world.all(Kind::Port).filter(|port| port["device_owner"] == INTERFACE);
    let mut here = interfaces.filter(|port| port["fixed_ips"][0]["subnet_id"] == subnet);
    here.find_map(|port| {
        let router = world.tables.get(&Kind::Router)?.get(text(port, "device_id"))?;
        (router["external_gateway_info"]["network_id"] == external).then(|| text(router, "id"))
    })
}

pub(super) fn may_go(world: &World, id: &str) -> Result<(), Answer> {
    let ports: Vec<&str> = world.all(Kind::Port).filter(|port| port["device_id"] == id).map(|port| text(port, "id")).collect();
    if ports.is_empty() {
        return Ok(());
    }
    Err(refused(409, "RouterInUse", format!("Router {id} has ports still attached: {}", ports.join(", "))))
}
