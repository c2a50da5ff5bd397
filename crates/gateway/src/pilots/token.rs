use super::Known;
use crate::app::App;
use crate::extract::Params;
use crate::refusal::Refusal;
use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use data_encoding::HEXLOWER;
use serde::Deserialize;
use serde_json::json;

#[derive(Deserialize)]
pub(crate) struct Query {
    element: u32,
    input: usize,
    /// The SHA-256 of a token that was refused, in hexadecimal digits.
    refused: Option<String>,
}

/// A token of the run's owner, for the server that holds an input.
pub(crate) async fn give(
    State(app): State<App>,
    Known(aboard): Known,
    Params(query): Params<Query>,
) -> Result<Response, Refusal> {
    let refused = query.refused.and_then(|text| HEXLOWER.decode(text.as_bytes()).ok()?.try_into().ok());
    let pass = app.gateway.runs.pilot_token(&aboard, query.element, query.input, refused).await?;
    let body = Json(json!({"token": pass.token.expose(), "expires_at": pass.expires_at}));
    Ok(([(header::CACHE_CONTROL, "no-store")], body).into_response())
}
