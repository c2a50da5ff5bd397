//! Real OpenStack sites (`testbed/openstack`): signing in, reading what they have; the same from sites that are broken on
//! purpose, and from servers of the tests' own that count and lie. What sources say of a federation. What machines are told at their
//! first boot.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "test code")]

mod addresses;
mod cloud_init;
mod contract;
mod evidence;
mod fake;
mod faults;
mod federation;
mod inventory;
mod login;
mod lookout;
mod mishaps;
mod pages;
mod refusals;
mod sessions;
mod world;
