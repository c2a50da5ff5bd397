//! Ports.

use serde_json::{Value, json};

use super::groups;
use super::http::Answer;
use super::kind::{Kind, refused};
use super::neutron::seen;
use super::ranges;
use super::world::{World, hex, text};

pub(super) fn port(world: &mut World, project: &str, asked: &Value) -> Result<(String, Value), Answer> {
    let Some(network) = asked["network_id"].as_str() else {
        let message = "Failed to parse request. Required attribute 'network_id' not specified";
        return Err(refused(400, "HTTPBadRequest", message));
    };
    let found = seen(world, project, Kind::Network, network).ok_or_else(|| Kind::Network.missing(network))?;
    if found["project_id"] != project && found["shared"] != true {
        let message = format!("Tenant {project} not allowed to create port on this network");
        return Err(refused(403, "HTTPForbidden", message));
    }
    let groups = match asked["security_groups"].as_array() {
        Some(wanted) => wanted.clone(),
        None => vec![groups::usual(world, project).into()],
    };
    let mac = mac();
    let fixed = ranges::fixed(world, network, &mac, &asked["fixed_ips"])?;
    for id in groups.iter().filter_map(Value::as_str) {
        seen(world, project, Kind::Group, id).ok_or_else(|| Kind::Group.missing(id))?;
    }
    let more = json!({
        "network_id": network, "mac_address": mac, "admin_state_up": true, "status": "DOWN", "device_id": "",
        "device_owner": "", "security_groups": groups, "port_security_enabled": true, "binding:vnic_type": "normal",
        "allowed_address_pairs": [], "extra_dhcp_opts": [], "fixed_ips": [],
    });
    let (id, mut made) = Kind::Port.made(project, asked, more);
    made["fixed_ips"] = fixed.into();
    Ok((id, made))
}

/// OpenStack's own block of hardware addresses.
pub(super) fn mac() -> String {
    let text = hex();
    format!("fa:16:3e:{}:{}:{}", &text[..2], &text[2..4], &text[4..6])
}

/// Also those of machines: those of routers only with their routers.
pub(super) fn may_go(world: &World, id: &str) -> Result<(), Answer> {
    let owner = world.tables.get(&Kind::Port).and_then(|all| all.get(id)).map_or("", |port| text(port, "device_owner"));
    if !owner.starts_with("network:") {
        return Ok(());
    }
    let message = format!("Port {id} cannot be deleted directly via the port API: has device owner {owner}.");
    Err(refused(409, "ServicePortInUse", message))
}
