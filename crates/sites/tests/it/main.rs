//! Signing in at real OpenStack sites (`testbed/openstack`) and reading what they have; the same from sites that are broken on
//! purpose, and from servers of the tests' own that count and lie.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "test code")]

mod addresses;
mod fake;
mod faults;
mod inventory;
mod login;
mod pages;
mod refusals;
mod sessions;
mod world;
