use crate::app::App;
use crate::extract::JsonBody;
use crate::refusal::Refusal;
use axum::Json;
use axum::extract::State;
use identity::groups::{Granted, Table};
use identity::{Caller, MappingView, Preview};
use serde::Deserialize;

/// The mapping
///
/// What groups of login services give here: communities, roles, administration.
#[utoipa::path(get, path = "/api/v1/admin/mapping", operation_id = "get_mapping", tag = "admin",
    responses((status = 200, description = "The one in force", body = MappingView)))]
pub(crate) async fn show(State(app): State<App>, caller: Caller) -> Result<Json<MappingView>, Refusal> {
    Ok(Json(app.gateway.identity.show_mapping(&caller).await?))
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewMapping {
    /// The version that was changed; 0 for the first.
    version: i64,
    table: Table,
}

/// Replace the mapping
///
/// It acts at once, for everybody who ever signed in. All mistakes of it are named, and nothing changes when there is one.
#[utoipa::path(put, path = "/api/v1/admin/mapping", operation_id = "set_mapping", tag = "admin", request_body = NewMapping,
    responses((status = 200, description = "It is in force", body = MappingView),
        (status = 409, description = "RS-1013: somebody else changed it meanwhile", content_type = "application/problem+json")))]
pub(crate) async fn set(
    State(app): State<App>,
    caller: Caller,
    JsonBody(asked): JsonBody<NewMapping>,
) -> Result<Json<MappingView>, Refusal> {
    Ok(Json(app.gateway.identity.set_mapping(&caller, asked.version, asked.table).await?))
}

/// What would this token get?
///
/// What claims give by the mapping in force or by another one, which rules gave it, what was nearly given, and what was not
/// understood. Nothing changes.
#[utoipa::path(post, path = "/api/v1/admin/mapping/preview", operation_id = "preview_mapping", tag = "admin", request_body = Preview,
    responses((status = 200, description = "What it gives", body = Granted)))]
pub(crate) async fn preview(
    State(app): State<App>,
    caller: Caller,
    JsonBody(asked): JsonBody<Preview>,
) -> Result<Json<Granted>, Refusal> {
    Ok(Json(app.gateway.identity.preview(&caller, asked).await?))
}
