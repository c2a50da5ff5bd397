//! The ports of a machine, seen from Nova.

use serde_json::{Value, json};

use super::birth;
use super::http::Answer;
use super::kind::Kind;
use super::machine::{State, Wanted};
use super::nova::{Asked, missing, own, refused};
use super::scheduler;
use super::world::{Told, World, text};

pub(super) fn answer(world: &mut World, asked: &Asked<'_>, id: &str, method: &str, rest: &[&str]) -> Told {
    let machine = own(world, asked.project, id)?;
    match (method, rest) {
        ("GET", []) => {
            let all: Vec<Value> = machine.ports.iter().filter_map(|(port, _)| told(world, port)).collect();
            Ok(Answer::new(200, json!({"interfaceAttachments": all})))
        }
        ("POST", []) => {
            if !matches!(machine.state, State::Active | State::Stopped) {
                let state = machine.state.name();
                return Err(refused(409, format!("Cannot 'attach_interface' instance {id} while it is in vm_state {state}")));
            }
            let wish = &asked.body["interfaceAttachment"];
            let wanted = json!({"port": wish["port_id"], "uuid": wish["net_id"]});
            attach(world, asked.project, id, &wanted)
        }
        ("DELETE", [port]) => detach(world, id, port),
        _ => Err(refused(404, "The resource could not be found.")),
    }
}

fn told(world: &World, id: &str) -> Option<Value> {
    let port = world.tables.get(&Kind::Port)?.get(id)?;
    Some(json!({
        "port_id": id, "net_id": port["network_id"], "mac_addr": port["mac_address"], "port_state": port["status"],
        "fixed_ips": port["fixed_ips"],
    }))
}

fn attach(world: &mut World, project: &str, id: &str, wanted: &Value) -> Told {
    let wanted = birth::interface(world, project, wanted)?;
    let mut machine = world.machines.remove(id).ok_or_else(|| missing(id))?;
    let bound = match &wanted {
        Wanted::Port(port) => scheduler::bind(world, &mut machine, port),
        Wanted::Network(network) => scheduler::make_port(world, &mut machine, network),
    };
    let made = machine.ports.last().map(|(port, _)| port.clone()).unwrap_or_default();
    world.machines.insert(id.to_owned(), machine);
    bound.ok_or_else(|| refused(400, "Failed to attach network adapter device."))?;
    Ok(Answer::new(200, json!({"interfaceAttachment": told(world, &made)})))
}

fn detach(world: &mut World, id: &str, port: &str) -> Told {
    let mut machine = world.machines.remove(id).ok_or_else(|| missing(id))?;
    let (leaving, staying): (Vec<_>, Vec<_>) = std::mem::take(&mut machine.ports).into_iter().partition(|(one, _)| one == port);
    let is_here = !leaving.is_empty() && world.table(Kind::Port).get(port).is_some_and(|one| text(one, "device_id") == id);
    machine.ports = leaving;
    scheduler::release(world, &mut machine);
    machine.ports = staying;
    world.machines.insert(id.to_owned(), machine);
    match is_here {
        true => Ok(Answer::new(202, Value::Null)),
        false => Err(refused(404, format!("Port id {port} could not be found."))),
    }
}
