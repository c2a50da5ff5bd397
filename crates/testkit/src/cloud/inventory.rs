//! A site seen by its administrator: everybody's things, also those that are hidden from everybody.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::kind::Kind;
use super::nova::Asked;
use super::world::{World, text};
use super::{Cloud, addresses, birth, cinder, groups, ports};

/// Anything that somebody may have made.
#[derive(Clone, Debug, PartialEq)]
pub struct Thing {
    pub id: String,
    pub name: String,
    /// The identifier of its project.
    pub project: String,
    /// Empty for machines and volumes.
    pub description: String,
    /// Of machines, volumes and images.
    pub metadata: BTreeMap<String, String>,
    pub status: String,
    /// As its component keeps it.
    pub told: Value,
}

impl Cloud {
    pub fn servers(&self) -> Vec<Thing> {
        let world = self.look();
        let mut all: Vec<_> = world.machines.values().collect();
        all.sort_by_key(|one| one.number);
        let thing = |one: &super::machine::Machine| Thing {
            id: one.id.clone(),
            name: one.name.clone(),
            project: one.project.clone(),
            description: String::new(),
            metadata: metadata(&one.metadata),
            status: one.status().to_owned(),
            told: json!({
                "user_id": one.user, "user_data": one.user_data, "flavor": one.flavor.name, "image": one.image,
                "ports": one.ports.iter().map(|(id, _)| id).collect::<Vec<_>>(), "task_state": one.task, "fault": one.fault.as_ref().map(|(_, why)| why),
            }),
        };
        all.into_iter().map(thing).collect()
    }

    pub fn ports(&self) -> Vec<Thing> {
        self.things(Kind::Port)
    }

    /// Also those that every project has.
    pub fn groups(&self) -> Vec<Thing> {
        self.things(Kind::Group)
    }

    /// The floating ones.
    pub fn addresses(&self) -> Vec<Thing> {
        self.things(Kind::Address)
    }

    pub fn networks(&self) -> Vec<Thing> {
        self.things(Kind::Network)
    }

    pub fn subnets(&self) -> Vec<Thing> {
        self.things(Kind::Subnet)
    }

    pub fn routers(&self) -> Vec<Thing> {
        self.things(Kind::Router)
    }

    pub fn images(&self) -> Vec<Thing> {
        self.look().images.values().map(thing).collect()
    }

    pub fn volumes(&self) -> Vec<Thing> {
        let world = self.look();
        let mut all: Vec<_> = world.volumes.values().collect();
        all.sort_by_key(|one| one.number);
        let thing = |one: &super::volume::Volume| Thing {
            id: one.id.clone(),
            name: one.name.as_str().unwrap_or_default().to_owned(),
            project: one.project.clone(),
            description: String::new(),
            metadata: metadata(&one.metadata),
            status: one.status.to_owned(),
            told: json!({"size": one.size, "image": one.image, "server": one.attachment.as_ref().map(|at| &at.server)}),
        };
        all.into_iter().map(thing).collect()
    }

    fn things(&self, kind: Kind) -> Vec<Thing> {
        self.look().all(kind).map(thing).collect()
    }

    /// The identifier of a project.
    #[track_caller]
    pub fn project(&self, name: &str) -> String {
        self.look().project(name).unwrap_or_else(|| panic!("there is no project {name}")).id.clone()
    }

    #[track_caller]
    pub fn flavor(&self, name: &str) -> String {
        let world = self.look();
        world.flavors.iter().find(|one| one.name == name).unwrap_or_else(|| panic!("there is no flavor {name}")).id.clone()
    }

    /// What it is called among sites.
    pub fn name(&self) -> String {
        self.look().name.clone()
    }

    /// Somebody else of the same community has a machine with a port, a group and (where there are any) a floating address
    /// in this project: all that it has. Nobody but they may touch them.
    #[track_caller]
    pub fn put_neighbour(&self, project: &str) -> Vec<Thing> {
        let project = self.project(project);
        let ids = neighbour(&mut self.look(), &project);
        self.all().into_iter().filter(|one| ids.contains(&one.id)).collect()
    }

