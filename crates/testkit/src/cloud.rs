//! One OpenStack site that is not real: its behaviour is that of the real ones, which the contract tests of the crate `sites`
//! ask the same questions. It takes milliseconds where the real ones take minutes, and everything that can go wrong between a
//! request and its effect can be made to.
//!
//! It keeps what it has in memory and serves from threads of its own until its handle is dropped: whoever asks it may be
//! killed and started again.
//!
//! What is left out: volumes that Nova makes, snapshots, key pairs, pages of images, bulk requests (but of one kind in Neutron), roles and rules of operators. Who signs in is taken
//! from the bearer unseen.

mod actions;
mod addresses;
mod birth;
mod cinder;
mod glance;
mod groups;
mod http;
mod interfaces;
mod inventory;
mod keystone;
mod kind;
mod machine;
mod mishap;
mod networks;
mod neutron;
mod nova;
mod opening;
mod page;
mod plugs;
mod ports;
mod ranges;
mod routers;
mod scheduler;
mod site;
mod volume;
mod world;

use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant, SystemTime};

use serde_json::{Value, json};

use self::http::{Answer, Reply, Request, Server};
pub use self::inventory::Thing;
pub use self::mishap::Mishap;
use self::mishap::{Planned, failure, operation};
pub use self::site::Site;
use self::world::{Told, World};

/// See the module's own words.
pub struct Cloud {
    world: Arc<Mutex<World>>,
    server: Server,
}

impl Cloud {
    pub fn start(site: Site) -> Self {
        let world = Arc::new(Mutex::new(World::new(&site)));
        let shared = Arc::clone(&world);
        let server = Server::start(move |request| handle(&shared, request));
        Self { world, server }
    }

    /// Keystone's, with its version.
    pub fn url(&self) -> String {
        format!("http://{}/v3", self.server.address)
    }

    /// `host:port`, of all its components.
    pub fn address(&self) -> String {
        self.server.address.to_string()
    }

    /// The next so many requests for this operation. An operation is said as OpenStack's documentation says it:
    /// `POST servers`, `GET servers/detail`, `GET servers/{id}`, `DELETE ports/{id}`, `POST servers/{id}/action os-stop`,
    /// `PUT routers/{id}/add_router_interface`, `POST floatingips`, `POST auth/tokens`; signing in is `POST login`.
    pub fn mishap(&self, operation: &str, times: usize, mishap: Mishap) {
        self.look().planned.push(Planned { operation: operation.to_owned(), left: times, mishap });
    }

    /// How many of those are still to come: a test that meant to be hurt can see whether it was.
    pub fn mishaps_left(&self) -> usize {
        self.look().planned.iter().map(|one| one.left).sum()
    }

    /// Nothing goes wrong any more.
    pub fn calm(&self) {
        let mut world = self.look();
        world.planned.clear();
        world.hidden.clear();
    }

    /// Every operation since this was asked last, and the status that it was answered by.
    pub fn asked(&self) -> Vec<String> {
        self.asked_when().into_iter().map(|(_, asked)| asked).collect()
    }

    /// The same, with the moment at which each was done.
    pub fn asked_when(&self) -> Vec<(SystemTime, String)> {
        std::mem::take(&mut self.look().journal)
    }

    /// Of instances, cores, ram, volumes, gigabytes, port, floatingip, router, network, subnet, security_group or security_group_rule; -1: no
    /// limit.
    pub fn set_quota(&self, project: &str, resource: &str, limit: i64) {
        let mut world = self.look();
        let id = world.project(project).map_or_else(|| project.to_owned(), |one| one.id.clone());
        world.set_quota(&id, resource, limit);
    }

    /// How many more machines find a host, whoever asks for them; `None`: as many as its capacity lets.
    pub fn set_room(&self, room: Option<usize>) {
        self.look().room = room;
    }

    /// The most that is listed on one page; `None`: a thousand machines, and all of everything else.
    pub fn set_page(&self, most: Option<usize>) {
        self.look().page = most;
    }

