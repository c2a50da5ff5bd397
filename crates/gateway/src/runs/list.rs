//! The list that every page of a portal and every `ps` asks for: the most frequent request of all, so its body is put
//! together by the database and kept for as long as nothing changes.

use super::pages::{Key, Written};
use super::with_quota;
use crate::app::App;
use crate::extract::{Params, fresh, limit};
use crate::page::{Page, cursor};
use crate::refusal::Refusal;
use ::runs::RunFilter;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use bytes::Bytes;
use identity::Caller;
use model::id::TeamId;
use model::run::{Outcome, Run, State as RunState};
use serde::Deserialize;

#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Query {
    /// Only runs in this state.
    state: Option<RunState>,
    /// Only runs with this outcome.
    outcome: Option<Outcome>,
    /// Only runs of exactly this name.
    name: Option<String>,
    /// Only runs with this in their name, in upper or lower case.
    name_contains: Option<String>,
    /// Only runs that have not ended.
    #[serde(default)]
    active: bool,
    /// Only runs in the name of this community: everybody's if you manage it, yours otherwise.
    community: Option<String>,
    /// Everything that is shared with this team, which you are in.
    team: Option<TeamId>,
    /// How many to a page: 1 to 1000, 100 when not said.
    limit: Option<u32>,
    /// The `next` of the page before.
    cursor: Option<String>,
}

/// Your runs
///
/// Newest first. Runs that are created meanwhile do not shift the pages. The header `Roadstead-Quota` says what you have in flight.
#[utoipa::path(get, path = "/api/v1/runs", operation_id = "list_runs", tag = "runs", params(Query),
    responses((status = 200, description = "A page of runs", body = Page<Run>, headers(("Roadstead-Quota" = String, description = "`runs=3/50, cores=12/64, accelerators=0`"))),
        (status = 304, description = "Nothing changed")))]
pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller,
    Params(query): Params<Query>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let filter = RunFilter {
        before: cursor(query.cursor.as_deref())?,
        state: query.state.map(|state| state.as_str().to_owned()),
        outcome: query.outcome.map(|outcome| outcome.as_str().to_owned()),
        name: query.name,
        name_contains: query.name_contains,
        active: query.active,
        community: query.community,
        team: query.team,
        limit: limit(query.limit)?,
    };
    let key = Key::new(&caller, &filter);
    let before = app.gateway.db.generation();
    if let Some(Written { body, quota }) = app.pages.get(&key, before) {
        return Ok(with_quota(fresh(&headers, app.pages.etag(before).as_deref(), body), &quota));
    }
    let page = app.gateway.runs.list(&caller, &filter).await?;
    let written = Written { body: write(&page), quota: app.gateway.runs.my_quota_in_short(&caller).await? };
    // Nothing was committed while it was read: it is what the database holds now, and until the next commit.
    let still = before.filter(|_| app.gateway.db.generation() == before);
    app.pages.put(key, still, &written);
    Ok(with_quota(fresh(&headers, app.pages.etag(still).as_deref(), written.body), &written.quota))
}

/// The runs are JSON already.
fn write(page: &::runs::Page) -> Bytes {
    let mut body = String::with_capacity(page.items.len() + 64);
    body.push_str(r#"{"items":["#);
    body.push_str(&page.items);
    body.push_str(r#"],"next":"#);
    match &page.next {
        Some(next) => body.extend(["\"", next, "\""]),
        None => body.push_str("null"),
    }
    body.push('}');
    body.into()
}
