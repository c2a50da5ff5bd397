use crate::app::App;
use crate::extract::At;
use crate::refusal::Refusal;
use axum::extract::State;
use axum::http::StatusCode;
use identity::Caller;
use model::id::RunId;

/// Delete a run
///
/// Forgets a run that has ended, with its logs and outputs.
#[utoipa::path(delete, path = "/api/v1/runs/{id}", operation_id = "delete_run", tag = "runs", params(("id" = RunId, Path)),
    responses((status = 204, description = "It is gone"),
        (status = 409, description = "RS-1013: it has not ended, or another run comes after it", content_type = "application/problem+json")))]
pub(crate) async fn delete(State(app): State<App>, caller: Caller, At(id): At<RunId>) -> Result<StatusCode, Refusal> {
    app.gateway.runs.delete(&caller, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}
