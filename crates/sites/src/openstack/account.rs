//! What the federation's sources know of one Keystone before anybody has asked it.

use std::collections::BTreeMap;

/// Only the address is needed. The rest makes refusals clearer, and spares attempts.
#[derive(Clone, Debug)]
pub struct Account {
    /// Names the service in messages and keys.
    pub service: String,
    /// As published: with or without `/v3`, with doubled slashes.
    pub auth_url: String,
    pub identity_provider: String,
    /// The name of the protocol, where a source says so; it is tried first.
    pub protocol: Option<String>,
    /// The issuers whose bearers it takes; empty when nobody knows.
    pub issuers: Vec<String>,
    /// The only audience it takes bearers for.
    pub audience: Option<String>,
    /// The communities it has projects for; empty when nobody knows.
    pub expected: Vec<Expected>,
    /// Where its catalogue lists several. Letter case does not matter.
    pub region: Option<String>,
    /// Addresses that are better known than by its catalogue, by the component's name (`compute`, `image`, `network`,
    /// `volume`) or by the catalogue's word for it (`volumev3`).
    pub endpoints: BTreeMap<String, String>,
}

/// Whom a site lets in for a community.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expected {
    pub community: String,
    /// `None` when nobody knows.
    pub role: Option<String>,
}

impl Account {
    /// One of which nothing but the address is known.
    pub fn new(service: impl Into<String>, auth_url: impl Into<String>) -> Self {
        Self {
            service: service.into(),
            auth_url: auth_url.into(),
            identity_provider: "egi.eu".to_owned(),
            protocol: None,
            issuers: Vec::new(),
            audience: None,
            expected: Vec::new(),
            region: None,
            endpoints: BTreeMap::new(),
        }
    }
}
