use crate::app::App;
use crate::extract::{Params, limit};
use crate::page::{Page, cursor};
use crate::refusal::Refusal;
use axum::Json;
use axum::extract::State;
use identity::{Action, Caller, Credential, Resource, SessionView, authorize};
use model::id::SessionId;
use serde::{Deserialize, Serialize};

#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Query {
    /// How many to a page: 1 to 1000, 100 when not said.
    limit: Option<u32>,
    /// The `next` of the page before.
    cursor: Option<String>,
}

#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct ListedSession {
    #[serde(flatten)]
    session: SessionView,
    /// Whether it is the one that asks.
    current: bool,
}

/// Your sessions
///
/// The browsers that are signed in as you, newest first.
#[utoipa::path(get, path = "/api/v1/sessions", operation_id = "list_sessions", tag = "sessions", params(Query),
    responses((status = 200, description = "A page of sessions", body = Page<ListedSession>)))]
pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller,
    Params(query): Params<Query>,
) -> Result<Json<Page<ListedSession>>, Refusal> {
    authorize(&caller, Action::SessionsList, Resource::Of(caller.person()))?;
    let (limit, before) = (limit(query.limit)?, cursor::<SessionId>(query.cursor.as_deref())?);
    let sessions = app.gateway.identity.list_sessions(&caller, before.as_ref(), limit).await?;
    let is_current = |id: &SessionId| matches!(caller.credential(), Credential::Session(current) if current == id);
    let listed = sessions.into_iter().map(|session| ListedSession { current: is_current(&session.id), session }).collect();
    Ok(Json(Page::new(listed, limit, |listed: &ListedSession| listed.session.id.to_string())))
}
