//! The rules once more, written to be obvious: every size of every place by itself, everything sorted, no columns, no
//! early end. The broker must say the same, and its benchmark says how much faster.

use crate::world::{Asked, NOW, World};
use broker::Access;
use model::ByteCount;
use model::offer::{Attachment, Confidence, Image, Quota, Service, Size, Snapshot, Standing, System};
use model::policy::Policy;
use model::request::{Machine, RunKind};

/// What identifies an offer, and its score.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    pub score: f64,
    pub service: String,
    pub project: Option<String>,
    pub size: String,
    pub image: Option<String>,
}

/// All offers, the best first.
pub fn offers(world: &World, asked: &Asked) -> Vec<Found> {
    let mut found = Vec::new();
    for service in &world.services {
        for size in &service.sizes {
            found.extend(job(world, asked, service, size));
        }
    }
    for (snapshot, access) in &world.projects {
        for size in &snapshot.sizes {
            found.extend(machine(world, asked, snapshot, access, size));
        }
    }
    found.sort_by(|a, b| {
        let name = |found: &Found| (found.service.clone(), found.project.clone(), found.size.clone());
        b.score.total_cmp(&a.score).then_with(|| name(a).cmp(&name(b)))
    });
    found
}

fn is(wanted: &Option<String>, has: &str) -> bool {
    wanted.as_ref().is_none_or(|wanted| wanted == has)
}

fn works(world: &World, asked: &Asked, service: &str, site: &str) -> bool {
    let end = NOW.plus(asked.resources.walltime.duration());
    is(&asked.place.service, service)
        && is(&asked.place.site, site)
        && !world.exclusions.iter().any(|one| one.service == service && one.until > NOW)
        && !world.downtimes.iter().any(|one| one.site == site && is(&one.service, service) && one.from < end && one.until > NOW)
}

fn large_enough(asked: &Asked, size: &Size) -> bool {
    size.cores >= asked.resources.cores
        && size.memory >= asked.resources.memory
        && size.accelerators >= asked.resources.accelerators
}

fn one_node(asked: &Asked) -> bool {
    asked.resources.nodes <= 1 && asked.resources.tasks_per_node <= 1
}

fn may_use(policy: Option<&Policy>, service: &str, roles: &[String], size: &Size) -> bool {
    let naming: Vec<_> = policy
        .into_iter()
        .flat_map(|policy| &policy.sizes)
        .filter(|rule| rule.services.as_ref().is_none_or(|services| services.matches(service)) && rule.sizes.matches(&size.name))
        .collect();
    naming.is_empty() || naming.iter().any(|rule| rule.roles.iter().any(|role| roles.contains(role)))
}

fn job(world: &World, asked: &Asked, service: &Service, size: &Size) -> Option<Found> {
    let policy = world.policies.iter().find(|policy| Some(&policy.community) == asked.place.community.as_ref());
    let software = policy.and_then(|policy| policy.software.as_ref());
    let possible = asked.kind != Some(RunKind::Machine)
        && asked.machine.as_ref().is_none_or(|machine| *machine == Machine::default())
        && asked.place.project.is_none()
        && works(world, asked, &service.name, &service.site)
        && (one_node(asked) || service.multi_node)
        && large_enough(asked, size)
        && (size.from_volume || size.disk >= asked.resources.disk)
        && may_use(policy, &service.name, &[], size)
        && asked.container.as_ref().is_none_or(|image| {
            !service.container_engines.is_empty() && software.is_none_or(|all| all.iter().any(|one| one.matches(image)))
        });
    let share = |used: f64, all: f64| if all > 0.0 { (1.0 - used / all).clamp(0.0, 1.0) } else { 0.0 };
    let cores = share(service.usage.cores_used, size.cores);
    let memory = share(service.usage.memory_used.get() as f64, size.memory.get() as f64);
    let waiting = f64::from(service.usage.waiting);
    let score = 25.0 * (cores + memory) - 40.0 * waiting / (waiting + 10.0) - if size.from_volume { 5.0 } else { 0.0 }
        + preference(policy, &service.name)
        + failures(world, &service.name);
    possible.then(|| Found { score, service: service.name.clone(), project: None, size: size.name.clone(), image: None })
}

