//! A machine is asked for: what Nova refuses at once, and what it takes on.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::http::Answer;
use super::kind::Kind;
use super::machine::{Flavor, Machine, State, Wanted};
use super::neutron::seen;
use super::nova::{Asked, links, refused, used};
use super::plugs;
use super::world::{Told, World, hex, now, text, uuid};

const AMBIGUOUS: &str = "Multiple possible networks found, use a Network ID to be more specific.";

pub(super) fn create(world: &mut World, asked: &Asked<'_>) -> Told {
    let wish = &asked.body["server"];
    for field in ["name", "flavorRef"] {
        if wish[field].as_str().is_none() {
            return Err(lacks(field));
        }
    }
    if asked.version >= (2, 37) && wish.get("networks").is_none() {
        return Err(lacks("networks"));
    }
    if let Some((name, value)) = wish["metadata"].as_object().into_iter().flatten().find(|(_, value)| !value.is_string()) {
        let message = format!("Invalid input for field/attribute {name}. Value: {value}. {value} is not of type 'string'");
        return Err(refused(400, message));
    }
    let flavor = flavor(world, asked.project, text(wish, "flavorRef"))?;
    let root = root(world, asked.project, wish)?;
    let image = match &root {
        Some(_) => String::new(),
        None => image(world, asked.project, &flavor, text(wish, "imageRef"))?,
    };
    if wish["key_name"].is_string() {
        // There are none here.
        return Err(refused(400, "Invalid key_name provided."));
    }
    let groups = groups(world, asked.project, wish)?;
    let wanted = wanted(world, asked.project, wish)?;
    if let Some(over) = over_quotas(world, asked.project, &flavor) {
        return Err(refused(403, over));
    }
    let new_ports = wanted.iter().filter(|one| matches!(one, Wanted::Network(_))).count();
    let (limit, ports) = (world.quota(asked.project, "port"), world.used(asked.project, Kind::Port));
    if limit >= 0 && ports + i64::try_from(new_ports).unwrap_or(i64::MAX) > limit {
        return Err(refused(403, "Maximum number of ports exceeded"));
    }
    let id = uuid();
    let number = world.machines.values().map(|one| one.number + 1).max().unwrap_or_default();
    let machine = Machine {
        id: id.clone(),
        number,
        name: text(wish, "name").to_owned(),
        project: asked.project.to_owned(),
        user: asked.user.to_owned(),
        flavor,
        former: None,
        wish: None,
        was: State::Building,
        image,
        volumes: root.iter().cloned().collect(),
        root,
        forgets: false,
        metadata: wish["metadata"].as_object().cloned().unwrap_or_default(),
        description: wish["description"].clone(),
        user_data: wish["user_data"].clone(),
        config_drive: wish["config_drive"] == true,
        groups: groups.clone(),
        created: now(),
        updated: now(),
        wanted,
        ports: Vec::new(),
        state: State::Building,
        task: Some("scheduling"),
        fault: None,
        schedule: Some(Instant::now() + world.settling),
        has_host: false,
        boot: world.boot.saturating_sub(world.settling).max(Duration::ZERO),
        next: None,
        gone: None,
        fails: false,
    };
    for volume in &machine.volumes {
        world.reserve(volume, &id, &plugs::device(0));
    }
    world.machines.insert(id.clone(), machine);
    let names: Vec<Value> = groups.iter().map(|name| json!({"name": name})).collect();
    let told = json!({"server": {
        "id": id, "links": links(asked.base, &id), "OS-DCF:diskConfig": "MANUAL", "security_groups": names,
        "adminPass": &hex()[..12],
    }});
    Ok(Answer::new(202, told).with("Location", format!("{}/servers/{id}", asked.base)))
}

/// The volume that it starts from. Volumes that Nova is to make itself are left out.
fn root(world: &World, project: &str, wish: &Value) -> Result<Option<String>, Answer> {
    let Some(first) = wish["block_device_mapping_v2"].as_array().and_then(|all| all.first()) else { return Ok(None) };
    if first["source_type"] != "volume" {
        return Err(refused(400, "Block Device Mapping is Invalid."));
    }
    let id = text(first, "uuid");
    let found = world.volume(project, id);
    let volume = found.ok_or_else(|| refused(400, format!("Block Device Mapping is Invalid: failed to get volume {id}.")))?;
    if !volume.is_bootable() {
        return Err(refused(400, format!("Block Device {id} is not bootable.")));
    }
    match volume.status {
        "available" => Ok(Some(id.to_owned())),
        status => Err(plugs::not_free(id, status)),
    }
}

fn lacks(field: &str) -> Answer {
    refused(400, format!("Invalid input for field/attribute server. '{field}' is a required property"))
}

pub(super) fn flavor(world: &World, project: &str, id: &str) -> Result<Flavor, Answer> {
    let found =
        world.flavors.iter().find(|one| one.id == id && (one.only.is_empty() || one.only.iter().any(|own| own == project)));
    let found = found.cloned().ok_or_else(|| refused(400, format!("Flavor {id} could not be found.")))?;
    if let Some(profile) = found.specs.get("accel:device_profile").and_then(Value::as_str) {
        // As where there is no Cyborg.
        return Err(refused(400, format!("Device profile name {profile}: Could not communicate with Cyborg.")));
    }
    Ok(found)
}

