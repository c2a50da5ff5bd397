//! Signing in at an issuer: a browser is sent away, comes back with an answer, and gets a session; the issuer may end that
//! session later. A command line waits until somebody typed a code there, and gets a token. What is believed, and why, is `issuers`'; who that makes somebody here is `identity`'s.

pub(crate) mod begin;
mod complete;
pub(crate) mod device;
pub(crate) mod finish;
pub(crate) mod issuers;
pub(crate) mod logout;
mod page;
mod pending;
mod refused;

pub(crate) use refused::{of_bearer, of_issuer};

use crate::app::App;
use crate::refusal::Refusal;
use axum::http::{HeaderValue, header};
use model::Code;
use std::net::IpAddr;

/// One more sign-in that somebody begins at an issuer: it is asked, and something is written down.
fn spend(app: &App, address: Option<IpAddr>) -> Result<(), Refusal> {
    if app.sign_ins.take(address, app.gateway.clock.now()).is_some() {
        return Ok(());
    }
    let detail = "Too many sign-ins were begun from your network within a minute.";
    Err(Refusal::new(Code::TooManyRequests, detail, "Wait a minute, then sign in again.")
        .with_header(header::RETRY_AFTER, HeaderValue::from_static("60")))
}
