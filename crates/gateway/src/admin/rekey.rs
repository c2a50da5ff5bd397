use crate::app::App;
use crate::refusal::Refusal;
use axum::Json;
use axum::extract::State;
use identity::sealing::Rekeyed;
use identity::{Action, Caller, Resource, authorize};
use model::Problem;

/// Change the sealing key
///
/// Makes a new key, seals every kept secret with it, and forgets the old one. Nothing is interrupted, and other gateways of the same
/// data directory find the new key in its file. Doing it again after an interruption completes it.
#[utoipa::path(post, path = "/api/v1/admin/rekey", operation_id = "change_sealing_key", tag = "admin",
    responses((status = 200, description = "It is changed", body = Rekeyed)))]
pub(crate) async fn rekey(State(app): State<App>, caller: Caller) -> Result<Json<Rekeyed>, Refusal> {
    authorize(&caller, Action::AdminRekey, Resource::Deployment)?;
    Ok(Json(app.gateway.vault.rekey().await.map_err(Problem::from)?))
}
