use crate::app::App;
use crate::extract::At;
use crate::refusal::Refusal;
use axum::Json;
use axum::extract::State;
use identity::Caller;
use model::id::RunId;
use model::offer::Size;
use serde::Serialize;

#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct MachineSizes {
    /// The one that it has.
    has: Size,
    /// Those that it could have instead, the smallest first: with a disk no smaller than its own, within the quotas of its project.
    items: Vec<Size>,
}

/// The sizes that a machine could have
///
/// As its project was last seen.
#[utoipa::path(get, path = "/api/v1/machines/{id}/sizes", operation_id = "list_machine_sizes", tag = "machines",
    params(("id" = RunId, Path)), responses((status = 200, description = "Sizes", body = MachineSizes)))]
pub(crate) async fn list(State(app): State<App>, caller: Caller, At(id): At<RunId>) -> Result<Json<MachineSizes>, Refusal> {
    let (has, items) = app.gateway.runs.machine_sizes(&caller, &id).await?;
    Ok(Json(MachineSizes { has, items }))
}
