use crate::app::App;
use crate::edge::Trace;
use crate::extract::{JsonBody, Stranger};
use crate::refusal::Refusal;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::{Extension, Json};
use identity::{SessionView, SignInError};
use model::{Code, Problem, Secret};
use serde::Deserialize;

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SignIn {
    /// From the link's fragment.
    #[schema(value_type = String)]
    code: Secret,
}

/// Sign in
///
/// Swaps a code, once, for a session, whose cookie comes with the answer. Wrong codes are answered ever more slowly.
#[utoipa::path(post, path = "/api/v1/sessions", operation_id = "create_session", tag = "sessions", request_body = SignIn,
    security(()),
    responses((status = 201, description = "You are signed in", body = SessionView, headers(("Set-Cookie" = String))),
        (status = 401, description = "RS-2005: the code is not valid", content_type = "application/problem+json"),
        (status = 429, description = "RS-1012: too many wrong codes, or too many at once", content_type = "application/problem+json")))]
pub(crate) async fn sign_in(
    State(app): State<App>,
    Stranger { address: client }: Stranger,
    Extension(trace): Extension<Trace>,
    headers: HeaderMap,
    JsonBody(asked): JsonBody<SignIn>,
) -> Result<(StatusCode, [(header::HeaderName, HeaderValue); 1], Json<SessionView>), Refusal> {
    let now = app.gateway.clock.now();
    if let Some(pause) = app.attempts.pause(client, now) {
        let seconds = pause.as_secs() + 1;
        let remedy = format!("Wait {seconds} seconds, then run `roadstead open` again.");
        return Err(Refusal::new(Code::TooManyRequests, "Too many wrong sign-in codes came from your address.", remedy)
            .with_header(header::RETRY_AFTER, HeaderValue::from(seconds)));
    }
    let user_agent = headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let session = app.cookie.read(&headers);
    let made = app.gateway.identity.sign_in(&asked.code, session.as_ref(), user_agent).await.map_err(|error| {
        match &error {
            SignInError::Db(error) => tracing::error!(%error, "nobody could be signed in"),
            SignInError::SignedInAlready(_) => {}
            _ => app.attempts.failed(client, now),
        }
        Problem::from(error)
    })?;
    trace.is_of(&made.person);
    let cookie = app.cookie.give(&made.secret, made.life).ok_or_else(Problem::internal)?;
    Ok((StatusCode::CREATED, [(header::SET_COOKIE, cookie)], Json(made.view)))
}
