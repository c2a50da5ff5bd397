//! Streams of events (server-sent events): what happens to one run, or to everything of the caller.
//!
//! A stream reads what comes after the last number it sent, from the database; being told that there is news is only a
//! reason to read at once. So a reader who resumes at a number misses nothing, and news that got lost only come later.

mod feed;
pub(crate) mod of_caller;
pub(crate) mod of_run;
mod patience;

pub(crate) use patience::Patience;
