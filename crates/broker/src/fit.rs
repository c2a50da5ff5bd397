//! The filters that look at each size, a column at a time.
//!
//! One pass for each filter over two small columns is what a processor does fastest, several sizes at a time; with one
//! loop over everything that is known of a size, a federation of 150,000 sizes took longer than a page may.

use model::ByteCount;
use model::offer::{Accelerator, Quantity, Quotas, Reason};
use model::request::Resources;

use crate::gate::{Opened, Roots, Way, over};
use crate::image::Choice;
use crate::stock::Columns;
use crate::system;

/// What a size lacks; its place in the row of bits that are kept of each size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lack {
    Cores,
    Memory,
    Disk,
    Accelerators,
    AcceleratorKind,
    AcceleratorMemory,
    QuotaCores,
    QuotaMemory,
    Volume,
    ImageDisk,
    ImageMemory,
    Rule,
    Share,
    Excluded,
}

const ALL: [Lack; 14] = [
    Lack::Cores,
    Lack::Memory,
    Lack::Disk,
    Lack::Accelerators,
    Lack::AcceleratorKind,
    Lack::AcceleratorMemory,
    Lack::QuotaCores,
    Lack::QuotaMemory,
    Lack::Volume,
    Lack::ImageDisk,
    Lack::ImageMemory,
    Lack::Rule,
    Lack::Share,
    Lack::Excluded,
];

/// Of each size of a place, what it lacks; used again for the next place.
#[derive(Default)]
pub(crate) struct Marks {
    rows: Vec<u16>,
    counts: [u32; ALL.len()],
}

impl Marks {
    fn clear(&mut self, rows: usize) {
        self.rows.clear();
        self.rows.resize(rows, 0);
        self.counts = [0; ALL.len()];
    }

    fn mark(&mut self, lack: Lack, fails: impl Iterator<Item = bool>) {
        let bit = 1u16 << lack as u16;
        let mut count = 0;
        for (row, fails) in self.rows.iter_mut().zip(fails) {
            *row |= if fails { bit } else { 0 };
            count += u32::from(fails);
        }
        self.counts[lack as usize] = count;
    }

