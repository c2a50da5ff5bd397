//! How good an offer is. The score is the sum of the terms, and every term is shown.
//!
//! The points of all sizes are computed, the texts only of those that are kept: [`Worth::points`] is the one place
//! where points come from, so that what is shown is what was ranked.

use model::offer::{Confidence, Exclusion, Quota, Service, Term};
use model::policy::Preference;
use model::request::Resources;
use model::{ByteCount, Timestamp};

use crate::Facts;
use crate::gate::{Opened, Roots, Way};
use crate::stock::Columns;
use crate::weather::Record;

/// Points for a service that is all free, or a quota of which nothing is used.
const HEADROOM: f64 = 50.0;
/// Points lost by a size of which nearly nothing is used.
const WASTE: f64 = 30.0;
/// Points lost behind an endless queue.
const QUEUE: f64 = 40.0;
/// The length of a queue that costs half of [`QUEUE`].
const LONG_QUEUE: f64 = 10.0;
/// Points for a service that agreed to give cores to the community, of which none are used.
const SHARE: f64 = 15.0;
/// Points for a public address that is certain to work; half of them where it is likely.
const REACH: f64 = 10.0;
/// Points lost by a service at the moment at which it is tried again after a failure.
const FAILURE: f64 = 20.0;
/// After so many hours half of [`FAILURE`] is forgiven, and so on.
const FORGIVEN_HOURS: f64 = 6.0;
/// Points lost by what starts from a volume: one thing more that has to go well, and that others cannot have then.
const VOLUME: f64 = 5.0;
/// What an administrator's preference can give or take.
const PREFERENCE: f64 = 100.0;

const TERMS: usize = 9;

/// All about a place that its sizes' scores depend on.
pub(crate) struct Worth<'a> {
    asked: &'a Resources,
    columns: &'a Columns,
    roots: Roots,
    room: Room<'a>,
    share: Option<(u64, u64)>,
    preference: Option<&'a Preference>,
    reach: Option<Confidence>,
    /// How many hours ago the last failure was forgotten.
    failed: Option<f64>,
    /// None where no machine was tried lately, which is neither good nor bad.
    record: Option<Record>,
}

enum Room<'a> {
    Service(&'a Service),
    /// Shares of a quota: of the cores, of the memory, of the number of machines.
    Quotas {
        cores: Option<Quota>,
        memory: Option<Quota>,
        instances: Option<Quota>,
    },
}

impl<'a> Worth<'a> {
    pub fn of(now: Timestamp, asked: &'a Resources, facts: &'a Facts<'a>, opened: &'a Opened<'a>) -> Self {
        let stock = &opened.place.stock;
        let (room, reach) = match &opened.way {
            Way::Job(service) => (Room::Service(service), None),
            Way::Machine { snapshot, reach, .. } => {
                let quotas = &snapshot.quotas;
                let room = Room::Quotas { cores: quotas.cores, memory: quotas.memory, instances: quotas.instances };
                (room, *reach)
            }
        };
        let over = |exclusion: &&Exclusion| exclusion.service == stock.service && exclusion.until <= now;
        let ago = facts.exclusions.iter().filter(over).map(|exclusion| now.since(exclusion.until)).min();
        Self {
            asked,
            columns: &stock.columns,
            roots: opened.roots(asked),
            room,
            share: opened.share().map(|(used, agreed, _)| (used, agreed)).filter(|(_, agreed)| *agreed > 0),
            preference: opened
                .policy
                .and_then(|policy| policy.preferences.iter().find(|preference| preference.services.matches(&stock.service))),
            reach,
            record: matches!(opened.way, Way::Machine { .. }).then(|| Record::of(facts.weather, &stock.service)).flatten(),
            failed: ago.map(|ago| ago.as_secs_f64() / 3_600.0),
        }
    }

    pub fn score(&self, row: usize) -> f64 {
        self.points(row).iter().sum()
    }

    /// In the order of [`Self::terms`].
    fn points(&self, row: usize) -> [f64; TERMS] {
        let queue = match self.room {
            Room::Service(service) => {
                let waiting = f64::from(service.usage.waiting);
                0.0 - QUEUE * waiting / (waiting + LONG_QUEUE)
            }
            Room::Quotas { .. } => 0.0,
        };
        [
            self.headroom(row),
            0.0 - WASTE * self.wasted(row),
            if self.is_from_volume(row) { 0.0 - VOLUME } else { 0.0 },
            queue,
            self.share.map_or(0.0, |(used, agreed)| SHARE * left_of(used as f64 + self.columns.cores[row], agreed as f64)),
            self.reach.map_or(0.0, |confidence| match confidence {
                Confidence::Certain => REACH,
                Confidence::Likely => REACH / 2.0,
                Confidence::Guessed => 0.0,
            }),
            self.failed.map_or(0.0, |hours| 0.0 - FAILURE * (-hours / FORGIVEN_HOURS).exp2()),
            self.record.as_ref().map_or(0.0, Record::points),
            self.preference.map_or(0.0, |preference| {
                if preference.points.is_finite() { preference.points.clamp(-PREFERENCE, PREFERENCE) } else { 0.0 }
            }),
        ]
    }