pub(super) fn image(world: &World, project: &str, flavor: &Flavor, id: &str) -> Result<String, Answer> {
    let is_seen = |image: &&Value| image["visibility"] == "public" || image["owner"] == project;
    let image = world.images.get(id).filter(is_seen).filter(|_| !world.is_hidden(id));
    let image = image.ok_or_else(|| refused(400, "Can not find requested image"))?;
    if image["status"] != "active" {
        return Err(refused(400, format!("Image {id} is not active.")));
    }
    if image["min_ram"].as_u64() > Some(flavor.ram) {
        return Err(refused(400, "Flavor's memory is too small for requested image."));
    }
    if flavor.disk == 0 {
        return Err(refused(403, "Only volume-backed servers are allowed for flavors with zero disk."));
    }
    let (disk, virtual_size) = (flavor.disk << 30, image["virtual_size"].as_u64().unwrap_or_default());
    if virtual_size > disk {
        let sizes = format!("Flavor disk is {disk} bytes, image is {virtual_size} bytes.");
        return Err(refused(400, format!("Flavor's disk is too small for requested image. {sizes}")));
    }
    let least = image["min_disk"].as_u64().unwrap_or_default() << 30;
    if least > disk {
        let message = "Flavor's disk is smaller than the minimum size specified in image metadata.";
        return Err(refused(400, format!("{message} Flavor disk is {disk} bytes, minimum size is {least} bytes.")));
    }
    Ok(id.to_owned())
}

fn groups(world: &World, project: &str, wish: &Value) -> Result<Vec<String>, Answer> {
    let Some(names) = wish["security_groups"].as_array() else { return Ok(vec!["default".to_owned()]) };
    let own = |name: &str| {
        let mut all = world.all(Kind::Group).filter(|one| one["project_id"] == project);
        name == "default" || all.any(|one| one["name"] == name || one["id"] == name)
    };
    names
        .iter()
        .map(|one| text(one, "name"))
        .map(|name| match own(name) {
            true => Ok(name.to_owned()),
            false => Err(refused(400, format!("Unable to find security_group with name or id '{name}'"))),
        })
        .collect()
}

fn wanted(world: &World, project: &str, wish: &Value) -> Result<Vec<Wanted>, Answer> {
    match &wish["networks"] {
        Value::String(word) if word == "none" => Ok(Vec::new()),
        Value::Array(each) => each.iter().map(|one| interface(world, project, one)).collect(),
        _ => {
            let is_available =
                |one: &&Value| one["project_id"] == project || (one["shared"] == true && one["router:external"] != true);
            let available: Vec<&Value> = world.all(Kind::Network).filter(is_available).collect();
            match available[..] {
                [] => Ok(Vec::new()),
                [one] => Ok(vec![Wanted::Network(text(one, "id").to_owned())]),
                _ => Err(refused(409, AMBIGUOUS)),
            }
        }
    }
}

pub(super) fn interface(world: &World, project: &str, one: &Value) -> Result<Wanted, Answer> {
    if let Some(id) = one["port"].as_str() {
        let found = seen(world, project, Kind::Port, id);
        let port = found.ok_or_else(|| refused(400, format!("Port id {id} could not be found.")))?;
        if !text(port, "device_id").is_empty() {
            return Err(refused(409, format!("Port {id} is still in use.")));
        }
        if port["fixed_ips"].as_array().is_none_or(Vec::is_empty) {
            return Err(refused(400, format!("Port {id} requires a FixedIP in order to be used.")));
        }
        return Ok(Wanted::Port(id.to_owned()));
    }
    let id = text(one, "uuid");
    seen(world, project, Kind::Network, id).ok_or_else(|| refused(400, format!("Network {id} could not be found.")))?;
    if !world.all(Kind::Subnet).any(|subnet| subnet["network_id"] == id) {
        return Err(refused(400, format!("Network {id} requires a subnet in order to boot instances on.")));
    }
    Ok(Wanted::Network(id.to_owned()))
}

fn number(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

pub(super) fn over_quotas(world: &World, project: &str, flavor: &Flavor) -> Option<String> {
    over(world, project, [1, number(flavor.vcpus), number(flavor.ram)])
}

/// What is less than before needs no quota.
pub(super) fn over_quotas_from(world: &World, project: &str, from: &Flavor, to: &Flavor) -> Option<String> {
    over(world, project, [0, number(to.vcpus) - number(from.vcpus), number(to.ram) - number(from.ram)])
}

/// Several at once are named together, in the order of the alphabet.
fn over(world: &World, project: &str, wanted: [i64; 3]) -> Option<String> {
    let each = used(world, project)
        .into_iter()
        .zip(wanted)
        .map(|((name, used), wanted)| (name, used, wanted, world.quota(project, name)));
    let mut over: Vec<_> = each.filter(|(_, used, wanted, limit)| *limit >= 0 && *wanted > 0 && used + wanted > *limit).collect();
    if over.is_empty() {
        return None;
    }
    over.sort();
    let joined = |of: fn(&(&str, i64, i64, i64)) -> String| over.iter().map(of).collect::<Vec<_>>().join(", ");
    let (names, used) = (joined(|one| one.0.to_owned()), joined(|one| one.1.to_string()));
    let (requested, limits) = (joined(|one| one.2.to_string()), joined(|one| one.3.to_string()));
    Some(format!("Quota exceeded for {names}: Requested {requested}, but already used {used} of {limits} {names}"))
}
