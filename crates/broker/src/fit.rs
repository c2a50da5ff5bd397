//! The hard filters: what a service cannot do, with every reason, and the size that wastes least when it can.

use crate::score;
use model::offer::{Exclusion, Reason, Service, Size, Wish};
use model::request::Resources;
use model::{ByteCount, Timestamp};

pub(crate) fn best_size<'s>(
    now: Timestamp,
    wish: &Wish<'_>,
    service: &'s Service,
    exclusions: &[Exclusion],
) -> Result<&'s Size, Vec<Reason>> {
    let mut reasons = place(wish, service);
    reasons.extend(abilities(wish, service));
    reasons.extend(excluded(now, service, exclusions));
    match smallest_that_fits(wish.resources, &service.sizes) {
        Some(size) if reasons.is_empty() => Ok(size),
        Some(_) => Err(reasons),
        None => {
            reasons.extend(too_small(wish.resources, &service.sizes));
            Err(reasons)
        }
    }
}

/// What would be started: of a size that can be divided, only what was asked for.
pub(crate) fn as_offered(asked: &Resources, size: &Size) -> Size {
    if !size.divisible {
        return size.clone();
    }
    let (cores, memory, disk, accelerators) = (asked.cores, asked.memory, asked.disk, asked.accelerators);
    Size { cores, memory, disk, accelerators, ..size.clone() }
}

fn place(wish: &Wish<'_>, service: &Service) -> Vec<Reason> {
    let place = wish.place;
    let mut reasons = Vec::new();
    if let Some(wanted) = place.site.clone().filter(|wanted| *wanted != service.site) {
        reasons.push(Reason::OtherSite { wanted });
    }
    if let Some(wanted) = place.service.clone().filter(|wanted| *wanted != service.name) {
        reasons.push(Reason::OtherService { wanted });
    }
    // No service has projects yet: who wishes for one is told so, instead of being run elsewhere. None is reserved for
    // communities either: who may ask in the name of one was decided before.
    if let Some(wanted) = place.project.clone() {
        reasons.push(Reason::OtherProject { wanted });
    }
    reasons
}

fn abilities(wish: &Wish<'_>, service: &Service) -> Vec<Reason> {
    let mut reasons = Vec::new();
    if wish.container && service.container_engines.is_empty() {
        let told: Vec<&str> =
            service.facts.iter().filter(|fact| fact.name.starts_with("container")).map(|fact| fact.value.as_str()).collect();
        let detail = if told.is_empty() { "none was found".to_owned() } else { told.join("; ") };
        reasons.push(Reason::NoContainerEngine { detail });
    }
    let Resources { nodes, tasks_per_node, .. } = *wish.resources;
    if (nodes > 1 || tasks_per_node > 1) && !service.multi_node {
        reasons.push(Reason::OneNodeOnly { nodes, tasks_per_node });
    }
    reasons
}

fn excluded(now: Timestamp, service: &Service, exclusions: &[Exclusion]) -> Vec<Reason> {
    exclusions
        .iter()
        .filter(|exclusion| exclusion.service == service.name && exclusion.until > now)
        .map(|exclusion| Reason::Excluded { cause: exclusion.cause.clone(), until: exclusion.until })
        .collect()
}

pub(crate) fn fits(asked: &Resources, size: &Size) -> bool {
    size.cores >= asked.cores && size.memory >= asked.memory && size.disk >= asked.disk && size.accelerators >= asked.accelerators
}

fn smallest_that_fits<'s>(asked: &Resources, sizes: &'s [Size]) -> Option<&'s Size> {
    sizes
        .iter()
        .filter(|size| fits(asked, size))
        .min_by(|a, b| score::wasted(asked, a).total_cmp(&score::wasted(asked, b)).then_with(|| a.name.cmp(&b.name)))
}

fn too_small(asked: &Resources, sizes: &[Size]) -> Vec<Reason> {
    let cores = sizes.iter().map(|size| size.cores).fold(0.0, f64::max);
    let memory = sizes.iter().map(|size| size.memory).max().unwrap_or(ByteCount::new(0));
    let disk = sizes.iter().map(|size| size.disk).max().unwrap_or(ByteCount::new(0));
    let accelerators = sizes.iter().map(|size| size.accelerators).max().unwrap_or(0);
    let enough_cores = cores >= asked.cores;
    let mut reasons = Vec::new();
    if !enough_cores {
        reasons.push(Reason::TooFewCores { wanted: asked.cores, largest: cores });
    }
    if memory < asked.memory {
        reasons.push(Reason::TooLittleMemory { wanted: asked.memory, largest: memory });
    }
    if disk < asked.disk {
        reasons.push(Reason::TooLittleDisk { wanted: asked.disk, largest: disk });
    }
    if accelerators < asked.accelerators {
        reasons.push(Reason::TooFewAccelerators { wanted: asked.accelerators, largest: accelerators });
    }
    if reasons.is_empty() {
        reasons.push(Reason::NotInOneSize { sizes: u32::try_from(sizes.len()).unwrap_or(u32::MAX) });
    }
    reasons
}
