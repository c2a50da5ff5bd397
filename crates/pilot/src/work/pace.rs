//! How many elements to hold: as many as execute at once, and some more when they are short; and how many execute at once.
//!
//! An element that waits here could begin elsewhere, so that of long ones none is taken before its turn. Of short ones
//! enough are, to fill the time that asking the gateway for the next takes.
//!
//! The shortest wait more for the kernel, which makes a sandbox for each and takes it down again, than they compute. As
//! long as two of them together use no more than was set aside for one, two execute in its place.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, watch};

/// What asking for more may take.
const ASKING: Duration = Duration::from_millis(250);
const MOST_AHEAD: f64 = 64.0;
/// With those that only wait for the gateway to take their results. More results than this lying here would be more than
/// a gateway in trouble can be trusted with.
const MOST_HELD: u32 = 256;
/// How much one more measurement counts.
const WEIGHT: f64 = 0.2;

/// What takes longer is computing, reading or waiting for something of its own.
const LIGHT: Duration = Duration::from_millis(100);

pub(super) struct Pace {
    width: u32,
    state: Mutex<State>,
    /// Whether two of them may execute in the place of one.
    light: watch::Sender<bool>,
    /// A place became free.
    pub freed: Notify,
}

#[derive(Default)]
struct State {
    /// Waiting, staging and executing.
    taken: u32,
    /// In seconds; none before the first.
    staging: Option<f64>,
    executing: Option<f64>,
    /// Of what was set aside for it: of the processors or of the memory, whichever is more.
    share: Option<f64>,
}

impl Pace {
    pub fn new(width: u32) -> Self {
        Self { width, state: Mutex::default(), light: watch::Sender::new(false), freed: Notify::new() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn take(self: &Arc<Self>) -> Place {
        self.state().taken += 1;
        Place(Arc::clone(self))
    }

    pub fn staged(&self, took: Duration) {
        learn(&mut self.state().staging, took.as_secs_f64());
    }

    pub fn executed(&self, took: Duration) {
        learn(&mut self.state().executing, took.as_secs_f64());
    }

    /// What one used of its processors and memory; all of it when that is not known.
    pub fn used(&self, share: Option<f64>) {
        let mut state = self.state();
        learn(&mut state.share, share.unwrap_or(1.0));
        let State { executing, share, .. } = *state;
        let light = executing.is_some_and(|executing| executing < LIGHT.as_secs_f64()) && share.is_some_and(|share| share < 0.5);
        self.light.send_if_modified(|before| std::mem::replace(before, light) != light);
    }

    /// Whether two of them may execute in the place of one, now and from now on.
    pub fn light(&self) -> watch::Receiver<bool> {
        self.light.subscribe()
    }

    /// What could be taken now by a pilot that holds `held`.
    pub fn room(&self, held: usize) -> Room {
        let state = self.state();
        let ahead = state.executing.map_or(0.0, |executing| {
            let filled = state.staging.unwrap_or(0.0) + ASKING.as_secs_f64();
            (f64::from(self.width) * filled / executing.max(0.001)).round().min(MOST_AHEAD)
        });
        let places = self.width.saturating_add(ahead as u32);
        let most = MOST_HELD.max(self.width.saturating_mul(4));
        let results = most.saturating_sub(u32::try_from(held).unwrap_or(u32::MAX));
        Room { free: places.saturating_sub(state.taken).min(results), places, idle: state.taken < self.width }
    }
}

pub(super) struct Room {
    /// How many more.
    pub free: u32,
    places: u32,
    /// Something could execute at once.
    idle: bool,
}

impl Room {
    /// Whether it is worth telling somebody who was told `wanted`. Each time costs a transaction there, so that while
    /// there is enough to do, a quarter of the places has to be free.
    pub fn is_news(&self, wanted: u32) -> bool {
        let more = self.free.saturating_sub(wanted);
        self.free < wanted || (more > 0 && (self.idle || more.saturating_mul(4) >= self.places))
    }
}

fn learn(typical: &mut Option<f64>, one: f64) {
    *typical = Some(typical.map_or(one, |before| before + WEIGHT * (one - before)));
}

/// Taken from the grant to the end of the command.
pub(super) struct Place(Arc<Pace>);

impl Drop for Place {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.taken = state.taken.saturating_sub(1);
        self.0.freed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_elements_are_taken_ahead_and_long_ones_are_not() {
        let pace = Arc::new(Pace::new(2));
        assert_eq!(pace.room(0).free, 2);
        let place = pace.take();
        assert_eq!(pace.room(1).free, 1);
        for _ in 0..50 {
            pace.executed(Duration::from_millis(20));
        }
        assert_eq!(pace.room(1).free, 26);
        assert!(pace.room(1).is_news(0) && pace.room(1).is_news(27) && !pace.room(1).is_news(26));
        let other = pace.take();
        assert!(!pace.room(2).is_news(20));
        drop((place, other));
        for _ in 0..50 {
            pace.executed(Duration::from_secs(60));
        }
        assert_eq!(pace.room(0).free, 2);
        for _ in 0..50 {
            pace.staged(Duration::from_secs(30));
        }
        assert_eq!(pace.room(0).free, 3);
        assert_eq!(pace.room(256).free, 0);
    }

    #[test]
    fn two_execute_in_the_place_of_one_only_when_both_are_sure_to_fit() {
        let after = |took, shares: &[Option<f64>]| {
            let pace = Pace::new(2);
            for share in shares {
                pace.executed(Duration::from_millis(took));
                pace.used(*share);
            }
            *pace.light().borrow()
        };
        assert!(after(8, &[Some(0.3); 3]));
        assert!(!after(8, &[]) && !after(8, &[Some(0.6); 3]) && !after(8, &[None]) && !after(200, &[Some(0.1)]));
        // One that computes does not make all others heavy, and many do.
        assert!(after(8, &[Some(0.3), Some(1.0), Some(0.3)]) && !after(8, &[Some(0.3), Some(1.0), Some(1.0)]));
    }
}
