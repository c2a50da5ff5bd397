use crate::app::App;
use crate::extract::{At, Params};
use crate::page::{Page, Paging};
use crate::refusal::Refusal;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use flow::FlowRow;
use identity::{Action, Caller, Resource, authorize};
use model::Problem;
use model::id::FlowId;
use serde::Deserialize;

#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Query {
    #[param(inline)]
    status: Option<Status>,
    /// How many to a page: 1 to 1000, 100 when not said.
    limit: Option<u32>,
    /// The `next` of the page before.
    cursor: Option<String>,
}

#[derive(Clone, Copy, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Status {
    Running,
    Done,
    Undone,
    UndoFailed,
    Parked,
}

impl Status {
    fn as_str(self) -> &'static str {
        match self {
            Status::Running => "running",
            Status::Done => "done",
            Status::Undone => "undone",
            Status::UndoFailed => "undo_failed",
            Status::Parked => "parked",
        }
    }
}

/// The flows
///
/// The work behind all runs, newest first. `undo_failed` and `parked` need somebody.
#[utoipa::path(get, path = "/api/v1/admin/flows", operation_id = "list_flows", tag = "admin", params(Query),
    responses((status = 200, description = "A page of flows", body = Page<FlowRow>)))]
pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller,
    Params(query): Params<Query>,
) -> Result<Json<Page<FlowRow>>, Refusal> {
    authorize(&caller, Action::AdminFlows, Resource::Deployment)?;
    let Query { status, limit, cursor } = query;
    let (db, status) = (&app.gateway.db, status.map_or("", Status::as_str));
    let read = async |before: Option<&FlowId>, limit| flow::list(db, status, before.map_or("", FlowId::as_str), limit).await;
    Paging { limit, cursor }.page(read, |flow: &FlowRow| &flow.id).await
}

/// Try a failed undo again
///
/// For a flow in `undo_failed`, after what kept it from being undone was put right.
#[utoipa::path(post, path = "/api/v1/admin/flows/{id}/retry", operation_id = "retry_flow", tag = "admin", params(("id" = FlowId, Path)),
    responses((status = 202, description = "It is tried again")))]
pub(crate) async fn retry(State(app): State<App>, caller: Caller, At(id): At<FlowId>) -> Result<StatusCode, Refusal> {
    authorize(&caller, Action::AdminUndo, Resource::Deployment)?;
    let mut tx = app.gateway.db.begin().await?;
    let found = app.gateway.runs.engine()?.retry_undo(&mut tx, &id).await?;
    tx.commit().await?;
    if found { Ok(StatusCode::ACCEPTED) } else { Err(Problem::not_found("flow with a failed undo", id.as_str()).into()) }
}
