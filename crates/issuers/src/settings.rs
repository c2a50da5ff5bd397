//! What the administrator says about an issuer, and what of it is refused before anything starts.

use std::time::Duration;

use data::guard::HostPort;
use model::Secret;
use url::{Host, Url};

/// An issuer, and what this gateway is to it. No `Debug`: it holds the client's secret.
#[derive(Clone)]
pub struct Settings {
    /// A short word for configuration, commands and addresses: `checkin`.
    pub name: String,
    /// For people: "EGI Check-in".
    pub title: String,
    /// Exactly as the issuer writes itself in its tokens, with or without the last slash.
    pub url: String,
    pub client_id: String,
    pub client_secret: Option<Secret>,
    /// What is asked for when somebody signs in; `openid` is always added.
    pub scopes: Vec<String>,
    /// A bearer has to be meant for one of these. Never empty: an issuer's tokens for others would be let in.
    pub audiences: Vec<String>,
    /// What the issuer signs with. A token does not choose.
    pub algorithms: Vec<Algorithm>,
    /// Whether it exchanges tokens (RFC 8693) for this client.
    pub exchange: bool,
    /// Whether opaque bearers are shown to it (RFC 7662). At most one issuer may have this: an opaque token does not
    /// say who made it, and showing it to another gives it away.
    pub introspection: bool,
    /// How far its clock may be off.
    pub leeway: Duration,
    /// Certificates in PEM of an authority that is believed about this issuer, besides those of the system.
    pub authority: Option<Vec<u8>>,
    /// Permits `http://` to this computer, for tests and demonstrations. No other address is ever asked without TLS.
    pub plain_http_on_loopback: bool,
}

impl Settings {
    /// With what is right for most: RS256, ES256 and EdDSA, 30 seconds of leeway, neither exchange nor introspection.
    pub fn new(name: &str, url: &str, client_id: &str, audiences: &[&str]) -> Self {
        Self {
            name: name.to_owned(),
            title: name.to_owned(),
            url: url.to_owned(),
            client_id: client_id.to_owned(),
            client_secret: None,
            scopes: vec!["openid".to_owned(), "profile".to_owned(), "email".to_owned()],
            audiences: audiences.iter().map(|audience| (*audience).to_owned()).collect(),
            algorithms: Algorithm::USUAL.to_vec(),
            exchange: false,
            introspection: false,
            leeway: Duration::from_secs(30),
            authority: None,
            plain_http_on_loopback: false,
        }
    }
}

/// Signatures by public key only: `none` and the shared-secret ones (HS256 and its like) cannot be named at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Algorithm {
    Rs256,
    Rs384,
    Rs512,
    Ps256,
    Ps384,
    Ps512,
    Es256,
    Es384,
    EdDsa,
}

impl Algorithm {
    pub const USUAL: [Self; 3] = [Self::Rs256, Self::Es256, Self::EdDsa];
    pub const ALL: [Self; 9] =
        [Self::Rs256, Self::Rs384, Self::Rs512, Self::Ps256, Self::Ps384, Self::Ps512, Self::Es256, Self::Es384, Self::EdDsa];

    /// As tokens and key sets write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Rs384 => "RS384",
            Self::Rs512 => "RS512",
            Self::Ps256 => "PS256",
            Self::Ps384 => "PS384",
            Self::Ps512 => "PS512",
            Self::Es256 => "ES256",
            Self::Es384 => "ES384",
            Self::EdDsa => "EdDSA",
        }
    }

    /// Letter by letter: `rs256` is not a name of RS256.
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.name() == name)
    }
}

impl From<Algorithm> for jsonwebtoken::Algorithm {
    fn from(algorithm: Algorithm) -> Self {
        match algorithm {
            Algorithm::Rs256 => Self::RS256,
            Algorithm::Rs384 => Self::RS384,
            Algorithm::Rs512 => Self::RS512,
            Algorithm::Ps256 => Self::PS256,
            Algorithm::Ps384 => Self::PS384,
            Algorithm::Ps512 => Self::PS512,
            Algorithm::Es256 => Self::ES256,
            Algorithm::Es384 => Self::ES384,
            Algorithm::EdDsa => Self::EdDSA,
        }
    }
}

impl std::fmt::Display for Algorithm {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// How much of an issuer's answers is read, how long is waited, how long is remembered.
#[derive(Clone, Debug)]
pub struct Limits {
    /// For one exchange with an issuer, from connecting to the last byte.
    pub deadline: Duration,
    pub body_bytes: usize,
    /// Exchanges with one issuer at the same time; more wait, within the deadline.
    pub at_once: usize,
    /// How long keys and endpoints are used without asking again.
    pub fresh: Duration,
    /// How long keys and endpoints are used when the issuer cannot be asked.
    pub outage: Duration,
    /// How long an answer about an opaque bearer holds; what was revoked is refused after this at the latest.
    pub introspected: Duration,
    /// How long the names and groups of a thin bearer hold.
    pub userinfo: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            deadline: Duration::from_secs(10),
            body_bytes: 256 * 1024,
            at_once: 32,
            fresh: Duration::from_secs(600),
            outage: Duration::from_secs(24 * 3_600),
            introspected: Duration::from_secs(30),
            userinfo: Duration::from_secs(300),
        }
    }
}

