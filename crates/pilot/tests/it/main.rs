//! The pilot against the real kernel.

// Helpers of tests are outside of the functions that clippy knows as tests.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, clippy::print_stderr)]

mod execute;
