//! What goes wrong with a site, sorted by who can do something about it.

use std::time::Duration;

use data::guard::Refused;

use super::{BearerError, Component, Refusal};

/// `service` is the name in the account.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// It could not be asked, or did not answer. May pass; the site's operators can do something.
    #[error("{service} cannot be reached: {why}")]
    Unreachable { service: String, why: Unreachable },
    /// One of its components could not be asked where it is said to be, or did not answer; the others may well.
    #[error("{component} of {service} cannot be reached at {at}: {why}")]
    Unanswered { service: String, component: Component, at: String, why: Unreachable },
    /// It understood who asks, and said no.
    #[error("{service} did not let you in: {refusal}")]
    Refused { service: String, refusal: Refusal },
    /// Its answer is not what OpenStack answers.
    #[error("the answer of {service} cannot be used: {lie}")]
    Lie { service: String, lie: Lie },
    /// It was not asked: there is nothing to sign in with.
    #[error(transparent)]
    Bearer(#[from] BearerError),
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreachable {
    #[error("no connection: {why}")]
    Connect { why: String },
    #[error("no whole answer within {limit:?}")]
    Deadline { limit: Duration },
    #[error("the connection broke in the midst of its answer: {why}")]
    Cut { why: String },
    #[error("it answered with the status {status}")]
    Status { status: u16, retry_after: Option<Duration> },
    #[error("its address is refused: {0}")]
    Guarded(Refused),
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Lie {
    #[error("{about} is not JSON of the expected form: {why}")]
    Json { about: &'static str, why: String },
    #[error("{about} has more than {limit} bytes")]
    TooLarge { about: &'static str, limit: usize },
    #[error("{about} is compressed, which was not asked for")]
    Compressed { about: &'static str },
    #[error("instead of {about} there is a redirect")]
    Redirect { about: &'static str },
    #[error("instead of {about} there is the status {status}")]
    Status { about: &'static str, status: u16 },
    #[error("{about} has no token in its headers")]
    NoToken { about: &'static str },
    #[error("there is no Keystone of version 3 at {tried}")]
    NoKeystone { tried: String },
    #[error(
        "its catalogue has no public address of {component}{}; name it in the configuration (endpoints)",
        region.as_ref().map_or_else(String::new, |region| format!(" in the region {region}"))
    )]
    NoEndpoint { component: Component, region: Option<String> },
    /// The usual mistake is an address that only the site's own computers can use.
    #[error("its catalogue says that {component} is at {at}, and {why}; name the right address in the configuration (endpoints)")]
    Endpoint { component: Component, at: String, why: Refused },
    #[error("{about} has no end: after {pages} pages, the way to the next one leads nowhere new")]
    Endless { about: &'static str, pages: usize },
}

/// Why a site cannot even be tried.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SetupError {
    #[error("the certificate of the authority cannot be read: {why}")]
    Authority { why: String },
    #[error("no HTTP client can be made: {why}")]
    Http { why: String },
}
