//! What the tests share: a clock that can be moved, and issuers set up for a provider.

use std::sync::Arc;
use std::time::Duration;

use issuers::{Error, Issuer, Issuers, Limits, Settings};
use model::Secret;
use testkit::{MovedClock, OpenIdProvider};

/// What is kept of an issuer is no longer fresh after this.
pub const STALE: Duration = Duration::from_secs(601);
/// An issuer that failed is asked again after this.
pub const RESTED: Duration = Duration::from_secs(31);

pub struct World {
    pub clock: MovedClock,
    pub issuers: Issuers,
}

impl World {
    pub fn new(settings: Vec<Settings>) -> Self {
        Self::with_limits(settings, Limits::default())
    }

    pub fn with_limits(settings: Vec<Settings>, limits: Limits) -> Self {
        let clock = MovedClock::default();
        let issuers = Issuers::new(settings, Vec::new(), limits, Arc::new(clock.clone())).expect("sound settings");
        Self { clock, issuers }
    }

    pub fn issuer(&self) -> &Issuer {
        self.issuers.iter().next().expect("an issuer")
    }
}

/// As the client `gateway` of a provider.
pub fn settings_for(provider: &OpenIdProvider) -> Settings {
    let mut settings = Settings::new("testbed", provider.issuer(), "gateway", &[provider.audience()]);
    settings.client_secret = Some(Secret::new("gateway-secret".to_owned()));
    settings.scopes.push("offline_access".to_owned());
    settings.plain_http_on_loopback = true;
    settings
}

/// Notes what is wrong with a row of a table that has to end in an error.
pub fn fails_with(wrong: &mut Vec<String>, name: &str, result: Result<&str, Error>, expected: &dyn Fn(&Error) -> bool) {
    match result {
        Err(error) if expected(&error) => {}
        Err(error) => wrong.push(format!("{name}: refused, but as {error:?}")),
        Ok(words) => wrong.push(format!("{name}: {words}")),
    }
}
