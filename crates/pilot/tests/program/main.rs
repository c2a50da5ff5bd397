//! The whole pilot, as a process of its own, against a gateway that is played here.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a failing test is a panic")]

mod aboard;
mod array;
mod bench;
mod cuts;
mod endings;
mod gateway;
mod pilot;
mod secrets;
mod skew;
mod speed;
