//! The crate against hostile URLs, servers, files and directory trees.

// Helpers of tests are tests, which the lint cannot know.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stderr)]

mod fetch;
mod file;
mod guard;
mod outputs;
mod place;
mod server;
