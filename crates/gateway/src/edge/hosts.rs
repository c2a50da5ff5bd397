//! By which names this gateway may be called, and which web pages may change something here.
//!
//! A page of anybody's can make a browser send requests to loopback, and a name of anybody's can be made to resolve to
//! it (DNS rebinding). Neither works when the name in `Host` has to be one of ours, and the `Origin`, which browsers
//! always send with requests that change something, too.

use crate::Settings;
use crate::refusal::Refusal;
use axum::extract::Request;
use axum::http::uri::Authority;
use axum::http::{HeaderMap, header};
use model::Code;
use std::collections::HashSet;
use std::net::{IpAddr, SocketAddr};
use url::Url;

pub(crate) struct Hosts {
    /// `host:port`, or `host` for any port.
    names: HashSet<String>,
    origins: HashSet<String>,
    /// Of an address that stands for all addresses of this computer: any address is right then, since what is rebound
    /// is always a name.
    any_address_at: Option<u16>,
}

impl Hosts {
    pub fn new(settings: &Settings, listening: SocketAddr) -> Self {
        let port = listening.port();
        let mut names: HashSet<String> = ["localhost", "127.0.0.1", "[::1]"].map(|name| format!("{name}:{port}")).into();
        names.insert(listening.to_string());
        names.extend(settings.allowed_hosts.iter().map(|name| name.to_ascii_lowercase()));
        let mut origins: HashSet<String> = settings.allowed_origins.iter().map(|origin| origin.to_ascii_lowercase()).collect();
        if let Some(url) = &settings.public_url {
            origins.insert(url.origin().ascii_serialization());
            if let Some((host, port)) = url.host_str().zip(url.port_or_known_default()) {
                names.insert(format!("{host}:{port}"));
                // Without a port it is the default of a scheme that ends at the proxy, which we do not see.
                if url.port().is_none() {
                    names.insert(format!("{host}:80"));
                }
            }
        }
        Self { names, origins, any_address_at: listening.ip().is_unspecified().then_some(port) }
    }

    pub fn check_host(&self, request: &Request) -> Result<(), Refusal> {
        let mut given = request.headers().get_all(header::HOST).iter();
        let (host, more) = (given.next(), given.next());
        let host =
            host.filter(|_| more.is_none()).and_then(|host| host.to_str().ok()).and_then(|host| host.parse::<Authority>().ok());
        // A request to a proxy has the name in its first line as well; that one then counts too.
        let both = [host.as_ref(), request.uri().authority()];
        if host.is_some() && both.into_iter().flatten().all(|authority| self.is_ours(authority)) {
            return Ok(());
        }
        Err(Refusal::new(
            Code::WrongHost,
            "This gateway is not called by the name in the request's `Host`.",
            "Use the gateway's own address; its administrator can allow further names (`public_url`, `allowed_hosts`).",
        ))
    }

    fn is_ours(&self, authority: &Authority) -> bool {
        let Some((host, port)) = host_and_port(authority) else { return false };
        self.names.contains(&host) || self.is_ours_at(&host, port)
    }

    fn is_ours_at(&self, host: &str, port: u16) -> bool {
        let is_address = || host.trim_matches(['[', ']']).parse::<IpAddr>().is_ok();
        self.names.contains(&format!("{host}:{port}")) || (self.any_address_at == Some(port) && is_address())
    }

    /// Requests without an `Origin` come from programs, not from pages.
    pub fn check_origin(&self, headers: &HeaderMap) -> Result<(), Refusal> {
        if headers.contains_key(header::ORIGIN) { self.require_origin(headers) } else { Ok(()) }
    }

    /// A browser adds its cookie to requests of any page that counts as the same site, and ports do not count there:
    /// what changes something has to come from a page of ours, and say so.
    pub fn require_origin(&self, headers: &HeaderMap) -> Result<(), Refusal> {
        let mut origins = headers.get_all(header::ORIGIN).iter();
        let (origin, more) = (origins.next(), origins.next());
        let is_ours = origin.and_then(|origin| origin.to_str().ok()).is_some_and(|origin| self.is_our_origin(origin, headers));
        if is_ours && more.is_none() {
            return Ok(());
        }
        Err(Refusal::new(
            Code::WrongOrigin,
            "The page that sent this request is not one of this gateway.",
            "Use the gateway's own pages; its administrator can allow others (`allowed_origins`).",
        ))
    }

    /// A name that is ours at any port is that of others at other ports: such an origin has to be the very address that was
    /// called.
    fn is_our_origin(&self, origin: &str, headers: &HeaderMap) -> bool {
        if self.origins.contains(&origin.to_ascii_lowercase()) {
            return true;
        }
        let Ok(url) = Url::parse(origin) else { return false };
        let port = url.port_or_known_default();
        let authority = url.host_str().zip(port).and_then(|(host, port)| format!("{host}:{port}").parse().ok());
        let Some((host, port)) = authority.as_ref().and_then(host_and_port) else { return false };
        let called = headers.get(header::HOST).and_then(|called| called.to_str().ok()?.parse::<Authority>().ok());
        let is_called = || called.as_ref().and_then(host_and_port).is_some_and(|called| called == (host.clone(), port));
        matches!(url.scheme(), "http" | "https") && (self.is_ours_at(&host, port) || (self.names.contains(&host) && is_called()))
    }
}

/// None with a user in front of it, which nobody has a reason to send.
fn host_and_port(authority: &Authority) -> Option<(String, u16)> {
    let host = authority.host().trim_end_matches('.').to_ascii_lowercase();
    (!authority.as_str().contains('@')).then(|| (host, authority.port_u16().unwrap_or(80)))
}
