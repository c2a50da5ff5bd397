//! Nova: its doors, and how it shows what it has. Creating and acting are in the modules beside.

use regex::Regex;
use serde_json::{Map, Value, json};

use super::actions;
use super::birth;
use super::http::{Answer, Request};
use super::interfaces;
use super::kind::Kind;
use super::machine::{Flavor, Machine, State};
use super::page;
use super::plugs;
use super::world::{Told, World, text, uuid};

/// The newest of the release that the test bed has.
const NEWEST: (u32, u32) = (2, 93);
const OLDEST: (u32, u32) = (2, 1);

pub(super) type Version = (u32, u32);

pub(super) struct Asked<'a> {
    pub(super) project: &'a str,
    pub(super) user: &'a str,
    pub(super) version: Version,
    /// Nova's address, as it says it in links.
    pub(super) base: &'a str,
    pub(super) body: &'a Value,
}

pub(super) fn answer(world: &mut World, of: (&str, &str), base: &str, request: &Request, path: &[&str]) -> Told {
    let version = version(request)?;
    let asked = Asked { project: of.0, user: of.1, version, base, body: &request.body };
    let told = route(world, &asked, request, path);
    let spoken = format!("{}.{}", version.0, version.1);
    let mark = |answer: Answer| {
        let answer = answer.with("OpenStack-API-Version", format!("compute {spoken}"));
        answer.with("X-OpenStack-Nova-API-Version", spoken.clone()).with("x-openstack-request-id", format!("req-{}", uuid()))
    };
    told.map(mark).map_err(mark)
}

fn route(world: &mut World, asked: &Asked<'_>, request: &Request, path: &[&str]) -> Told {
    match (request.method.as_str(), path) {
        ("GET", []) => Ok(Answer::new(200, about(asked.base))),
        ("GET", ["flavors", rest @ ..]) => flavors(world, asked, rest),
        ("GET", ["limits"]) => Ok(Answer::new(200, limits(world, asked.project))),
        ("GET", ["os-availability-zone"]) => {
            let zone = json!({"zoneName": "nova", "zoneState": {"available": true}, "hosts": null});
            Ok(Answer::new(200, json!({"availabilityZoneInfo": [zone]})))
        }
        ("GET", ["os-keypairs"]) => Ok(Answer::new(200, json!({"keypairs": []}))),
        ("GET", ["servers"]) => Ok(Answer::new(200, list(world, asked, request, false))),
        ("GET", ["servers", "detail"]) => Ok(Answer::new(200, list(world, asked, request, true))),
        ("POST", ["servers"]) => birth::create(world, asked),
        ("GET", ["servers", id]) => {
            let machine = own(world, asked.project, id)?;
            if world.is_hidden(id) {
                return Err(missing(id));
            }
            Ok(Answer::new(200, json!({"server": shown(world, asked, machine)})))
        }
        ("PUT", ["servers", id]) => actions::update(world, asked, id),
        ("DELETE", ["servers", id]) => actions::delete(world, asked.project, id),
        ("POST", ["servers", id, "action"]) => actions::act(world, asked, id),
        ("POST", ["servers", id, "remote-consoles"]) if asked.version >= (2, 6) => actions::console(world, asked, id),
        (_, ["servers", id, "metadata", rest @ ..]) => actions::metadata(world, asked, id, &request.method, rest),
        (_, ["servers", id, "os-volume_attachments", rest @ ..]) if world.has_volumes => {
            plugs::answer(world, asked, id, &request.method, rest)
        }
        (_, ["servers", id, "os-interface", rest @ ..]) => interfaces::answer(world, asked, id, &request.method, rest),
        _ => Err(Answer::new(404, Value::String(nowhere("The resource could not be found.")))),
    }
}

/// As web servers of OpenStack's kind say that there is nothing, to people.
pub(super) fn nowhere(why: &str) -> String {
    format!(
        "<html>\n <head>\n  <title>404 Not Found</title>\n </head>\n <body>\n  <h1>404 Not Found</h1>\n  {why}<br /><br />\n\n\n\n </body>\n</html>"
    )
}

pub(super) fn refused(status: u16, message: impl Into<String>) -> Answer {
    let name = match status {
        400 => "badRequest",
        401 => "unauthorized",
        403 => "forbidden",
        404 => "itemNotFound",
        409 => "conflictingRequest",
        _ => "computeFault",
    };
    Answer::new(status, Value::Object(Map::from_iter([(name.to_owned(), json!({"code": status, "message": message.into()}))])))
}

pub(super) fn missing(id: &str) -> Answer {
    refused(404, format!("Instance {id} could not be found."))
}

