//! `roadstead pilot`: this program beside the work.

use super::logging;
use model::{Code, Problem};

/// Reads the recipe from standard input and works until there is no more to do.
pub fn run() -> Result<(), Problem> {
    logging::start("info");
    let recipe = pilot::read_recipe(std::io::stdin().lock()).map_err(|error| {
        let remedy = "A pilot is started by a gateway, which hands it a recipe on standard input; there is no reason to start one by hand.";
        Problem::new(Code::UsageWrong, error.to_string(), remedy)
    })?;
    // One thread: a pilot waits most of its time, and starts for every run. What computes (hashes) or blocks (files) is
    // done on threads of its own.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|error| {
        Problem::new(
            Code::ExecutionFailed,
            format!("The pilot cannot start: {error}."),
            "Look at the limits on threads of this user.",
        )
    })?;
    runtime.block_on(pilot::run(recipe)).map_err(|error| {
        tracing::warn!(%error, "the pilot ends");
        Problem::new(Code::PilotLost, error.to_string(), "Nothing needs to be done: the gateway notices.")
    })
}
