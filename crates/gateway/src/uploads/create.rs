use crate::app::App;
use crate::extract::{JsonBody, once};
use crate::refusal::Refusal;
use ::runs::uploads::{NewUpload, Upload};
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{AppendHeaders, IntoResponse};
use identity::Caller;

/// Announce an upload
///
/// Then send its content, in one piece or in parts, and complete it. With an `Idempotency-Key` it is made once, however
/// often it is asked for within a day.
#[utoipa::path(post, path = "/api/v1/uploads", operation_id = "create_upload", tag = "uploads", request_body = NewUpload,
    params(("Idempotency-Key" = Option<String>, Header, description = "1 to 255 printable characters, fresh for each new upload")),
    responses((status = 201, description = "The upload; nothing of it is here yet", body = Upload, headers(("Location" = String))),
        (status = 200, description = "The upload that this key created before", body = Upload, headers(("Location" = String))),
        (status = 409, description = "RS-1006: this idempotency key was used for another request", content_type = "application/problem+json")))]
pub(crate) async fn create(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    JsonBody(new): JsonBody<NewUpload>,
) -> Result<impl IntoResponse, Refusal> {
    let once = once(&headers, "create_upload", &serde_json::to_vec(&new).unwrap_or_default())?;
    let (upload, fresh) = app.gateway.runs.uploads().create(&caller, new, once).await?;
    let status = if fresh { StatusCode::CREATED } else { StatusCode::OK };
    let location = app.path(format_args!("uploads/{}", upload.id));
    Ok((status, AppendHeaders([(header::LOCATION, location)]), Json(upload)))
}
