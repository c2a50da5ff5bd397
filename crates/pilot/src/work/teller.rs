//! When the gateway is told what a running command uses, and how many processors that were.

use std::time::{Duration, Instant};

use model::run::Usage;

const EVERY: Duration = Duration::from_secs(2);

pub(super) struct Teller {
    told: Instant,
    cpu_millis: Option<u64>,
}

impl Teller {
    /// With the command, which has used nothing yet.
    pub fn begin(now: Instant) -> Self {
        Self { told: now, cpu_millis: Some(0) }
    }

    pub fn is_time(&self, now: Instant) -> bool {
        now.duration_since(self.told) >= EVERY
    }

    /// Kept busy since it was told last; none when that was not measured both times.
    pub fn cores(&mut self, usage: &Usage, now: Instant) -> Option<f64> {
        let passed = now.duration_since(self.told).as_secs_f64();
        let before = self.cpu_millis;
        (self.told, self.cpu_millis) = (now, usage.cpu_millis);
        // Sampled figures may sink when a process ends unseen.
        let used = usage.cpu_millis?.saturating_sub(before?);
        (passed > 0.0).then(|| (used as f64 / 10.0 / passed).round() / 100.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processors_are_counted_from_one_telling_to_the_next() {
        let mut now = Instant::now();
        let mut teller = Teller::begin(now);
        let mut after = |seconds, cpu_millis| {
            now += Duration::from_secs(seconds);
            let usage = Usage { cpu_millis, ..Usage::default() };
            (teller.is_time(now), teller.cores(&usage, now))
        };
        assert_eq!(after(2, Some(3_000)), (true, Some(1.5)));
        assert_eq!(after(1, Some(3_100)), (false, Some(0.1)));
        assert_eq!(after(4, Some(1_000)), (true, Some(0.0)));
        assert_eq!((after(2, None), after(2, Some(1))), ((true, None), (true, None)));
    }
}
