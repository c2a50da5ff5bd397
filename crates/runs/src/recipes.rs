//! What machines can be made into, for those who may.

use crate::Runs;
use identity::{Action, Caller, Resource, authorize};
use model::Problem;
use model::recipe::{Recipe, RecipeView};

impl Runs {
    /// Those that the caller may use.
    pub fn recipes(&self, caller: &Caller) -> Result<Vec<RecipeView>, Problem> {
        authorize(caller, Action::RecipesRead, Resource::Deployment).map_err(Problem::from)?;
        Ok(self.0.settings.recipes.iter().filter(|recipe| is_for(recipe, caller)).map(RecipeView::from).collect())
    }
}

fn is_for(recipe: &Recipe, caller: &Caller) -> bool {
    recipe.is_for(|community| caller.role_in(community).is_some())
}
