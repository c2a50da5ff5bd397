//! `roadstead pilot`: this program beside the work, or keeping a service where such programs work.

use super::logging;
use model::{Code, Problem};
use pilot::recipe::{Recipe, Role};
use pilot::{PilotError, keep};
use sites::kept::Steward;
use std::sync::Arc;

/// Reads the recipe from standard input and works until there is no more to do.
pub fn run() -> Result<(), Problem> {
    logging::start("info");
    let recipe = pilot::read_recipe(std::io::stdin().lock()).map_err(|error| {
        let remedy = "A pilot is started by a gateway, which hands it a recipe on standard input; there is no reason to start one by hand.";
        Problem::new(Code::UsageWrong, error.to_string(), remedy)
    })?;
    // One thread: a pilot waits most of its time, and starts for every run. What computes (hashes) or blocks (files) is
    // done on threads of its own.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|error| cannot_start(&error))?;
    let ended = match recipe.role {
        Role::Work => runtime.block_on(pilot::run(recipe)),
        Role::Keep => {
            let program = std::env::current_exe().map_err(|error| cannot_start(&error))?;
            runtime.block_on(keep_service(recipe, program))
        }
    };
    ended.map_err(|error| {
        tracing::warn!(%error, "the pilot ends");
        Problem::new(Code::PilotLost, error.to_string(), "Nothing needs to be done: the gateway notices.")
    })
}

async fn keep_service(recipe: Recipe, program: std::path::PathBuf) -> Result<(), PilotError> {
    let steward = Arc::new(Steward::of(&recipe, program));
    let settling = Arc::clone(&steward);
    tokio::spawn(async move { settling.settle().await });
    keep::run(recipe, steward).await
}

fn cannot_start(error: &std::io::Error) -> Problem {
    let detail = format!("The pilot cannot start: {error}.");
    Problem::new(Code::ExecutionFailed, detail, "Look at the limits on threads of this user.")
}
