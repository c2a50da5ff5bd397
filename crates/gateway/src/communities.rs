//! Communities, for those who look after one.

use crate::app::App;
use crate::extract::{Community, Params, limit};
use crate::page::{Page, Paging, cursor};
use crate::refusal::Refusal;
use ::runs::QuotaView;
use axum::Json;
use axum::extract::State;
use identity::{Caller, Member};
use model::id::PersonId;
use serde::Serialize;

#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct CommunityView {
    name: String,
    /// How many people are in it.
    members: u32,
    /// What runs in its name have in flight, and at most may have.
    quota: QuotaView,
}

/// A community
///
/// For those who manage it: how many people are in it, and what of its quota is in use. Its runs are in the list of runs, with
/// `community`.
#[utoipa::path(get, path = "/api/v1/communities/{name}", operation_id = "get_community", tag = "communities",
    params(("name" = String, Path)), responses((status = 200, description = "The community", body = CommunityView)))]
pub(crate) async fn show(
    State(app): State<App>,
    caller: Caller,
    Community(name): Community,
) -> Result<Json<CommunityView>, Refusal> {
    let members = app.gateway.identity.number_of_members(&caller, name.as_str()).await?;
    let quota = app.gateway.runs.quota_of_community(&caller, name.as_str()).await?;
    Ok(Json(CommunityView { name: name.into(), members, quota }))
}

/// The members of a community
///
/// For those who manage it. Membership is what login services say, by the mapping of this gateway.
#[utoipa::path(get, path = "/api/v1/communities/{name}/members", operation_id = "list_members", tag = "communities",
    params(("name" = String, Path), Paging), responses((status = 200, description = "A page of members", body = Page<Member>)))]
pub(crate) async fn members(
    State(app): State<App>,
    caller: Caller,
    Community(name): Community,
    Params(paging): Params<Paging>,
) -> Result<Json<Page<Member>>, Refusal> {
    let (most, after) = (limit(paging.limit)?, cursor::<PersonId>(paging.cursor.as_deref())?);
    let members = app.gateway.identity.members(&caller, name.as_str(), after.as_ref(), most).await?;
    Ok(Json(Page::new(members, most, |member| member.person.to_string())))
}
