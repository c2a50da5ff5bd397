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
    /// In hexadecimal digits: no other one is wanted.
    sha256: Option<String>,
}

/// Sends this program, which is nobody's secret, to machines that become services.
pub(crate) async fn send(State(app): State<App>, Params(query): Params<Query>, headers: HeaderMap) -> Result<Response, Refusal> {
    let (file, digest) = app.gateway.runs.program(query.sha256.as_deref()).await?;
    files::send(&headers, File::from_std(file), "application/octet-stream", Some(format!("\"{digest}\""))).await
}
