//! Against a real provider (`testbed/oidc`), on both databases where gateways share one.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "test code")]

mod keystone;
mod tokens;
mod troubles;
mod world;
