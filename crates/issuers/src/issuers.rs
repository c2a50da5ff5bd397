//! All issuers of one gateway.

use std::sync::Arc;

use data::guard::{HostPort, UrlGuard};
use model::time::Clock;

use crate::http::{Channel, Http};
use crate::{Issuer, Limits, Settings, SetupError, settings};

/// Cheap to clone.
#[derive(Clone)]
pub struct Issuers {
    all: Arc<[Issuer]>,
}

impl Issuers {
    /// Asks nobody anything: an issuer that is down does not keep the gateway from starting. `allow` are the addresses
    /// inside private networks that an issuer's configuration may name; those of the issuers themselves are added.
    pub fn new(
        settings: Vec<Settings>,
        mut allow: Vec<HostPort>,
        limits: Limits,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, SetupError> {
        settings::check(&settings)?;
        for one in &settings {
            allow.push(settings::host_port(one)?);
        }
        // A gateway without issuers starts without the cost of reading the system's certificates.
        if settings.is_empty() {
            return Ok(Self { all: Arc::new([]) });
        }
        let guard = UrlGuard::new(allow);
        let shared = Arc::new(Http::new(guard.clone(), limits.clone(), None)?);
        let issuer = |settings: Settings| {
            // What is believed about one issuer is not believed about the others.
            let http = match &settings.authority {
                Some(authority) => Arc::new(Http::new(guard.clone(), limits.clone(), Some(authority))?),
                None => Arc::clone(&shared),
            };
            let channel = Channel::new(settings.name.clone(), http);
            Ok(Issuer::new(settings, channel, Arc::clone(&clock)))
        };
        Ok(Self { all: settings.into_iter().map(issuer).collect::<Result<_, SetupError>>()? })
    }

    pub fn iter(&self) -> impl Iterator<Item = &Issuer> {
        self.all.iter()
    }

    pub fn by_name(&self, name: &str) -> Option<&Issuer> {
        self.all.iter().find(|issuer| issuer.name() == name)
    }

    /// The address as the issuer writes it, letter by letter: `https://a/` is another than `https://a`.
    pub fn by_url(&self, url: &str) -> Option<&Issuer> {
        self.all.iter().find(|issuer| issuer.url() == url)
    }
}
