use crate::app::App;
use crate::extract::Params;
use crate::page::Page;
use crate::refusal::Refusal;
use axum::Json;
use axum::extract::State;
use identity::Caller;
use model::machine::Machine;
use runs::MachineFilter;
use serde::Deserialize;

#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Query {
    /// All of this community (VO), for those who manage it.
    community: Option<String>,
    /// Those too that are gone.
    gone: Option<bool>,
}

/// Your machines
///
/// The newest first, as their sites last showed them. They are asked for as runs (`POST /runs` with the kind `machine`).
#[utoipa::path(get, path = "/api/v1/machines", operation_id = "list_machines", tag = "machines", params(Query),
    responses((status = 200, description = "Machines", body = Page<Machine>)))]
pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller,
    Params(query): Params<Query>,
) -> Result<Json<Page<Machine>>, Refusal> {
    let filter = MachineFilter { community: query.community, gone: query.gone.unwrap_or_default() };
    Ok(Json(Page { items: app.gateway.runs.machines(&caller, &filter).await?, next: None }))
}
