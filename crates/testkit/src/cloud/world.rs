//! All that a site has, and how it changes by itself while time passes: looked at by whoever asks next, so that nothing
//! runs in between.

use std::collections::hash_map::RandomState;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::hash::{BuildHasher, Hasher};
use std::time::{Duration, Instant, SystemTime};

use serde_json::{Map, Value};

use super::addresses;
use super::http::Answer;
use super::kind::Kind;
use super::machine::{Flavor, Machine};
use super::mishap::Planned;
use super::scheduler;
use super::site::Site;
use super::volume::Volume;

pub(super) type Table = BTreeMap<String, Value>;

pub(super) struct World {
    pub(super) name: String,
    pub(super) region: String,
    pub(super) protocol: String,
    pub(super) role: String,
    /// Where the path of Nova has the project in it.
    pub(super) has_project_in_path: bool,
    /// People may make no networks, routers and floating addresses.
    pub(super) is_closed: bool,
    pub(super) boot: Duration,
    pub(super) deletion: Duration,
    pub(super) settling: Duration,
    pub(super) domain: String,
    pub(super) projects: Vec<Project>,
    pub(super) flavors: Vec<Flavor>,
    pub(super) images: Table,
    pub(super) machines: BTreeMap<String, Machine>,
    /// There is a Cinder.
    pub(super) has_volumes: bool,
    pub(super) volumes: BTreeMap<String, Volume>,
    pub(super) tables: HashMap<Kind, Table>,
    pub(super) quotas: HashMap<(String, &'static str), i64>,
    /// How many more machines find a host.
    pub(super) room: Option<usize>,
    /// The most on one page of a list.
    pub(super) page: Option<usize>,
    /// No pool has an address left.
    pub(super) is_dry: bool,
    /// Of the largest host, and of all of them.
    pub(super) vcpus: u64,
    pub(super) ram: u64,
    pub(super) accelerators: u64,
    pub(super) tokens: HashMap<String, Token>,
    pub(super) credentials: BTreeMap<String, Value>,
    pub(super) lifetime: Duration,
    pub(super) refused: HashSet<String>,
    pub(super) hidden: HashMap<String, Instant>,
    /// Images that are not there yet.
    pub(super) saving: HashMap<String, Instant>,
    pub(super) doomed: Vec<(Instant, Kind, String)>,
    pub(super) planned: Vec<Planned>,
    pub(super) journal: Vec<(SystemTime, String)>,
}

#[derive(Clone)]
pub(super) struct Project {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) community: String,
    pub(super) is_enabled: bool,
    pub(super) properties: Map<String, Value>,
}

#[derive(Clone)]
pub(super) struct Token {
    pub(super) user: String,
    pub(super) name: String,
    /// What the bearer says of its communities, if anything.
    pub(super) entitlements: Option<Vec<String>>,
    /// By its identifier; none before one was asked for.
    pub(super) project: Option<String>,
    pub(super) expires: SystemTime,
}

/// What Nova, Cinder and Neutron allow where nobody said anything else.
const USUAL: [(&str, i64); 13] = [
    ("instances", 10),
    ("cores", 20),
    ("ram", 51200),
    ("key_pairs", 100),
    ("volumes", 10),
    ("gigabytes", 1000),
    ("network", 100),
    ("subnet", 100),
    ("router", 10),
    ("port", 500),
    ("floatingip", 50),
    ("security_group", 10),
    ("security_group_rule", 100),
];

impl World {
    pub(super) fn new(site: &Site) -> Self {
        let told = &site.told;
        let word = |name: &str| told[name].as_str().unwrap_or_default().to_owned();
        let capacity = |name: &str| told["capacity"][name].as_u64().unwrap_or_default();
        let mut world = Self {
            name: word("name"),
            region: word("region"),
            protocol: told["login"]["protocol"].as_str().unwrap_or("openid").to_owned(),
            role: told["login"]["role"].as_str().unwrap_or("vm_operator").to_owned(),
            has_project_in_path: word("compute_path").contains("project_id"),
            is_closed: told["closed_networks"] == true,
            boot: site.boot,
            deletion: site.deletion,
            settling: site.settling,
            domain: hex(),
            projects: Vec::new(),
            flavors: Vec::new(),
            images: Table::new(),
            machines: BTreeMap::new(),
            has_volumes: told["volumes"] == true,
            volumes: BTreeMap::new(),
            tables: Kind::ALL.into_iter().map(|kind| (kind, Table::new())).collect(),
            quotas: HashMap::new(),
            room: None,
            page: None,
            is_dry: false,
            vcpus: capacity("vcpus"),
            ram: capacity("ram_mb"),
            accelerators: capacity("vgpus") + capacity("pci_gpus"),
            tokens: HashMap::new(),
            credentials: BTreeMap::new(),
            lifetime: Duration::from_secs(3600),
            refused: HashSet::new(),
            hidden: HashMap::new(),
            saving: HashMap::new(),
            doomed: Vec::new(),
            planned: Vec::new(),
            journal: Vec::new(),
        };
        super::opening::open(&mut world, told);
        world
    }

