use crate::app::App;
use crate::extract::{At, Community, JsonBody, Params, limit};
use crate::page::Paging;
use crate::refusal::Refusal;
use ::runs::{Decided, Defaults, Holder, Quota, QuotaView};
use axum::Json;
use axum::extract::State;
use identity::Caller;
use model::id::PersonId;
use serde::Serialize;

#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct Quotas {
    /// By the configuration, for whoever has nothing else.
    defaults: Defaults,
    items: Vec<Decided>,
    next: Option<String>,
}

/// The quotas
///
/// What holds for all; then everybody, people and communities, who has something in flight or for whom something else was decided.
#[utoipa::path(get, path = "/api/v1/admin/quotas", operation_id = "list_quotas", tag = "admin", params(Paging),
    responses((status = 200, description = "A page of quotas", body = Quotas)))]
pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller,
    Params(paging): Params<Paging>,
) -> Result<Json<Quotas>, Refusal> {
    let after = paging.cursor.unwrap_or_default();
    let (items, next) = app.gateway.runs.quotas(&caller, &after, limit(paging.limit)?).await?;
    Ok(Json(Quotas { defaults: app.gateway.runs.default_quotas(), items, next }))
}

/// Decide a person's quota
///
/// What is left out is as for all. What is in flight goes on, also when it is more; what waits begins as soon as it may.
#[utoipa::path(put, path = "/api/v1/admin/quotas/people/{id}", operation_id = "set_quota_of_person", tag = "admin",
    params(("id" = PersonId, Path)), request_body = Quota,
    responses((status = 200, description = "It is in force", body = QuotaView)))]
pub(crate) async fn set_person(
    State(app): State<App>,
    caller: Caller,
    At(id): At<PersonId>,
    JsonBody(quota): JsonBody<Quota>,
) -> Result<Json<QuotaView>, Refusal> {
    Ok(Json(app.gateway.runs.decide_quota(&caller, &Holder::Person(id), quota).await?))
}

/// Decide a community's quota
///
/// For all runs in its name together. What is left out is as for all.
#[utoipa::path(put, path = "/api/v1/admin/quotas/communities/{name}", operation_id = "set_quota_of_community", tag = "admin",
    params(("name" = String, Path)), request_body = Quota,
    responses((status = 200, description = "It is in force", body = QuotaView)))]
pub(crate) async fn set_community(
    State(app): State<App>,
    caller: Caller,
    Community(name): Community,
    JsonBody(quota): JsonBody<Quota>,
) -> Result<Json<QuotaView>, Refusal> {
    Ok(Json(app.gateway.runs.decide_quota(&caller, &Holder::Community(name.into()), quota).await?))
}
