use crate::app::App;
use crate::extract::At;
use crate::files;
use crate::refusal::{self, Refusal};
use ::runs::media_type;
use axum::extract::{RawPathParams, State};
use axum::http::HeaderMap;
use axum::response::Response;
use identity::Caller;
use model::Problem;
use model::id::RunId;
use tokio::fs::File;

/// One output file
///
/// Ranges work, and `ETag` is made from its checksum. Browsers save it and never show it.
#[utoipa::path(get, path = "/api/v1/runs/{id}/outputs/{element}/{*path}", operation_id = "download_output", tag = "runs",
    params(("id" = RunId, Path), ("element" = u32, Path), ("path" = String, Path, description = "As the list of outputs says; may hold slashes")),
    responses((status = 200, description = "The file", body = Vec<u8>, content_type = "application/octet-stream"),
        (status = 206, description = "The part that was asked for", body = Vec<u8>, content_type = "application/octet-stream"),
        (status = 304, description = "You have it"),
        (status = 416, description = "RS-1003: the file has no such part", content_type = "application/problem+json")))]
pub(crate) async fn download(
    State(app): State<App>,
    caller: Caller,
    At(id): At<RunId>,
    params: RawPathParams,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let named = |name: &str| params.iter().find(|(key, _)| *key == name).map_or("", |(_, value)| value);
    let path = named("path");
    let Ok(element) = named("element").parse() else { return Err(refusal::nothing_here().into()) };
    let (file, about) = app.gateway.runs.output(&caller, &id, element, path).await?;
    let file = File::open(file).await.map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => Problem::not_found("output", path).into(),
        _ => Refusal::from(error),
    })?;
    let response = files::send(&headers, file, media_type(path), Some(format!("\"{}\"", about.sha256))).await?;
    Ok(files::as_attachment(response, path.rsplit('/').next().unwrap_or(path)))
}
