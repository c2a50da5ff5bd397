use crate::app::App;
use crate::extract::At;
use crate::refusal::Refusal;
use axum::extract::State;
use axum::http::StatusCode;
use identity::{Action, Caller, Credential, Resource, authorize};
use model::Problem;
use model::id::TokenId;

/// Revoke a token
///
/// From the moment of the answer it is refused. The token in use can revoke itself, whatever it is for.
#[utoipa::path(delete, path = "/api/v1/tokens/{id}", operation_id = "revoke_token", tag = "tokens",
    params(("id" = TokenId, Path, description = "The token's identifier, not its text")),
    responses((status = 204, description = "It is revoked")))]
pub(crate) async fn revoke(State(app): State<App>, caller: Caller, At(id): At<TokenId>) -> Result<StatusCode, Refusal> {
    // Everyone may leave, also with a token that may only read.
    let is_own = matches!(caller.credential(), Credential::Token(used) if *used == id);
    let action = if is_own { Action::SessionsSignOut } else { Action::TokensRevoke };
    authorize(&caller, action, Resource::Of(caller.person()))?;
    if app.gateway.identity.revoke_token(&caller, &id).await? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(Problem::not_found("token", id.as_str()).into())
    }
}
