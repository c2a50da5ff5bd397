//! What is known of a request while it is answered.

use super::Place;
use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use futures_util::StreamExt;
use model::id::PersonId;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, OnceLock};

/// The address at the other end of the connection.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer(pub IpAddr);

/// Whom the request comes from, as far as it is known.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Client(pub Option<IpAddr>);

/// What a request turned out to be, for whoever saw it come in.
#[derive(Clone, Default)]
pub(crate) struct Trace(Arc<Known>);

#[derive(Default)]
struct Known {
    person: OnceLock<PersonId>,
    place: OnceLock<Place>,
}

impl Trace {
    pub fn is_of(&self, person: &PersonId) {
        let _ = self.0.person.set(person.clone());
    }

    pub fn person(&self) -> Option<&PersonId> {
        self.0.person.get()
    }

    /// It takes this place until the last byte of its answer is out. A request has one, however often it is asked who
    /// it comes from.
    pub fn takes(&self, place: Place) {
        let _ = self.0.place.set(place);
    }
}

/// One subscriber has a whole network of IPv6 addresses. Whoever has no address shares one.
pub(crate) fn network(address: Option<IpAddr>) -> IpAddr {
    match address {
        Some(IpAddr::V6(address)) => Ipv6Addr::from(u128::from(address) >> 64 << 64).into(),
        Some(address) => address,
        None => Ipv6Addr::UNSPECIFIED.into(),
    }
}

/// Whom the request comes from: the peer, or whom trusted proxies say they got it from. Read from the end, since
/// everything in front of the first stranger was written by the stranger.
pub(super) fn client(request: &Request, trusted: &[IpAddr]) -> Option<IpAddr> {
    let Peer(peer) = *request.extensions().get::<Peer>()?;
    if !trusted.contains(&peer) {
        return Some(peer);
    }
    let values: Vec<&str> = request.headers().get_all("x-forwarded-for").iter().filter_map(|value| value.to_str().ok()).collect();
    let mut nearest = peer;
    for hop in values.iter().flat_map(|value| value.split(',')).rev() {
        let Ok(address) = hop.trim().parse::<IpAddr>() else { break };
        nearest = address;
        if !trusted.contains(&address) {
            break;
        }
    }
    Some(nearest)
}

/// Holds something (the gateway is busy, the caller's place is taken) until the last byte of the answer is out. Answers
/// that are whole already are as good as out.
pub(super) fn while_it_lasts(response: Response, held: impl Send + 'static) -> Response {
    use axum::body::HttpBody;
    if response.body().size_hint().exact().is_some() {
        return response;
    }
    response.map(|body| {
        Body::from_stream(body.into_data_stream().map(move |part| {
            let _ = &held;
            part
        }))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_trusted_proxies_say_is_believed() {
        let address = |text: &str| text.parse::<IpAddr>().expect("an address");
        let trusted = [address("10.0.0.1"), address("10.0.0.2")];
        let of = |peer: &str, forwarded: &[&str]| {
            let mut request = Request::new(Body::empty());
            request.extensions_mut().insert(Peer(address(peer)));
            for value in forwarded {
                request.headers_mut().append("x-forwarded-for", value.parse().expect("ascii"));
            }
            client(&request, &trusted)
        };
        assert_eq!(of("192.0.2.9", &["198.51.100.1"]), Some(address("192.0.2.9")), "anybody can write the header");
        assert_eq!(of("10.0.0.1", &[]), Some(address("10.0.0.1")));
        assert_eq!(of("10.0.0.1", &["198.51.100.1, 10.0.0.2"]), Some(address("198.51.100.1")));
        assert_eq!(of("10.0.0.1", &["6.6.6.6, 198.51.100.1"]), Some(address("198.51.100.1")), "the stranger wrote the first");
        assert_eq!(of("10.0.0.1", &["198.51.100.1", "10.0.0.2"]), Some(address("198.51.100.1")), "two headers are one list");
        assert_eq!(of("10.0.0.1", &["nonsense"]), Some(address("10.0.0.1")));
    }
}
