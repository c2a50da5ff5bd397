use crate::app::App;
use crate::extract::{Params, limit};
use crate::page::{Page, cursor};
use crate::refusal::Refusal;
use axum::Json;
use axum::extract::State;
use identity::{AuditFilter, Caller, Entry};
use model::Timestamp;
use model::id::{EntryId, PersonId};
use serde::Deserialize;

#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Query {
    /// Who did it.
    person: Option<PersonId>,
    /// What was done, as this description names operations: `suspend_person`.
    operation: Option<String>,
    /// What it was about: the identifier of a run, a person, a token.
    about: Option<String>,
    /// Only what was refused or failed.
    #[serde(default)]
    refused: bool,
    /// From this moment on.
    since: Option<Timestamp>,
    /// Before this moment.
    until: Option<Timestamp>,
    /// How many to a page: 1 to 1000, 100 when not said.
    limit: Option<u32>,
    /// The `next` of the page before.
    cursor: Option<String>,
}

/// The audit
///
/// Who changed what or tried to, from where, and what came of it, newest first; also what administrators looked at that is
/// somebody else's. Entries are only ever added.
#[utoipa::path(get, path = "/api/v1/admin/audit", operation_id = "list_audit", tag = "admin", params(Query),
    responses((status = 200, description = "A page of entries", body = Page<Entry>)))]
pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller,
    Params(query): Params<Query>,
) -> Result<Json<Page<Entry>>, Refusal> {
    let (most, before) = (limit(query.limit)?, cursor::<EntryId>(query.cursor.as_deref())?);
    let filter = AuditFilter {
        person: query.person,
        operation: query.operation.unwrap_or_default(),
        about: query.about.unwrap_or_default(),
        refused_only: query.refused,
        since: query.since,
        until: query.until,
    };
    let entries = app.gateway.identity.audit(&caller, &filter, before.as_ref(), most).await?;
    Ok(Json(Page::new(entries, most, |entry| entry.id.to_string())))
}
