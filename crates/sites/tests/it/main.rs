//! Signing in at real OpenStack sites (`testbed/openstack`), and at one of the tests' own that counts and lies.
//! What sources say of a federation, from files and servers of the tests' own.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "test code")]

mod fake;
mod federation;
mod login;
mod lookout;
mod refusals;
mod sessions;
mod world;
