use crate::app::App;
use crate::page::Page;
use crate::refusal::Refusal;
use axum::Json;
use axum::extract::State;
use identity::{Action, Caller, Resource, authorize};
use model::weather::Weather;

/// How it went at sites lately
///
/// By service and operation, over the last seven days: how often it was tried, how often it succeeded, how long it took.
#[utoipa::path(get, path = "/api/v1/weather", operation_id = "list_weather", tag = "sites",
    responses((status = 200, description = "The weather at sites", body = Page<Weather>)))]
pub(crate) async fn list(State(app): State<App>, caller: Caller) -> Result<Json<Page<Weather>>, Refusal> {
    authorize(&caller, Action::SitesRead, Resource::Deployment)?;
    Ok(Json(Page { items: app.gateway.runs.weather().await?, next: None }))
}