    /// Whether all addresses of all pools are taken, by whomever.
    pub fn set_dry(&self, is_dry: bool) {
        self.look().is_dry = is_dry;
    }

    /// The images of this name are like that from now on: `set_image("ubuntu", "status", "deactivated")`.
    pub fn set_image(&self, name: &str, field: &str, value: impl Into<Value>) {
        let value = value.into();
        let mut world = self.look();
        for image in world.images.values_mut().filter(|image| image["name"] == name) {
            image[field] = value.clone();
        }
    }

    /// Of machines that are asked for from now on.
    pub fn set_boot(&self, boot: Duration) {
        self.look().boot = boot;
    }

    /// This person (the `sub` of the bearer) is not let in any more, nor believed a token that was given before.
    pub fn refuse(&self, subject: &str) {
        self.look().refused.insert(subject.to_owned());
    }

    pub fn admit(&self, subject: &str) {
        self.look().refused.remove(subject);
    }

    /// All tokens that were given are unknown.
    pub fn end_tokens(&self) {
        self.look().tokens.clear();
    }

    /// Of tokens that are given from now on.
    pub fn set_lifetime(&self, lifetime: Duration) {
        self.look().lifetime = lifetime;
    }

    fn look(&self) -> MutexGuard<'_, World> {
        looked_at(&self.world)
    }
}

/// As it is now.
fn looked_at(world: &Mutex<World>) -> MutexGuard<'_, World> {
    let mut world = world.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    world.settle();
    world
}

fn handle(whole: &Mutex<World>, request: &Request) -> Reply {
    let path: Vec<&str> = request.path.iter().map(String::as_str).collect();
    let (component, path) = match path.split_first() {
        Some((&"v3", rest)) => ("identity", rest),
        Some((&"compute", ["v2.1", rest @ ..])) => ("compute", rest),
        Some((&"network", ["v2.0", rest @ ..])) => ("network", rest),
        Some((&"image", ["v2", rest @ ..])) => ("image", rest),
        Some((&"volume", ["v3", _, rest @ ..])) => ("volume", rest),
        _ => return Reply::Send(versions(request, &path)),
    };
    let mut world = looked_at(whole);
    let origin = format!("http://{}", request.header("host").unwrap_or_default());
    let path = match path {
        [project, rest @ ..] if component == "compute" && world.has_project_in_path && world.project(project).is_some() => rest,
        path => path,
    };
    let operation = operation(request, path);
    let mishap = world.planned.iter_mut().find(|one| one.left > 0 && one.operation == operation).map(|one| {
        one.left -= 1;
        one.mishap.clone()
    });
    let perform = |world: &mut World| {
        let told = perform(world, &origin, component, request, path).unwrap_or_else(|refused| refused);
        world.journal.push((SystemTime::now(), format!("{operation} {}", told.status)));
        told
    };
    let answer = match mishap {
        None => perform(&mut world),
        Some(Mishap::Fails(status)) => failure(component, status),
        Some(Mishap::Busy(seconds)) => failure(component, 429).with("Retry-After", seconds.to_string()),
        Some(Mishap::Hangs) => return Reply::Hang,
        Some(Mishap::Lies) => Answer::new(if request.method == "DELETE" { 204 } else { 202 }, Value::Null),
        Some(Mishap::TokenEnds) => {
            world.tokens.remove(request.header("X-Auth-Token").unwrap_or_default());
            keystone::unauthorized(&origin)
        }
        Some(Mishap::AnswerLost) => {
            perform(&mut world);
            return Reply::Cut;
        }
        Some(Mishap::HangsAfter) => {
            perform(&mut world);
            return Reply::Hang;
        }
        Some(Mishap::FailsAfter(status)) => {
            perform(&mut world);
            failure(component, status)
        }
        Some(Mishap::Slow(pause)) => {
            let answer = perform(&mut world);
            drop(world);
            std::thread::sleep(pause);
            return Reply::Send(answer);
        }
        Some(Mishap::Late(pause)) => {
            drop(world);
            std::thread::sleep(pause);
            return Reply::Send(perform(&mut looked_at(whole)));
        }
        Some(Mishap::Hidden(pause)) => {
            let answer = perform(&mut world);
            if let Some(id) = made(&answer) {
                world.hidden.insert(id, Instant::now() + pause);
            }
            answer
        }
        Some(Mishap::Breaks) => {
            let answer = perform(&mut world);
            let id = made(&answer).unwrap_or_default();
            if let Some(machine) = world.machines.get_mut(&id) {
                machine.fails = true;
            }
            if let Some(volume) = world.volumes.get_mut(&id) {
                volume.fails = true;
            }
            answer
        }
        Some(Mishap::Forgets) => {
            if let Some(machine) = path.get(1).and_then(|id| world.machines.get_mut(*id)) {
                machine.forgets = true;
            }
            perform(&mut world)
        }
        Some(Mishap::Lingers(pause)) => linger(&mut world, &origin, component, request, path, pause).unwrap_or_else(|told| told),
    };
    Reply::Send(answer)
}

