use crate::app::App;
use crate::extract::At;
use crate::refusal::Refusal;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use identity::{Action, Caller, Credential, Resource, authorize};
use model::Problem;
use model::id::SessionId;

/// Sign out
///
/// Ends the session that asks, and takes its cookie back.
#[utoipa::path(delete, path = "/api/v1/sessions/current", operation_id = "sign_out", tag = "sessions",
    responses((status = 204, description = "You are signed out"),
        (status = 404, description = "RS-1008: you came with a token", content_type = "application/problem+json")))]
pub(crate) async fn sign_out(State(app): State<App>, caller: Caller) -> Result<Response, Refusal> {
    authorize(&caller, Action::SessionsSignOut, Resource::Of(caller.person()))?;
    let Credential::Session(current) = caller.credential() else {
        return Err(Problem::not_found("session", "current").into());
    };
    end_one(&app, &caller, current).await
}

/// End a session
///
/// From the moment of the answer that browser is signed out; its event streams end within seconds.
#[utoipa::path(delete, path = "/api/v1/sessions/{id}", operation_id = "end_session", tag = "sessions",
    params(("id" = SessionId, Path)), responses((status = 204, description = "It has ended")))]
pub(crate) async fn end(State(app): State<App>, caller: Caller, At(id): At<SessionId>) -> Result<Response, Refusal> {
    authorize(&caller, Action::SessionsEnd, Resource::Of(caller.person()))?;
    end_one(&app, &caller, &id).await
}

async fn end_one(app: &App, caller: &Caller, id: &SessionId) -> Result<Response, Refusal> {
    if !app.gateway.identity.end_session(caller, id).await? {
        return Err(Problem::not_found("session", id.as_str()).into());
    }
    let mut response = StatusCode::NO_CONTENT.into_response();
    let is_current = matches!(caller.credential(), Credential::Session(current) if current == id);
    if is_current && let Some(cookie) = app.cookie.take_back() {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    Ok(response)
}
