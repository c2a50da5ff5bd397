use crate::app::App;
use crate::refusal::Refusal;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use identity::{Action, Caller, Resource, authorize};
use model::Problem;

/// Withdraw a consent
///
/// The gateway forgets what let it act for you there, and ends it at the login service. Runs that need it wait until you sign in
/// again. Tokens that were handed out before live on until they expire.
#[utoipa::path(delete, path = "/api/v1/consents/{issuer}", operation_id = "withdraw_consent", tag = "credentials",
    params(("issuer" = String, Path, description = "The short name of the login service")),
    responses((status = 204, description = "It is withdrawn")))]
pub(crate) async fn withdraw(State(app): State<App>, caller: Caller, Path(issuer): Path<String>) -> Result<StatusCode, Refusal> {
    authorize(&caller, Action::ConsentsWithdraw, Resource::Of(caller.person()))?;
    if app.gateway.delegation.withdraw(caller.person(), &issuer).await.map_err(Problem::from)? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(Problem::not_found("consent", &issuer).into())
    }
}
