//! How often each service is signed in at.

use std::collections::{HashMap, VecDeque};
use std::sync::Mutex;
use std::time::Duration;

use model::Timestamp;

use super::lock;

const HOUR: Duration = Duration::from_secs(3_600);

/// The moments of the last hour, by service.
#[derive(Default)]
pub(super) struct Budget(Mutex<HashMap<String, VecDeque<Timestamp>>>);

impl Budget {
    /// Whether there was one left.
    pub(super) fn spend(&self, service: &str, now: Timestamp, most: u32) -> bool {
        let mut all = lock(&self.0);
        let spent = all.entry(service.to_owned()).or_default();
        forget(spent, now);
        if count(spent) >= most {
            return false;
        }
        spent.push_back(now);
        true
    }

    pub(super) fn spent(&self, service: &str, now: Timestamp) -> u32 {
        let mut all = lock(&self.0);
        all.get_mut(service).map_or(0, |spent| {
            forget(spent, now);
            count(spent)
        })
    }
}

fn forget(spent: &mut VecDeque<Timestamp>, now: Timestamp) {
    while spent.front().is_some_and(|at| now.since(*at) >= HOUR) {
        spent.pop_front();
    }
}

fn count(spent: &VecDeque<Timestamp>) -> u32 {
    u32::try_from(spent.len()).unwrap_or(u32::MAX)
}
