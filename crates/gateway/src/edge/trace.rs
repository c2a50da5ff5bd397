//! What is known of a request while it is answered.

use crate::activity::Busy;
use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use futures_util::StreamExt;
use model::id::PersonId;
use std::net::IpAddr;
use std::sync::{Arc, OnceLock};

/// The address at the other end of the connection.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer(pub IpAddr);

/// Who it turned out to be, for the log.
#[derive(Clone, Default)]
pub(crate) struct Trace(Arc<OnceLock<PersonId>>);

impl Trace {
    pub fn is_of(&self, person: &PersonId) {
        let _ = self.0.set(person.clone());
    }

    pub fn person(&self) -> Option<&PersonId> {
        self.0.get()
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

/// Keeps the gateway busy until the last byte of the answer is out. Answers that are whole already are as good as out.
pub(super) fn while_it_lasts(response: Response, busy: Busy) -> Response {
    use axum::body::HttpBody;
    if response.body().size_hint().exact().is_some() {
        return response;
    }
    response.map(|body| {
        Body::from_stream(body.into_data_stream().map(move |part| {
            let _ = &busy;
            part
        }))
    })
}
