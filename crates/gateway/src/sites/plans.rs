use crate::app::App;
use crate::extract::read_whole;
use crate::refusal::Refusal;
use crate::runs::create::format_of;
use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use identity::Caller;
use model::offer::Plan;
use model::request::{RunRequest, read};

/// Plan a run without starting it
///
/// What would happen if this request were started now. Nothing is created.
#[utoipa::path(post, path = "/api/v1/plans", operation_id = "create_plan", tag = "sites",
    request_body(content((RunRequest = "application/json"), (RunRequest = "application/toml"), (RunRequest = "application/yaml"))),
    responses((status = 200, description = "The plan", body = Plan)))]
pub(crate) async fn create(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Plan>, Refusal> {
    let format = format_of(&headers)?;
    let bytes = read_whole(&app, &headers, body, app.settings().largest_body).await?;
    let request = read(&bytes, format)?;
    Ok(Json(app.gateway.runs.plan(&caller, &request).await?))
}