/// Why the gateway does not start with these issuers.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    #[error("the name of an issuer must be 1 to 32 of a-z, 0-9 and -, beginning with a letter, not {name:?}")]
    Name { name: String },
    #[error("the issuer {name} is there twice")]
    NameTwice { name: String },
    #[error("the issuers {one} and {other} have the same address")]
    UrlTwice { one: String, other: String },
    #[error("the address of the issuer {name} {why}")]
    Url { name: String, why: &'static str },
    #[error("the issuer {name} must have at least one audience: without it, tokens made for others would be accepted")]
    NoAudience { name: String },
    #[error("an audience of the issuer {name} is empty or has control characters")]
    Audience { name: String },
    #[error("the issuer {name} must have at least one signature algorithm")]
    NoAlgorithm { name: String },
    #[error("the issuer {name} must have a client_id of printable characters")]
    ClientId { name: String },
    #[error("a scope of the issuer {name} is not one word of printable ASCII")]
    Scope { name: String },
    #[error("the leeway of the issuer {name} must be at most {} seconds", MOST_LEEWAY.as_secs())]
    Leeway { name: String },
    #[error("the issuer {name} cannot introspect or exchange without a client secret")]
    NoSecret { name: String },
    #[error("only one issuer can introspect opaque tokens, not both {one} and {other}")]
    TwoIntrospect { one: String, other: String },
    #[error("the certificates of an issuer's authority cannot be used: {why}")]
    Authority { why: String },
    #[error("the HTTP client cannot be set up: {why}")]
    Http { why: String },
}

const MOST_LEEWAY: Duration = Duration::from_secs(300);

/// All that can be told without asking the issuer.
pub(crate) fn check(all: &[Settings]) -> Result<(), SetupError> {
    for (number, one) in all.iter().enumerate() {
        check_one(one)?;
        for other in all.iter().skip(number + 1) {
            let names = || (one.name.clone(), other.name.clone());
            if one.name == other.name {
                return Err(SetupError::NameTwice { name: one.name.clone() });
            }
            if one.url == other.url {
                let (one, other) = names();
                return Err(SetupError::UrlTwice { one, other });
            }
            if one.introspection && other.introspection {
                let (one, other) = names();
                return Err(SetupError::TwoIntrospect { one, other });
            }
        }
    }
    Ok(())
}

fn check_one(one: &Settings) -> Result<(), SetupError> {
    let name = one.name.clone();
    if !is_name(&name) {
        return Err(SetupError::Name { name });
    }
    if let Err(why) = check_url(&one.url, one.plain_http_on_loopback) {
        return Err(SetupError::Url { name, why });
    }
    if one.audiences.is_empty() {
        return Err(SetupError::NoAudience { name });
    }
    if one.audiences.iter().any(|audience| !is_line(audience)) {
        return Err(SetupError::Audience { name });
    }
    if one.algorithms.is_empty() {
        return Err(SetupError::NoAlgorithm { name });
    }
    if !is_line(&one.client_id) {
        return Err(SetupError::ClientId { name });
    }
    if one.scopes.iter().any(|scope| !is_scope(scope)) {
        return Err(SetupError::Scope { name });
    }
    if one.leeway > MOST_LEEWAY {
        return Err(SetupError::Leeway { name });
    }
    if (one.introspection || one.exchange) && one.client_secret.is_none() {
        return Err(SetupError::NoSecret { name });
    }
    Ok(())
}

/// Whether an issuer or one of its endpoints may be asked: by https, or on this computer alone by http.
pub(crate) fn check_url(text: &str, plain_http_on_loopback: bool) -> Result<Url, &'static str> {
    if text.chars().any(|c| c.is_control() || c.is_whitespace()) {
        return Err("contains a space or control character");
    }
    let url = Url::parse(text).map_err(|_| "is not a URL")?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err("contains a user name or password");
    }
    if url.fragment().is_some() {
        return Err("contains a fragment (#)");
    }
    match url.scheme() {
        "https" => Ok(url),
        "http" if plain_http_on_loopback && is_loopback(&url) => Ok(url),
        "http" => Err("must begin with https://"),
        _ => Err("is neither https nor http"),
    }
}

/// Where the issuer is: the administrator named it, so it may be in a private network.
pub(crate) fn host_port(one: &Settings) -> Result<HostPort, SetupError> {
    let bad = |why| SetupError::Url { name: one.name.clone(), why };
    let url = check_url(&one.url, one.plain_http_on_loopback).map_err(bad)?;
    match (url.host_str(), url.port_or_known_default()) {
        (Some(host), Some(port)) => format!("{host}:{port}").parse().map_err(|_| bad("has no usable host and port")),
        _ => Err(bad("has no usable host and port")),
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

fn is_name(name: &str) -> bool {
    let sound = name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    sound && name.len() <= 32 && name.starts_with(|c: char| c.is_ascii_lowercase())
}

fn is_line(text: &str) -> bool {
    !text.is_empty() && !text.chars().any(char::is_control)
}

/// RFC 6749, appendix A.4.
pub(crate) fn is_scope(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| matches!(byte, 0x21 | 0x23..=0x5b | 0x5d..=0x7e))
}
