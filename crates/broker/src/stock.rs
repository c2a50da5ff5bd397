//! What one project offers, arranged for being asked often: made once for each snapshot, shared by all who ask.

use std::cmp::Reverse;
use std::sync::Arc;

use model::offer::{Accelerator, Named, Service, Size, Snapshot, Standing};

use crate::system;

/// The sizes as columns, so that a filter reads eight bytes of each and not all that is known of it; and the images in
/// the order in which they are preferred.
#[derive(Debug)]
pub struct Stock {
    pub(crate) service: String,
    pub(crate) site: String,
    pub(crate) project: Option<Named>,
    pub(crate) community: Option<String>,
    pub(crate) origin: Origin,
    pub(crate) columns: Columns,
    /// Of the images that are offered: the newest version of each system first.
    pub(crate) by_version: Vec<usize>,
    /// Of all images: the newest first.
    pub(crate) by_age: Vec<usize>,
    /// The system of each image, in a word: `ubuntu:22.04`, or nothing.
    pub(crate) systems: Vec<String>,
}

#[derive(Debug)]
pub(crate) enum Origin {
    /// It runs jobs.
    Service(Box<Service>),
    /// It starts machines.
    Project(Arc<Snapshot>),
    /// It should exist, and nobody has seen into it.
    Unseen { why: String },
}

impl Stock {
    pub fn of_service(service: Service) -> Self {
        Self {
            service: service.name.clone(),
            site: service.site.clone(),
            project: None,
            community: None,
            columns: Columns::of(&service.sizes),
            by_version: Vec::new(),
            by_age: Vec::new(),
            systems: Vec::new(),
            origin: Origin::Service(Box::new(service)),
        }
    }

    pub fn of_project(snapshot: Arc<Snapshot>) -> Self {
        let images = &snapshot.images;
        let age = |at: &usize| (Reverse(images[*at].created_at), &images[*at].name, &images[*at].id);
        let mut by_age: Vec<usize> = (0..images.len()).collect();
        by_age.sort_by(|a, b| age(a).cmp(&age(b)));
        let mut by_version: Vec<usize> = by_age.iter().copied().filter(|at| images[*at].standing == Standing::Offered).collect();
        let version = |at: usize| images[at].system.as_ref().and_then(|system| system.version.as_deref());
        // Stable: of one version the newest image stays first.
        by_version.sort_by(|a, b| system::compare(version(*b), version(*a)));
        Self {
            service: snapshot.service.clone(),
            site: snapshot.site.clone(),
            project: Some(snapshot.project.clone()),
            community: snapshot.community.clone(),
            columns: Columns::of(&snapshot.sizes),
            by_version,
            by_age,
            systems: images.iter().map(|image| image.system.as_ref().map(system::named).unwrap_or_default()).collect(),
            origin: Origin::Project(snapshot),
        }
    }

    /// A project that nobody could look into yet; why not.
    pub fn unseen(service: &str, site: &str, project: Option<Named>, community: Option<String>, why: &str) -> Self {
        Self {
            service: service.to_owned(),
            site: site.to_owned(),
            project,
            community,
            origin: Origin::Unseen { why: why.to_owned() },
            columns: Columns::default(),
            by_version: Vec::new(),
            by_age: Vec::new(),
            systems: Vec::new(),
        }
    }

    pub fn service(&self) -> &str {
        &self.service
    }

    pub fn project(&self) -> Option<&Named> {
        self.project.as_ref()
    }

    /// Volumes can be had, or could be if the quota were not used up.
    pub(crate) fn has_volumes(&self) -> bool {
        match &self.origin {
            Origin::Project(snapshot) => snapshot.quotas.volumes.is_some() || snapshot.quotas.volume_bytes.is_some(),
            Origin::Service(_) | Origin::Unseen { .. } => false,
        }
    }