    /// Those that apply here.
    pub fn terms(&self, row: usize) -> Vec<Term> {
        let texts: [(&str, Option<String>); TERMS] = [
            ("headroom", Some(self.headroom_told(row))),
            ("waste", Some(self.waste_told(row))),
            ("volume", self.volume_told(row)),
            ("queue", self.queue_told()),
            ("share", self.share.map(|(used, agreed)| format!("{used} of the {agreed} cores agreed upon here are used"))),
            ("reach", self.reach.map(|confidence| reach_told(confidence).to_owned())),
            ("failures", self.failed.map(|hours| format!("it failed, and was tried again {hours:.1} hours ago"))),
            ("weather", self.record.as_ref().map(Record::told)),
            ("preference", self.preference.map(|preference| preference.why.clone())),
        ];
        let told = texts.into_iter().zip(self.points(row));
        told.filter_map(|((name, detail), points)| Some(Term { name: name.to_owned(), points, detail: detail? })).collect()
    }

    fn headroom(&self, row: usize) -> f64 {
        match &self.room {
            Room::Service(service) if self.is_divisible(row) => {
                let (cores, memory) = self.free(service, row);
                HEADROOM * (cores + memory) / 2.0
            }
            Room::Quotas { .. } => match self.least_left(row) {
                Some(least) => HEADROOM * least,
                None => HEADROOM / 2.0,
            },
            // One size says nothing of how many more there are: neither reward nor punish what is not known.
            Room::Service(_) => HEADROOM / 2.0,
        }
    }

    fn headroom_told(&self, row: usize) -> String {
        let percent = |share: f64| format!("{:.0}%", share * 100.0);
        match &self.room {
            Room::Service(service) if self.is_divisible(row) => {
                let (cores, memory) = self.free(service, row);
                format!("{} of the cores and {} of the memory are free", percent(cores), percent(memory))
            }
            Room::Quotas { .. } => {
                let words = ["cores", "memory", "machines"];
                let known = self.left(row).into_iter().zip(words).filter_map(|(left, word)| Some((left?, word)));
                let told: Vec<String> = known.map(|(left, word)| format!("{} of the {word}", percent(left))).collect();
                match told.as_slice() {
                    [] => "the project's quota is not known".to_owned(),
                    told => format!("of the project's quota it would leave {}; the least counts", told.join(", ")),
                }
            }
            Room::Service(_) => "how much is free here is not known".to_owned(),
        }
    }

    fn free(&self, service: &Service, row: usize) -> (f64, f64) {
        let memory = left_of(service.usage.memory_used.get() as f64, self.columns.memory[row] as f64);
        (left_of(service.usage.cores_used, self.columns.cores[row]), memory)
    }

    /// The shares of the quotas that would be left after it; of what has no end all is left.
    fn left(&self, row: usize) -> [Option<f64>; 3] {
        let Room::Quotas { cores, memory, instances } = &self.room else { return [None; 3] };
        let left = |quota: &Option<Quota>, more: f64| {
            let quota = quota.as_ref()?;
            Some(quota.limit.map_or(1.0, |limit| left_of(quota.used as f64 + more, limit as f64)))
        };
        [left(cores, self.columns.cores[row]), left(memory, self.columns.memory[row] as f64), left(instances, 1.0)]
    }

    fn least_left(&self, row: usize) -> Option<f64> {
        self.left(row).into_iter().flatten().reduce(f64::min)
    }

    /// The share of a size that would lie idle, from 0 to 1: the mean over what the size has of cores, memory and
    /// accelerators. So eight accelerators for one task weigh as much as a machine that is eight times too large.
    fn wasted(&self, row: usize) -> f64 {
        if self.is_divisible(row) {
            return 0.0;
        }
        let parts = [
            (self.asked.cores, self.columns.cores[row]),
            (self.asked.memory.get() as f64, self.columns.memory[row] as f64),
            (f64::from(self.asked.accelerators), f64::from(self.columns.accelerators[row])),
        ];
        let (mut idle, mut counted) = (0.0, 0.0);
        for (used, all) in parts {
            if all > 0.0 {
                (idle, counted) = (idle + left_of(used, all), counted + 1.0);
            }
        }
        if counted > 0.0 { idle / counted } else { 0.0 }
    }

    fn waste_told(&self, row: usize) -> String {
        match self.is_divisible(row) {
            true => "cut to what was asked for".to_owned(),
            false => format!("it would be used to {:.0}%", (1.0 - self.wasted(row)) * 100.0),
        }
    }

    fn is_from_volume(&self, row: usize) -> bool {
        self.roots.is_volume(self.columns.disk[row], self.columns.from_volume[row])
    }

    fn volume_told(&self, row: usize) -> Option<String> {
        let (own, has_none) = (ByteCount::new(self.columns.disk[row]), self.columns.from_volume[row]);
        self.is_from_volume(row).then(|| match has_none {
            true => "it starts from a volume: the size has no disk of its own".to_owned(),
            false => format!("it starts from a volume: the size's own disk has {own}, and {} are wanted", self.asked.disk),
        })
    }

    fn queue_told(&self) -> Option<String> {
        let Room::Service(service) = self.room else { return None };
        Some(format!("{} wait here already", service.usage.waiting))
    }

    fn is_divisible(&self, row: usize) -> bool {
        self.columns.divisible[row]
    }
}

fn reach_told(confidence: Confidence) -> &'static str {
    match confidence {
        Confidence::Certain => "its public address is known to be reachable",
        Confidence::Likely => "its public address is likely to be reachable",
        Confidence::Guessed => "that its public address can be reached is a guess",
    }
}

fn left_of(used: f64, all: f64) -> f64 {
    if all > 0.0 { (1.0 - used / all).clamp(0.0, 1.0) } else { 0.0 }
}
