//! How a site is set up when it opens, from the data of the test bed.

use serde_json::{Value, json};

use super::http::Answer;
use super::kind::Kind;
use super::machine::Flavor;
use super::world::{Project, World, hex, now, text, uuid};
use super::{groups, networks, routers};

/// Of networks that are everybody's.
const OPERATOR: &str = "operator";

pub(super) fn open(world: &mut World, told: &Value) {
    for network in told["networks"].as_array().into_iter().flatten() {
        let wish = json!({
            "name": network["name"], "shared": network["shared"] == true, "router:external": network["external"] == true,
        });
        let id = put(world, Kind::Network, networks::network(world, OPERATOR, &wish));
        for subnet in network["subnets"].as_array().into_iter().flatten() {
            put_subnet(world, OPERATOR, &id, subnet);
        }
    }
    for (name, data) in told["projects"].as_object().into_iter().flatten() {
        let project = Project {
            id: hex(),
            name: name.clone(),
            community: text(data, "community").to_owned(),
            is_enabled: data["enabled"] != false,
            properties: data["properties"].as_object().cloned().unwrap_or_default(),
        };
        open_project(world, &project.id, data);
        world.projects.push(project);
    }
    for flavor in told["flavors"].as_array().into_iter().flatten() {
        let number = |name: &str| flavor[name].as_u64().unwrap_or_default();
        let only = flavor["only"].as_array().into_iter().flatten().filter_map(Value::as_str);
        let only = only.filter_map(|name| world.project(name)).map(|project| project.id.clone()).collect();
        world.flavors.push(Flavor {
            id: uuid(),
            name: text(flavor, "name").to_owned(),
            vcpus: number("vcpus"),
            ram: number("ram"),
            disk: number("disk"),
            specs: flavor["extra_specs"].as_object().cloned().unwrap_or_default(),
            only,
        });
    }
    world.flavors.sort_by(|one, other| one.name.cmp(&other.name));
    for image in told["images"].as_array().into_iter().flatten() {
        put_image(world, image);
    }
}

fn put(world: &mut World, kind: Kind, made: Result<(String, Value), Answer>) -> String {
    let (id, one) = made.expect("the data of a site are right");
    world.table(kind).insert(id.clone(), one);
    id
}

fn put_subnet(world: &mut World, project: &str, network: &str, told: &Value) -> String {
    let mut wish =
        json!({"network_id": network, "name": told["name"], "cidr": told["cidr"], "enable_dhcp": told["dhcp"] == true});
    if let Some(gateway) = told.get("gateway") {
        wish["gateway_ip"] = gateway.clone();
    }
    if let Some(mode) = told.get("ipv6") {
        wish["ipv6_address_mode"] = mode.clone();
        wish["ipv6_ra_mode"] = mode.clone();
    }
    if let [start, end] = told["pool"].as_array().map_or(&[][..], Vec::as_slice) {
        wish["allocation_pools"] = json!([{"start": start, "end": end}]);
    }
    put(world, Kind::Subnet, networks::subnet(world, project, &wish))
}

fn open_project(world: &mut World, id: &str, data: &Value) {
    for (name, limit) in data["quota"].as_object().into_iter().flatten().flat_map(|(_, each)| each.as_object()).flatten() {
        world.set_quota(id, name, limit.as_i64().unwrap_or(-1));
    }
    groups::usual(world, id);
    let own = &data["network"];
    if own.is_null() {
        return;
    }
    let network = put(world, Kind::Network, networks::network(world, id, &json!({"name": own["name"]})));
    let wish = json!({"name": format!("{}-subnet", text(own, "name")), "cidr": own["cidr"], "dhcp": true});
    let subnet = put_subnet(world, id, &network, &wish);
    let gateway = world.all(Kind::Network).find(|one| one["name"] == own["gateway"]).map(|one| one["id"].clone());
    let wish = json!({"name": own["router"], "external_gateway_info": {"network_id": gateway}});
    let router = put(world, Kind::Router, routers::router(world, id, &wish));
    routers::interface(world, &router, &json!({"subnet_id": subnet}), true).expect("a router's interface");
}

fn put_image(world: &mut World, told: &Value) {
    let id = uuid();
    let owner = told["owner"].as_str().and_then(|name| world.project(name)).map_or(OPERATOR, |project| &project.id);
    let mut image = json!({
        "id": id, "name": told["name"], "status": "active", "visibility": told["visibility"].as_str().unwrap_or("public"),
        "owner": owner, "min_disk": told["min_disk"].as_u64().unwrap_or_default(),
        "min_ram": told["min_ram"].as_u64().unwrap_or_default(), "size": 65536, "virtual_size": 65536, "disk_format": "raw",
        "container_format": "bare", "os_hidden": told["hidden"] == true, "protected": false, "tags": [],
        "created_at": now(), "updated_at": now(), "self": format!("/v2/images/{id}"), "file": format!("/v2/images/{id}/file"),
        "schema": "/v2/schemas/image",
    });
    for (name, value) in told["properties"].as_object().into_iter().flatten() {
        image[name] = value.clone();
    }
    world.images.insert(id, image);
}
