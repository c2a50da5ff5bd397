use crate::app::App;
use crate::extract::{Params, limit};
use crate::page::{Page, cursor};
use crate::refusal::Refusal;
use ::runs::uploads::Upload;
use axum::Json;
use axum::extract::State;
use identity::Caller;
use model::id::UploadId;
use serde::Deserialize;

#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Query {
    /// How many to a page: 1 to 1000, 100 when not said.
    limit: Option<u32>,
    /// The `next` of the page before.
    cursor: Option<String>,
}

/// Your uploads
///
/// Newest first. What nobody used is forgotten at `expires_at`.
#[utoipa::path(get, path = "/api/v1/uploads", operation_id = "list_uploads", tag = "uploads", params(Query),
    responses((status = 200, description = "A page of uploads", body = Page<Upload>)))]
pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller,
    Params(query): Params<Query>,
) -> Result<Json<Page<Upload>>, Refusal> {
    let (limit, before) = (limit(query.limit)?, cursor::<UploadId>(query.cursor.as_deref())?);
    let uploads = app.gateway.runs.uploads().list(&caller, before.as_ref(), limit).await?;
    Ok(Json(Page::new(uploads, limit, |upload| upload.id.to_string())))
}
