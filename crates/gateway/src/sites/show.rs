use crate::app::App;
use crate::extract::{Params, SiteName};
use crate::refusal::Refusal;
use crate::sites::list::all;
use crate::sites::patience::patience;
use axum::Json;
use axum::extract::State;
use identity::{Action, Caller, Resource, authorize};
use model::Problem;
use model::offer::Site;
use serde::Deserialize;

#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Query {
    /// How many seconds to wait at most for what is not fresh: 0 to 60.
    wait: Option<u32>,
}

/// A site
#[utoipa::path(get, path = "/api/v1/sites/{name}", operation_id = "get_site", tag = "sites",
    params(("name" = String, Path), Query), responses((status = 200, description = "The site", body = Site)))]
pub(crate) async fn show(
    State(app): State<App>,
    caller: Caller,
    SiteName(name): SiteName,
    Params(query): Params<Query>,
) -> Result<Json<Site>, Refusal> {
    authorize(&caller, Action::SitesRead, Resource::Deployment)?;
    let visitor = app.gateway.runs.visitor(&caller).await?;
    app.gateway.survey.look(&visitor, patience(query.wait)?).await;
    let found = all(&app, &visitor).await?.into_iter().find(|site| site.name == name);
    Ok(Json(found.ok_or_else(|| Problem::not_found("site", &name))?))
}
