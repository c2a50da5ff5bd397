//! Wrong codes, counted by the address they come from.
//!
//! Nobody guesses 256 random bits; this keeps whoever tries from keeping the database busy. Each gateway counts for
//! itself, and forgets when it ends.

use crate::edge::network;
use model::Timestamp;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// This many at once, then one each [`REST`].
const MOST: u32 = 10;
const REST: Duration = Duration::from_secs(6);
/// Addresses that are remembered. More only come from somebody who has very many.
const ADDRESSES: usize = 10_000;

/// By address: when its last wrong code will be forgiven.
#[derive(Default)]
pub(crate) struct Attempts(Mutex<HashMap<IpAddr, i64>>);

impl Attempts {
    /// How long this address has to wait before its next try; none when it need not.
    pub fn pause(&self, address: Option<IpAddr>, now: Timestamp) -> Option<Duration> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let forgiven_at = known.get(&network(address))?;
        let allowed_at = forgiven_at - i64::from(MOST - 1) * rest();
        u64::try_from(allowed_at - now.millis()).ok().filter(|wait| *wait > 0).map(Duration::from_millis)
    }

    pub fn failed(&self, address: Option<IpAddr>, now: Timestamp) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= ADDRESSES {
            known.retain(|_, forgiven_at| *forgiven_at > now.millis());
        }
        let key = network(address);
        if known.len() < ADDRESSES || known.contains_key(&key) {
            let forgiven_at = known.entry(key).or_insert(0);
            *forgiven_at = (*forgiven_at).max(now.millis()) + rest();
        }
    }
}

fn rest() -> i64 {
    i64::try_from(REST.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_wrong_codes_and_then_one_every_six_seconds() {
        let attempts = Attempts::default();
        let at = |seconds: i64| Timestamp::from_millis(1_795_247_000_000 + seconds * 1_000);
        let (eve, ada) = (Some("2001:db8::1".parse().expect("an address")), Some("192.0.2.1".parse().expect("an address")));
        for _ in 0..10 {
            assert_eq!(attempts.pause(eve, at(0)), None);
            attempts.failed(eve, at(0));
        }
        assert_eq!(attempts.pause(eve, at(0)), Some(REST));
        assert_eq!(attempts.pause(Some("2001:db8::2".parse().expect("an address")), at(0)), Some(REST), "her other address");
        assert_eq!(attempts.pause(ada, at(0)), None, "others are not kept waiting");
        assert_eq!(attempts.pause(eve, at(4)), Some(Duration::from_secs(2)));
        assert_eq!(attempts.pause(eve, at(6)), None);
        attempts.failed(eve, at(6));
        assert_eq!(attempts.pause(eve, at(6)), Some(REST), "one more, not ten");
        assert_eq!(attempts.pause(eve, at(66)), None);
    }
}