    pub(super) fn table(&mut self, kind: Kind) -> &mut Table {
        self.tables.entry(kind).or_default()
    }

    pub(super) fn all(&self, kind: Kind) -> impl Iterator<Item = &Value> {
        self.tables.get(&kind).into_iter().flat_map(Table::values)
    }

    pub(super) fn quota(&self, project: &str, resource: &'static str) -> i64 {
        let usual = || USUAL.iter().find(|(name, _)| *name == resource).map_or(-1, |(_, limit)| *limit);
        self.quotas.get(&(project.to_owned(), resource)).copied().unwrap_or_else(usual)
    }

    pub(super) fn set_quota(&mut self, project: &str, resource: &str, limit: i64) {
        let known = USUAL.iter().find(|(name, _)| *name == resource);
        let (resource, _) = known.unwrap_or_else(|| panic!("there is no quota of {resource}"));
        self.quotas.insert((project.to_owned(), resource), limit);
    }

    /// What of Neutron's things a project has.
    pub(super) fn used(&self, project: &str, kind: Kind) -> i64 {
        i64::try_from(self.all(kind).filter(|one| one["project_id"] == project).count()).unwrap_or(i64::MAX)
    }

    pub(super) fn is_hidden(&self, id: &str) -> bool {
        self.hidden.get(id).is_some_and(|until| *until > Instant::now())
    }

    pub(super) fn project(&self, id_or_name: &str) -> Option<&Project> {
        self.projects.iter().find(|one| one.id == id_or_name || one.name == id_or_name)
    }

    /// What has come about since somebody looked last.
    pub(super) fn settle(&mut self) {
        let now = Instant::now();
        let due: Vec<String> =
            self.machines.values().filter(|one| one.gone.is_some_and(|at| at <= now)).map(|one| one.id.clone()).collect();
        for id in due {
            if let Some(mut machine) = self.machines.remove(&id) {
                scheduler::release(self, &mut machine);
                if !machine.forgets {
                    machine.volumes.iter().for_each(|volume| self.let_go(volume));
                }
            }
        }
        scheduler::schedule(self, now);
        for machine in self.machines.values_mut() {
            machine.settle(now);
        }
        self.volumes.retain(|_, volume| volume.gone.is_none_or(|at| at > now));
        for volume in self.volumes.values_mut() {
            volume.settle(now);
        }
        for (id, at) in &self.saving {
            if let Some(image) = self.images.get_mut(id).filter(|_| *at <= now) {
                image["status"] = "active".into();
            }
        }
        let (due, later): (Vec<_>, Vec<_>) = std::mem::take(&mut self.doomed).into_iter().partition(|(at, ..)| *at <= now);
        self.doomed = later;
        for (_, kind, id) in due {
            self.erase(kind, &id);
        }
    }

    /// Whatever else hangs on it goes, or lets go.
    pub(super) fn erase(&mut self, kind: Kind, id: &str) {
        self.table(kind).remove(id);
        match kind {
            Kind::Port => {
                for address in self.table(Kind::Address).values_mut().filter(|one| one["port_id"] == id) {
                    addresses::let_go(address);
                }
            }
            Kind::Group => self.table(Kind::Rule).retain(|_, rule| rule["security_group_id"] != id),
            Kind::Network => self.table(Kind::Subnet).retain(|_, subnet| subnet["network_id"] != id),
            _ => {}
        }
    }
}

/// As `uuid4` makes them.
pub(super) fn uuid() -> String {
    let text = hex();
    format!("{}-{}-4{}-a{}-{}", &text[..8], &text[8..12], &text[13..16], &text[17..20], &text[20..])
}

/// 128 bits, as Keystone names things.
pub(super) fn hex() -> String {
    let random = || RandomState::new().build_hasher().finish();
    format!("{:016x}{:016x}", random(), random())
}

pub(super) fn now() -> String {
    stamp(SystemTime::now())
}

/// In whole seconds.
pub(super) fn stamp(at: SystemTime) -> String {
    let since = at.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let millis = i64::try_from(since.as_secs() * 1000).unwrap_or_default();
    model::Timestamp::from_millis(millis).to_string().split('.').next().unwrap_or_default().trim_end_matches('Z').to_owned() + "Z"
}

pub(super) fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value[field].as_str().unwrap_or_default()
}

pub(super) type Told = Result<Answer, Answer>;
