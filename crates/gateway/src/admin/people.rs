use crate::app::App;
use crate::extract::{At, JsonBody, Params, limit};
use crate::page::{Page, cursor};
use crate::refusal::Refusal;
use axum::Json;
use axum::extract::State;
use identity::{Caller, PeopleFilter, PersonView};
use model::id::PersonId;
use serde::Deserialize;

#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Query {
    /// A part of the name.
    name_contains: Option<String>,
    /// Only who may not come in.
    #[serde(default)]
    suspended: bool,
    /// How many to a page: 1 to 1000, 100 when not said.
    limit: Option<u32>,
    /// The `next` of the page before.
    cursor: Option<String>,
}

/// The people
///
/// Everybody who ever signed in here or was added, newest first.
#[utoipa::path(get, path = "/api/v1/admin/people", operation_id = "list_people", tag = "admin", params(Query),
    responses((status = 200, description = "A page of people", body = Page<PersonView>)))]
pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller,
    Params(query): Params<Query>,
) -> Result<Json<Page<PersonView>>, Refusal> {
    let (most, before) = (limit(query.limit)?, cursor::<PersonId>(query.cursor.as_deref())?);
    let name_contains = query.name_contains.as_deref().unwrap_or_default();
    let filter = PeopleFilter { name_contains, suspended_only: query.suspended };
    let people = app.gateway.identity.list_people(&caller, &filter, before.as_ref(), most).await?;
    Ok(Json(Page::new(people, most, |person| person.id.to_string())))
}

/// A person
#[utoipa::path(get, path = "/api/v1/admin/people/{id}", operation_id = "get_person", tag = "admin", params(("id" = PersonId, Path)),
    responses((status = 200, description = "The person", body = PersonView)))]
pub(crate) async fn show(State(app): State<App>, caller: Caller, At(id): At<PersonId>) -> Result<Json<PersonView>, Refusal> {
    Ok(Json(app.gateway.identity.show_person(&caller, &id).await?))
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Suspension {
    /// For whoever looks at it later; the person is not told.
    because: String,
}

/// Suspend a person
///
/// At once and on every gateway: their sessions end, their tokens are revoked, their pilots are refused, and their runs are
/// cancelled. When they are restored they sign in anew.
#[utoipa::path(post, path = "/api/v1/admin/people/{id}/suspend", operation_id = "suspend_person", tag = "admin",
    params(("id" = PersonId, Path)), request_body = Suspension,
    responses((status = 200, description = "They may not come in", body = PersonView),
        (status = 409, description = "RS-1013: you would lock yourself out", content_type = "application/problem+json")))]
pub(crate) async fn suspend(
    State(app): State<App>,
    caller: Caller,
    At(id): At<PersonId>,
    JsonBody(asked): JsonBody<Suspension>,
) -> Result<Json<PersonView>, Refusal> {
    let person = app.gateway.identity.suspend(&caller, &id, &asked.because).await?;
    // What cannot be ended now, or is begun by a request that is under way, is found by the patrol.
    app.gateway.runs.end_work_of_suspended().await?;
    Ok(Json(person))
}

/// Restore a person
///
/// They may sign in again. What ended with their suspension stays ended.
#[utoipa::path(post, path = "/api/v1/admin/people/{id}/restore", operation_id = "restore_person", tag = "admin",
    params(("id" = PersonId, Path)), responses((status = 200, description = "They may come in", body = PersonView)))]
pub(crate) async fn restore(State(app): State<App>, caller: Caller, At(id): At<PersonId>) -> Result<Json<PersonView>, Refusal> {
    Ok(Json(app.gateway.identity.restore(&caller, &id).await?))
}
