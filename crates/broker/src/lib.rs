//! Which offer: from a wish and what exists now to a plan that says why.
//!
//! Pure functions: no clock, no I/O, no randomness. The same arguments give the same plan, byte for byte, so a plan
//! can be kept, shown and argued about. What exists comes as [`Place`]s: a [`Stock`], which is arranged once for each
//! snapshot and shared, and how the person who asks stands there. Each place goes through the filters that hold for it
//! as a whole (`gate`); of those left, each size goes through the filters of sizes (`fit`), a column at a time. Every
//! size leaves them either as an offer or counted in its place's rejection under everything that rules it out. `score`
//! ranks the offers, `best` keeps the first few, and only those get their terms in words; `counterfactual` says what
//! would have been possible when nothing is. Nothing here knows how a service is spoken to.

mod best;
mod counterfactual;
mod fit;
mod gate;
mod image;
mod place;
mod rejection;
mod score;
mod stock;
mod system;
mod weather;

pub use place::{Access, Place};
pub use stock::Stock;

use best::{Best, Candidate};
use fit::Marks;
use gate::{Asked, Opened, Way};
use model::id::PlanId;
use model::offer::{Downtime, Exclusion, Offer, Plan, Wish};
use model::policy::Policy;
use model::weather::Weather;
use model::{ByteCount, Timestamp};
use score::Worth;

/// So many offers are told in full where nobody says how many.
pub const KEPT: usize = 100;

/// What is known besides what exists.
#[derive(Clone, Copy, Debug, Default)]
pub struct Facts<'a> {
    pub exclusions: &'a [Exclusion],
    pub downtimes: &'a [Downtime],
    pub policies: &'a [Policy],
    /// How operations at services went lately.
    pub weather: &'a [Weather],
}

/// What is asked, and when.
#[derive(Clone, Debug)]
pub struct Question<'a> {
    pub id: PlanId,
    pub now: Timestamp,
    pub wish: Wish<'a>,
    /// How many offers are told in full: see [`KEPT`].
    pub keep: usize,
}

/// Every size of every place is in the plan: among the offers (those that are not kept are counted), or counted in the
/// rejection of its place.
pub fn plan(question: Question<'_>, places: &[Place], facts: &Facts<'_>) -> Plan {
    let Question { id, now, wish, keep } = question;
    let mut places: Vec<&Place> = places.iter().collect();
    places.sort_by(|a, b| a.stock.key().cmp(&b.stock.key()));
    let asked = Asked { now, wish: &wish, facts, explain: true };
    let (mut marks, mut best, mut total) = (Marks::default(), Best::new(keep), 0);
    let mut rejections = Vec::new();
    let mut opened = Vec::with_capacity(places.len());
    for (number, place) in places.iter().enumerate() {
        let open = gate::open(asked, place);
        match &open {
            Err(shut) => rejections.push(rejection::of_place(wish.resources, place, shut)),
            Ok(open) => {
                marks.of(wish.resources, open);
                let worth = Worth::of(now, wish.resources, facts, open);
                for row in marks.fitting() {
                    total += 1;
                    best.push(Candidate { score: worth.score(row), place: number, row });
                }
                rejections.extend(rejection::of_sizes(wish.resources, open, &marks));
            }
        }
        opened.push(open.ok());
    }
    let kept = best.into_sorted().into_iter();
    let offers: Vec<Offer> =
        kept.filter_map(|candidate| Some(offer(asked, opened.get(candidate.place)?.as_ref()?, candidate))).collect();
    let counterfactuals = if total == 0 { counterfactual::find(asked, &places, &opened) } else { Vec::new() };
    Plan { id, created_at: now, offers, offers_total: total, rejections, counterfactuals }
}

fn offer(asked: Asked<'_>, opened: &Opened<'_>, Candidate { score, row, .. }: Candidate) -> Offer {
    let (stock, resources) = (&opened.place.stock, asked.wish.resources);
    let worth = Worth::of(asked.now, resources, asked.facts, opened);
    let mut size = image::shown_size(stock.size(row));
    if size.divisible {
        // Only what was asked for is started.
        let (cores, memory, disk, accelerators) = (resources.cores, resources.memory, resources.disk, resources.accelerators);
        (size.cores, size.memory, size.disk, size.accelerators) = (cores, memory, disk, accelerators);
    }
    let (image, attachment) = match &opened.way {
        Way::Job(_) => (None, None),
        Way::Machine { snapshot, choice, attachment, .. } => {
            size.from_volume = opened.roots(resources).is_volume(size.disk.get(), size.from_volume);
            let room = if size.from_volume { fit::room_for_volumes(&snapshot.quotas) } else { size.disk.get() };
            let step = choice.for_size(room, size.memory.get());
            if let (true, Some(step)) = (size.from_volume, step) {
                size.disk = resources.disk.max(ByteCount::new(step.disk));
            }
            (step.map(|step| image::shown(&snapshot.images[step.image])), Some((*attachment).clone()))
        }
    };
    Offer {
        service: stock.service.clone(),
        site: stock.site.clone(),
        project: stock.project.as_ref().map(|project| project.id.clone()),
        community: stock.community.clone(),
        size,
        image,
        attachment,
        score,
        terms: worth.terms(row),
    }
}
