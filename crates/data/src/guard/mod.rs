//! The one door that every URL from a request, a dataset or a redirect has to pass before it is fetched.
//!
//! [`UrlGuard::admit`] looks at the text alone and is the only maker of a [`GuardedUrl`]; it costs
//! microseconds, so ten thousand inputs can be checked while a request is being read. [`UrlGuard::check`]
//! also asks the name server, to tell a person at once what would fail later. Neither is what protects at the
//! time of connecting: the fetching client resolves names anew then, through the same filter, and the address
//! that passed is the address that is used.

mod address;
mod lookup;

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, de};
use url::{Host, Url};

pub use address::{Range, classify};
pub use lookup::{GuardedResolver, Lookup, SystemLookup};

/// Longer URLs are refused: no archive needs them, and every hop and log carries them along.
pub const MOST_URL_BYTES: usize = 4096;

/// Why a URL is not fetched.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    #[error("the URL has {bytes} bytes, the limit is {MOST_URL_BYTES}")]
    TooLong { bytes: usize },
    #[error("the URL contains a space or control character")]
    Unprintable,
    #[error("not a URL: {why}")]
    Malformed { why: String },
    #[error("only http and https URLs are fetched, not {scheme}")]
    Scheme { scheme: String },
    #[error("the URL contains a user name or password")]
    Credentials,
    #[error("the name {host} cannot be resolved: {why}")]
    Unresolved { host: String, why: String },
    /// The message leaves the address out: a person outside must not learn the addresses of internal names.
    #[error("{host} is in {range}, which may not be reached from here")]
    Address { host: String, address: IpAddr, range: Range },
    #[error("a redirect leads from https to http")]
    Downgrade,
}

impl Refused {
    /// A name that does not resolve now may do so in a minute; nothing else changes by waiting.
    pub fn is_permanent(&self) -> bool {
        !matches!(self, Refused::Unresolved { .. })
    }
}

/// An exception from the administrator's configuration: exactly this host (a name as written in the URL, or
/// an address) at exactly this port. Written `host:port`, `192.0.2.1:80` or `[::1]:8080`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct HostPort {
    host: Host,
    port: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not host:port, such as archive.example.org:443 or [::1]:8080")]
pub struct BadHostPort {
    text: String,
}

impl FromStr for HostPort {
    type Err = BadHostPort;

    fn from_str(text: &str) -> Result<Self, BadHostPort> {
        let bad = || BadHostPort { text: text.to_owned() };
        let (host, port) = text.rsplit_once(':').ok_or_else(bad)?;
        // `Host::parse` is the URL parser's own: exception and URL are normalised alike.
        let host = normal(&Host::parse(host).map_err(|_| bad())?).ok_or_else(bad)?;
        match port.parse::<u16>() {
            // A pattern would look like an exception and never be one.
            Ok(_) if text.contains('*') => Err(bad()),
            Ok(number @ 1..) if port.bytes().all(|byte| byte.is_ascii_digit()) => Ok(HostPort { host, port: number }),
            _ => Err(bad()),
        }
    }
}

impl fmt::Display for HostPort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}

impl<'de> Deserialize<'de> for HostPort {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

/// `example.org.` is `example.org`: the dot only ends the search list. A name of dots alone is none.
fn normal<S: AsRef<str>>(host: &Host<S>) -> Option<Host> {
    match host {
        Host::Ipv4(address) => Some(Host::Ipv4(*address)),
        Host::Ipv6(address) => Some(Host::Ipv6(*address)),
        Host::Domain(name) => {
            let name = name.as_ref();
            let name = name.strip_suffix('.').unwrap_or(name);
            let sound = !name.is_empty() && name.len() <= 253 && name.split('.').all(|label| (1..=63).contains(&label.len()));
            sound.then(|| Host::Domain(name.to_ascii_lowercase()))
        }
    }
}

/// A URL whose text passed a guard: http or https, no credentials, a sound host that is not a forbidden
/// address. Only [`UrlGuard`] makes one.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct GuardedUrl {
    url: Url,
    target: HostPort,
}

impl GuardedUrl {
    /// The whole URL, query included, which may be a signature that gives access: not for logs.
    pub fn as_str(&self) -> &str {
        self.url.as_str()
    }

    /// Host and port, the port filled in from the scheme.
    pub fn target(&self) -> &HostPort {
        &self.target
    }

    /// The last part of the path, for naming a file after it. Still percent-encoded.
    pub fn last_segment(&self) -> Option<&str> {
        self.url.path_segments()?.next_back().filter(|part| !part.is_empty())
    }

