use crate::app::App;
use crate::extract::At;
use crate::refusal::Refusal;
use axum::Json;
use axum::extract::State;
use identity::Caller;
use model::id::RunId;
use model::machine::Machine;

/// One machine
///
/// By the identifier of its run.
#[utoipa::path(get, path = "/api/v1/machines/{id}", operation_id = "get_machine", tag = "machines", params(("id" = RunId, Path)),
    responses((status = 200, description = "The machine", body = Machine)))]
pub(crate) async fn show(State(app): State<App>, caller: Caller, At(id): At<RunId>) -> Result<Json<Machine>, Refusal> {
    Ok(Json(app.gateway.runs.machine(&caller, &id).await?))
}
