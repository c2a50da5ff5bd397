//! All schedules of one setup, a few at a time.

use crate::schedule::{self, Schedule, Setup};
use crate::world::World;
use crate::{load, verify};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use testkit::Postgres;

/// How many schedules run when nobody says how many: some six minutes on two cores. `make crash N=…` asks for more.
const DEFAULT: usize = 300;
/// Most of a schedule is waiting: for leases, for pilots, for processes to end.
const WORKERS: usize = 4;
/// A defect shows in many schedules; these are enough to look at.
const ENOUGH: usize = 5;

#[derive(Default)]
struct Tally {
    run: AtomicUsize,
    struck: AtomicUsize,
    failed: Mutex<Vec<String>>,
    slowest: Mutex<Duration>,
}

pub fn run(setup: Setup) {
    let schedules = match std::env::var("ROADSTEAD_CRASH_ONLY") {
        Ok(line) => vec![line.parse::<Schedule>().expect("ROADSTEAD_CRASH_ONLY")],
        Err(_) => schedule::enumerate(setup, share(setup)),
    };
    let schedules: Vec<Schedule> = schedules.into_iter().filter(|schedule| schedule.setup == setup).collect();
    if schedules.is_empty() {
        return;
    }
    let postgres = (setup != Setup::Sqlite).then(Postgres::start_without_fsync);
    let (begun, next, tally) = (Instant::now(), AtomicUsize::new(0), Tally::default());
    std::thread::scope(|scope| {
        for _ in 0..WORKERS.min(schedules.len()) {
            scope.spawn(|| {
                while let Some(schedule) = schedules.get(next.fetch_add(1, Ordering::SeqCst)) {
                    if tally.failed.lock().expect("the failures").len() >= ENOUGH {
                        return;
                    }
                    one(schedule, postgres.as_ref(), &tally);
                }
            });
        }
    });
    let failed = tally.failed.into_inner().expect("the failures");
    let (run, struck) = (tally.run.into_inner(), tally.struck.into_inner());
    let slowest = tally.slowest.into_inner().expect("the slowest");
    println!("{setup:?}: {run} schedules, {struck} struck, in {:.0?} (slowest {slowest:.1?})", begun.elapsed());
    assert!(failed.is_empty(), "{} of {run} schedules failed:\n{}", failed.len(), failed.join("\n"));
    if run >= 10 {
        assert!(struck * 2 > run, "only {struck} of {run} schedules struck anything: the points are not passed");
    }
}

/// Half of all schedules on SQLite, a fifth on PostgreSQL with one gateway, the rest with three.
fn share(setup: Setup) -> usize {
    let all = std::env::var("ROADSTEAD_CRASH_SCHEDULES").ok().and_then(|text| text.parse().ok()).unwrap_or(DEFAULT);
    let (sqlite, one) = (all / 2, all / 5);
    match setup {
        Setup::Sqlite => sqlite,
        Setup::PostgresOne => one,
        Setup::PostgresThree => all - sqlite - one,
    }
}

fn one(schedule: &Schedule, postgres: Option<&Postgres>, tally: &Tally) {
    let begun = Instant::now();
    let mut world = World::new(schedule, postgres);
    let wrong = catch_unwind(AssertUnwindSafe(|| {
        let load = load::submit(&mut world);
        match load::follow(&mut world, &load) {
            Ok(()) => verify::verify(&mut world, &load),
            Err(stuck) => vec![stuck],
        }
    }));
    let wrong = wrong.unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str).or(panic.downcast_ref::<&str>().copied());
        vec![text.unwrap_or("it panicked").to_owned()]
    });
    tally.run.fetch_add(1, Ordering::SeqCst);
    if world.struck.anything() {
        tally.struck.fetch_add(1, Ordering::SeqCst);
    }
    let mut slowest = tally.slowest.lock().expect("the slowest");
    *slowest = begun.elapsed().max(*slowest);
    drop(slowest);
    if wrong.is_empty() {
        return;
    }
    let kept = keep(world.home.path());
    let text = format!("ROADSTEAD_CRASH_ONLY='{schedule}'\n  kept in {}\n  {}", kept.display(), wrong.join("\n  "));
    println!("{text}");
    tally.failed.lock().expect("the failures").push(text);
}

/// The home goes with its owner; what it looked like stays.
fn keep(home: &Path) -> PathBuf {
    let kept = std::env::temp_dir().join(format!("roadstead-crash{}", home.file_name().unwrap_or_default().to_string_lossy()));
    let _ = Command::new("cp").arg("-a").arg(home).arg(&kept).status();
    kept
}
