//! What strikes when. A schedule is enumerated by its number, and written and read as one line.

use std::fmt;
use std::str::FromStr;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Setup {
    Sqlite,
    PostgresOne,
    PostgresThree,
}

impl Setup {
    pub const ALL: [Setup; 3] = [Setup::Sqlite, Setup::PostgresOne, Setup::PostgresThree];

    pub fn gateways(self) -> usize {
        if self == Setup::PostgresThree { 3 } else { 1 }
    }

    fn name(self) -> &'static str {
        match self {
            Setup::Sqlite => "sqlite",
            Setup::PostgresOne => "postgres-1",
            Setup::PostgresThree => "postgres-3",
        }
    }
}

/// What a gateway does to itself: it is killed, or stopped, when it passes `point` for the `nth` time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    pub point: String,
    pub nth: u32,
    pub stop: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whom {
    Pilot,
    /// A pilot and the first gateway, at once.
    Both,
}

/// What is killed from outside, so long after the runs were asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Blow {
    pub whom: Whom,
    pub after_ms: u64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    pub setup: Setup,
    /// Of the first gateway's lives, one after the other; then it lives without.
    pub faults: Vec<Fault>,
    pub blow: Option<Blow>,
}

const POINTS: &[&str] = &[
    "flow.before_step",
    "flow.before_commit",
    "flow.after_commit",
    "runs.before_create_commit",
    "runs.after_create_commit",
    "runs.before_intent",
    "runs.before_effect",
    "runs.after_effect",
    "runs.after_enrolment",
    "runs.before_lease_commit",
    "runs.after_lease_commit",
    "runs.before_report_commit",
    "runs.after_report_commit",
    "runs.before_removal",
    "runs.after_removal",
    "flow.before_undo",
    "flow.before_undo_commit",
];
/// Up to this often every point strikes by itself; what a little load passes more often is left to chance.
const ROUNDS: u32 = 5;

/// Every point once, then every point at its second passing, …; with each round blows from outside. What is asked for
/// beyond that is put together by chance, the same at every call.
pub fn enumerate(setup: Setup, count: usize) -> Vec<Schedule> {
    let schedule = |faults: Vec<Fault>, blow| Schedule { setup, faults, blow };
    let mut all = Vec::new();
    for nth in 1..=ROUNDS {
        for point in POINTS {
            let fault = |stop| Fault { point: (*point).to_owned(), nth, stop };
            all.push(schedule(vec![fault(false)], None));
            // Frozen while the others go on; one gateway alone would only be late.
            if setup == Setup::PostgresThree && nth <= 2 {
                all.push(schedule(vec![fault(true)], None));
            }
        }
        for (whom, after_ms) in [(Whom::Pilot, 0), (Whom::Both, 40)] {
            all.push(schedule(Vec::new(), Some(Blow { whom, after_ms: after_ms + u64::from(nth - 1) * 130 })));
        }
        // A lost pilot makes flows turn back with everything in their hands.
        for point in ["flow.before_undo", "flow.before_undo_commit", "runs.before_removal", "runs.after_removal"] {
            let blow = Blow { whom: Whom::Pilot, after_ms: 30 };
            all.push(schedule(vec![Fault { point: point.to_owned(), nth, stop: false }], Some(blow)));
        }
    }
    let mut chance = Chance(0x005e_ed00 + setup.gateways() as u64);
    while all.len() < count {
        all.push(by_chance(setup, &mut chance));
    }
    all.truncate(count);
    all
}

fn by_chance(setup: Setup, chance: &mut Chance) -> Schedule {
    let lives = 1 + chance.below(3);
    let faults = (0..lives).map(|_| Fault {
        point: POINTS[chance.below(POINTS.len() as u64) as usize].to_owned(),
        nth: 1 + chance.below(24) as u32,
        stop: setup == Setup::PostgresThree && chance.below(3) == 0,
    });
    let faults = faults.collect();
    let blow = match chance.below(4) {
        0 => Some(Blow { whom: Whom::Pilot, after_ms: chance.below(1_500) }),
        1 => Some(Blow { whom: Whom::Both, after_ms: chance.below(1_500) }),
        _ => None,
    };
    Schedule { setup, faults, blow }
}

/// SplitMix64: the same numbers everywhere.
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % bound
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}{}", self.point, self.nth, if self.stop { ":stop" } else { "" })
    }
}

impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.setup.name())?;
        for fault in &self.faults {
            write!(f, " {fault}")?;
        }
        match self.blow {
            Some(Blow { whom: Whom::Pilot, after_ms }) => write!(f, " pilot@{after_ms}"),
            Some(Blow { whom: Whom::Both, after_ms }) => write!(f, " both@{after_ms}"),
            None => Ok(()),
        }
    }
}

impl FromStr for Schedule {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut words = text.split_whitespace();
        let setup = words.next().unwrap_or_default();
        let setup = Setup::ALL.into_iter().find(|known| known.name() == setup).ok_or(format!("no setup `{setup}`"))?;
        let mut schedule = Schedule { setup, faults: Vec::new(), blow: None };
        for word in words {
            match word.split_once('@') {
                Some((whom, after)) => {
                    let whom = if whom == "both" { Whom::Both } else { Whom::Pilot };
                    schedule.blow = Some(Blow { whom, after_ms: after.parse().map_err(|_| format!("`{word}`"))? });
                }
                None => {
                    let mut parts = word.split(':');
                    let point = parts.next().unwrap_or_default().to_owned();
                    let nth = parts.next().and_then(|nth| nth.parse().ok()).ok_or(format!("`{word}`"))?;
                    schedule.faults.push(Fault { point, nth, stop: parts.next().is_some() });
                }
            }
        }
        Ok(schedule)
    }
}
