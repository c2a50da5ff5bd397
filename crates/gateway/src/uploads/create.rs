use crate::app::App;
use crate::extract::JsonBody;
use crate::refusal::Refusal;
use ::runs::uploads::{NewUpload, Upload};
use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{AppendHeaders, IntoResponse};
use identity::Caller;

/// Announce an upload
///
/// Then send its content, in one piece or in parts, and complete it.
#[utoipa::path(post, path = "/api/v1/uploads", operation_id = "create_upload", tag = "uploads", request_body = NewUpload,
    responses((status = 201, description = "The upload; nothing of it is here yet", body = Upload, headers(("Location" = String)))))]
pub(crate) async fn create(
    State(app): State<App>,
    caller: Caller,
    JsonBody(new): JsonBody<NewUpload>,
) -> Result<impl IntoResponse, Refusal> {
    let upload = app.gateway.runs.uploads().create(&caller, new).await?;
    let location = app.path(format_args!("uploads/{}", upload.id));
    Ok((StatusCode::CREATED, AppendHeaders([(header::LOCATION, location)]), Json(upload)))
}