    pub fn url(&self) -> &Url {
        &self.url
    }
}

/// For people and logs: without the query.
impl fmt::Display for GuardedUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}{}", self.url.scheme(), self.target, self.url.path())
    }
}

impl fmt::Debug for GuardedUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "GuardedUrl({self})")
    }
}

#[derive(Clone)]
pub struct UrlGuard {
    allow: Arc<[HostPort]>,
    lookup: Arc<dyn Lookup>,
}

impl UrlGuard {
    pub fn new(allow: Vec<HostPort>) -> Self {
        UrlGuard::with_lookup(allow, Arc::new(SystemLookup))
    }

    pub fn with_lookup(allow: Vec<HostPort>, lookup: Arc<dyn Lookup>) -> Self {
        UrlGuard { allow: allow.into(), lookup }
    }

    /// Checks all that can be told from the text. Odd spellings of an address (decimal, octal, hexadecimal,
    /// full-width digits, percent-encoding, trailing dot) are already plain addresses after parsing.
    pub fn admit(&self, text: &str) -> Result<GuardedUrl, Refused> {
        if text.len() > MOST_URL_BYTES {
            return Err(Refused::TooLong { bytes: text.len() });
        }
        // The parser would drop tabs and line breaks silently; what a log shows must be what is fetched.
        if text.chars().any(|c| c.is_control() || c.is_whitespace()) {
            return Err(Refused::Unprintable);
        }
        self.admit_url(Url::parse(text).map_err(malformed)?)
    }

    /// The text, and what the name resolves to at this moment.
    pub async fn check(&self, text: &str) -> Result<GuardedUrl, Refused> {
        let admitted = self.admit(text)?;
        if let Host::Domain(name) = &admitted.target.host {
            lookup::resolve(self.lookup.as_ref(), name, self.is_exempt(&admitted)).await?;
        }
        Ok(admitted)
    }

    /// Where a redirect from `from` leads. A relative `location` is allowed; less secure than `from` is not.
    pub fn follow(&self, from: &GuardedUrl, location: &str) -> Result<GuardedUrl, Refused> {
        if location.len() > MOST_URL_BYTES {
            return Err(Refused::TooLong { bytes: location.len() });
        }
        let next = self.admit_url(from.url.join(location).map_err(malformed)?)?;
        match (from.url.scheme(), next.url.scheme()) {
            ("https", "http") => Err(Refused::Downgrade),
            _ => Ok(next),
        }
    }

    fn admit_url(&self, mut url: Url) -> Result<GuardedUrl, Refused> {
        if !matches!(url.scheme(), "http" | "https") {
            return Err(Refused::Scheme { scheme: url.scheme().to_owned() });
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Refused::Credentials);
        }
        // Encoding may have made it longer than its text.
        if url.as_str().len() > MOST_URL_BYTES {
            return Err(Refused::TooLong { bytes: url.as_str().len() });
        }
        url.set_fragment(None);
        let host = url.host().as_ref().and_then(normal);
        let (Some(host), Some(port @ 1..)) = (host, url.port_or_known_default()) else {
            return Err(Refused::Malformed { why: "no usable host and port".to_owned() });
        };
        if let Host::Domain(name) = &host {
            // Without its trailing dot, which certificates do not have.
            url.set_host(Some(name)).map_err(malformed)?;
        }
        let admitted = GuardedUrl { url, target: HostPort { host, port } };
        // An HTTP client does not ask its resolver about literal addresses, so this is where they are judged.
        let literal = match &admitted.target.host {
            Host::Ipv4(address) => Some(IpAddr::V4(*address)),
            Host::Ipv6(address) => Some(IpAddr::V6(*address)),
            Host::Domain(_) => None,
        };
        match literal.and_then(|address| Some((address, classify(address)?))) {
            Some((address, range)) if !self.is_exempt(&admitted) => {
                Err(Refused::Address { host: admitted.target.host.to_string(), address, range })
            }
            _ => Ok(admitted),
        }
    }

    /// Whether the administrator listed exactly this host and port.
    pub fn is_exempt(&self, url: &GuardedUrl) -> bool {
        self.allow.contains(&url.target)
    }

    pub(crate) fn has_exceptions(&self) -> bool {
        !self.allow.is_empty()
    }

    /// For an HTTP client: of addresses that may be reached, or (`exempt`) of those that the administrator listed.
    pub fn resolver(&self, exempt: bool) -> GuardedResolver {
        GuardedResolver { lookup: Arc::clone(&self.lookup), exempt }
    }
}

fn malformed(error: url::ParseError) -> Refused {
    Refused::Malformed { why: error.to_string() }
}