fn machine(world: &World, asked: &Asked, snapshot: &Snapshot, access: &Access, size: &Size) -> Option<Found> {
    let Access::Granted { roles } = access else { return None };
    let community = snapshot.community.as_ref().or(asked.place.community.as_ref());
    let policy = world.policies.iter().find(|policy| Some(&policy.community) == community);
    let wanted = asked.machine.clone().unwrap_or_default();
    let quotas = &snapshot.quotas;
    let allows = |quota: Option<Quota>, more: u64| quota.is_none_or(|quota| quota.allows(more));
    let project = [&snapshot.project.id, &snapshot.project.name];
    let room = match (quotas.volumes, quotas.volume_bytes) {
        (None, None) => 0,
        (number, _) if !allows(number, 1) => 0,
        (_, bytes) => bytes.and_then(|quota| quota.left()).unwrap_or(u64::MAX),
    };
    let has_volumes = quotas.volumes.is_some() || quotas.volume_bytes.is_some();
    let from_volume = size.from_volume || (has_volumes && size.disk < asked.resources.disk);
    let disk = if from_volume { room } else { size.disk.get() };
    let image = best_image(snapshot, &wanted, policy, disk, size.memory)?;
    let share = policy.and_then(|policy| policy.shares.iter().find(|share| share.service == snapshot.service));
    let used = quotas.cores.map(|quota| quota.used);
    let share = share.zip(used);
    let possible = asked.kind != Some(RunKind::Batch)
        && asked.container.is_none()
        && asked.place.project.as_ref().is_none_or(|wanted| project.contains(&wanted))
        && (asked.place.community.is_none() || asked.place.community == snapshot.community)
        && works(world, asked, &snapshot.service, &snapshot.site)
        && one_node(asked)
        && large_enough(asked, size)
        && disk >= asked.resources.disk.get()
        && (!from_volume || disk >= 1)
        && allows(quotas.instances, 1)
        && allows(quotas.ports, 1)
        && allows(quotas.cores, size.cores as u64)
        && allows(quotas.memory, size.memory.get())
        && may_use(policy, &snapshot.service, roles, size)
        && share.is_none_or(|(share, used)| !share.binding || used + size.cores as u64 <= share.cores)
        && right_accelerator(&wanted, size)
        && reachable(snapshot, wanted.public);
    let score =
        left(quotas, size).map_or(25.0, |left| 50.0 * left) - 30.0 * wasted(asked, size) - if from_volume { 5.0 } else { 0.0 }
            + share
                .filter(|(share, _)| share.cores > 0)
                .map_or(0.0, |(share, used)| 15.0 * (1.0 - (used as f64 + size.cores) / share.cores as f64).clamp(0.0, 1.0))
            + if wanted.public { reach_points(snapshot.reach.confidence) } else { 0.0 }
            + preference(policy, &snapshot.service)
            + failures(world, &snapshot.service);
    possible.then(|| Found {
        score,
        service: snapshot.service.clone(),
        project: Some(snapshot.project.id.clone()),
        size: size.name.clone(),
        image: Some(image.id.clone()),
    })
}

