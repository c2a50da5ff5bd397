use crate::app::App;
use crate::extract::{Params, limit};
use crate::refusal::Refusal;
use crate::sites::patience::patience;
use axum::Json;
use axum::extract::State;
use identity::{Action, Caller, Resource, authorize};
use model::offer::Plan;
use model::request::{Container, Machine, Resources, RunKind, RunRequest, Where};
use model::{ByteCount, Span};
use serde::Deserialize;

#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Query {
    /// Only places for jobs (`batch`), or only machines; both when left out.
    kind: Option<RunKind>,
    cores: Option<f64>,
    memory: Option<ByteCount>,
    disk: Option<ByteCount>,
    #[serde(alias = "gpus")]
    accelerators: Option<u32>,
    /// The model or vendor of the accelerators, in any letter case: `A100`, `nvidia a100`.
    accelerator: Option<String>,
    /// Of each accelerator, at least.
    accelerator_memory: Option<ByteCount>,
    walltime: Option<Span>,
    /// A container image.
    container: Option<String>,
    /// The operating system of a machine: `ubuntu`, `ubuntu:22.04`.
    os: Option<String>,
    /// The image of a machine: its identifier, its exact name, or its identifier in the community's catalogue.
    image: Option<String>,
    /// Only machines with an address that can be reached from outside.
    public: Option<bool>,
    /// Only in the name of this community (VO) of yours.
    community: Option<String>,
    /// Only at this site.
    site: Option<String>,
    /// Only at this service.
    service: Option<String>,
    /// Only in this project of a service.
    project: Option<String>,
    /// How many offers are told in full, the best first: 1 to 1000, 100 when not said.
    limit: Option<u32>,
    /// How many seconds to wait at most for sites that were not looked at lately: 0 to 60.
    wait: Option<u32>,
}

/// Where something of this size could run
///
/// The best offers with the terms of their scores, every rejection with its reasons, and what would be possible otherwise.
/// What is left out is as in a run request. Who says how a machine is to be gets machines only.
#[utoipa::path(get, path = "/api/v1/offers", operation_id = "list_offers", tag = "sites", params(Query),
    responses((status = 200, description = "Offers and rejections", body = Plan)))]
pub(crate) async fn list(State(app): State<App>, caller: Caller, Params(query): Params<Query>) -> Result<Json<Plan>, Refusal> {
    authorize(&caller, Action::OffersRead, Resource::Deployment)?;
    let (kind, keep) = (query.kind, limit(query.limit)?);
    if let Some(patience) = patience(query.wait)? {
        let visitor = app.gateway.runs.visitor(&caller).await?;
        app.gateway.survey.look(&visitor, Some(patience)).await;
    }
    let request = query.into_request();
    let keep = usize::try_from(keep).unwrap_or(usize::MAX);
    Ok(Json(app.gateway.runs.offers(&caller, &request, kind, keep).await?))
}

impl Query {
    fn into_request(self) -> RunRequest {
        let usual = Resources::default();
        let resources = Resources {
            cores: self.cores.unwrap_or(usual.cores),
            memory: self.memory.unwrap_or(usual.memory),
            disk: self.disk.unwrap_or(usual.disk),
            accelerators: self.accelerators.unwrap_or(usual.accelerators),
            walltime: self.walltime.unwrap_or(usual.walltime),
            ..usual
        };
        let machine = Machine {
            os: self.os,
            image: self.image,
            public: self.public.unwrap_or_default(),
            accelerator: self.accelerator,
            accelerator_memory: self.accelerator_memory,
            ..Machine::default()
        };
        let machine = Some(machine).filter(|machine| *machine != Machine::default());
        let container = self.container.map(|image| Container { image, ..Container::default() });
        let is_machine = machine.is_some() || self.kind == Some(RunKind::Machine);
        // A request for work needs something to execute; what it is plays no part here.
        let command = (container.is_none() && !is_machine).then(|| vec!["true".to_owned()]);
        let place = Where { site: self.site, service: self.service, project: self.project, community: self.community };
        let kind = if is_machine { RunKind::Machine } else { RunKind::Batch };
        RunRequest { kind, command, container, machine, resources, place, ..RunRequest::default() }
    }
}
