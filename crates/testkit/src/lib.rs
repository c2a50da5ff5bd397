//! What the other crates' integration tests stand on; never part of the program.
//!
//! Here live real peers and real processes in throw-away places: a private PostgreSQL ([`Postgres`]), an OpenID provider
//! ([`OpenIdProvider`]), OpenStack sites ([`OpenStack`]) and one that only behaves like them ([`Cloud`]), a home directory for a program under test ([`Home`]) with the
//! programs started in it ([`Program`]), a proxy that does to answers what bad networks do ([`FaultProxy`]), and the means to wait for a condition instead of sleeping ([`wait_until`],
//! [`await_until`]). Nothing here knows any other crate of the workspace, so every one of them can use it.
//!
//! One rule shapes it: *whatever is started ends with its owner*, also when the owner is killed with signal 9. A
//! `Drop` does not run then, so the end is the business of a small shell that waits beside each resource for the
//! end of a pipe only the owner holds (`watchdog`). `Drop` merely closes that pipe and waits: one way down, used
//! every day, rather than a second one that only a crash would exercise.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "test code: a failed precondition fails the test that asked for it"
)]

mod clock;
mod cloud;
mod dir;
mod engines;
mod faults;
mod home;
mod openid;
mod openstack;
mod podman;
mod postgres;
mod process;
mod program;
mod python;
mod wait;
mod watchdog;

pub use clock::MovedClock;
pub use cloud::{Cloud, Mishap, Site, Thing};
pub use dir::short_dir;
pub use engines::{apptainer, udocker};
pub use faults::{Asked, Fault, FaultProxy, tunnel};
pub use home::Home;
pub use openid::{Flavour, OpenIdProvider};
pub use openstack::{Killed, OpenStack, OpenStackSite, Paused};
pub use podman::podman;
pub use postgres::Postgres;
pub use process::{process_is_alive, processes_with_env};
pub use program::Program;
pub use python::python_environment;
pub use rustix::process::Signal;
pub use wait::{await_until, wait_until};

/// A port on loopback that nobody listened on a moment ago. Another process may take it first: who can, lets its
/// server bind port 0 instead.
pub fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("bind a port on loopback");
    listener.local_addr().expect("the port just bound").port()
}