    /// Machines, volumes, ports, groups, addresses, networks, subnets and routers of everybody.
    pub fn all(&self) -> Vec<Thing> {
        let kinds = [Kind::Port, Kind::Group, Kind::Address, Kind::Network, Kind::Subnet, Kind::Router];
        self.servers().into_iter().chain(self.volumes()).chain(kinds.into_iter().flat_map(|kind| self.things(kind))).collect()
    }
}

fn metadata(told: &Map<String, Value>) -> BTreeMap<String, String> {
    told.iter().map(|(name, value)| (name.clone(), value.as_str().unwrap_or_default().to_owned())).collect()
}

fn thing(one: &Value) -> Thing {
    let is_own = |name: &String| name.starts_with("roadstead");
    let metadata = one.as_object().into_iter().flatten().filter(|(name, _)| is_own(name));
    Thing {
        id: text(one, "id").to_owned(),
        name: text(one, "name").to_owned(),
        project: one["project_id"].as_str().or_else(|| one["owner"].as_str()).unwrap_or_default().to_owned(),
        description: text(one, "description").to_owned(),
        metadata: metadata.map(|(name, value)| (name.clone(), value.as_str().unwrap_or_default().to_owned())).collect(),
        status: text(one, "status").to_owned(),
        told: one.clone(),
    }
}

fn neighbour(world: &mut World, project: &str) -> Vec<String> {
    let mark = "of somebody else";
    let mut ids = Vec::new();
    let mut put = |world: &mut World, kind: Kind, made: (String, Value)| {
        world.table(kind).insert(made.0.clone(), made.1);
        ids.push(made.0.clone());
        made.0
    };
    let group = groups::group(world, project, &json!({"name": "neighbour", "description": mark}), false);
    let group = put(world, Kind::Group, group.expect("a neighbour's group"));
    let network = world.all(Kind::Network).find(|one| one["project_id"] == project || one["shared"] == true);
    let network = network.map(|one| text(one, "id").to_owned());
    let mut wanted = json!("none");
    if let Some(network) = network {
        let wish = json!({"network_id": network, "name": "neighbour", "description": mark, "security_groups": [group]});
        let port = ports::port(world, project, &wish);
        let port = put(world, Kind::Port, port.expect("a neighbour's port"));
        wanted = json!([{"port": port}]);
        let pool = world.all(Kind::Network).find(|one| one["router:external"] == true).map(|one| one["id"].clone());
        let wish = json!({"floating_network_id": pool, "port_id": port, "description": mark});
        if let Ok(address) = addresses::address(world, project, &wish, false) {
            put(world, Kind::Address, address);
        }
    }
    let flavor = world.flavors.iter().filter(|one| one.specs.is_empty()).min_by_key(|one| (one.disk == 0, one.ram));
    let flavor = flavor.expect("a flavor").clone();
    let image =
        world.images.values().find(|one| one["visibility"] == "public" && one["min_disk"] == 0 && one["bed_fault"].is_null());
    let image = image.map(|one| one["id"].clone());
    let mut wish = json!({"name": "neighbour", "flavorRef": flavor.id, "networks": wanted, "metadata": {"owner": mark}});
    if flavor.disk > 0 {
        wish["imageRef"] = image.into();
    } else {
        let volume =
            cinder::put(world, project, &json!({"name": "neighbour", "size": 1, "imageRef": image, "metadata": {"owner": mark}}));
        wish["block_device_mapping_v2"] =
            json!([{"boot_index": 0, "source_type": "volume", "destination_type": "volume", "uuid": volume}]);
        ids.push(volume);
    }
    let body = json!({"server": wish});
    let asked = Asked { project, user: "neighbour", version: (2, 61), base: "", body: &body };
    let made = birth::create(world, &asked).expect("a neighbour's machine");
    ids.push(text(&made.body["server"], "id").to_owned());
    ids
}
