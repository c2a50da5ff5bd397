use crate::app::App;
use crate::extract::ServiceName;
use crate::page::Page;
use crate::refusal::Refusal;
use axum::Json;
use axum::extract::State;
use identity::{Action, Caller, Resource, authorize};
use model::Problem;
use model::offer::Snapshot;

/// What a service offers you
///
/// For each project that you may work in: networks with their verdicts and evidence, sizes, images, quotas, as last seen.
#[utoipa::path(get, path = "/api/v1/services/{name}/snapshots", operation_id = "list_snapshots", tag = "sites",
    params(("name" = String, Path)), responses((status = 200, description = "One for each project", body = Page<Snapshot>)))]
pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller,
    ServiceName(name): ServiceName,
) -> Result<Json<Page<Snapshot>>, Refusal> {
    authorize(&caller, Action::ServicesRead, Resource::Deployment)?;
    let visitor = app.gateway.runs.visitor(&caller).await?;
    app.gateway.survey.look(&visitor, None).await;
    let mut seen = app.gateway.survey.seen(&visitor).into_iter();
    let seen = seen.find(|seen| seen.service == name).ok_or_else(|| Problem::not_found("service", &name))?;
    let items = seen.snapshots.iter().map(|snapshot| Snapshot::clone(snapshot)).collect();
    Ok(Json(Page { items, next: None }))
}
