use crate::app::App;
use crate::extract::At;
use crate::refusal::Refusal;
use ::runs::uploads::Upload;
use axum::Json;
use axum::extract::State;
use identity::Caller;
use model::id::UploadId;

/// Complete an upload
///
/// All of it was sent: it is read once more and compared with the checksum that was announced.
#[utoipa::path(post, path = "/api/v1/uploads/{id}/complete", operation_id = "complete_upload", tag = "uploads",
    params(("id" = UploadId, Path)),
    responses((status = 200, description = "The upload, ready to be an input", body = Upload),
        (status = 409, description = "RS-4006: an upload is not complete", content_type = "application/problem+json")))]
pub(crate) async fn complete(State(app): State<App>, caller: Caller, At(id): At<UploadId>) -> Result<Json<Upload>, Refusal> {
    Ok(Json(app.gateway.runs.uploads().complete(&caller, &id).await?))
}
