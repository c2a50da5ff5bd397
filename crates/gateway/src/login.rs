//! Signing in at an issuer: a browser is sent away, comes back with an answer, and gets a session; the issuer may end that
//! session later. What is believed, and why, is `issuers`'; who that makes somebody here is `identity`'s.

pub(crate) mod begin;
pub(crate) mod finish;
pub(crate) mod issuers;
pub(crate) mod logout;
mod page;
mod pending;
mod refused;

pub(crate) use refused::{of_bearer, of_issuer};
