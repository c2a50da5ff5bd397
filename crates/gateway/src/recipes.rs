//! What machines can be made into.

use crate::app::App;
use crate::page::Page;
use crate::refusal::Refusal;
use axum::Json;
use axum::extract::State;
use identity::Caller;
use model::recipe::RecipeView;

/// The recipes
///
/// What a machine can be made into at its first boot, by name: what is installed, mounted, written and run. Only those that your
/// communities may use.
#[utoipa::path(get, path = "/api/v1/recipes", operation_id = "list_recipes", tag = "sites",
    responses((status = 200, description = "All of them", body = Page<RecipeView>)))]
pub(crate) async fn list(State(app): State<App>, caller: Caller) -> Result<Json<Page<RecipeView>>, Refusal> {
    Ok(Json(Page { items: app.gateway.runs.recipes(&caller)?, next: None }))
}
