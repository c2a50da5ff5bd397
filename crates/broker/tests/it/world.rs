//! Federations and wishes, made from a number: the same number, the same world. The benchmark uses them too.

#![allow(clippy::expect_used, reason = "a test's own texts are right")]

use std::sync::Arc;
use std::time::Duration;

use broker::{Access, Facts, Place, Stock};
use model::offer::{
    Accelerator, AcceleratorKind, Attachment, Confidence, Downtime, Exclusion, Gap, Image, Named, Obstacle, Quota, Quotas, Reach,
    Service, ServiceUsage, Size, Snapshot, Standing, System, Wish,
};
use model::policy::{Pattern, Policy, Preference, Share, SizeRule};
use model::request::{Machine, Resources, RunKind, Where};
use model::{ByteCount, Timestamp};

pub const NOW: Timestamp = Timestamp::from_millis(1_000_000_000);
const SYSTEMS: [(&str, &[&str]); 5] = [
    ("ubuntu", &["18.04", "20.04", "22.04", "24.04"]),
    ("debian", &["9", "10", "11", "12"]),
    ("rocky", &["8", "9.3"]),
    ("centos", &["7"]),
    ("cirros", &["0.6"]),
];
const ACCELERATORS: [(&str, &str, u64); 5] = [
    ("NVIDIA", "A100-SXM4-40GB", 40),
    ("NVIDIA", "A100", 80),
    ("NVIDIA", "V100", 16),
    ("NVIDIA", "T4", 16),
    ("AMD", "MI100", 32),
];

/// splitmix64: small, and good enough to make things unlike each other.
pub struct Dice(pub u64);

impl Dice {
    pub fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % end.max(1)
    }

    pub fn one_in(&mut self, many: u64) -> bool {
        self.below(many) == 0
    }

    pub fn of<T: Clone>(&mut self, all: &[T]) -> T {
        all[self.below(all.len() as u64) as usize].clone()
    }
}

/// Everything that a plan is made from, as data that a second implementation can read.
#[derive(Clone, Debug)]
pub struct World {
    pub services: Vec<Service>,
    pub projects: Vec<(Arc<Snapshot>, Access)>,
    pub exclusions: Vec<Exclusion>,
    pub downtimes: Vec<Downtime>,
    pub policies: Vec<Policy>,
}

impl World {
    pub fn of(dice: &mut Dice, projects: u64, sizes: u64) -> Self {
        let projects = (0..projects).map(|number| project(dice, number, sizes)).collect();
        let service = |dice: &mut Dice, number: u64| Service {
            name: format!("service{number}"),
            site: format!("site{number}"),
            driver: "local".to_owned(),
            sizes: vec![Size { divisible: true, ..size(dice, 0) }],
            facts: Vec::new(),
            container_engines: if dice.one_in(2) { vec!["podman".to_owned()] } else { Vec::new() },
            multi_node: dice.one_in(2),
            usage: ServiceUsage { cores_used: dice.below(8) as f64, waiting: dice.below(20) as u32, ..ServiceUsage::default() },
            standing: None,
            seen_at: NOW,
        };
        let until = |dice: &mut Dice| Timestamp::from_millis(NOW.millis() + dice.below(20_000_000) as i64 - 10_000_000);
        let exclusion = |dice: &mut Dice| {
            let service = format!("cloud{}", dice.below(20));
            Exclusion::of_service(service, "it failed", until(dice))
        };
        let downtime = |dice: &mut Dice| {
            let number = dice.below(30);
            let service = if dice.one_in(2) { Some(format!("cloud{number}")) } else { None };
            let from = until(dice);
            Downtime {
                site: format!("site{number}"),
                service,
                from,
                until: from.plus(Duration::from_secs(5_000)),
                why: "power".to_owned(),
            }
        };
        Self {
            services: (0..2).map(|number| service(dice, number)).collect(),
            projects,
            exclusions: (0..3).map(|_| exclusion(dice)).collect(),
            downtimes: (0..3).map(|_| downtime(dice)).collect(),
            policies: (0..4).map(|number| policy(dice, number)).collect(),
        }
    }

    pub fn places(&self) -> Vec<Place> {
        let open = self.services.iter().map(|service| Place::open(Arc::new(Stock::of_service(service.clone()))));
        let projects = self.projects.iter();
        let projects = projects
            .map(|(snapshot, access)| Place { stock: Arc::new(Stock::of_project(snapshot.clone())), access: access.clone() });
        open.chain(projects).collect()
    }

    pub fn facts(&self) -> Facts<'_> {
        Facts { exclusions: &self.exclusions, downtimes: &self.downtimes, policies: &self.policies, ..Facts::default() }
    }
}