/// The identifier of what was made.
fn made(answer: &Answer) -> Option<String> {
    let body = answer.body.as_object()?;
    let id = body.values().find_map(|one| one["id"].as_str()).or_else(|| body.get("image_id")?.as_str());
    id.map(str::to_owned)
}

fn perform(world: &mut World, origin: &str, component: &str, request: &Request, path: &[&str]) -> Told {
    if component == "identity" {
        return keystone::answer(world, origin, request, path);
    }
    let (user, project) = entered(world, origin, request)?;
    match component {
        "compute" => {
            let of_project = if world.has_project_in_path { format!("/{project}") } else { String::new() };
            nova::answer(world, (&project, &user), &format!("{origin}/compute/v2.1{of_project}"), request, path)
        }
        "volume" => cinder::answer(world, (&project, &user), &format!("{origin}/volume/v3/{project}"), request, path),
        "network" => neutron::answer(world, (&project, &format!("{origin}/network/v2.0")), request, path),
        _ => glance::answer(world, &project, request, path),
    }
}

fn linger(world: &mut World, origin: &str, component: &str, request: &Request, path: &[&str], pause: Duration) -> Told {
    let (_, project) = entered(world, origin, request)?;
    if component == "network" {
        return neutron::doom(world, &project, path, Instant::now() + pause);
    }
    let usual = std::mem::replace(&mut world.deletion, pause);
    let answer = perform(world, origin, component, request, path);
    world.deletion = usual;
    answer
}

/// The user and the project of the token.
fn entered(world: &World, origin: &str, request: &Request) -> Result<(String, String), Answer> {
    let token = keystone::known(world, origin, request.header("X-Auth-Token").unwrap_or_default())?;
    // Nova and Neutron let in who is in no project: they find nothing there.
    Ok((token.user, token.project.unwrap_or_default()))
}

/// Where a component says which versions it speaks, to anybody.
fn versions(request: &Request, path: &[&str]) -> Answer {
    let origin = format!("http://{}", request.header("host").unwrap_or_default());
    let told = |id: &str, path: &str| json!({"id": id, "status": "CURRENT", "links": [{"rel": "self", "href": format!("{origin}{path}")}]});
    match path {
        [] => Answer::new(300, json!({"versions": {"values": [told("v3.14", "/v3/")]}})),
        ["compute"] => Answer::new(200, json!({"versions": [told("v2.1", "/compute/v2.1/")]})),
        ["network"] => Answer::new(200, json!({"versions": [told("v2.0", "/network/v2.0/")]})),
        ["image"] => Answer::new(300, json!({"versions": [told("v2.15", "/image/v2/")]})),
        _ => Answer::new(404, Value::String(nova::nowhere("The resource could not be found."))),
    }
}
