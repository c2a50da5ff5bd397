use super::Patience;
use super::feed::{Feed, Whose};
use super::of_run::last_seen;
use crate::app::App;
use crate::extract::{Params, Staying};
use crate::refusal::Refusal;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use identity::{Action, Resource, authorize};
use serde::Deserialize;

#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Query {
    /// Only events after this number; from now on when nothing is said.
    after: Option<i64>,
}

/// What happens to your runs
///
/// One stream of server-sent events for everything of yours, from now on or after `Last-Event-ID`; the stream stays
/// open. The numbers count per person, without gaps.
#[utoipa::path(get, path = "/api/v1/events", operation_id = "follow_events", tag = "events",
    params(Query, ("Last-Event-ID" = Option<i64>, Header)),
    responses((status = 200, description = "The events", body = String, content_type = "text/event-stream")))]
pub(crate) async fn follow(
    State(app): State<App>,
    staying: Staying,
    Params(query): Params<Query>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let person = staying.caller.person().to_string();
    authorize(&staying.caller, Action::RunsEvents, Resource::Of(staying.caller.person()))?;
    let timeline = app.gateway.runs.timeline();
    // Before the last number is read: what happens in between is told twice rather than never.
    let news = timeline.follow();
    let after = match last_seen(&headers)?.or(query.after) {
        Some(after) => after,
        None => timeline.last(&person).await?,
    };
    Ok(Feed::new(Patience::new(&app, staying)?, Whose::Audience(person), after, news).into_response())
}
