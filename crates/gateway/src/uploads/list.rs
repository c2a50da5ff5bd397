use crate::app::App;
use crate::extract::Params;
use crate::page::{Page, Paging};
use crate::refusal::Refusal;
use ::runs::uploads::Upload;
use axum::Json;
use axum::extract::State;
use identity::Caller;

/// Your uploads
///
/// Newest first. What nobody used is forgotten at `expires_at`.
#[utoipa::path(get, path = "/api/v1/uploads", operation_id = "list_uploads", tag = "uploads", params(Paging),
    responses((status = 200, description = "A page of uploads", body = Page<Upload>)))]
pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller,
    Params(paging): Params<Paging>,
) -> Result<Json<Page<Upload>>, Refusal> {
    let uploads = app.gateway.runs.uploads();
    paging.page(async |before, limit| uploads.list(&caller, before, limit).await, |upload| &upload.id).await
}
