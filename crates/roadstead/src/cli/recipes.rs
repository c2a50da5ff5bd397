//! `recipes`: what a machine can be made into.

use super::exit::Exit;
use super::session::Session;
use crate::output::{Column, Table};
use model::Problem;
use model::recipe::{Mount, RecipeView};
use serde_json::json;

const EXAMPLES: &str = "\
Examples:
  roadstead recipes
  roadstead recipes --json

An administrator of the gateway puts them together. A request for a machine names one: machine.recipe.";

/// List what a machine can be made into at its first boot.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Recipes {}

impl Recipes {
    pub async fn carry_out(self, session: &Session) -> Result<Exit, Problem> {
        let recipes: Vec<RecipeView> = session.client().await?.all(&["recipes"], &[]).await?;
        let output = &session.output;
        match (output.is_json(), recipes.is_empty()) {
            (true, _) => output.json(&json!({ "items": recipes })),
            (false, true) => output.note("There are no recipes here, or none for your communities."),
            (false, false) => {
                let mut table = Table::new([
                    Column::fixed("RECIPE"),
                    Column::flexible("TITLE", 12),
                    Column::flexible("SYSTEMS", 8),
                    Column::flexible("WHAT IT BRINGS", 16),
                ]);
                for recipe in &recipes {
                    let systems = if recipe.systems.is_empty() { "any".to_owned() } else { recipe.systems.join(", ") };
                    let title = recipe.title.as_deref().unwrap_or_default();
                    table.row([
                        recipe.name.as_str().into(),
                        title.into(),
                        systems.as_str().into(),
                        brings(recipe).join(", ").as_str().into(),
                    ]);
                }
                output.table(&table);
            }
        }
        Ok(Exit::Success)
    }
}

/// The rarest first: a long list of packages may be cut.
fn brings(recipe: &RecipeView) -> Vec<String> {
    let mut words: Vec<String> = recipe.engine.iter().map(|engine| engine.as_str().to_owned()).collect();
    for mount in &recipe.mounts {
        match mount {
            Mount::Nfs { at, .. } | Mount::Volume { at, .. } => words.push(at.clone()),
            Mount::Cvmfs { repositories, .. } => words.extend(repositories.iter().map(|name| format!("/cvmfs/{name}"))),
        }
    }
    words.extend(recipe.software.python.iter().cloned());
    words.extend(recipe.packages.iter().cloned());
    words
}