fn size(dice: &mut Dice, number: u64) -> Size {
    let cores = 1u64 << dice.below(7);
    let from_volume = dice.one_in(6);
    let accelerators = if dice.one_in(5) { 1 << dice.below(4) } else { 0 };
    let accelerator = (accelerators > 0 && !dice.one_in(4)).then(|| {
        let (vendor, model, memory) = dice.of(&ACCELERATORS);
        Accelerator {
            kind: AcceleratorKind::Passthrough,
            vendor: Some(vendor.to_owned()),
            model: Some(model.to_owned()),
            memory: (!dice.one_in(4)).then(|| ByteCount::gibi(memory)),
        }
    });
    let disk = if from_volume { 0 } else { 10 << dice.below(5) };
    Size {
        name: format!("{}{number:03}", if accelerators > 0 { "gpu" } else { "std" }),
        id: Some(format!("f{number}")),
        cores: cores as f64,
        memory: ByteCount::gibi(cores << dice.below(4)),
        disk: ByteCount::gibi(disk),
        accelerators,
        from_volume,
        accelerator,
        ..Size::default()
    }
}

fn image(dice: &mut Dice, number: u64) -> Image {
    let (name, versions) = dice.of(&SYSTEMS);
    let system = (!dice.one_in(8))
        .then(|| System { name: name.to_owned(), version: (!dice.one_in(6)).then(|| dice.of(versions).to_owned()) });
    let standing = match dice.below(12) {
        0 => Standing::Superseded { by: "another".to_owned() },
        1 => Standing::Hidden,
        2 => Standing::Snapshot,
        3 => Standing::Unusable { why: "deactivated".to_owned() },
        4 => Standing::Foreign { owner: "somebody".to_owned() },
        _ => Standing::Offered,
    };
    Image {
        id: format!("image{number}"),
        name: format!("{name} {}", dice.below(6)),
        system,
        architecture: None,
        login_user: None,
        min_disk: ByteCount::gibi(dice.of(&[0, 2, 8, 10, 20, 40])),
        min_memory: ByteCount::gibi(dice.of(&[0, 0, 1, 2, 8])),
        bytes: None,
        community_image: dice.one_in(3).then(|| format!("registry.example/{name}:{}", dice.below(3))),
        created_at: (!dice.one_in(9)).then(|| Timestamp::from_millis(dice.below(50) as i64)),
        standing,
        facts: Vec::new(),
        conflicts: Vec::new(),
    }
}

fn quota(dice: &mut Dice, most: u64) -> Option<Quota> {
    (!dice.one_in(6)).then(|| {
        let limit = dice.below(most);
        Quota { used: dice.below(limit + 2), limit: (!dice.one_in(6)).then_some(limit) }
    })
}

fn reach(dice: &mut Dice) -> Reach {
    let named = |name: &str| Named { id: name.to_owned(), name: name.to_owned() };
    let public = dice.one_in(2).then(|| Attachment::Direct { network: named("public"), versions: vec![4] });
    let private = match dice.below(5) {
        0 => None,
        1 => Some(Attachment::Isolated { network: named("alone") }),
        _ => Some(Attachment::Outbound { network: named("private") }),
    };
    Reach {
        public: public.into_iter().collect(),
        private: private.into_iter().collect(),
        untried: Vec::new(),
        spare_addresses: Vec::new(),
        obstacles: vec![Obstacle::NoFloatingAddresses { used: 2, limit: 2 }],
        confidence: dice.of(&[Confidence::Guessed, Confidence::Likely, Confidence::Certain]),
    }
}

fn project(dice: &mut Dice, number: u64, sizes: u64) -> (Arc<Snapshot>, Access) {
    let sizes = if dice.one_in(20) { Vec::new() } else { (0..sizes).map(|number| size(dice, number)).collect() };
    let images = (0..dice.below(40)).map(|number| image(dice, number)).collect();
    let access = match dice.below(10) {
        0 => Access::Refused { why: "you are no member.".to_owned(), remedy: "Join.".to_owned() },
        1 => Access::Unknown { why: "it was not asked yet".to_owned() },
        _ => Access::Granted { roles: if dice.one_in(2) { vec!["operator".to_owned()] } else { Vec::new() } },
    };
    let snapshot = Snapshot {
        // Some services have several projects.
        service: format!("cloud{}", number - number % 3 / 2),
        site: format!("site{}", number - number % 3 / 2),
        project: Named { id: format!("p{number}"), name: format!("project {number}") },
        community: (!dice.one_in(9)).then(|| format!("community{}", dice.below(6))),
        sizes,
        images,
        networks: Vec::new(),
        reach: reach(dice),
        quotas: Quotas {
            instances: quota(dice, 40),
            cores: quota(dice, 400),
            memory: quota(dice, 2_000 << 30),
            ports: quota(dice, 200),
            volumes: quota(dice, 20),
            volume_bytes: quota(dice, 500 << 30),
            ..Quotas::default()
        },
        zones: Vec::new(),
        gaps: if dice.one_in(9) {
            vec![Gap { part: "images".to_owned(), why: "it did not answer".to_owned() }]
        } else {
            Vec::new()
        },
        seen_at: NOW,
        seen_with: "the operator's credentials".to_owned(),
    };
    (Arc::new(snapshot), access)
}