fn version(request: &Request) -> Result<Version, Answer> {
    let told = request.header("OpenStack-API-Version").and_then(|told| told.strip_prefix("compute "));
    let Some(told) = told.or_else(|| request.header("X-OpenStack-Nova-API-Version")) else { return Ok(OLDEST) };
    if told == "latest" {
        return Ok(NEWEST);
    }
    let numbers = told.split_once('.').and_then(|(major, minor)| Some((major.parse().ok()?, minor.parse().ok()?)));
    let Some(version) = numbers else {
        let message = format!("API Version String {told} is of invalid format. Must be of format MajorNum.MinorNum.");
        return Err(refused(400, message));
    };
    if !(OLDEST..=NEWEST).contains(&version) {
        let message = format!("Version {told} is not supported by the API. Minimum is 2.1 and maximum is 2.93.");
        return Err(refused(406, message).with("OpenStack-API-Version", format!("compute {told}")));
    }
    Ok(version)
}

pub(super) fn about(base: &str) -> Value {
    let links = json!([{"rel": "self", "href": format!("{base}/")}]);
    json!({"version": {
        "id": "v2.1", "status": "CURRENT", "version": "2.93", "min_version": "2.1", "updated": "2013-07-23T11:33:21Z",
        "links": links,
    }})
}

pub(super) fn own<'a>(world: &'a World, project: &str, id: &str) -> Result<&'a Machine, Answer> {
    world.machines.get(id).filter(|one| one.project == project).ok_or_else(|| missing(id))
}

fn flavors(world: &World, asked: &Asked<'_>, rest: &[&str]) -> Told {
    let is_seen = |one: &&Flavor| one.only.is_empty() || one.only.iter().any(|project| project == asked.project);
    let of = |id: &str| {
        let found = world.flavors.iter().filter(is_seen).find(|one| one.id == id);
        found.ok_or_else(|| refused(404, format!("Flavor {id} could not be found.")))
    };
    let told = |one: &Flavor| {
        let mut told = json!({
            "id": one.id, "name": one.name, "ram": one.ram, "disk": one.disk, "vcpus": one.vcpus, "swap": "",
            "OS-FLV-EXT-DATA:ephemeral": 0, "OS-FLV-DISABLED:disabled": false, "rxtx_factor": 1.0, "links": [],
            "os-flavor-access:is_public": one.only.is_empty(),
        });
        if asked.version >= (2, 55) {
            told["description"] = Value::Null;
        }
        if asked.version >= (2, 61) {
            told["extra_specs"] = one.specs.clone().into();
        }
        told
    };
    let all = || world.flavors.iter().filter(is_seen);
    let body = match rest {
        [] => json!({"flavors": all().map(|one| json!({"id": one.id, "name": one.name, "links": []})).collect::<Vec<_>>()}),
        ["detail"] => json!({"flavors": all().map(told).collect::<Vec<_>>()}),
        [id] => json!({"flavor": told(of(id)?)}),
        [id, "os-extra_specs"] => json!({"extra_specs": of(id)?.specs}),
        _ => return Err(Answer::new(404, Value::String(nowhere("The resource could not be found.")))),
    };
    Ok(Answer::new(200, body))
}

