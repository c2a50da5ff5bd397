use crate::app::App;
use crate::extract::At;
use crate::refusal::Refusal;
use axum::Json;
use axum::extract::State;
use identity::Caller;
use model::id::RunId;
use model::offer::Plan;

/// Why a run is where it is
///
/// The plan it was made from: every offer with the terms of its score, every rejection with its reasons.
#[utoipa::path(get, path = "/api/v1/runs/{id}/plan", operation_id = "get_run_plan", tag = "runs", params(("id" = RunId, Path)),
    responses((status = 200, description = "The plan", body = Plan)))]
pub(crate) async fn plan(State(app): State<App>, caller: Caller, At(id): At<RunId>) -> Result<Json<Plan>, Refusal> {
    Ok(Json(app.gateway.runs.plan_of(&caller, &id).await?))
}
