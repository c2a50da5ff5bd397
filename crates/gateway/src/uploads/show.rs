use crate::app::App;
use crate::extract::At;
use crate::refusal::Refusal;
use ::runs::uploads::Upload;
use axum::Json;
use axum::extract::State;
use identity::Caller;
use model::id::UploadId;

/// One upload
///
/// `received` says how much of it is here, which is where the next part begins.
#[utoipa::path(get, path = "/api/v1/uploads/{id}", operation_id = "get_upload", tag = "uploads", params(("id" = UploadId, Path)),
    responses((status = 200, description = "The upload", body = Upload)))]
pub(crate) async fn show(State(app): State<App>, caller: Caller, At(id): At<UploadId>) -> Result<Json<Upload>, Refusal> {
    Ok(Json(app.gateway.runs.uploads().get(&caller, &id).await?))
}
