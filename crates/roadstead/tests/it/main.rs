//! The program as people and programs meet it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a failed precondition fails the test")]

mod cli;
mod engine;
mod workflow;
