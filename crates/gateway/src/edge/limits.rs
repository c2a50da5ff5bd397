//! How much one caller may ask for, so that nobody's programs keep the gateway from everybody else.
//!
//! A person counts, not a token: tokens can be made by the dozen. Whoever is not signed in counts by address, and only
//! where signing in is tried: everything else that strangers can reach is answered without work.

use super::crowd::{Crowd, Full, Place};
use super::trace::network;
use crate::Settings;
use crate::refusal::Refusal;
use axum::http::{HeaderValue, header};
use model::Code;
use model::id::PersonId;
use std::net::IpAddr;
use std::time::{Duration, Instant};

/// At once, of one address. Signing in takes a moment; more at once is somebody who holds requests open.
const SIGN_INS: u32 = 16;

pub(crate) struct Limits {
    requests: Crowd<PersonId>,
    streams: Crowd<PersonId>,
    sign_ins: Crowd<IpAddr>,
    began: Instant,
}

impl Limits {
    pub fn new(settings: &Settings) -> Self {
        Self {
            requests: Crowd::new(settings.most_requests, settings.request_rate),
            streams: Crowd::new(settings.most_streams, None),
            sign_ins: Crowd::new(SIGN_INS, None),
            began: Instant::now(),
        }
    }

    pub fn request(&self, person: &PersonId) -> Result<Place, Refusal> {
        self.requests.enter(person, self.began.elapsed()).map_err(|full| match full {
            Full::AtOnce { most } => refuse(
                format!("{most} of your requests are being answered already."),
                "Wait for answers before you ask for more, and read to their end what is sent to you.",
                Duration::from_secs(1),
            ),
            Full::TooOften { per_second, pause } => refuse(
                format!("You ask more often than {per_second} times a second."),
                "Ask less often; `/api/v1/events` tells at once what changes.",
                pause,
            ),
        })
    }

    /// Besides the place of the request that it is the answer to.
    pub fn stream(&self, person: &PersonId) -> Result<Place, Refusal> {
        self.streams.enter(person, self.began.elapsed()).map_err(|_| {
            refuse(
                "You follow as many event streams and logs as one person may.",
                "Close some; one stream of `/api/v1/events` tells of all your runs.",
                Duration::from_secs(5),
            )
        })
    }

    pub fn sign_in(&self, address: Option<IpAddr>) -> Result<Place, Refusal> {
        self.sign_ins.enter(&network(address), self.began.elapsed()).map_err(|_| {
            refuse("Your address is signing in too often at once.", "Try again in a few seconds.", Duration::from_secs(5))
        })
    }
}

fn refuse(detail: impl Into<String>, remedy: &str, pause: Duration) -> Refusal {
    let seconds = pause.as_secs() + u64::from(pause.subsec_nanos() > 0);
    Refusal::new(Code::TooManyRequests, detail, remedy).with_header(header::RETRY_AFTER, HeaderValue::from(seconds.max(1)))
}
