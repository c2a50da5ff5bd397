use crate::app::App;
use crate::extract::Params;
use crate::page::{Page, Paging};
use crate::refusal::Refusal;
use axum::Json;
use axum::extract::State;
use db::DbError;
use identity::{Action, Caller, Credential, Resource, SessionView, authorize};
use model::id::SessionId;
use serde::Serialize;

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
#[utoipa::path(get, path = "/api/v1/sessions", operation_id = "list_sessions", tag = "sessions", params(Paging),
    responses((status = 200, description = "A page of sessions", body = Page<ListedSession>)))]
pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller,
    Params(paging): Params<Paging>,
) -> Result<Json<Page<ListedSession>>, Refusal> {
    authorize(&caller, Action::SessionsList, Resource::Of(caller.person()))?;
    let is_current = |id: &SessionId| matches!(caller.credential(), Credential::Session(current) if current == id);
    let read = async |before: Option<&SessionId>, limit| {
        let sessions = app.gateway.identity.list_sessions(&caller, before, limit).await?;
        let listed = sessions.into_iter().map(|session| ListedSession { current: is_current(&session.id), session });
        Ok::<_, DbError>(listed.collect())
    };
    paging.page(read, |listed: &ListedSession| &listed.session.id).await
}