    /// The rows of the sizes that lack nothing.
    pub fn fitting(&self) -> impl Iterator<Item = usize> + '_ {
        self.rows.iter().enumerate().filter(|(_, marks)| **marks == 0).map(|(row, _)| row)
    }

    /// All that each size lacks.
    pub fn of(&mut self, asked: &Resources, opened: &Opened<'_>) {
        let columns = &opened.place.stock.columns;
        self.clear(columns.rows());
        self.resources(asked, opened);
        self.accelerators(opened, columns);
        self.rest(asked, opened);
    }

    /// Whether there are sizes that lack nothing; only then the marks are complete.
    pub fn any_of(&mut self, asked: &Resources, opened: &Opened<'_>) -> bool {
        let columns = &opened.place.stock.columns;
        let has_volumes = opened.roots(asked).has_volumes;
        if !too_small(asked, columns, has_volumes).is_empty() || lacks_accelerator(asked, opened) {
            return false;
        }
        self.clear(columns.rows());
        self.resources(asked, opened);
        self.accelerators(opened, columns);
        if self.rows.contains(&0) {
            self.rest(asked, opened);
        }
        self.rows.contains(&0)
    }

    fn resources(&mut self, asked: &Resources, opened: &Opened<'_>) {
        let columns = &opened.place.stock.columns;
        let (memory, disk, smallest) = (asked.memory.get(), asked.disk.get(), columns.smallest);
        if smallest.cores < asked.cores {
            self.mark(Lack::Cores, columns.cores.iter().map(|cores| *cores < asked.cores));
        }
        if smallest.memory < memory {
            self.mark(Lack::Memory, columns.memory.iter().map(|has| *has < memory));
        }
        if smallest.disk < disk && !opened.roots(asked).has_volumes {
            let disks = columns.disk.iter().zip(&columns.from_volume);
            self.mark(Lack::Disk, disks.map(|(has, from_volume)| (*has < disk) & !from_volume));
        }
        if smallest.accelerators < asked.accelerators {
            self.mark(Lack::Accelerators, columns.accelerators.iter().map(|has| *has < asked.accelerators));
        }
    }

    fn rest(&mut self, asked: &Resources, opened: &Opened<'_>) {
        let columns = &opened.place.stock.columns;
        self.rules(opened);
        if !opened.sizes_aside.is_empty() {
            let stock = &opened.place.stock;
            let is_aside = |row: usize| {
                let name = Some(&stock.size(row).name);
                opened.sizes_aside.iter().any(|exclusion| exclusion.size.as_ref() == name)
            };
            self.mark(Lack::Excluded, (0..columns.rows()).map(is_aside));
        }
        let Way::Machine { snapshot, choice, .. } = &opened.way else { return };
        let quotas = &snapshot.quotas;
        if let Some(left) = quotas.cores.and_then(|quota| quota.left()) {
            self.cores_beyond(Lack::QuotaCores, left, columns);
        }
        if let Some(left) = quotas.memory.and_then(|quota| quota.left()).filter(|left| *left < columns.largest.memory) {
            self.mark(Lack::QuotaMemory, columns.memory.iter().map(|memory| *memory > left));
        }
        self.images(asked, opened.roots(asked), columns, choice, room_for_volumes(quotas));
        if let Some(left) = share_left(opened) {
            self.cores_beyond(Lack::Share, left, columns);
        }
    }

    fn cores_beyond(&mut self, lack: Lack, left: u64, columns: &Columns) {
        let left = left as f64;
        if left < columns.largest.cores {
            self.mark(lack, columns.cores.iter().map(|cores| *cores > left));
        }
    }

    /// Only of sizes that have accelerators: of the others enough is said by their number.
    fn accelerators(&mut self, opened: &Opened<'_>, columns: &Columns) {
        let Some(machine) = opened.machine else { return };
        if let Some(wanted) = machine.accelerator.as_deref() {
            let wanted = system::words(wanted);
            let wrong = columns.kind_words.iter().map(|words| !system::is_accelerator(words, &wanted)).collect();
            self.mark_kinds(Lack::AcceleratorKind, columns, wrong);
        }
        if let Some(wanted) = machine.accelerator_memory {
            let memory = columns.kinds.iter().map(|kind| kind.as_ref().and_then(|kind| kind.memory));
            let wrong = memory.map(|memory| memory.is_none_or(|memory| memory < wanted)).collect();
            self.mark_kinds(Lack::AcceleratorMemory, columns, wrong);
        }
    }

    fn mark_kinds(&mut self, lack: Lack, columns: &Columns, wrong: Vec<bool>) {
        let rows = columns.accelerators.iter().zip(&columns.kind);
        let is_wrong = |kind: &u16| wrong.get(usize::from(*kind)).copied().unwrap_or(true);
        self.mark(lack, rows.map(|(accelerators, kind)| (*accelerators > 0) & is_wrong(kind)));
    }

    /// A size that starts from a volume has a disk of as much as there is room for volumes.
    fn images(&mut self, asked: &Resources, roots: Roots, columns: &Columns, choice: &Choice, room: u64) {
        let least = choice.least_disk().map_or(0, |step| step.disk);
        let volume = asked.disk.get().max(least).max(1);
        let disks = || columns.disk.iter().zip(&columns.from_volume).map(|(disk, from)| (*disk, roots.is_volume(*disk, *from)));
        if room < volume && (columns.any_from_volume || roots.is_volume(columns.smallest.disk, false)) {
            self.mark(Lack::Volume, disks().map(|(_, from_volume)| from_volume));
        }
        if columns.smallest.disk < least {
            self.mark(Lack::ImageDisk, disks().map(|(disk, from_volume)| (disk < least) & !from_volume));
        }
        match choice.steps.as_slice() {
            [step] if step.memory <= columns.smallest.memory => {}
            [step] => self.mark(Lack::ImageMemory, columns.memory.iter().map(|memory| *memory < step.memory)),
            _ => {
                let both = disks().zip(&columns.memory);
                let fails = both.map(|((disk, from_volume), memory)| {
                    let disk = if from_volume { room } else { disk };
                    disk >= least && choice.for_size(disk, *memory).is_none()
                });
                self.mark(Lack::ImageMemory, fails);
            }
        }
    }

    fn rules(&mut self, opened: &Opened<'_>) {
        if opened.rules.iter().all(|(_, has_one)| *has_one) {
            return;
        }
        let stock = &opened.place.stock;
        let fails = (0..stock.columns.rows()).map(|row| {
            let name = &stock.size(row).name;
            let mut naming = opened.rules.iter().filter(|(rule, _)| rule.sizes.matches(name)).peekable();
            naming.peek().is_some() && !naming.any(|(_, has_one)| *has_one)
        });
        self.mark(Lack::Rule, fails);
    }

    /// How many sizes lack something.
    pub fn rejected(&self) -> usize {
        self.rows.iter().filter(|marks| **marks != 0).count()
    }

    /// The most of something that those sizes have which lack it.
    fn most<T: Copy>(&self, lack: Lack, column: &[T], least: T, larger: fn(T, T) -> T) -> T {
        let bit = 1u16 << lack as u16;
        let lacking = self.rows.iter().zip(column).filter(|(marks, _)| **marks & bit != 0);
        lacking.map(|(_, has)| *has).fold(least, larger)
    }

    fn most_bytes(&self, lack: Lack, column: &[u64]) -> ByteCount {
        ByteCount::new(self.most(lack, column, 0, u64::max))
    }

    /// What rules sizes out and how many, those first that rule out the most.
    pub fn reasons(&self, asked: &Resources, opened: &Opened<'_>) -> Vec<(Reason, u32)> {
        let found = ALL.into_iter().map(|lack| (lack, self.counts[lack as usize])).filter(|(_, count)| *count > 0);
        let mut told: Vec<(Reason, u32)> = found.map(|(lack, count)| (reason(self, lack, asked, opened), count)).collect();
        // Stable: of equal weight, what was asked for comes before what follows from it.
        told.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        told
    }
}

