//! The program as people and programs meet it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a failed precondition fails the test")]

mod book;
mod cli;
mod containers;
mod delegation;
mod engine;
mod gateways;
mod guest;
mod machines;
mod systemd;
mod workflow;
