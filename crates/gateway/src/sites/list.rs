use crate::app::App;
use crate::extract::Params;
use crate::page::Page;
use crate::refusal::Refusal;
use crate::sites::patience::patience;
use axum::Json;
use axum::extract::State;
use identity::{Action, Caller, Resource, authorize};
use model::offer::{Service, Site};
use serde::Deserialize;
use sites::{Look, Visitor};
use std::collections::BTreeMap;

#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Query {
    /// Only what serves this community.
    community: Option<String>,
    /// How many seconds to wait at most for what is not fresh: 0 to 60. Without it, the answer is what is known now, and
    /// what is not fresh is looked at meanwhile.
    wait: Option<u32>,
}

/// The sites
///
/// Each with what the federation's sources say of it, and how you stand at its services: the projects that you may work in,
/// or why none and what to do about it.
#[utoipa::path(get, path = "/api/v1/sites", operation_id = "list_sites", tag = "sites", params(Query),
    responses((status = 200, description = "All sites", body = Page<Site>)))]
pub(crate) async fn sites(
    State(app): State<App>,
    caller: Caller,
    Params(query): Params<Query>,
) -> Result<Json<Page<Site>>, Refusal> {
    authorize(&caller, Action::SitesRead, Resource::Deployment)?;
    let visitor = app.gateway.runs.visitor(&caller).await?;
    app.gateway.survey.look(&visitor, patience(query.wait)?).await;
    let mut items = all(&app, &visitor).await?;
    if let Some(community) = &query.community {
        items.retain(|site| serves(site, community));
    }
    Ok(Json(Page { items, next: None }))
}

/// The services of all sites
///
/// As they are now: sizes, what is in use, what was found out about them and how; of those that one has to be let in at, how
/// you stand there.
#[utoipa::path(get, path = "/api/v1/services", operation_id = "list_services", tag = "sites",
    responses((status = 200, description = "All services", body = Page<Service>)))]
pub(crate) async fn services(State(app): State<App>, caller: Caller) -> Result<Json<Page<Service>>, Refusal> {
    authorize(&caller, Action::ServicesRead, Resource::Deployment)?;
    let visitor = app.gateway.runs.visitor(&caller).await?;
    app.gateway.survey.look(&visitor, None).await;
    let mut items = app.gateway.runs.services_of(&caller, Look::Thorough).await?;
    items.extend(app.gateway.survey.services(&visitor));
    Ok(Json(Page { items, next: None }))
}

/// Those of this gateway and those of the federation, by name.
pub(super) async fn all(app: &App, visitor: &Visitor) -> Result<Vec<Site>, Refusal> {
    let mut sites: BTreeMap<String, Site> = BTreeMap::new();
    for site in app.gateway.survey.sites(visitor) {
        sites.insert(site.name.clone(), site);
    }
    for service in app.gateway.runs.services(Look::Thorough).await? {
        let new = || Site { name: service.site.clone(), ..Site::default() };
        let site = sites.entry(service.site.clone()).or_insert_with(new);
        let separator = if site.description.is_empty() { "" } else { ", " };
        site.description.push_str(&format!("{separator}{} ({})", service.name, service.driver));
        site.services.push(service.name);
    }
    Ok(sites.into_values().collect())
}

/// What serves nobody in particular serves everybody.
fn serves(site: &Site, community: &str) -> bool {
    let is_open = site.services.len() > site.standing.len();
    let of_project = |of: &Option<String>| of.as_deref() == Some(community);
    let serves = |standing: &model::offer::ServiceStanding| {
        standing.communities.iter().any(|one| one == community)
            || standing.snapshots.iter().any(|project| of_project(&project.community))
    };
    is_open || site.standing.iter().any(serves)
}