/// How long a volume can be had for a machine to start from; zero: none.
pub(crate) fn room_for_volumes(quotas: &Quotas) -> u64 {
    let (number, bytes) = (quotas.volumes, quotas.volume_bytes);
    let none_more = number.is_some_and(|quota| !quota.allows(1));
    if none_more || (number.is_none() && bytes.is_none()) {
        return 0;
    }
    bytes.and_then(|quota| quota.left()).unwrap_or(u64::MAX)
}

/// The cores that an agreement leaves, where it is binding and the use is known.
fn share_left(opened: &Opened<'_>) -> Option<u64> {
    let (used, agreed, binding) = opened.share()?;
    binding.then(|| agreed.saturating_sub(used))
}

/// None of the accelerators that a place has is what is wanted.
fn lacks_accelerator(asked: &Resources, opened: &Opened<'_>) -> bool {
    let Some(machine) = opened.machine.filter(|_| asked.accelerators > 0) else { return false };
    let columns = &opened.place.stock.columns;
    let name = machine.accelerator.as_deref().map(system::words);
    let is_named = |words: &[String]| name.as_ref().is_none_or(|name| system::is_accelerator(words, name));
    let is_large = |kind: &Option<Accelerator>| {
        machine
            .accelerator_memory
            .is_none_or(|least| kind.as_ref().and_then(|kind| kind.memory).is_some_and(|memory| memory >= least))
    };
    !columns.kinds.iter().zip(&columns.kind_words).any(|(kind, words)| is_named(words) && is_large(kind))
}