/// Instances, cores, memory. Also of what has failed or is being deleted, but not yet of what looks for a host: many at once
/// get past the quotas at the door, and fail later.
pub(super) fn used(world: &World, project: &str) -> [(&'static str, i64); 3] {
    let counted = |one: &&Machine| one.project == project && one.schedule.is_none();
    let own = || world.machines.values().filter(counted).map(|one| &one.flavor);
    let sum = |of: fn(&Flavor) -> u64| i64::try_from(own().map(of).sum::<u64>()).unwrap_or(i64::MAX);
    [("instances", sum(|_| 1)), ("cores", sum(|one| one.vcpus)), ("ram", sum(|one| one.ram))]
}

fn limits(world: &World, project: &str) -> Value {
    let [(_, instances), (_, cores), (_, ram)] = used(world, project);
    let most = |resource| world.quota(project, resource);
    json!({"limits": {"rate": [], "absolute": {
        "maxTotalInstances": most("instances"), "maxTotalCores": most("cores"), "maxTotalRAMSize": most("ram"),
        "maxServerMeta": 128, "maxTotalKeypairs": most("key_pairs"), "maxServerGroups": 10, "maxServerGroupMembers": 10,
        "totalInstancesUsed": instances, "totalCoresUsed": cores, "totalRAMUsed": ram, "totalServerGroupsUsed": 0,
    }}})
}

/// By name (an expression, as MySQL has them) and status. All else is not for people, and not looked at: also `metadata`.
fn list(world: &World, asked: &Asked<'_>, request: &Request, is_whole: bool) -> Value {
    let name = request.asked("name").and_then(|name| Regex::new(name).ok());
    let status = request.asked("status");
    let fits = |one: &&Machine| {
        one.project == asked.project
            && !world.is_hidden(&one.id)
            && name.as_ref().is_none_or(|name| name.is_match(&one.name))
            && status.is_none_or(|status| one.status().eq_ignore_ascii_case(status))
    };
    let mut found: Vec<&Machine> = world.machines.values().filter(fits).collect();
    found.sort_by_key(|one| std::cmp::Reverse(one.number));
    let show = |one: &Machine| match is_whole {
        true => shown(world, asked, one),
        false => json!({"id": one.id, "name": one.name, "links": links(asked.base, &one.id)}),
    };
    let path = if is_whole { "servers/detail" } else { "servers" };
    let most = Some(world.page.unwrap_or(1_000));
    let (found, next) = page::cut(found, request, most, &format!("{}/{path}", asked.base), |one| one.id.clone());
    let mut told = json!({"servers": found.into_iter().map(show).collect::<Vec<_>>()});
    if let Some(next) = next {
        told["servers_links"] = next;
    }
    told
}

pub(super) fn links(base: &str, id: &str) -> Value {
    json!([{"rel": "self", "href": format!("{base}/servers/{id}")}])
}

pub(super) fn shown(world: &World, asked: &Asked<'_>, one: &Machine) -> Value {
    let mut told = json!({
        "id": one.id, "name": one.name, "status": one.status(), "tenant_id": one.project, "user_id": one.user,
        "metadata": one.metadata, "hostId": if one.has_host { "a".repeat(56) } else { String::new() },
        "image": if one.root.is_some() { json!("") } else { json!({"id": one.image, "links": []}) }, "flavor": one.flavor_told(asked.version >= (2, 47)),
        "created": one.created, "updated": one.updated, "addresses": addresses(world, one), "accessIPv4": "", "accessIPv6": "",
        "links": links(asked.base, &one.id), "OS-DCF:diskConfig": "MANUAL",
        "OS-EXT-AZ:availability_zone": if one.has_host { "nova" } else { "" }, "config_drive": if one.config_drive { "True" } else { "" },
        "key_name": null, "OS-SRV-USG:terminated_at": null,
        "OS-SRV-USG:launched_at": if one.state == State::Building { Value::Null } else { one.updated.clone().into() },
        "OS-EXT-STS:task_state": one.task, "OS-EXT-STS:vm_state": one.state.name(), "OS-EXT-STS:power_state": one.power(),
        "os-extended-volumes:volumes_attached": volumes(asked, one),
    });
    match &one.fault {
        Some((code, message)) => told["fault"] = json!({"code": code, "created": one.updated, "message": message}),
        None => told["progress"] = 0.into(),
    }
    if one.state != State::Error && one.has_host {
        let names = one.groups.iter().map(|name| json!({"name": name}));
        told["security_groups"] = names.collect();
    }
    if asked.version >= (2, 9) {
        told["locked"] = false.into();
    }
    if asked.version >= (2, 19) {
        told["description"] = one.description.clone();
    }
    if asked.version >= (2, 26) {
        told["tags"] = json!([]);
    }
    told
}

fn volumes(asked: &Asked<'_>, one: &Machine) -> Value {
    let told = |id: &String| match asked.version >= (2, 3) {
        true => json!({"id": id, "delete_on_termination": false}),
        false => json!({"id": id}),
    };
    one.volumes.iter().map(told).collect()
}

fn addresses(world: &World, one: &Machine) -> Value {
    let mut by_network: Map<String, Value> = Map::new();
    for port in one.ports.iter().filter_map(|(id, _)| world.tables.get(&Kind::Port)?.get(id)) {
        let network = world.tables.get(&Kind::Network).and_then(|all| all.get(text(port, "network_id")));
        let name = network.map_or("", |network| text(network, "name")).to_owned();
        let mut told = Vec::new();
        let mac = &port["mac_address"];
        let mut tell = |addr: &Value, kind: &str| {
            let version = if addr.as_str().is_some_and(|addr| addr.contains(':')) { 6 } else { 4 };
            told.push(json!({"version": version, "addr": addr, "OS-EXT-IPS:type": kind, "OS-EXT-IPS-MAC:mac_addr": mac}));
        };
        for fixed in port["fixed_ips"].as_array().into_iter().flatten() {
            tell(&fixed["ip_address"], "fixed");
            let floating = world.all(Kind::Address).filter(|address| address["port_id"] == port["id"]);
            for address in floating.filter(|address| address["fixed_ip_address"] == fixed["ip_address"]) {
                tell(&address["floating_ip_address"], "floating");
            }
        }
        if let Value::Array(all) = by_network.entry(name).or_insert_with(|| json!([])) {
            all.append(&mut told);
        }
    }
    by_network.into()
}
