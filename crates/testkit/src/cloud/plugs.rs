//! Volumes at machines, as Nova has them.

use std::time::Instant;

use serde_json::{Value, json};

use super::http::Answer;
use super::machine::State;
use super::nova::{Asked, own, refused};
use super::world::{Told, World, text, uuid};

pub(super) fn answer(world: &mut World, asked: &Asked<'_>, server: &str, method: &str, rest: &[&str]) -> Told {
    own(world, asked.project, server)?;
    match (method, rest) {
        ("GET", []) => {
            let volumes = &own(world, asked.project, server)?.volumes;
            let told: Vec<Value> = volumes.iter().enumerate().map(|(at, volume)| plug(server, volume, at)).collect();
            Ok(Answer::new(200, json!({"volumeAttachments": told})))
        }
        ("POST", []) => attach(world, asked, server, text(&asked.body["volumeAttachment"], "volumeId")),
        ("DELETE", [volume]) => detach(world, asked, server, volume),
        _ => Err(refused(404, "The resource could not be found.")),
    }
}

fn plug(server: &str, volume: &str, at: usize) -> Value {
    json!({"id": volume, "serverId": server, "volumeId": volume, "device": device(at)})
}

pub(super) fn device(at: usize) -> String {
    let letters = [b'a', b'b', b'c', b'd', b'e', b'f', b'g', b'h'];
    format!("/dev/sd{}", char::from(letters.get(at).copied().unwrap_or(b'z')))
}

fn missing(volume: &str) -> Answer {
    refused(404, format!("Volume {volume} could not be found."))
}

fn attach(world: &mut World, asked: &Asked<'_>, server: &str, volume: &str) -> Told {
    let status = world.volume(asked.project, volume).ok_or_else(|| missing(volume))?.status;
    let machine = own(world, asked.project, server)?;
    if machine.volumes.iter().any(|one| one == volume) {
        let message = format!("Invalid volume: volume {volume} is already attached to instances: {server}");
        return Err(refused(400, message));
    }
    if !matches!(machine.state, State::Active | State::Stopped | State::Resized) {
        let message = format!("Cannot 'attach_volume' instance {server} while it is in vm_state {}", machine.state.name());
        return Err(refused(409, message));
    }
    if status != "available" {
        return Err(not_free(volume, status));
    }
    // What starts from an image has that on its first disk.
    let at = machine.volumes.len() + usize::from(machine.root.is_none());
    world.reserve(volume, server, &device(at));
    world.take(volume);
    if let Some(machine) = world.machines.get_mut(server) {
        machine.volumes.push(volume.to_owned());
    }
    Ok(Answer::new(200, json!({"volumeAttachment": plug(server, volume, at)})))
}

/// In Cinder's words, which Nova repeats.
pub(super) fn not_free(volume: &str, status: &str) -> Answer {
    let message =
        format!("Volume {volume} status must be available or downloading to reserve, but the current status is {status}.");
    let said = format!("Invalid volume: {message} (HTTP 400) (Request-ID: req-{})", uuid());
    refused(400, format!("Invalid volume: Invalid input received: {said}"))
}

fn detach(world: &mut World, asked: &Asked<'_>, server: &str, volume: &str) -> Told {
    world.volume(asked.project, volume).ok_or_else(|| missing(volume))?;
    let machine = own(world, asked.project, server)?;
    if !machine.volumes.iter().any(|one| one == volume) {
        return Err(refused(404, format!("Instance {server} is not attached to volume {volume}")));
    }
    if machine.root.as_deref() == Some(volume) {
        return Err(refused(400, "Cannot detach a root device volume"));
    }
    let at = Instant::now() + world.settling;
    if let Some(machine) = world.machines.get_mut(server) {
        machine.volumes.retain(|one| one != volume);
    }
    if let Some(volume) = world.volumes.get_mut(volume) {
        (volume.status, volume.next) = ("detaching", Some((at, "available")));
    }
    Ok(Answer::new(202, Value::Null))
}