/// What no size of a place has, whatever else keeps the place from being an offer.
/// `has_volumes`: a disk is as long as one wants.
pub(crate) fn too_small(asked: &Resources, columns: &Columns, has_volumes: bool) -> Vec<Reason> {
    let largest = columns.largest;
    let (memory, disk) = (ByteCount::new(largest.memory), ByteCount::new(largest.disk));
    let lacks_disk = disk < asked.disk && !columns.any_from_volume && !has_volumes;
    [
        (largest.cores < asked.cores).then_some(Reason::TooFewCores { wanted: asked.cores, largest: largest.cores }),
        (memory < asked.memory).then_some(Reason::TooLittleMemory { wanted: asked.memory, largest: memory }),
        lacks_disk.then_some(Reason::TooLittleDisk { wanted: asked.disk, largest: disk }),
        (largest.accelerators < asked.accelerators)
            .then_some(Reason::TooFewAccelerators { wanted: asked.accelerators, largest: largest.accelerators }),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn reason(marks: &Marks, lack: Lack, asked: &Resources, opened: &Opened<'_>) -> Reason {
    let columns = &opened.place.stock.columns;
    let bytes = |column: &[u64]| marks.most_bytes(lack, column);
    let community = || opened.community.unwrap_or_default().to_owned();
    match lack {
        Lack::Cores => Reason::TooFewCores { wanted: asked.cores, largest: marks.most(lack, &columns.cores, 0.0, f64::max) },
        Lack::Memory => Reason::TooLittleMemory { wanted: asked.memory, largest: bytes(&columns.memory) },
        Lack::Disk => Reason::TooLittleDisk { wanted: asked.disk, largest: bytes(&columns.disk) },
        Lack::Accelerators => Reason::TooFewAccelerators {
            wanted: asked.accelerators,
            largest: marks.most(lack, &columns.accelerators, 0, u32::max),
        },
        Lack::AcceleratorKind => other_accelerator(opened),
        Lack::AcceleratorMemory => {
            let wanted = opened.machine.and_then(|machine| machine.accelerator_memory).unwrap_or_default();
            let known = columns.kinds.iter().flatten().filter_map(|kind| kind.memory);
            Reason::TooLittleAcceleratorMemory { wanted, largest: known.max().unwrap_or_default() }
        }
        Lack::Rule => {
            let mut roles: Vec<String> =
                opened.rules.iter().filter(|(_, has_one)| !has_one).flat_map(|(rule, _)| rule.roles.iter().cloned()).collect();
            roles.sort();
            roles.dedup();
            Reason::SizeNotForYou { community: community(), roles }
        }
        Lack::Share => {
            let (used, agreed, _) = opened.share().unwrap_or_default();
            Reason::ShareUsedUp { community: community(), used, agreed }
        }
        Lack::Excluded => opened.sizes_aside.first().map_or(Reason::NoSizes, |exclusion| Reason::of_exclusion(exclusion)),
        Lack::QuotaCores | Lack::QuotaMemory | Lack::Volume | Lack::ImageDisk | Lack::ImageMemory => {
            of_machines(marks, lack, opened)
        }
    }
}

fn of_machines(marks: &Marks, lack: Lack, opened: &Opened<'_>) -> Reason {
    let Way::Machine { snapshot, choice, .. } = &opened.way else { return Reason::NoSizes };
    let (quotas, columns) = (&snapshot.quotas, &opened.place.stock.columns);
    let named = |at: usize| snapshot.images[at].name.clone();
    match (lack, choice.least_disk(), choice.least_memory()) {
        (Lack::QuotaMemory, ..) => over(Quantity::Memory, quotas.memory),
        (Lack::Volume, ..) if quotas.volumes.is_none() && quotas.volume_bytes.is_none() => Reason::NoVolumes,
        (Lack::Volume, ..) if quotas.volumes.is_some_and(|quota| !quota.allows(1)) => over(Quantity::Volumes, quotas.volumes),
        (Lack::Volume, ..) => over(Quantity::VolumeBytes, quotas.volume_bytes),
        (Lack::ImageDisk, Some(step), _) => Reason::ImageNeedsDisk {
            image: named(step.image),
            needs: ByteCount::new(step.disk),
            largest: marks.most_bytes(lack, &columns.disk),
        },
        (Lack::ImageMemory, _, Some(step)) => Reason::ImageNeedsMemory {
            image: named(step.image),
            needs: ByteCount::new(step.memory),
            largest: marks.most_bytes(lack, &columns.memory),
        },
        _ => over(Quantity::Cores, quotas.cores),
    }
}

fn other_accelerator(opened: &Opened<'_>) -> Reason {
    let wanted = opened.machine.and_then(|machine| machine.accelerator.clone()).unwrap_or_default();
    let known = opened.place.stock.columns.kinds.iter().flatten();
    let mut has: Vec<String> = known
        .map(|kind| {
            let words: Vec<&str> = kind.vendor.iter().chain(&kind.model).map(String::as_str).collect();
            words.join(" ")
        })
        .filter(|name| !name.is_empty())
        .collect();
    has.sort();
    has.dedup();
    has.truncate(8);
    Reason::OtherAccelerator { wanted, has }
}
