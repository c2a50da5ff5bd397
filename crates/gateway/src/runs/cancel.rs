use crate::app::App;
use crate::extract::{At, Element};
use crate::refusal::Refusal;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use identity::Caller;
use model::id::RunId;
use model::run::Run;

/// Cancel a run
///
/// What has ended keeps its result; the rest ends as cancelled. The answer comes before that has happened.
#[utoipa::path(post, path = "/api/v1/runs/{id}/cancel", operation_id = "cancel_run", tag = "runs", params(("id" = RunId, Path)),
    responses((status = 202, description = "The run, which will end", body = Run)))]
pub(crate) async fn cancel(
    State(app): State<App>,
    caller: Caller,
    At(id): At<RunId>,
) -> Result<(StatusCode, Json<Run>), Refusal> {
    let run = app.gateway.runs.cancel(&caller, &id).await?;
    Ok((StatusCode::ACCEPTED, Json(run)))
}

/// Cancel one element
///
/// The other elements of the array go on.
#[utoipa::path(post, path = "/api/v1/runs/{id}/elements/{index}/cancel", operation_id = "cancel_element", tag = "runs",
    params(("id" = RunId, Path), ("index" = u32, Path)),
    responses((status = 202, description = "The run; the element will end", body = Run)))]
pub(crate) async fn cancel_element(
    State(app): State<App>,
    caller: Caller,
    At(id): At<RunId>,
    Element(index): Element,
) -> Result<(StatusCode, Json<Run>), Refusal> {
    let run = app.gateway.runs.cancel_element(&caller, &id, index).await?;
    Ok((StatusCode::ACCEPTED, Json(run)))
}
