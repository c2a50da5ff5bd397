//! Against a real provider (`testbed/oidc`) where things go well or are out of order, and against a hostile one of the
//! tests' own where they are attacks. Attacks are rows of tables: each has a name and the one error that it must end in.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "test code")]

mod answers;
mod bearers;
mod device;
mod forge;
mod hostile;
mod keys;
mod logout;
mod mutations;
mod outage;
mod provider;
mod secrets;
mod settings;
mod sign_in;
mod world;
