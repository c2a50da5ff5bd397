//! How machines fared at a service lately, as points and in words.

use model::weather::{Failure, Weather};

/// Points lost by a service at which no machine ever comes up.
const UNRELIABLE: f64 = 20.0;
/// So many failures cost half of [`UNRELIABLE`] where nothing else is known: one says little.
const FEW: f64 = 2.0;
/// Points lost by a service at which machines take for ever.
const SLOW: f64 = 6.0;
/// The usual time to boot that costs half of [`SLOW`].
const LONG_BOOT_SECONDS: f64 = 120.0;

pub(crate) struct Record {
    tries: u32,
    up: u32,
    p50_seconds: Option<f64>,
    p95_seconds: Option<f64>,
    last_failure: Option<Failure>,
}

impl Record {
    /// Nothing where no machine was asked for.
    pub fn of(weather: &[Weather], service: &str) -> Option<Self> {
        // What failed before it could boot is only in the others; what came up is in all of them.
        let concerned = ["create", "boot", "address"];
        let here = || weather.iter().filter(|one| one.service == service && concerned.contains(&one.operation.as_str()));
        let failures = here().map(|one| one.tries.saturating_sub(one.successes)).fold(0, u32::saturating_add);
        let boot = here().find(|one| one.operation == "boot");
        let seconds = |millis: Option<u64>| millis.map(|millis| millis as f64 / 1e3);
        let last_failure = here().filter_map(|one| one.last_failure.clone()).max_by_key(|failure| failure.at);
        let up = boot.map_or(0, |boot| boot.successes);
        let tries = failures.saturating_add(up);
        (tries > 0).then(|| Self {
            tries,
            up,
            p50_seconds: seconds(boot.and_then(|boot| boot.p50_millis)),
            p95_seconds: seconds(boot.and_then(|boot| boot.p95_millis)),
            last_failure,
        })
    }

    pub fn points(&self) -> f64 {
        let failed = f64::from(self.tries.saturating_sub(self.up));
        let slow = self.p50_seconds.map_or(0.0, |seconds| seconds / (seconds + LONG_BOOT_SECONDS));
        0.0 - UNRELIABLE * failed / (f64::from(self.tries) + FEW) - SLOW * slow
    }

    pub fn told(&self) -> String {
        let mut told = format!("{} of the last {} machines asked for here came up", self.up, self.tries);
        if let (Some(half), Some(most)) = (self.p50_seconds, self.p95_seconds) {
            told += &format!(", half of them within {half:.0} s, nearly all within {most:.0} s");
        }
        if let Some(failure) = &self.last_failure {
            told += &format!("; the last failure: {}", failure.cause);
        }
        told
    }
}
