use crate::app::App;
use crate::extract::{JsonBody, once};
use crate::refusal::Refusal;
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use identity::{Action, Caller, NewToken, Resource, TokenView, authorize};
use model::Problem;
use serde::Serialize;

#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct MadeToken {
    #[serde(flatten)]
    pub token: TokenView,
    /// The token itself, shown this once.
    pub secret: String,
}

/// Make a token
///
/// It can do no more, and lives no longer, than the token that makes it. Its text is in this answer and nowhere else.
/// With an `Idempotency-Key` it is made once, however often it is asked for within a day: asked again, the answer is a
/// conflict that names the token, so that it can be revoked if its text was lost.
#[utoipa::path(post, path = "/api/v1/tokens", operation_id = "create_token", tag = "tokens", request_body = NewToken,
    params(("Idempotency-Key" = Option<String>, Header, description = "1 to 255 printable characters, fresh for each new token")),
    responses((status = 201, description = "The token, with its text", body = MadeToken),
        (status = 409, description = "RS-1013: this request has made a token before; RS-1006: this idempotency key was used for another request",
            content_type = "application/problem+json")))]
pub(crate) async fn create(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    JsonBody(asked): JsonBody<NewToken>,
) -> Result<(StatusCode, Json<MadeToken>), Refusal> {
    authorize(&caller, Action::TokensCreate, Resource::Of(caller.person()))?;
    let once = once(&headers, "create_token", &serde_json::to_vec(&asked).unwrap_or_default())?;
    let (token, secret) = app.gateway.identity.create_token(&caller, asked, once).await.map_err(Problem::from)?;
    Ok((StatusCode::CREATED, Json(MadeToken { token, secret: secret.expose().to_owned() })))
}
