use crate::app::App;
use crate::extract::At;
use crate::refusal::Refusal;
use axum::Json;
use axum::extract::State;
use identity::Caller;
use model::id::RunId;
use model::run::Owned;
use serde::Serialize;

#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct Receipt {
    run: RunId,
    /// Everything that was created is confirmed gone.
    released: bool,
    items: Vec<Owned>,
}

/// What a run created and released
///
/// Everything that was made for it at a service, from the intent to the confirmation that it is gone.
#[utoipa::path(get, path = "/api/v1/runs/{id}/receipt", operation_id = "get_receipt", tag = "runs", params(("id" = RunId, Path)),
    responses((status = 200, description = "The receipt", body = Receipt)))]
pub(crate) async fn show(State(app): State<App>, caller: Caller, At(id): At<RunId>) -> Result<Json<Receipt>, Refusal> {
    let items = app.gateway.runs.receipt(&caller, &id).await?;
    let released = items.iter().all(|owned| owned.released_at.is_some());
    Ok(Json(Receipt { run: id, released, items }))
}
