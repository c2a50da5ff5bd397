//! What is done to a machine: it is there at once, or comes about a moment later, or is refused in this state.

use std::time::Instant;

use serde_json::{Map, Value, json};

use super::birth;
use super::http::Answer;
use super::machine::{Machine, State};
use super::nova::{Asked, missing, own, refused, shown};
use super::world::{Told, World, hex, now, text, uuid};

/// (as the body calls it, as errors call it, the states that it is allowed in, what is being done, what comes of it)
type Action = (&'static str, &'static str, &'static [State], &'static str, State);

const ACTIONS: [Action; 5] = [
    ("os-start", "start", &[State::Stopped], "powering-on", State::Active),
    ("os-stop", "stop", &[State::Active, State::Error], "powering-off", State::Stopped),
    ("rebuild", "rebuild", &[State::Active, State::Stopped, State::Error], "rebuilding", State::Active),
    ("confirmResize", "confirmResize", &[State::Resized], "", State::Active),
    ("revertResize", "revertResize", &[State::Resized], "resize_reverting", State::Active),
];

pub(super) fn act(world: &mut World, asked: &Asked<'_>, id: &str) -> Told {
    own(world, asked.project, id)?;
    let Some((name, body)) = asked.body.as_object().and_then(|body| body.iter().next()) else {
        return Err(refused(400, "Malformed request body"));
    };
    match name.as_str() {
        "os-getConsoleOutput" => output(world, id, body),
        "os-getVNCConsole" | "os-getRDPConsole" | "os-getSPICEConsole" if asked.version < (2, 6) => console(world, asked, id),
        "os-getVNCConsole" | "os-getRDPConsole" | "os-getSPICEConsole" => Err(refused(404, "The resource could not be found.")),
        "reboot" => reboot(world, id, text(body, "type")),
        "createImage" => create_image(world, asked, id, body),
        "resize" => resize(world, asked, id, body),
        name => {
            let Some(action) = ACTIONS.iter().find(|one| one.0 == name) else {
                return Err(refused(400, format!("There is no such action: {name}")));
            };
            plain(world, asked, id, action, body)
        }
    }
}

fn plain(world: &mut World, asked: &Asked<'_>, id: &str, action: &Action, body: &Value) -> Told {
    let &(name, word, states, task, then) = action;
    let at = Instant::now() + world.settling;
    let image = match name {
        "rebuild" => {
            let flavor = own(world, asked.project, id)?.flavor.clone();
            Some(birth::image(world, asked.project, &flavor, text(body, "imageRef"))?)
        }
        _ => None,
    };
    let machine = changing(world, id)?;
    let is_power = matches!(name, "os-start" | "os-stop");
    if is_power && machine.schedule.is_some() {
        // It is in no cell yet, and only those are looked at.
        return Err(missing(id));
    }
    if is_power && machine.state == State::Error && !machine.has_host {
        return Err(not_ready(id));
    }
    allowed(machine, word, states, false)?;
    let then = if name.ends_with("Resize") { machine.was } else { then };
    if name == "revertResize"
        && let Some(former) = machine.former.take()
    {
        machine.flavor = former;
    }
    machine.task = Some(task).filter(|task| !task.is_empty());
    machine.fault = None;
    machine.next = Some((at, then));
    if let Some(image) = image {
        machine.image = image;
        let machine = own(world, asked.project, id)?;
        return Ok(Answer::new(202, json!({"server": shown(world, asked, machine)})));
    }
    Ok(Answer::new(if name == "confirmResize" { 204 } else { 202 }, Value::Null))
}

fn changing<'a>(world: &'a mut World, id: &str) -> Result<&'a mut Machine, Answer> {
    let machine = world.machines.get_mut(id).ok_or_else(|| missing(id))?;
    machine.updated = now();
    Ok(machine)
}

/// `anyway`: whatever else is being done to it.
fn allowed(machine: &Machine, word: &str, states: &[State], anyway: bool) -> Result<(), Answer> {
    let (attribute, value) = match (states.contains(&machine.state), machine.task) {
        (true, Some(task)) if !anyway => ("task_state", task),
        (true, _) => return Ok(()),
        (false, _) => ("vm_state", machine.state.name()),
    };
    Err(refused(409, format!("Cannot '{word}' instance {} while it is in {attribute} {value}", machine.id)))
}

fn not_ready(id: &str) -> Answer {
    refused(409, format!("Instance {id} is not ready"))
}

fn reboot(world: &mut World, id: &str, kind: &str) -> Told {
    let at = Instant::now() + world.settling;
    let machine = changing(world, id)?;
    let is_hard = kind == "HARD";
    let soft: &[State] = &[State::Active];
    allowed(machine, "reboot", if is_hard { &[State::Active, State::Stopped, State::Error] } else { soft }, false)?;
    machine.task = Some(if is_hard { "rebooting_hard" } else { "rebooting" });
    machine.fault = None;
    machine.next = Some((at, State::Active));
    Ok(Answer::new(202, Value::Null))
}

