use crate::app::App;
use crate::extract::At;
use crate::refusal::Refusal;
use axum::Json;
use axum::extract::State;
use identity::Caller;
use model::id::RunId;
use serde::Serialize;

#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct Console {
    /// As the machine wrote it.
    output: String,
}

#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct Screen {
    /// For whoever has it, for some minutes.
    url: String,
}

/// What a machine wrote to its console
///
/// The last lines.
#[utoipa::path(get, path = "/api/v1/machines/{id}/console", operation_id = "get_machine_console", tag = "machines",
    params(("id" = RunId, Path)), responses((status = 200, description = "Lines", body = Console)))]
pub(crate) async fn show(State(app): State<App>, caller: Caller, At(id): At<RunId>) -> Result<Json<Console>, Refusal> {
    Ok(Json(Console { output: app.gateway.runs.console(&caller, &id).await? }))
}

/// A link to a machine's screen and keyboard
///
/// Made by its site, which also shows it.
#[utoipa::path(post, path = "/api/v1/machines/{id}/screen", operation_id = "open_machine_screen", tag = "machines",
    params(("id" = RunId, Path)), responses((status = 200, description = "The link", body = Screen)))]
pub(crate) async fn open(State(app): State<App>, caller: Caller, At(id): At<RunId>) -> Result<Json<Screen>, Refusal> {
    Ok(Json(Screen { url: app.gateway.runs.screen(&caller, &id).await? }))
}
