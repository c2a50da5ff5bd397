//! How long somebody waits for the federation.

use std::time::Duration;

use model::Code;

use crate::refusal::Refusal;

/// Whoever waits longer had better ask again.
const LONGEST_WAIT: u32 = 60;

/// `wait` of a query: none, if what is there will do.
pub(crate) fn patience(wait: Option<u32>) -> Result<Option<Duration>, Refusal> {
    match wait {
        None => Ok(None),
        Some(seconds @ 0..=LONGEST_WAIT) => Ok(Some(Duration::from_secs(seconds.into()))),
        Some(_) => Err(Refusal::of_field(
            Code::InvalidQuery,
            "wait",
            format!("must be from 0 to {LONGEST_WAIT}"),
            "Wait for less, and ask again: what was begun goes on.",
        )),
    }
}