    pub(crate) fn sizes(&self) -> &[Size] {
        match &self.origin {
            Origin::Service(service) => &service.sizes,
            Origin::Project(snapshot) => &snapshot.sizes,
            Origin::Unseen { .. } => &[],
        }
    }

    /// The size in a row of the columns.
    pub(crate) fn size(&self, row: usize) -> &Size {
        &self.sizes()[self.columns.index[row]]
    }

    /// Places are told apart, and listed, by this.
    pub(crate) fn key(&self) -> (&str, &str, Option<&str>) {
        (&self.service, &self.site, self.project.as_ref().map(|project| project.id.as_str()))
    }
}

/// One row for each size, in the order of their names.
#[derive(Debug, Default)]
pub(crate) struct Columns {
    /// Where the size of a row stands in the list that the service gave.
    pub index: Vec<usize>,
    pub cores: Vec<f64>,
    pub memory: Vec<u64>,
    pub disk: Vec<u64>,
    pub from_volume: Vec<bool>,
    pub divisible: Vec<bool>,
    pub accelerators: Vec<u32>,
    /// Which of `kinds` its accelerators are.
    pub kind: Vec<u16>,
    /// What the accelerators of sizes are, each once: a site has few, and comparing texts is dear.
    pub kinds: Vec<Option<Accelerator>>,
    /// The words of each of `kinds`, in lower case.
    pub kind_words: Vec<Vec<String>>,
    pub largest: Extremes,
    pub smallest: Extremes,
    /// Some have no disk of their own.
    pub any_from_volume: bool,
}

/// The most, or the least, that any size has of each: where that decides for all of them, none is looked at. Of disk,
/// what those have that have their own.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Extremes {
    pub cores: f64,
    pub memory: u64,
    pub disk: u64,
    pub accelerators: u32,
}

impl Columns {
    fn of(sizes: &[Size]) -> Self {
        let mut index: Vec<usize> = (0..sizes.len()).collect();
        index.sort_by(|a, b| (&sizes[*a].name, &sizes[*a].id).cmp(&(&sizes[*b].name, &sizes[*b].id)));
        let mut columns = Self::default();
        for size in index.iter().map(|at| &sizes[*at]) {
            columns.cores.push(size.cores);
            columns.memory.push(size.memory.get());
            columns.disk.push(size.disk.get());
            columns.from_volume.push(size.from_volume);
            columns.divisible.push(size.divisible);
            columns.accelerators.push(size.accelerators);
            let known = columns.kinds.iter().position(|kind| *kind == size.accelerator);
            let kind = known.unwrap_or_else(|| {
                columns.kind_words.push(size.accelerator.as_ref().map(system::words_of).unwrap_or_default());
                columns.kinds.push(size.accelerator.clone());
                columns.kinds.len() - 1
            });
            // A site with more kinds than that would be beyond belief; those too many are then of the last one.
            columns.kind.push(u16::try_from(kind).unwrap_or(u16::MAX));
        }
        columns.any_from_volume = columns.from_volume.contains(&true);
        let disks = columns.disk.iter().zip(&columns.from_volume).filter(|(_, from_volume)| !**from_volume);
        let disks = disks.map(|(disk, _)| *disk);
        columns.largest = Extremes {
            cores: columns.cores.iter().copied().fold(0.0, f64::max),
            memory: columns.memory.iter().copied().max().unwrap_or(0),
            disk: disks.clone().max().unwrap_or(0),
            accelerators: columns.accelerators.iter().copied().max().unwrap_or(0),
        };
        columns.smallest = Extremes {
            cores: columns.cores.iter().copied().fold(f64::INFINITY, f64::min),
            memory: columns.memory.iter().copied().min().unwrap_or(0),
            disk: disks.min().unwrap_or(u64::MAX),
            accelerators: columns.accelerators.iter().copied().min().unwrap_or(0),
        };
        columns.index = index;
        columns
    }

    pub fn rows(&self) -> usize {
        self.index.len()
    }
}
