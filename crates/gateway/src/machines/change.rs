use crate::app::App;
use crate::extract::{At, JsonBody};
use crate::refusal::Refusal;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use identity::Caller;
use model::id::RunId;
use model::machine::{Deed, Machine};

/// Do something with a machine
///
/// Start, stop, reboot or rebuild it, open or close ports, rename it, save its disk as an image: the site has accepted it, and
/// the machine's status tells when it is done. An address more or less and another size take more than one request: `change`
/// tells how far that is, and how it ended. A machine is deleted by cancelling its run.
#[utoipa::path(post, path = "/api/v1/machines/{id}/deeds", operation_id = "change_machine", tag = "machines",
    params(("id" = RunId, Path)), request_body = Deed,
    responses((status = 202, description = "The machine, which will change", body = Machine)))]
pub(crate) async fn change(
    State(app): State<App>,
    caller: Caller,
    At(id): At<RunId>,
    JsonBody(deed): JsonBody<Deed>,
) -> Result<(StatusCode, Json<Machine>), Refusal> {
    let machine = app.gateway.runs.change_machine(&caller, &id, &deed).await?;
    Ok((StatusCode::ACCEPTED, Json(machine)))
}
