use crate::app::App;
use crate::page::Page;
use crate::refusal::Refusal;
use axum::Json;
use axum::extract::State;
use identity::{Action, Caller, Resource, authorize};
use model::offer::{Service, Site};
use sites::Look;
use std::collections::BTreeMap;

/// The sites
#[utoipa::path(get, path = "/api/v1/sites", operation_id = "list_sites", tag = "sites",
    responses((status = 200, description = "All sites", body = Page<Site>)))]
pub(crate) async fn sites(State(app): State<App>, caller: Caller) -> Result<Json<Page<Site>>, Refusal> {
    authorize(&caller, Action::SitesRead, Resource::Deployment)?;
    let mut services: BTreeMap<String, Vec<Service>> = BTreeMap::new();
    for service in app.gateway.runs.services(Look::Thorough).await? {
        services.entry(service.site.clone()).or_default().push(service);
    }
    let site = |(name, services): (String, Vec<Service>)| {
        let spoken: Vec<String> = services.iter().map(|service| format!("{} ({})", service.name, service.driver)).collect();
        Site { name, description: spoken.join(", "), services: services.into_iter().map(|service| service.name).collect() }
    };
    Ok(Json(Page { items: services.into_iter().map(site).collect(), next: None }))
}

/// The services of all sites
///
/// As they are now: sizes, what is in use, what was found out about them and how.
#[utoipa::path(get, path = "/api/v1/services", operation_id = "list_services", tag = "sites",
    responses((status = 200, description = "All services", body = Page<Service>)))]
pub(crate) async fn services(State(app): State<App>, caller: Caller) -> Result<Json<Page<Service>>, Refusal> {
    authorize(&caller, Action::ServicesRead, Resource::Deployment)?;
    Ok(Json(Page { items: app.gateway.runs.services(Look::Thorough).await?, next: None }))
}
