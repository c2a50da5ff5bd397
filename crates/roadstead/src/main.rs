//! Roadstead: one gateway between a researcher and the archives, clouds, clusters and notebooks of a federation.
//!
//! The program wires the other crates together ([`wiring`]) and is their command line ([`cli`]); it is also the pilot
//! that runs beside the work. Nothing else is a binary.

mod cli;
mod client;
mod credentials;
mod output;
mod wiring;

use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    cli::carry_out(cli::Program::parse()).into()
}
