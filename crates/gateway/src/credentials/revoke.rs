use crate::app::App;
use crate::extract::At;
use crate::refusal::Refusal;
use ::runs::HeldCredential;
use axum::extract::State;
use axum::http::StatusCode;
use identity::Caller;

/// Revoke a run's credential
///
/// The run gets it no more. Revoking what its own pilot works with (`plt-…`) ends the run.
#[utoipa::path(delete, path = "/api/v1/credentials/{id}", operation_id = "revoke_credential", tag = "credentials",
    params(("id" = String, Path, description = "The entry's identifier")),
    responses((status = 204, description = "It is revoked")))]
pub(crate) async fn revoke(State(app): State<App>, caller: Caller, At(held): At<HeldCredential>) -> Result<StatusCode, Refusal> {
    app.gateway.runs.revoke_credential(&caller, &held).await?;
    Ok(StatusCode::NO_CONTENT)
}
