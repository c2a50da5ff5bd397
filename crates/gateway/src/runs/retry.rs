use crate::app::App;
use crate::extract::{At, Element, JsonBody, read_whole};
use crate::refusal::Refusal;
use axum::Json;
use axum::body::Body;
use axum::extract::{FromRequest, Request, State};
use axum::http::StatusCode;
use identity::Caller;
use model::id::RunId;
use model::run::Run;
use serde::Deserialize;

#[derive(Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Retry {
    /// Only these elements, each of which failed or was cancelled; all that did when left out.
    elements: Option<Vec<u32>>,
}

/// Execute again what failed
///
/// Elements that failed or were cancelled are executed again, those that succeeded keep their results.
#[utoipa::path(post, path = "/api/v1/runs/{id}/retry", operation_id = "retry_run", tag = "runs", params(("id" = RunId, Path)),
    request_body(content = Option<Retry>, description = "May be left out"),
    responses((status = 202, description = "The run, on its way again", body = Run),
        (status = 409, description = "RS-1013: it has not ended, nothing of it failed, or an element that was named did not", content_type = "application/problem+json")))]
pub(crate) async fn retry(
    State(app): State<App>,
    caller: Caller,
    At(id): At<RunId>,
    request: Request,
) -> Result<(StatusCode, Json<Run>), Refusal> {
    let Retry { elements } = read(&app, request).await?;
    let run = app.gateway.runs.retry(&caller, &id, elements).await?;
    Ok((StatusCode::ACCEPTED, Json(run)))
}

async fn read(app: &App, request: Request) -> Result<Retry, Refusal> {
    let (parts, body) = request.into_parts();
    let bytes = read_whole(app, &parts.headers, body, app.settings().largest_body).await?;
    if bytes.is_empty() {
        return Ok(Retry::default());
    }
    let JsonBody(retry) = JsonBody::from_request(Request::from_parts(parts, Body::from(bytes)), app).await?;
    Ok(retry)
}

/// Execute one element again
#[utoipa::path(post, path = "/api/v1/runs/{id}/elements/{index}/retry", operation_id = "retry_element", tag = "runs",
    params(("id" = RunId, Path), ("index" = u32, Path)),
    responses((status = 202, description = "The run, on its way again", body = Run),
        (status = 409, description = "RS-1013: the run has not ended, or the element did not fail", content_type = "application/problem+json")))]
pub(crate) async fn retry_element(
    State(app): State<App>,
    caller: Caller,
    At(id): At<RunId>,
    Element(index): Element,
) -> Result<(StatusCode, Json<Run>), Refusal> {
    let run = app.gateway.runs.retry(&caller, &id, Some(vec![index])).await?;
    Ok((StatusCode::ACCEPTED, Json(run)))
}
