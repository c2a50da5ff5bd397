//! Which image a machine would be started from: chosen once for each place, then once more for each kind of size.

use model::offer::{Exclusion, Image, Reason, Size, Snapshot, Standing};
use model::policy::{Pattern, Policy};
use model::request::Machine;

use crate::{Stock, system};

/// The images that may be taken, the best first, without those that need at least as much as a better one: whatever
/// the size, the first that fits is the best that fits. Usually there are one or two.
#[derive(Debug, Default)]
pub(crate) struct Choice {
    pub steps: Vec<Step>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Step {
    /// Where it stands in the snapshot.
    pub image: usize,
    pub disk: u64,
    pub memory: u64,
}

/// Why there is none.
pub(crate) enum Lack {
    None,
    Unusable(usize),
    NotAllowed(usize),
    /// For now.
    SetAside(Box<Exclusion>),
}

impl Choice {
    /// `aside`: exclusions of images.
    pub fn of(
        stock: &Stock,
        snapshot: &Snapshot,
        machine: Option<&Machine>,
        policy: Option<&Policy>,
        aside: &[&Exclusion],
    ) -> Result<Self, Lack> {
        let allowed = policy.and_then(|policy| policy.images.as_deref());
        let is_allowed = |at: usize| {
            allowed.is_none_or(|patterns| {
                patterns.iter().any(|pattern| is_called(pattern, &snapshot.images[at], &stock.systems[at]))
            })
        };
        let mut choice = Self::default();
        let mut lack = Lack::None;
        let mut consider = |at: usize| {
            let image = &snapshot.images[at];
            let step = Step { image: at, disk: image.min_disk.get(), memory: image.min_memory.get() };
            if choice.for_size(step.disk, step.memory).is_some() {
                // A better one needs no more.
            } else if let Some(exclusion) = aside.iter().find(|exclusion| exclusion.image.as_ref() == Some(&image.id)) {
                lack = Lack::SetAside(Box::new((*exclusion).clone()));
            } else if is_allowed(at) {
                choice.steps.push(step);
            } else if matches!(lack, Lack::None) {
                lack = Lack::NotAllowed(at);
            }
        };
        let wanted = machine.and_then(Machine::system);
        match (machine.and_then(|machine| machine.image.as_deref()), &wanted) {
            (Some(wanted), _) => {
                stock.by_age.iter().copied().filter(|at| may_be_named(&snapshot.images[*at], wanted)).for_each(&mut consider);
                let named = |at: &&usize| matches!(snapshot.images[**at].standing, Standing::Unusable { .. });
                let unusable = stock.by_age.iter().filter(named).find(|at| is_named(&snapshot.images[**at], wanted));
                if let (true, Lack::None, Some(at)) = (choice.steps.is_empty(), &lack, unusable) {
                    lack = Lack::Unusable(*at);
                }
            }
            (None, Some(wanted)) => {
                let has = |at: &usize| snapshot.images[*at].system.as_ref().is_some_and(|has| has.is(wanted));
                stock.by_version.iter().copied().filter(has).for_each(&mut consider);
            }
            (None, None) => {
                let offered = |at: &usize| snapshot.images[*at].standing == Standing::Offered;
                stock.by_age.iter().copied().filter(offered).for_each(&mut consider);
            }
        }
        if choice.steps.is_empty() { Err(lack) } else { Ok(choice) }
    }

    pub fn for_size(&self, disk: u64, memory: u64) -> Option<Step> {
        self.steps.iter().copied().find(|step| step.disk <= disk && step.memory <= memory)
    }

    /// The one that needs the least disk, and the one that needs the least memory of those that fit on a disk.
    pub fn least_disk(&self) -> Option<Step> {
        self.steps.iter().copied().min_by_key(|step| step.disk)
    }

    pub fn least_memory(&self) -> Option<Step> {
        self.steps.iter().copied().min_by_key(|step| step.memory)
    }
}

fn is_named(image: &Image, wanted: &str) -> bool {
    image.id == wanted || image.name == wanted || image.community_image.as_deref() == Some(wanted)
}

/// By its identifier whatever can be started; by its names only what is not set aside by its owner or by a newer one.
fn may_be_named(image: &Image, wanted: &str) -> bool {
    match image.standing {
        Standing::Unusable { .. } => false,
        Standing::Superseded { .. } | Standing::Hidden => image.id == wanted,
        Standing::Offered | Standing::Snapshot | Standing::Foreign { .. } => is_named(image, wanted),
    }
}

/// By its name, its identifier in the catalogue, or its system with or without the version.
fn is_called(pattern: &Pattern, image: &Image, system: &str) -> bool {
    let without_version = system.split(':').next().unwrap_or_default();
    let catalogued = image.community_image.as_deref();
    [Some(image.name.as_str()), catalogued, Some(system), Some(without_version)]
        .into_iter()
        .flatten()
        .any(|text| !text.is_empty() && pattern.matches(text))
}

/// Why none of the place's images will do.
pub(crate) fn reason(lack: &Lack, snapshot: &Snapshot, machine: Option<&Machine>, community: &str) -> Reason {
    let named = |at: usize| snapshot.images[at].name.clone();
    match lack {
        Lack::SetAside(exclusion) => Reason::of_exclusion(exclusion),
        Lack::NotAllowed(at) => Reason::ImageNotAllowed { community: community.to_owned(), image: named(*at) },
        Lack::Unusable(at) => {
            let why = match &snapshot.images[*at].standing {
                Standing::Unusable { why } => why.clone(),
                _ => "it cannot be started from".to_owned(),
            };
            Reason::ImageUnusable { image: named(*at), why }
        }
        Lack::None => match snapshot.gaps.iter().find(|gap| gap.part == "images") {
            Some(gap) => Reason::PartMissing { part: gap.part.clone(), why: gap.why.clone() },
            None => no_image(snapshot, machine),
        },
    }
}

fn no_image(snapshot: &Snapshot, machine: Option<&Machine>) -> Reason {
    const MOST: usize = 8;
    let image = machine.and_then(|machine| machine.image.clone());
    let wanted = machine.and_then(Machine::system);
    let offered = snapshot.images.iter().filter(|image| image.standing == Standing::Offered);
    let mut has: Vec<String> = match &image {
        Some(_) => offered.map(|image| image.name.clone()).collect(),
        None => offered.filter_map(|image| image.system.as_ref()).map(system::named).collect(),
    };
    // Other versions of what is wanted are the better news.
    let begins = |text: &String| wanted.as_ref().is_some_and(|wanted| text.split(':').next() == Some(wanted.name.as_str()));
    if has.iter().any(begins) {
        has.retain(begins);
    }
    has.sort();
    has.dedup();
    if has.len() > MOST {
        let more = has.len() - MOST;
        has.truncate(MOST);
        has.push(format!("{more} more"));
    }
    let wanted = image.or_else(|| wanted.as_ref().map(system::named)).unwrap_or_else(|| "any system".to_owned());
    Reason::NoImage { wanted, has }
}

/// As it is shown in an offer: how its facts are known is told where images are listed.
pub(crate) fn shown(image: &Image) -> Image {
    Image { facts: Vec::new(), ..image.clone() }
}

/// What would be started of a size.
pub(crate) fn shown_size(size: &Size) -> Size {
    Size { facts: Vec::new(), ..size.clone() }
}
