use crate::app::App;
use crate::extract::{At, Params};
use crate::page::Page;
use crate::refusal::Refusal;
use axum::Json;
use axum::extract::State;
use identity::Caller;
use model::Timestamp;
use model::machine::HeldAddress;
use serde::Deserialize;
use std::net::IpAddr;

#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Query {
    /// Only who held it at this moment.
    at: Option<Timestamp>,
}

/// Who held an address
///
/// The machines that had it, the latest first, with whose they were and from when until when; kept longer than the runs. Who
/// asked is in the audit.
#[utoipa::path(get, path = "/api/v1/admin/addresses/{id}", operation_id = "list_address_holders", tag = "admin",
    params(("id" = String, Path, description = "The address, like 192.0.2.7"), Query),
    responses((status = 200, description = "Who held it", body = Page<HeldAddress>)))]
pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller,
    At(address): At<IpAddr>,
    Params(query): Params<Query>,
) -> Result<Json<Page<HeldAddress>>, Refusal> {
    Ok(Json(Page { items: app.gateway.runs.holders(&caller, address, query.at).await?, next: None }))
}
