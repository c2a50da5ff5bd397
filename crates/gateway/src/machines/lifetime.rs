use crate::app::App;
use crate::extract::{At, JsonBody};
use crate::refusal::Refusal;
use axum::Json;
use axum::extract::State;
use identity::Caller;
use model::Span;
use model::id::RunId;
use model::machine::Machine;
use serde::Deserialize;

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Lifetime {
    /// From now on.
    lifetime: Span,
}

/// Say how long a machine goes on
///
/// From now on; longer or shorter than before.
#[utoipa::path(put, path = "/api/v1/machines/{id}/lifetime", operation_id = "extend_machine", tag = "machines",
    params(("id" = RunId, Path)), request_body = Lifetime,
    responses((status = 200, description = "The machine", body = Machine)))]
pub(crate) async fn extend(
    State(app): State<App>,
    caller: Caller,
    At(id): At<RunId>,
    JsonBody(wanted): JsonBody<Lifetime>,
) -> Result<Json<Machine>, Refusal> {
    Ok(Json(app.gateway.runs.extend_machine(&caller, &id, wanted.lifetime).await?))
}
