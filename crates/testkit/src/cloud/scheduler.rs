//! Where machines go, and how they get there: a host, their ports, a boot.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::birth;
use super::groups;
use super::kind::Kind;
use super::machine::{Machine, State, Wanted};
use super::ports::mac;
use super::ranges;
use super::world::{World, text};

const NO_HOST: &str = "No valid host was found. There are not enough hosts available.";
/// Placement lets that many processors be promised for each that there is.
const PROMISED: u64 = 16;

/// All whose time has come.
pub(super) fn schedule(world: &mut World, now: Instant) {
    let is_due = |one: &&Machine| one.gone.is_none() && one.schedule.is_some_and(|at| at <= now);
    let due: Vec<String> = world.machines.values().filter(is_due).map(|one| one.id.clone()).collect();
    for id in due {
        let Some(mut machine) = world.machines.remove(&id) else { continue };
        place(world, &mut machine);
        world.machines.insert(id, machine);
    }
}

fn place(world: &mut World, machine: &mut Machine) {
    let Some(began) = machine.schedule.take() else { return };
    if let Some(over) = birth::over_quotas(world, &machine.project, &machine.flavor) {
        return machine.fail_by(413, over);
    }
    if !has_room(world, machine) {
        return machine.fail(NO_HOST);
    }
    let id = machine.id.clone();
    let property = |field: &str| world.images.get(&machine.image).map(|image| text(image, field).to_owned()).unwrap_or_default();
    let own = machine.metadata.get("bed_fault").and_then(Value::as_str).map(str::to_owned);
    let fault = own.unwrap_or_else(|| property("bed_fault"));
    if fault == "spawn-error" {
        return machine.fail(format!(
            "Exceeded maximum number of retries. Exhausted all hosts available for retrying build failures for instance {id}."
        ));
    }
    if fault == "build-abort" {
        return machine.fail(format!("Build of instance {id} aborted: a fault that was asked for"));
    }
    for wanted in machine.wanted.clone() {
        let bound = match &wanted {
            Wanted::Port(port) => bind(world, machine, port),
            Wanted::Network(network) => make_port(world, machine, network),
        };
        if bound.is_none() {
            release(world, machine);
            return machine.fail(format!("Build of instance {id} aborted: Failed to allocate the network(s), not rescheduling."));
        }
    }
    if let Some(room) = &mut world.room {
        *room = room.saturating_sub(1);
    }
    if machine.fails {
        return machine.fail(format!("Build of instance {id} aborted: the hypervisor failed."));
    }
    for volume in &machine.volumes {
        world.take(volume);
    }
    machine.has_host = true;
    machine.task = Some("spawning");
    let boot = match fault.strip_prefix("slow:").and_then(|seconds| seconds.parse().ok()) {
        Some(seconds) => Duration::from_secs_f64(seconds),
        None if fault == "never-boots" => Duration::from_secs(86400),
        None => machine.boot,
    };
    machine.next = Some((began + boot, State::Active));
}

fn has_room(world: &World, machine: &Machine) -> bool {
    let hosted = || world.machines.values().filter(|one| one.has_host);
    let flavor = &machine.flavor;
    let used = |of: fn(&Machine) -> u64| hosted().map(of).sum::<u64>();
    world.room != Some(0)
        && flavor.vcpus <= world.vcpus
        && used(|one| one.flavor.vcpus) + flavor.vcpus <= world.vcpus * PROMISED
        && used(|one| one.flavor.ram) + flavor.ram <= world.ram
        && used(|one| one.flavor.accelerators()) + flavor.accelerators() <= world.accelerators
}

/// `None`: it is gone, or another's.
pub(super) fn bind(world: &mut World, machine: &mut Machine, port: &str) -> Option<()> {
    let found = world.table(Kind::Port).get_mut(port)?;
    if !text(found, "device_id").is_empty() {
        return None;
    }
    for (field, value) in [("device_id", machine.id.as_str()), ("device_owner", "compute:nova"), ("status", "ACTIVE")] {
        found[field] = value.into();
    }
    machine.ports.push((port.to_owned(), false));
    Some(())
}

/// `None`: there is no address left, or nobody may have a port there.
pub(super) fn make_port(world: &mut World, machine: &mut Machine, network: &str) -> Option<()> {
    let found = world.table(Kind::Network).get(network)?;
    if found["project_id"] != machine.project.as_str() && found["shared"] != true {
        return None;
    }
    let mac = mac();
    let fixed = ranges::fixed(world, network, &mac, &Value::Null).ok()?;
    let own = world.all(Kind::Group).filter(|one| one["project_id"] == machine.project.as_str());
    let named = own.filter(|one| machine.groups.iter().any(|name| one["name"] == name.as_str() || one["id"] == name.as_str()));
    let mut chosen: Vec<Value> = named.map(|one| one["id"].clone()).collect();
    if chosen.is_empty() {
        chosen.push(groups::usual(world, &machine.project).into());
    }
    let more = json!({
        "network_id": network, "mac_address": mac, "admin_state_up": true, "status": "ACTIVE", "device_id": machine.id,
        "device_owner": "compute:nova", "security_groups": chosen, "port_security_enabled": true,
        "binding:vnic_type": "normal", "allowed_address_pairs": [], "extra_dhcp_opts": [], "fixed_ips": fixed,
    });
    let (id, port) = Kind::Port.made(&machine.project, &Value::Null, more);
    world.table(Kind::Port).insert(id.clone(), port);
    machine.ports.push((id, true));
    Some(())
}

/// Nova deletes the ports that it made itself, and lets go of the others.
pub(super) fn release(world: &mut World, machine: &mut Machine) {
    for (id, is_novas) in std::mem::take(&mut machine.ports) {
        if is_novas {
            world.erase(Kind::Port, &id);
        } else if let Some(port) = world.table(Kind::Port).get_mut(&id)
            && port["device_id"] == machine.id.as_str()
        {
            for (field, value) in [("device_id", ""), ("device_owner", ""), ("status", "DOWN")] {
                port[field] = value.into();
            }
        }
    }
}