fn resize(world: &mut World, asked: &Asked<'_>, id: &str, body: &Value) -> Told {
    let flavor = birth::flavor(world, asked.project, text(body, "flavorRef"))?;
    let (at, has_room) = (Instant::now() + world.settling, world.room != Some(0));
    let has = own(world, asked.project, id)?.flavor.clone();
    let over = birth::over_quotas_from(world, asked.project, &has, &flavor);
    let machine = changing(world, id)?;
    allowed(machine, "resize", &[State::Active, State::Stopped], false)?;
    if flavor.id == machine.flavor.id {
        return Err(refused(400, "When resizing, instances must change flavor!"));
    }
    if let Some(over) = over {
        return Err(refused(403, over));
    }
    machine.was = machine.state;
    machine.task = Some("resize_prep");
    // Without a host for it, it stays as it was, and nothing is said.
    machine.next = Some((at, if has_room { State::Resized } else { machine.state }));
    machine.wish = has_room.then_some(flavor);
    Ok(Answer::new(202, Value::Null))
}

fn create_image(world: &mut World, asked: &Asked<'_>, id: &str, body: &Value) -> Told {
    let at = Instant::now() + world.settling;
    let machine = changing(world, id)?;
    allowed(machine, "createImage", &[State::Active, State::Stopped], false)?;
    machine.task = Some("image_snapshot_pending");
    machine.next = Some((at, machine.state));
    let image = uuid();
    let mut made = json!({
        "id": image, "name": body["name"], "status": "queued", "visibility": "private", "owner": asked.project, "min_disk": machine.flavor.disk,
        "min_ram": 0, "size": null, "virtual_size": null, "disk_format": null, "container_format": null, "os_hidden": false,
        "protected": false, "tags": [], "created_at": now(), "updated_at": now(), "image_type": "snapshot",
        "instance_uuid": id, "base_image_ref": machine.image, "user_id": asked.user,
    });
    for (name, value) in body["metadata"].as_object().into_iter().flatten() {
        made[name] = value.clone();
    }
    world.images.insert(image.clone(), made);
    world.saving.insert(image.clone(), at);
    if asked.version >= (2, 45) {
        return Ok(Answer::new(202, json!({"image_id": image})));
    }
    Ok(Answer::new(202, Value::Null).with("Location", format!("{}/images/{image}", asked.base)))
}

fn output(world: &mut World, id: &str, body: &Value) -> Told {
    let machine = changing(world, id)?;
    if !machine.has_host {
        return Err(not_ready(id));
    }
    let lines = ["[    0.000000] Linux version 6.1.0", "[    1.000000] cloud-init: ready", "login: "];
    let wanted = body["length"].as_u64().and_then(|length| usize::try_from(length).ok()).unwrap_or(lines.len());
    Ok(Answer::new(200, json!({"output": lines[lines.len().saturating_sub(wanted)..].join("\n")})))
}

/// Only the kind that most sites have.
pub(super) fn console(world: &World, asked: &Asked<'_>, id: &str) -> Told {
    let machine = own(world, asked.project, id)?;
    let told = asked.body.as_object().and_then(|body| body.values().next()).unwrap_or(&Value::Null);
    let kind = text(told, "type");
    if !machine.has_host {
        return Err(not_ready(id));
    }
    if kind != "novnc" {
        return Err(refused(400, format!("Unavailable console type {kind}.")));
    }
    let url = format!("{}/console/vnc_auto.html?path=%3Ftoken%3D{}", asked.base, hex());
    if asked.version >= (2, 6) {
        return Ok(Answer::new(200, json!({"remote_console": {"protocol": "vnc", "type": kind, "url": url}})));
    }
    Ok(Answer::new(200, json!({"console": {"type": kind, "url": url}})))
}

pub(super) fn update(world: &mut World, asked: &Asked<'_>, id: &str) -> Told {
    own(world, asked.project, id)?;
    let machine = changing(world, id)?;
    let wish = &asked.body["server"];
    if let Some(name) = wish["name"].as_str() {
        name.clone_into(&mut machine.name);
    }
    if wish.get("description").is_some() && asked.version >= (2, 19) {
        machine.description = wish["description"].clone();
    }
    let machine = own(world, asked.project, id)?;
    Ok(Answer::new(200, json!({"server": shown(world, asked, machine)})))
}

pub(super) fn metadata(world: &mut World, asked: &Asked<'_>, id: &str, method: &str, rest: &[&str]) -> Told {
    own(world, asked.project, id)?;
    let machine = changing(world, id)?;
    let told = asked.body["metadata"].as_object().cloned().unwrap_or_default();
    let nothing = || refused(404, "Metadata item was not found");
    let body = match (method, rest) {
        ("GET", []) => json!({"metadata": machine.metadata}),
        ("POST", []) => {
            machine.metadata.extend(told);
            json!({"metadata": machine.metadata})
        }
        ("PUT", []) => {
            machine.metadata = told;
            json!({"metadata": machine.metadata})
        }
        ("GET", [key]) => json!({"meta": {*key: machine.metadata.get(*key).ok_or_else(nothing)?}}),
        ("PUT", [key]) => {
            let value = asked.body["meta"][*key].clone();
            machine.metadata.insert((*key).to_owned(), value.clone());
            json!({"meta": Map::from_iter([((*key).to_owned(), value)])})
        }
        ("DELETE", [key]) => {
            machine.metadata.remove(*key).ok_or_else(nothing)?;
            return Ok(Answer::new(204, Value::Null));
        }
        _ => return Err(refused(404, "The resource could not be found.")),
    };
    Ok(Answer::new(200, body))
}

/// It goes a moment later, also when that is said twice.
pub(super) fn delete(world: &mut World, project: &str, id: &str) -> Told {
    own(world, project, id)?;
    let at = Instant::now() + world.deletion;
    let machine = changing(world, id)?;
    machine.task = Some("deleting");
    machine.gone.get_or_insert(at);
    Ok(Answer::new(204, Value::Null))
}
