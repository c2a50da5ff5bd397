use crate::app::App;
use crate::extract::At;
use crate::refusal::Refusal;
use axum::extract::State;
use axum::http::StatusCode;
use identity::Caller;
use model::id::UploadId;

/// Delete an upload
///
/// Runs that name it and have not fetched it yet will fail.
#[utoipa::path(delete, path = "/api/v1/uploads/{id}", operation_id = "delete_upload", tag = "uploads", params(("id" = UploadId, Path)),
    responses((status = 204, description = "It is gone")))]
pub(crate) async fn delete(State(app): State<App>, caller: Caller, At(id): At<UploadId>) -> Result<StatusCode, Refusal> {
    app.gateway.runs.uploads().delete(&caller, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}
