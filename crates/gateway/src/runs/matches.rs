use super::logs::Which;
use crate::app::App;
use crate::extract::{At, Params, limit};
use crate::refusal::Refusal;
use ::runs::{LogMatches, Search};
use axum::Json;
use axum::extract::State;
use identity::Caller;
use model::id::RunId;
use serde::Deserialize;

#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Query {
    /// Which element; 0 when not said.
    #[serde(default)]
    element: u32,
    #[param(inline)]
    #[serde(default)]
    stream: Which,
    /// Plain text that a line has in it, in whatever case; at most 256 bytes.
    text: Option<String>,
    /// Only lines that look like errors: they have one of the words error, exception, traceback, fatal, panic, segfault,
    /// segmentation fault, killed, out of memory in them, also inside another word (`ValueError`); as written here, with
    /// a capital, or in capitals.
    #[serde(default)]
    errors: bool,
    /// The byte to begin at: 0, or what an earlier answer said.
    #[serde(default)]
    from: u64,
    /// How many lines: 1 to 1000, 100 when not said.
    limit: Option<u32>,
}

/// Search a log
///
/// The lines that have a text in them, that look like errors, or both. One answer comes from at most 256 MiB of the log;
/// while there is more, `next` says where to go on, also when nothing was found. A line without its line break yet is
/// searched when it is whole; one longer than 64 KiB counts as several.
#[utoipa::path(get, path = "/api/v1/runs/{id}/logs/matches", operation_id = "search_log", tag = "runs", params(("id" = RunId, Path), Query),
    responses((status = 200, description = "What was found", body = LogMatches)))]
pub(crate) async fn search(
    State(app): State<App>,
    caller: Caller,
    At(run): At<RunId>,
    Params(query): Params<Query>,
) -> Result<Json<LogMatches>, Refusal> {
    let Query { element, stream, text, errors, from, limit: lines } = query;
    let search = Search { text, errors, from, limit: limit(lines)? };
    Ok(Json(app.gateway.runs.log_matches(&caller, &run, element, stream.into(), search).await?))
}
