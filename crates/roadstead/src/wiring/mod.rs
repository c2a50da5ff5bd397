//! Putting the parts together: configuration, directories, the gateway's start and end.

mod bearers;
pub mod config;
pub mod embedded;
mod federation;
pub mod housekeeping;
mod issuers;
pub mod logging;
mod notify;
pub mod pilot;
mod pilots;
pub mod places;
pub mod serve;
#[cfg(test)]
mod statements;
mod terms;

/// The version of the program, as it is told to pilots, clients and research objects.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
