//! Names to addresses: the one place where a name server is asked, and the filter on its answers.

use std::error::Error;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::{Refused, address};

/// How a name becomes addresses. A trait so that a test can play the hostile name server.
pub trait Lookup: Send + Sync + 'static {
    fn lookup(&self, host: String) -> BoxFuture<'static, io::Result<Vec<IpAddr>>>;
}

/// The operating system's resolver.
pub struct SystemLookup;

impl Lookup for SystemLookup {
    fn lookup(&self, host: String) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> {
        async move {
            let found = tokio::net::lookup_host((host, 0)).await?;
            Ok(found.map(|address| address.ip()).collect())
        }
        .boxed()
    }
}

/// The system resolver's own patience (5 s twice per server) can add up to minutes.
const PATIENCE: Duration = Duration::from_secs(15);

/// A name with hundreds of addresses would make one connection attempt take hundreds of connect timeouts.
const MOST_ADDRESSES: usize = 16;

/// The addresses of `host` that may be connected to. With `exempt` (the administrator listed this host and
/// port) they are all allowed; otherwise non-public ones are dropped, and a name with no others is refused.
pub(super) async fn resolve(lookup: &dyn Lookup, host: &str, exempt: bool) -> Result<Vec<IpAddr>, Refused> {
    let unresolved = |why: String| Refused::Unresolved { host: host.to_owned(), why };
    let found = match tokio::time::timeout(PATIENCE, lookup.lookup(host.to_owned())).await {
        Ok(Ok(found)) => found,
        Ok(Err(error)) => return Err(unresolved(error.to_string())),
        Err(_) => return Err(unresolved("the name server did not answer in time".to_owned())),
    };
    let mut allowed = Vec::new();
    let mut forbidden = None;
    for address in found {
        match address::classify(address) {
            Some(range) if !exempt => forbidden = forbidden.or(Some((address, range))),
            _ if allowed.len() < MOST_ADDRESSES => allowed.push(address),
            _ => {}
        }
    }
    match (allowed.is_empty(), forbidden) {
        (false, _) => Ok(allowed),
        (true, Some((address, range))) => Err(Refused::Address { host: host.to_owned(), address, range }),
        (true, None) => Err(unresolved("the name has no address".to_owned())),
    }
}

/// The resolver of an HTTP client. Since the client connects to exactly what this returns, there is no second
/// look-up between check and connection that a rebinding name server could answer differently.
///
/// A resolver is not told the port, and exceptions are by host *and* port. Hence two clients with one of these
/// each: the exempt one is only ever handed URLs whose host and port are listed.
pub struct GuardedResolver {
    pub(super) lookup: Arc<dyn Lookup>,
    pub(super) exempt: bool,
}

impl Resolve for GuardedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let lookup = Arc::clone(&self.lookup);
        let exempt = self.exempt;
        Box::pin(async move {
            let allowed = resolve(lookup.as_ref(), name.as_str(), exempt)
                .await
                .map_err(|refused| -> Box<dyn Error + Send + Sync> { Box::new(refused) })?;
            // Port 0 means "the port of the URL".
            let addresses: Addrs = Box::new(allowed.into_iter().map(|address| SocketAddr::new(address, 0)));
            Ok(addresses)
        })
    }
}
