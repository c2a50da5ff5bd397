//! Signing in at real OpenStack sites (`testbed/openstack`), and at one of the tests' own that counts and lies.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "test code")]

mod evidence;
mod fake;
mod login;
mod refusals;
mod sessions;
mod world;
