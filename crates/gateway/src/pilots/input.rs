use super::Known;
use crate::app::App;
use crate::extract::Params;
use crate::files;
use crate::refusal::Refusal;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use serde::Deserialize;
use tokio::fs::File;

#[derive(Deserialize)]
pub(crate) struct Query {
    element: u32,
    input: usize,
}

/// Sends an input that the gateway holds.
pub(crate) async fn send(
    State(app): State<App>,
    Known(aboard): Known,
    Params(query): Params<Query>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let input = app.gateway.runs.pilot_input(&aboard, query.element, query.input).await?;
    files::send(&headers, File::open(&input.path).await?, "application/octet-stream", None).await
}
