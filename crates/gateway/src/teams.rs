//! Teams: who may see each other's runs.

use crate::app::App;
use crate::extract::{At, JsonBody, Somebody};
use crate::page::Page;
use crate::refusal::Refusal;
use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{AppendHeaders, IntoResponse};
use identity::{Caller, NewTeam, TeamMember, TeamView};
use model::id::{PersonId, TeamId};
use serde::Serialize;

/// Your teams
///
/// Those you are in, and those you look after: of the communities that you manage.
#[utoipa::path(get, path = "/api/v1/teams", operation_id = "list_teams", tag = "communities",
    responses((status = 200, description = "All of them", body = Page<TeamView>)))]
pub(crate) async fn list(State(app): State<App>, caller: Caller) -> Result<Json<Page<TeamView>>, Refusal> {
    Ok(Json(Page { items: app.gateway.identity.teams(&caller).await?, next: None }))
}

/// Make a team
///
/// In a community that you manage. One across communities is made by administrators.
#[utoipa::path(post, path = "/api/v1/teams", operation_id = "create_team", tag = "communities", request_body = NewTeam,
    responses((status = 201, description = "The team, with nobody in it", body = TeamView, headers(("Location" = String)))))]
pub(crate) async fn create(
    State(app): State<App>,
    caller: Caller,
    JsonBody(asked): JsonBody<NewTeam>,
) -> Result<impl IntoResponse, Refusal> {
    let team = app.gateway.identity.create_team(&caller, asked).await?;
    let location = app.path(format_args!("teams/{}", team.id));
    Ok((StatusCode::CREATED, AppendHeaders([(header::LOCATION, location)]), Json(team)))
}

#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct TeamDetail {
    #[serde(flatten)]
    team: TeamView,
    people: Vec<TeamMember>,
}

/// A team
///
/// With the people in it, for those people and for whoever looks after it.
#[utoipa::path(get, path = "/api/v1/teams/{id}", operation_id = "get_team", tag = "communities", params(("id" = TeamId, Path)),
    responses((status = 200, description = "The team", body = TeamDetail)))]
pub(crate) async fn show(State(app): State<App>, caller: Caller, At(id): At<TeamId>) -> Result<Json<TeamDetail>, Refusal> {
    let (team, people) = app.gateway.identity.team(&caller, &id).await?;
    Ok(Json(TeamDetail { team, people }))
}

/// Delete a team
///
/// Runs that were shared with it are seen by their owners alone from then on.
#[utoipa::path(delete, path = "/api/v1/teams/{id}", operation_id = "delete_team", tag = "communities", params(("id" = TeamId, Path)),
    responses((status = 204, description = "It is gone")))]
pub(crate) async fn delete(State(app): State<App>, caller: Caller, At(id): At<TeamId>) -> Result<StatusCode, Refusal> {
    app.gateway.identity.remove_team(&caller, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Add somebody to a team
///
/// Somebody of the team's community. Adding them again changes nothing.
#[utoipa::path(put, path = "/api/v1/teams/{id}/members/{person}", operation_id = "add_team_member", tag = "communities",
    params(("id" = TeamId, Path), ("person" = PersonId, Path)), responses((status = 204, description = "They are in it")))]
pub(crate) async fn add(
    State(app): State<App>,
    caller: Caller,
    At(id): At<TeamId>,
    Somebody(person): Somebody,
) -> Result<StatusCode, Refusal> {
    app.gateway.identity.add_to_team(&caller, &id, &person).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Remove somebody from a team
///
/// Whoever looks after the team may, and everybody may leave.
#[utoipa::path(delete, path = "/api/v1/teams/{id}/members/{person}", operation_id = "remove_team_member", tag = "communities",
    params(("id" = TeamId, Path), ("person" = PersonId, Path)), responses((status = 204, description = "They are out of it")))]
pub(crate) async fn remove(
    State(app): State<App>,
    caller: Caller,
    At(id): At<TeamId>,
    Somebody(person): Somebody,
) -> Result<StatusCode, Refusal> {
    app.gateway.identity.remove_from_team(&caller, &id, &person).await?;
    Ok(StatusCode::NO_CONTENT)
}
