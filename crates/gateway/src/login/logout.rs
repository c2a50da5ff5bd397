use super::of_issuer;
use crate::app::App;
use crate::extract::Stranger;
use crate::refusal::Refusal;
use axum::Form;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;

#[derive(Deserialize)]
pub(crate) struct Asked {
    logout_token: String,
}

/// An issuer says that somebody left it (OpenID Connect back-channel logout): their sessions from there end here. Runs go on.
pub(crate) async fn logout(State(app): State<App>, _: Stranger, Form(asked): Form<Asked>) -> Result<StatusCode, Refusal> {
    let logout = app.gateway.issuers.verify_logout_token(&asked.logout_token).await.map_err(|error| {
        // The specification wants 400, whatever it was.
        Refusal::from(of_issuer(&error, "The login service")).with_status(StatusCode::BAD_REQUEST)
    })?;
    let subject = logout.subject.as_ref().map(|subject| subject.as_str());
    app.gateway.identity.end_sessions_of_issuer(&logout.issuer, logout.session.as_deref(), subject).await?;
    Ok(StatusCode::OK)
}
