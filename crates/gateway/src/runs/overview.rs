use crate::app::App;
use crate::extract::At;
use crate::refusal::Refusal;
use ::runs::Overview;
use axum::Json;
use axum::extract::State;
use identity::Caller;
use model::id::RunId;

/// All elements at a glance
///
/// Where each is, run-length encoded in the order of their indices, and why those that failed or were cancelled did not
/// succeed, by cause. Causes that differ only in numbers count as one.
#[utoipa::path(get, path = "/api/v1/runs/{id}/elements/overview", operation_id = "get_overview", tag = "runs",
    params(("id" = RunId, Path)), responses((status = 200, description = "The overview", body = Overview)))]
pub(crate) async fn show(State(app): State<App>, caller: Caller, At(id): At<RunId>) -> Result<Json<Overview>, Refusal> {
    Ok(Json(app.gateway.runs.overview(&caller, &id).await?))
}
