//! What strangers from one network may make this gateway write down in a minute: they must not fill the database.

use super::trace;
use model::Timestamp;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

const MINUTE_MS: i64 = 60_000;
const MOST_NETWORKS: usize = 4_096;

pub(crate) struct Budget {
    most: u32,
    networks: Mutex<HashMap<IpAddr, Spent>>,
}

struct Spent {
    since: Timestamp,
    times: u32,
    refused: u32,
}

impl Budget {
    pub fn of(most: u32) -> Self {
        Self { most, networks: Mutex::default() }
    }

    /// How many were refused since the last one that was not; none when this one is refused.
    pub fn take(&self, client: Option<IpAddr>, now: Timestamp) -> Option<u32> {
        let mut networks = self.networks.lock().unwrap_or_else(PoisonError::into_inner);
        let is_over = |spent: &Spent| now.millis() - spent.since.millis() >= MINUTE_MS;
        let network = trace::network(client);
        if networks.len() >= MOST_NETWORKS && !networks.contains_key(&network) {
            networks.retain(|_, spent| !is_over(spent));
            if networks.len() >= MOST_NETWORKS {
                return None;
            }
        }
        let spent = networks.entry(network).or_insert(Spent { since: now, times: 0, refused: 0 });
        if is_over(spent) {
            (spent.since, spent.times) = (now, 0);
        }
        if spent.times >= self.most {
            spent.refused = spent.refused.saturating_add(1);
            return None;
        }
        spent.times += 1;
        Some(std::mem::take(&mut spent.refused))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_has_so_many_a_minute_and_what_was_refused_is_counted() {
        let budget = Budget::of(2);
        let at = |seconds: i64| Timestamp::from_millis(seconds * 1_000);
        let (one, other) = ("192.0.2.1".parse().ok(), "198.51.100.1".parse().ok());
        assert_eq!([0, 1, 2, 3].map(|second| budget.take(one, at(second))), [Some(0), Some(0), None, None]);
        assert_eq!(budget.take(other, at(3)), Some(0), "another network");
        assert_eq!([60, 61, 62].map(|second| budget.take(one, at(second))), [Some(2), Some(0), None]);
        for number in 0..u32::try_from(2 * MOST_NETWORKS).expect("small") {
            budget.take(Some(std::net::Ipv4Addr::from(number).into()), at(70));
        }
        assert!(budget.networks.lock().expect("not poisoned").len() <= MOST_NETWORKS);
    }
}
