use crate::app::App;
use crate::refusal::Refusal;
use axum::Json;
use axum::extract::State;
use identity::Caller;
use model::Problem;
use model::machine::Neighbour;
use serde::Serialize;

#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct Neighbours {
    items: Vec<Neighbour>,
    /// Of projects that could not be asked: what is listed is not all.
    problems: Vec<Problem>,
}

/// All machines in your projects
///
/// Asked now, at every service where you may work: those of this gateway, and those of others who share the projects with
/// you.
#[utoipa::path(get, path = "/api/v1/neighbours", operation_id = "list_neighbours", tag = "machines",
    responses((status = 200, description = "Servers of all projects", body = Neighbours)))]
pub(crate) async fn list(State(app): State<App>, caller: Caller) -> Result<Json<Neighbours>, Refusal> {
    let (items, problems) = app.gateway.runs.neighbours(&caller).await?;
    Ok(Json(Neighbours { items, problems }))
}
