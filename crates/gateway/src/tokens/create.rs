use crate::app::App;
use crate::extract::JsonBody;
use crate::refusal::Refusal;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use identity::{Action, Caller, NewToken, Resource, TokenView, authorize};
use model::Problem;
use serde::Serialize;

#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct MadeToken {
    #[serde(flatten)]
    token: TokenView,
    /// The token itself, shown this once.
    secret: String,
}

/// Make a token
///
/// It can do no more, and lives no longer, than the token that makes it. Its text is in this answer and nowhere else.
#[utoipa::path(post, path = "/api/v1/tokens", operation_id = "create_token", tag = "tokens", request_body = NewToken,
    responses((status = 201, description = "The token, with its text", body = MadeToken)))]
pub(crate) async fn create(
    State(app): State<App>,
    caller: Caller,
    JsonBody(asked): JsonBody<NewToken>,
) -> Result<(StatusCode, Json<MadeToken>), Refusal> {
    authorize(&caller, Action::TokensCreate, Resource::Of(caller.person()))?;
    let (token, secret) = app.gateway.identity.create_token(&caller, asked).await.map_err(Problem::from)?;
    Ok((StatusCode::CREATED, Json(MadeToken { token, secret: secret.expose().to_owned() })))
}
