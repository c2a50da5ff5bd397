//! How much of each is going on, and how much may: at once, and in the long run.
//!
//! A request costs one look into one of a few maps, each with its own lock, and two atomic operations. Only counts are
//! kept; whether somebody may do something is asked anew each time, elsewhere.

use std::collections::HashMap;
use std::hash::{BuildHasher, Hash, RandomState};
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

const SHARDS: usize = 16;
/// A map with so many is looked through for those who have been gone for long enough before it takes another.
const MANY: usize = 1_024;
/// Whoever was quiet may ask for so much at once of what the rate allows.
const BURST: Duration = Duration::from_secs(10);

pub(super) struct Crowd<K> {
    shards: [Mutex<HashMap<K, Arc<Usage>>>; SHARDS],
    hasher: RandomState,
    at_once: u32,
    per_second: Option<NonZeroU32>,
}

#[derive(Default)]
struct Usage {
    at_once: AtomicU32,
    /// In microseconds since the start: when everything that was asked for will have been paid for at the rate.
    paid_at: AtomicU64,
}

/// Held for as long as it goes on.
pub(crate) struct Place(Arc<Usage>);

impl Drop for Place {
    fn drop(&mut self) {
        self.0.at_once.fetch_sub(1, Ordering::AcqRel);
    }
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Full {
    AtOnce { most: u32 },
    TooOften { per_second: NonZeroU32, pause: Duration },
}

impl<K: Hash + Eq + Clone> Crowd<K> {
    pub fn new(at_once: u32, per_second: Option<NonZeroU32>) -> Self {
        Self { shards: std::array::from_fn(|_| Mutex::default()), hasher: RandomState::new(), at_once, per_second }
    }

    /// A place for one more thing of `who`. `now` counts from any fixed moment. What is refused costs nothing.
    pub fn enter(&self, who: &K, now: Duration) -> Result<Place, Full> {
        let now = micros(now);
        let usage = self.usage_of(who, now);
        let taken = usage.at_once.fetch_add(1, Ordering::AcqRel);
        let place = Place(usage);
        if taken >= self.at_once {
            return Err(Full::AtOnce { most: self.at_once });
        }
        if let Some(per_second) = self.per_second {
            let cost = 1_000_000 / u64::from(per_second.get());
            let pay = |paid_at: u64| Some(paid_at.max(now) + cost).filter(|paid_at| *paid_at <= now + micros(BURST).max(cost));
            if let Err(paid_at) = place.0.paid_at.fetch_update(Ordering::AcqRel, Ordering::Acquire, pay) {
                let pause = Duration::from_micros((paid_at + cost).saturating_sub(now + micros(BURST).max(cost)));
                return Err(Full::TooOften { per_second, pause });
            }
        }
        Ok(place)
    }

    fn usage_of(&self, who: &K, now: u64) -> Arc<Usage> {
        let shard = usize::try_from(self.hasher.hash_one(who) % SHARDS as u64).unwrap_or(0);
        let mut known = self.shards[shard].lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(usage) = known.get(who) {
            return usage.clone();
        }
        if known.len() >= MANY {
            // Nothing of theirs is going on, and their rate has forgotten them.
            known.retain(|_, usage| Arc::strong_count(usage) > 1 || usage.paid_at.load(Ordering::Acquire) > now);
        }
        known.entry(who.clone()).or_default().clone()
    }
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX / 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: u64) -> Duration {
        Duration::from_millis(1_000_000 + millis)
    }

    #[test]
    fn so_many_at_once_each() {
        let crowd = Crowd::new(2, None);
        let (first, second) = (crowd.enter(&"ada", at(0)).expect("a place"), crowd.enter(&"ada", at(0)).expect("a place"));
        assert_eq!(crowd.enter(&"ada", at(0)).err(), Some(Full::AtOnce { most: 2 }));
        assert_eq!(crowd.enter(&"ada", at(9)).err(), Some(Full::AtOnce { most: 2 }), "a refusal takes no place");
        let bob = crowd.enter(&"bob", at(0)).expect("others are not kept out");
        drop(first);
        let third = crowd.enter(&"ada", at(0)).expect("a place that became free");
        assert!(crowd.enter(&"ada", at(0)).is_err());
        drop((second, third, bob));
        assert!(crowd.enter(&"ada", at(0)).is_ok());
    }

    #[test]
    fn ten_seconds_worth_at_once_and_then_the_rate() {
        let crowd = Crowd::new(u32::MAX, NonZeroU32::new(4));
        for number in 0..40 {
            assert!(crowd.enter(&"ada", at(0)).is_ok(), "{number}");
        }
        let Err(Full::TooOften { pause, .. }) = crowd.enter(&"ada", at(0)) else { panic!("more than ten seconds' worth") };
        assert_eq!(pause, Duration::from_millis(250));
        assert!(crowd.enter(&"bob", at(0)).is_ok());
        assert!(crowd.enter(&"ada", at(249)).is_err());
        assert!(crowd.enter(&"ada", at(250)).is_ok());
        assert!(crowd.enter(&"ada", at(250)).is_err(), "one more, not forty");
        for number in 0..40 {
            assert!(crowd.enter(&"ada", at(60_000)).is_ok(), "rested: {number}");
        }
        assert!(crowd.enter(&"ada", at(60_000)).is_err());
    }

    #[test]
    fn who_is_gone_is_forgotten_and_who_is_not_is_kept() {
        let crowd = Crowd::new(1, NonZeroU32::new(1));
        let staying: Vec<_> = (0..64_u64).map(|number| crowd.enter(&number, at(0)).expect("a place")).collect();
        for number in 64..(SHARDS * MANY * 3) as u64 {
            assert!(crowd.enter(&number, at(number * 100)).is_ok(), "{number}");
        }
        let known: usize = crowd.shards.iter().map(|shard| shard.lock().expect("unharmed").len()).sum();
        assert!(known <= SHARDS * MANY + SHARDS, "{known}");
        assert!((0..64_u64).all(|number| crowd.enter(&number, at(99_999_999)).is_err()), "their places are still taken");
        drop(staying);
    }
}