fn policy(dice: &mut Dice, number: u64) -> Policy {
    let pattern = |text: &str| text.parse::<Pattern>().expect("a pattern");
    let rule = |dice: &mut Dice| SizeRule {
        sizes: pattern(dice.of(&["gpu*", "*1", "std00*"])),
        services: dice.one_in(2).then(|| pattern("cloud1*")),
        roles: vec![dice.of(&["operator", "manager"]).to_owned()],
    };
    let share =
        |dice: &mut Dice| Share { service: format!("cloud{}", dice.below(20)), cores: dice.below(300), binding: dice.one_in(2) };
    let preference = Preference {
        services: pattern(&format!("cloud{}*", dice.below(3))),
        points: dice.below(41) as f64 - 20.0,
        why: "near".to_owned(),
    };
    let many = |dice: &mut Dice| 0..dice.below(3);
    Policy {
        community: format!("community{number}"),
        images: dice.one_in(3).then(|| vec![pattern("ubuntu*"), pattern("registry.example/*:1")]),
        software: dice.one_in(2).then(|| vec![pattern("allowed*")]),
        sizes: many(dice).map(|_| rule(dice)).collect(),
        shares: many(dice).map(|_| share(dice)).collect(),
        preferences: vec![preference],
    }
}

/// A wish that owns what it is made of.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    pub kind: Option<RunKind>,
    pub resources: Resources,
    pub place: Where,
    pub container: Option<String>,
    pub machine: Option<Machine>,
}

impl Asked {
    pub fn wish(&self) -> Wish<'_> {
        Wish {
            kind: self.kind,
            resources: &self.resources,
            place: &self.place,
            container: self.container.as_deref(),
            machine: self.machine.as_ref(),
        }
    }

    /// Mostly of machines.
    pub fn of(dice: &mut Dice) -> Self {
        let kind = dice.of(&[None, Some(RunKind::Machine), Some(RunKind::Machine), Some(RunKind::Batch)]);
        let accelerators = if dice.one_in(4) { 1 << dice.below(3) } else { 0 };
        let resources = Resources {
            cores: dice.of(&[0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 100.0]),
            memory: ByteCount::gibi(dice.of(&[1, 2, 4, 16, 64, 256])),
            disk: ByteCount::gibi(dice.of(&[0, 1, 20, 100])),
            accelerators,
            nodes: if dice.one_in(20) { 2 } else { 1 },
            ..Resources::default()
        };
        let rarely = |dice: &mut Dice, text: String| dice.one_in(12).then_some(text);
        let number = dice.below(20);
        let place = Where {
            site: rarely(dice, format!("site{number}")),
            service: rarely(dice, format!("cloud{number}")),
            project: rarely(dice, format!("project {number}")),
            community: if dice.one_in(4) { Some(format!("community{}", dice.below(6))) } else { None },
        };
        let batch = kind == Some(RunKind::Batch);
        let machine = (!batch && !dice.one_in(3)).then(|| {
            let (system, versions) = dice.of(&SYSTEMS);
            let mut machine = Machine { public: dice.one_in(3), ..Machine::default() };
            match dice.below(6) {
                0 => machine.image = Some(format!("image{}", dice.below(40))),
                1 => machine.image = Some(format!("{system} {}", dice.below(6))),
                2 => {}
                3 => machine.os = Some(system.to_owned()),
                _ => machine.os = Some(format!("{system}:{}", dice.of(versions))),
            }
            if accelerators > 0 && dice.one_in(2) {
                machine.accelerator = Some(dice.of(&["a100", "nvidia v100", "AMD", "h200"]).to_owned());
                machine.accelerator_memory = dice.one_in(2).then(|| ByteCount::gibi(40));
            }
            machine
        });
        let container = (batch && dice.one_in(2)).then(|| dice.of(&["allowed/one", "other"]).to_owned());
        Self { kind, resources, place, container, machine }
    }
}
