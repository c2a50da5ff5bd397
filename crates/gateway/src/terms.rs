//! The terms of use.

use crate::app::App;
use crate::refusal::Refusal;
use axum::Json;
use axum::extract::{Path, State};
use identity::{Caller, TermsView};

/// The terms of use
///
/// Those in force, and when you accepted them. A gateway that asks for none answers 404; `GET /api/v1/me` says whether you still have to
/// accept any.
#[utoipa::path(get, path = "/api/v1/terms", operation_id = "get_terms", tag = "me",
    responses((status = 200, description = "The terms", body = TermsView),
        (status = 404, description = "RS-1008: nothing has to be accepted here", content_type = "application/problem+json")))]
pub(crate) async fn show(State(app): State<App>, caller: Caller) -> Result<Json<TermsView>, Refusal> {
    Ok(Json(app.gateway.identity.terms(&caller).await?))
}

/// Accept the terms of use
///
/// Once for each version, before anything is started or uploaded (RS-2011 until then).
#[utoipa::path(post, path = "/api/v1/terms/{version}/accept", operation_id = "accept_terms", tag = "me",
    params(("version" = String, Path, description = "The version in force, as `GET /api/v1/terms` shows it")),
    responses((status = 200, description = "Accepted, now or before", body = TermsView),
        (status = 409, description = "RS-1013: another version is in force", content_type = "application/problem+json")))]
pub(crate) async fn accept(
    State(app): State<App>,
    caller: Caller,
    Path(version): Path<String>,
) -> Result<Json<TermsView>, Refusal> {
    Ok(Json(app.gateway.identity.accept_terms(&caller, &version).await?))
}
