use crate::app::App;
use crate::page::Page;
use crate::refusal::Refusal;
use ::sites::federation::export;
use axum::Json;
use axum::extract::State;
use identity::{Action, Caller, Resource, authorize};
use model::Timestamp;
use model::federation::{FederatedSite, FederationSource};
use serde::Serialize;

#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct FederationView {
    /// When it was put together; what its sources said may be older.
    read_at: Timestamp,
    sources: Vec<FederationSource>,
    sites: Vec<FederatedSite>,
}

#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct SiteFile {
    /// Like `BIFI.yaml`.
    name: String,
    text: String,
}

/// The federation, as its sources tell of it
///
/// Every site with the origin of each fact, what sources contradict each other about, what could not be read, and how old each
/// source is. Nothing of it was asked at the sites.
#[utoipa::path(get, path = "/api/v1/federation", operation_id = "get_federation", tag = "sites",
    responses((status = 200, description = "All that is told", body = FederationView)))]
pub(crate) async fn show(State(app): State<App>, caller: Caller) -> Result<Json<FederationView>, Refusal> {
    authorize(&caller, Action::SitesRead, Resource::Deployment)?;
    let federation = app.gateway.survey.federation();
    let (sources, sites) = (federation.sources().to_vec(), federation.sites().to_vec());
    Ok(Json(FederationView { read_at: federation.read_at(), sources, sites }))
}

/// The federation, as site files
///
/// As the EGI Federated Cloud keeps them: one for each service, in YAML. What their format has no word for is not in them.
#[utoipa::path(get, path = "/api/v1/federation/files", operation_id = "list_site_files", tag = "sites",
    responses((status = 200, description = "All files", body = Page<SiteFile>)))]
pub(crate) async fn files(State(app): State<App>, caller: Caller) -> Result<Json<Page<SiteFile>>, Refusal> {
    authorize(&caller, Action::SitesRead, Resource::Deployment)?;
    let files = export::egi_yaml(&app.gateway.survey.federation()).into_iter();
    let items = files.map(|(name, text)| SiteFile { name, text }).collect();
    Ok(Json(Page { items, next: None }))
}