fn best_image<'a>(
    snapshot: &'a Snapshot,
    wanted: &Machine,
    policy: Option<&Policy>,
    disk: u64,
    memory: ByteCount,
) -> Option<&'a Image> {
    let called =
        |image: &Image, text: &str| image.id == text || image.name == text || image.community_image.as_deref() == Some(text);
    let system = |image: &Image, os: &str| {
        let (name, version) = os.split_once(':').map_or((os, None), |(name, version)| (name, Some(version)));
        image.system.as_ref().is_some_and(|has| has.name == name && (version.is_none() || has.version.as_deref() == version))
    };
    let right = |image: &&Image| match (&wanted.image, &wanted.os) {
        (Some(text), _) => match image.standing {
            Standing::Unusable { .. } => false,
            Standing::Hidden | Standing::Superseded { .. } => image.id == *text,
            _ => called(image, text),
        },
        (None, Some(os)) => image.standing == Standing::Offered && system(image, os),
        (None, None) => image.standing == Standing::Offered,
    };
    let allowed = |image: &&Image| {
        let patterns = policy.and_then(|policy| policy.images.as_ref());
        patterns.is_none_or(|patterns| {
            let mut texts = vec![image.name.clone()];
            texts.extend(image.community_image.clone());
            if let Some(System { name, version }) = &image.system {
                texts.push(name.clone());
                texts.extend(version.as_ref().map(|version| format!("{name}:{version}")));
            }
            patterns.iter().any(|pattern| texts.iter().any(|text| pattern.matches(text)))
        })
    };
    let version = |image: &Image| -> Vec<u64> {
        let version = image.system.as_ref().and_then(|system| system.version.clone()).unwrap_or_default();
        version.split('.').filter_map(|part| part.parse().ok()).collect()
    };
    let fits = |image: &&Image| image.min_disk.get() <= disk && image.min_memory <= memory;
    snapshot.images.iter().filter(right).filter(allowed).filter(fits).min_by(|a, b| {
        let by_version = if wanted.os.is_some() { version(b).cmp(&version(a)) } else { std::cmp::Ordering::Equal };
        by_version.then(b.created_at.cmp(&a.created_at)).then_with(|| (&a.name, &a.id).cmp(&(&b.name, &b.id)))
    })
}

fn right_accelerator(wanted: &Machine, size: &Size) -> bool {
    if size.accelerators == 0 {
        return true;
    }
    let words = |text: &str| -> Vec<String> { text.to_lowercase().split([' ', '-']).map(str::to_owned).collect() };
    let has = size.accelerator.as_ref();
    let named = wanted.accelerator.as_ref().is_none_or(|wanted| {
        has.is_some_and(|has| {
            let known = words(&format!("{} {}", has.vendor.clone().unwrap_or_default(), has.model.clone().unwrap_or_default()));
            words(wanted).iter().all(|word| known.contains(word))
        })
    });
    named && wanted.accelerator_memory.is_none_or(|memory| has.and_then(|has| has.memory).is_some_and(|has| has >= memory))
}

fn reachable(snapshot: &Snapshot, public: bool) -> bool {
    let outbound = snapshot.reach.private.iter().any(|one| !matches!(one, Attachment::Isolated { .. }));
    !snapshot.reach.public.is_empty() || (!public && outbound)
}

fn left(quotas: &model::offer::Quotas, size: &Size) -> Option<f64> {
    let wanted = [(quotas.cores, size.cores), (quotas.memory, size.memory.get() as f64), (quotas.instances, 1.0)];
    let left = wanted.into_iter().filter_map(|(quota, more)| {
        let quota = quota?;
        Some(quota.limit.map_or(1.0, |limit| match limit {
            0 => 0.0,
            limit => (1.0 - (quota.used as f64 + more) / limit as f64).clamp(0.0, 1.0),
        }))
    });
    left.min_by(f64::total_cmp)
}

fn wasted(asked: &Asked, size: &Size) -> f64 {
    let mut idle = vec![1.0 - asked.resources.cores / size.cores];
    idle.push(1.0 - asked.resources.memory.get() as f64 / size.memory.get() as f64);
    if size.accelerators > 0 {
        idle.push(1.0 - f64::from(asked.resources.accelerators) / f64::from(size.accelerators));
    }
    idle.iter().map(|idle| idle.clamp(0.0, 1.0)).sum::<f64>() / idle.len() as f64
}

fn reach_points(confidence: Confidence) -> f64 {
    match confidence {
        Confidence::Certain => 10.0,
        Confidence::Likely => 5.0,
        Confidence::Guessed => 0.0,
    }
}

fn preference(policy: Option<&Policy>, service: &str) -> f64 {
    let preferences = policy.map(|policy| policy.preferences.as_slice()).unwrap_or_default();
    preferences.iter().find(|preference| preference.services.matches(service)).map_or(0.0, |preference| preference.points)
}

fn failures(world: &World, service: &str) -> f64 {
    let over = world.exclusions.iter().filter(|one| one.service == service && one.until <= NOW);
    let hours = over.map(|one| NOW.since(one.until).as_secs_f64() / 3_600.0).min_by(f64::total_cmp);
    hours.map_or(0.0, |hours| -20.0 * 0.5f64.powf(hours / 6.0))
}
