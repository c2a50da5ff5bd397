use crate::app::App;
use crate::refusal::Refusal;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use identity::{Action, Caller, Resource, authorize};
use model::Timestamp;
use serde::Serialize;

#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct MadeCode {
    /// Works once.
    code: String,
    /// A minute from now.
    expires_at: Timestamp,
    /// The portal, with the code in the fragment: browsers keep that to themselves.
    #[schema(format = "uri")]
    url: String,
}

/// Make a code for a browser
///
/// Whoever opens the link in a browser, once and within a minute, is signed in as you, with the rights of the token or
/// session that makes the code.
#[utoipa::path(post, path = "/api/v1/sessions/codes", operation_id = "create_session_code", tag = "sessions",
    responses((status = 201, description = "The code", body = MadeCode)))]
pub(crate) async fn create(State(app): State<App>, caller: Caller) -> Result<(StatusCode, Json<MadeCode>), Refusal> {
    authorize(&caller, Action::SessionsCreate, Resource::Of(caller.person()))?;
    let made = app.gateway.identity.create_code(&caller).await?;
    let url = made.link(&app.home);
    Ok((StatusCode::CREATED, Json(MadeCode { code: made.code.expose().to_owned(), expires_at: made.expires_at, url })))
}
