use crate::app::App;
use crate::extract::{At, fresh};
use crate::refusal::Refusal;
use ::runs::RunDetail;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use data_encoding::HEXLOWER;
use identity::Caller;
use model::Problem;
use model::id::RunId;

/// One run
///
/// With the request that it was made from and its attempts.
#[utoipa::path(get, path = "/api/v1/runs/{id}", operation_id = "get_run", tag = "runs", params(("id" = RunId, Path)),
    responses((status = 200, description = "The run", body = RunDetail), (status = 304, description = "Nothing changed")))]
pub(crate) async fn show(
    State(app): State<App>,
    caller: Caller,
    At(id): At<RunId>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let detail = app.gateway.runs.get(&caller, &id).await?;
    let body = serde_json::to_vec(&detail).map_err(|_| Problem::internal())?;
    let etag = format!("\"{}\"", HEXLOWER.encode(&db::sha256(&body)[..16]));
    Ok(fresh(&headers, Some(&etag), body.into()))
}
