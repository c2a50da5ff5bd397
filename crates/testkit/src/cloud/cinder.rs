//! Cinder: its doors. What machines do with volumes is Nova's (`plugs`).

use std::time::Instant;

use serde_json::{Map, Value, json};

use super::http::{Answer, Request};
use super::page;
use super::volume::Volume;
use super::world::{Told, World, now, uuid};

const NOT_NOW: &str = "Invalid volume: Volume status must be available or error or error_restoring or error_extending or \
    error_managing and must not be migrating, attached, belong to a group, have snapshots, awaiting a transfer, or be \
    disassociated from snapshots after volume transfer.";
/// Attachments can be asked for by themselves.
const ATTACHMENTS: (u32, u32) = (3, 27);

/// `of`: the project and the user. `base`: Cinder's address, with the project.
pub(super) fn answer(world: &mut World, of: (&str, &str), base: &str, request: &Request, path: &[&str]) -> Told {
    let (project, user) = of;
    match (request.method.as_str(), path) {
        ("GET", ["limits"]) => Ok(Answer::new(200, limits(world, project))),
        ("GET", ["volumes"]) => Ok(Answer::new(200, list(world, project, base, request, false))),
        ("GET", ["volumes", "detail"]) => Ok(Answer::new(200, list(world, project, base, request, true))),
        ("POST", ["volumes"]) => create(world, project, user, base, &request.body["volume"]),
        ("GET", ["volumes", id]) => {
            let volume = world.volume(project, id).ok_or_else(|| missing(id))?;
            Ok(Answer::new(200, json!({"volume": volume.shown(base)})))
        }
        ("DELETE", ["volumes", id]) => delete(world, project, id),
        ("GET", ["attachments"]) if version(request) >= ATTACHMENTS => {
            let wanted = request.asked("volume_id");
            let own = world.volumes.values().filter(|one| one.project == project && wanted.is_none_or(|id| id == one.id));
            Ok(Answer::new(200, json!({"attachments": own.filter_map(attachment).collect::<Vec<_>>()})))
        }
        ("DELETE", ["attachments", id]) if version(request) >= ATTACHMENTS => forget(world, project, id),
        _ => Err(refused(404, "The resource could not be found.")),
    }
}

fn version(request: &Request) -> (u32, u32) {
    let told = request.header("OpenStack-API-Version").and_then(|told| told.strip_prefix("volume ")).unwrap_or("3.0");
    told.split_once('.').and_then(|(major, minor)| Some((major.parse().ok()?, minor.parse().ok()?))).unwrap_or((3, 0))
}

fn refused(status: u16, message: impl Into<String>) -> Answer {
    let name = match status {
        400 => "badRequest",
        403 => "forbidden",
        404 => "itemNotFound",
        409 => "conflictingRequest",
        413 => "overLimit",
        _ => "computeFault",
    };
    let mut told = json!({"code": status, "message": message.into()});
    if status == 413 {
        told["retryAfter"] = "0".into();
    }
    let answer = Answer::new(status, Value::Object(Map::from_iter([(name.to_owned(), told)])));
    if status == 413 { answer.with("Retry-After", "0") } else { answer }
}

fn missing(id: &str) -> Answer {
    refused(404, format!("Volume {id} could not be found."))
}

/// Of a project: how many, and how many gibibytes.
fn used(world: &World, project: &str) -> (i64, i64) {
    let own = || world.volumes.values().filter(|one| one.project == project);
    let number = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    (number(own().count() as u64), number(own().map(|one| one.size).sum()))
}

fn limits(world: &World, project: &str) -> Value {
    let (volumes, gibibytes) = used(world, project);
    json!({"limits": {"rate": [], "absolute": {
        "maxTotalVolumes": world.quota(project, "volumes"), "totalVolumesUsed": volumes,
        "maxTotalVolumeGigabytes": world.quota(project, "gigabytes"), "totalGigabytesUsed": gibibytes,
        "maxTotalSnapshots": 10, "totalSnapshotsUsed": 0, "maxTotalBackups": 10, "totalBackupsUsed": 0,
        "maxTotalBackupGigabytes": 1000, "totalBackupGigabytesUsed": 0,
    }}})
}

