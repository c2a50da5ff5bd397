use crate::app::App;
use crate::extract::At;
use crate::files;
use crate::refusal::Refusal;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use identity::Caller;
use model::Problem;
use model::id::RunId;
use std::io::Seek;
use tokio::fs::File;

/// The research object of a run
///
/// An RO-Crate with everything that is known of a run that has ended: inputs and outputs with their checksums, what was
/// executed, where, by whom, with what result.
#[utoipa::path(get, path = "/api/v1/runs/{id}/crate", operation_id = "download_crate", tag = "runs", params(("id" = RunId, Path)),
    responses((status = 200, description = "A zip archive", body = Vec<u8>, content_type = "application/zip"),
        (status = 409, description = "RS-6004: the run has not ended yet", content_type = "application/problem+json")))]
pub(crate) async fn download(
    State(app): State<App>,
    caller: Caller,
    At(id): At<RunId>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let object = app.gateway.runs.research_object(&caller, &id, app.settings().version).await?;
    let place = app.crates.clone().acquire_owned().await;
    let scratch = app.settings().scratch.clone();
    // Without a name: it is gone with its last reader, whatever happens.
    let written = tokio::task::spawn_blocking(move || {
        // In here: a client that goes away does not end this.
        let _place = place;
        let file = tempfile::tempfile_in(scratch)?;
        let mut file = object.write(file).map_err(std::io::Error::other)?;
        file.rewind()?;
        Ok::<_, std::io::Error>(file)
    });
    let file = written.await.map_err(|_| Problem::internal())??;
    let response = files::send(&headers, File::from_std(file), "application/zip", None).await?;
    Ok(files::as_attachment(response, &format!("{id}.crate.zip")))
}
