//! All issuers of one gateway.

use std::sync::Arc;

use data::guard::HostPort;
use model::Secret;
use model::time::Clock;

use crate::{Error, Issuer, Limits, Logout, Settings, SetupError, Verified};

/// Cheap to clone.
#[derive(Clone)]
pub struct Issuers {
    all: Arc<[Issuer]>,
}

impl Issuers {
    /// Asks nobody anything: an issuer that is down does not keep the gateway from starting. `allow` are the addresses
    /// inside private networks that an issuer's configuration may name; those of the issuers themselves are added.
    pub fn new(settings: Vec<Settings>, allow: Vec<HostPort>, limits: Limits, clock: Arc<dyn Clock>) -> Result<Self, SetupError> {
        todo!()
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

    /// Judges the bearer of a request.
    pub async fn verify_bearer(&self, bearer: &Secret) -> Result<Verified, Error> {
        todo!()
    }

    /// Judges the `logout_token` that an issuer posts when somebody's session there has ended.
    pub async fn verify_logout_token(&self, token: &str) -> Result<Logout, Error> {
        todo!()
    }
}
