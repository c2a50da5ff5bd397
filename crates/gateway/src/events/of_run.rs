use super::Patience;
use super::feed::{Feed, Whose};
use crate::app::App;
use crate::extract::{At, Params, Staying, limit};
use crate::page::Page;
use crate::refusal::Refusal;
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use model::Code;
use model::event::Event;
use model::id::RunId;
use serde::Deserialize;

#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Query {
    /// Only events after this number; `Last-Event-ID` says the same and counts more.
    after: Option<i64>,
    /// How many to a page of JSON: 1 to 1000, 100 when not said.
    limit: Option<u32>,
}

/// What happens to a run
///
/// As server-sent events, from the beginning or after `Last-Event-ID`, numbered per run without gaps; the stream stays
/// open. With `Accept: application/json`, a page of what has happened; `next` is the `after` of the page that follows.
#[utoipa::path(get, path = "/api/v1/runs/{id}/events", operation_id = "follow_run", tag = "events",
    params(("id" = RunId, Path), Query, ("Last-Event-ID" = Option<i64>, Header)),
    responses((status = 200, description = "The events", content((String = "text/event-stream"), (Page<Event> = "application/json")))))]
pub(crate) async fn follow(
    State(app): State<App>,
    staying: Staying,
    At(run): At<RunId>,
    Params(query): Params<Query>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let runs = &app.gateway.runs;
    runs.may_follow(&staying.caller, &run).await?;
    let after = last_seen(&headers)?.or(query.after).unwrap_or(0);
    let limit = limit(query.limit)?;
    if wants_json(&headers) {
        let events = runs.timeline().of_subject(run.as_str(), after, i64::from(limit)).await?;
        let events = events.into_iter().map(|numbered| numbered.event).collect();
        return Ok(Json(Page::new(events, limit, |event: &Event| event.seq.to_string())).into_response());
    }
    // Before anything is read: what happens from now on is told.
    let news = runs.timeline().follow();
    Ok(Feed::new(Patience::new(&app, staying)?.while_following(run.clone()), Whose::Run(run.to_string()), after, news)
        .into_response())
}

fn wants_json(headers: &HeaderMap) -> bool {
    let accepted = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    accepted.contains("application/json") && !accepted.contains("text/event-stream")
}

/// What a reader who comes back saw last.
pub(super) fn last_seen(headers: &HeaderMap) -> Result<Option<i64>, Refusal> {
    let Some(value) = headers.get("last-event-id") else { return Ok(None) };
    let number = value.to_str().ok().and_then(|text| text.parse().ok()).filter(|number| *number >= 0);
    number.map(Some).ok_or_else(|| {
        let detail = "is not a number that this stream gave";
        Refusal::of_field(Code::InvalidQuery, "Last-Event-ID", detail, "Leave it out to begin again.")
    })
}
