use crate::app::App;
use crate::page::Page;
use crate::refusal::Refusal;
use axum::Json;
use axum::extract::State;
use delegation::Consent;
use identity::{Action, Caller, Resource, authorize};

/// Your consents
///
/// The login services that let this gateway act for you while you are away, since when and until when; and why one has ended.
#[utoipa::path(get, path = "/api/v1/consents", operation_id = "list_consents", tag = "credentials",
    responses((status = 200, description = "All of them", body = Page<Consent>)))]
pub(crate) async fn list(State(app): State<App>, caller: Caller) -> Result<Json<Page<Consent>>, Refusal> {
    authorize(&caller, Action::ConsentsList, Resource::Of(caller.person()))?;
    Ok(Json(Page { items: app.gateway.delegation.consents(caller.person()).await?, next: None }))
}