fn create(world: &mut World, project: &str, user: &str, base: &str, asked: &Value) -> Told {
    let Some(size) = asked["size"].as_u64() else {
        let message = "The server could not comply with the request since it is either malformed or otherwise incorrect.";
        return Err(refused(400, message));
    };
    if size == 0 {
        return Err(refused(400, "Invalid input for field/attribute size. Value: 0. 0 is less than the minimum of 1"));
    }
    let image = image(world, project, size, asked)?;
    let (volumes, gibibytes) = used(world, project);
    let (most, most_gibibytes) = (world.quota(project, "volumes"), world.quota(project, "gigabytes"));
    let wanted = i64::try_from(size).unwrap_or(i64::MAX);
    if most_gibibytes >= 0 && gibibytes + wanted > most_gibibytes {
        let message = format!(
            "VolumeSizeExceedsAvailableQuota: Requested volume or snapshot exceeds allowed gigabytes quota. Requested {size}G, \
             quota is {most_gibibytes}G and {gibibytes}G has been consumed."
        );
        return Err(refused(413, message));
    }
    if most >= 0 && volumes + 1 > most {
        let message = format!("VolumeLimitExceeded: Maximum number of volumes allowed ({most}) exceeded for quota 'volumes'.");
        return Err(refused(413, message));
    }
    let volume = Volume {
        id: uuid(),
        number: world.volumes.values().map(|one| one.number + 1).max().unwrap_or_default(),
        name: asked["name"].clone(),
        project: project.to_owned(),
        user: user.to_owned(),
        size,
        metadata: asked["metadata"].as_object().cloned().unwrap_or_default(),
        image,
        created: now(),
        updated: now(),
        status: "creating",
        next: Some((Instant::now() + world.settling, "available")),
        gone: None,
        is_whole: false,
        fails: false,
        attachment: None,
    };
    let told = json!({"volume": volume.shown(base)});
    world.volumes.insert(volume.id.clone(), volume);
    Ok(Answer::new(202, told))
}

/// Somebody's, which is there already.
pub(super) fn put(world: &mut World, project: &str, wish: &Value) -> String {
    let made = create(world, project, "neighbour", "", wish).expect("a neighbour's volume");
    let id = made.body["volume"]["id"].as_str().unwrap_or_default().to_owned();
    if let Some(volume) = world.volumes.get_mut(&id) {
        volume.next = Some((Instant::now(), "available"));
        volume.settle(Instant::now());
    }
    id
}

fn image(world: &World, project: &str, size: u64, asked: &Value) -> Result<Option<String>, Answer> {
    let Some(id) = asked["imageRef"].as_str() else { return Ok(None) };
    let is_seen = |image: &&Value| image["visibility"] == "public" || image["owner"] == project;
    let found = world.images.get(id).filter(is_seen).filter(|_| !world.is_hidden(id));
    let image = found.ok_or_else(|| refused(400, "Invalid image identifier or unable to access requested image."))?;
    if image["status"] != "active" {
        return Err(refused(400, format!("Invalid input received: Image {id} is not active.")));
    }
    let least = image["min_disk"].as_u64().unwrap_or_default();
    if size < least {
        let message = format!("Volume size {size}GB cannot be smaller than the image minDisk size {least}GB.");
        return Err(refused(400, format!("Invalid input received: {message}")));
    }
    Ok(Some(id.to_owned()))
}

fn delete(world: &mut World, project: &str, id: &str) -> Told {
    let at = Instant::now() + world.deletion;
    world.volume(project, id).ok_or_else(|| missing(id))?;
    let volume = world.volumes.get_mut(id).ok_or_else(|| missing(id))?;
    if !matches!(volume.status, "available" | "error") {
        return Err(refused(400, NOT_NOW));
    }
    (volume.status, volume.gone, volume.updated) = ("deleting", Some(at), now());
    Ok(Answer::new(202, Value::Null))
}

/// All of the project: which filters there are is written in a file of the site's, and where that is missing there are none.
fn list(world: &World, project: &str, base: &str, request: &Request, is_whole: bool) -> Value {
    let fits = |one: &&Volume| one.project == project && !world.is_hidden(&one.id);
    let mut found: Vec<&Volume> = world.volumes.values().filter(fits).collect();
    found.sort_by_key(|one| std::cmp::Reverse(one.number));
    let show = |one: &Volume| match is_whole {
        true => one.shown(base),
        false => json!({"id": one.id, "name": one.name, "links": []}),
    };
    let url = format!("{base}/{}", if is_whole { "volumes/detail" } else { "volumes" });
    let (found, next) = page::cut(found, request, Some(world.page.unwrap_or(1_000)), &url, |one| one.id.clone());
    let mut told = json!({"volumes": found.into_iter().map(show).collect::<Vec<_>>()});
    if let Some(next) = next {
        told["volumes_links"] = next;
    }
    told
}

fn attachment(volume: &Volume) -> Option<Value> {
    let one = volume.attachment.as_ref()?;
    let status = if one.is_there { "attached" } else { "reserved" };
    Some(json!({"id": one.id, "status": status, "instance": one.server, "volume_id": volume.id}))
}

/// Only where the machine does not have it (any more): otherwise it is Nova that lets go.
fn forget(world: &mut World, project: &str, id: &str) -> Told {
    let its = |one: &&Volume| one.project == project && one.attachment.as_ref().is_some_and(|attachment| attachment.id == id);
    let volume = world.volumes.values().find(its);
    let volume =
        volume.ok_or_else(|| refused(404, format!("Volume attachment could not be found with filter: attachment_id = {id}.")))?;
    let server = volume.attachment.as_ref().map(|one| one.server.clone()).unwrap_or_default();
    if world.machines.get(&server).is_some_and(|machine| machine.volumes.contains(&volume.id)) {
        let message = format!("ConflictNovaUsingAttachment: Detach volume from instance {server} using the Compute API");
        return Err(refused(409, message));
    }
    let volume = volume.id.clone();
    world.let_go(&volume);
    Ok(Answer::new(200, json!({"attachments": []})))
}
