use crate::app::App;
use crate::refusal::Refusal;
use axum::Json;
use axum::extract::State;
use identity::Caller;
use model::Problem;
use model::machine::Orphan;
use serde::Serialize;

#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct Orphans {
    items: Vec<Orphan>,
    /// Of places that could not be asked.
    problems: Vec<Problem>,
}

/// What sites have of ours that no run has
///
/// Asked now, wherever something was made within the last 90 days. Nothing is removed by asking; the gateway removes by itself,
/// from time to time, what a run believes to be gone.
#[utoipa::path(get, path = "/api/v1/admin/orphans", operation_id = "list_orphans", tag = "admin",
    responses((status = 200, description = "What nobody looks after", body = Orphans)))]
pub(crate) async fn list(State(app): State<App>, caller: Caller) -> Result<Json<Orphans>, Refusal> {
    let (items, problems) = app.gateway.runs.orphans(&caller).await?;
    Ok(Json(Orphans { items, problems }))
}
