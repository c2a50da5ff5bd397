use crate::app::App;
use crate::extract::Params;
use crate::refusal::Refusal;
use axum::Json;
use axum::extract::State;
use identity::{Action, Caller, Resource, authorize};
use model::offer::Plan;
use model::request::{Container, Resources, RunRequest, Where};
use model::{ByteCount, Span};
use serde::Deserialize;

#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Query {
    cores: Option<f64>,
    memory: Option<ByteCount>,
    disk: Option<ByteCount>,
    accelerators: Option<u32>,
    walltime: Option<Span>,
    /// A container image.
    container: Option<String>,
    /// Only at this site.
    site: Option<String>,
    /// Only at this service.
    service: Option<String>,
}

/// Where something of this size could run
///
/// Every offer with the terms of its score, every rejection with its reasons, and what would be possible otherwise.
/// What is left out is as in a run request.
#[utoipa::path(get, path = "/api/v1/offers", operation_id = "list_offers", tag = "sites", params(Query),
    responses((status = 200, description = "Offers and rejections", body = Plan)))]
pub(crate) async fn list(State(app): State<App>, caller: Caller, Params(query): Params<Query>) -> Result<Json<Plan>, Refusal> {
    authorize(&caller, Action::OffersRead, Resource::Deployment)?;
    let usual = Resources::default();
    let resources = Resources {
        cores: query.cores.unwrap_or(usual.cores),
        memory: query.memory.unwrap_or(usual.memory),
        disk: query.disk.unwrap_or(usual.disk),
        accelerators: query.accelerators.unwrap_or(usual.accelerators),
        walltime: query.walltime.unwrap_or(usual.walltime),
        ..usual
    };
    let container = query.container.map(|image| Container { image, ..Container::default() });
    // A request needs something to execute; what it is plays no part here.
    let command = container.is_none().then(|| vec!["true".to_owned()]);
    let place = Where { site: query.site, service: query.service, ..Where::default() };
    let request = RunRequest { command, container, resources, place, ..RunRequest::default() };
    Ok(Json(app.gateway.runs.plan(&caller, &request).await?))
}
