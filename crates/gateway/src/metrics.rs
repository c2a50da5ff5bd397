//! Numbers for Prometheus, in its text form.

mod registry;
mod weather;

pub(crate) use registry::Metrics;

use crate::app::App;
use crate::refusal::Refusal;
use axum::Router;
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use axum::routing::get;
use identity::{Action, Caller, Resource, authorize};
use std::fmt::Write;

/// The metrics alone, for a listener of their own.
pub(crate) fn router(app: App) -> Router {
    Router::new().route("/metrics", get(show_all)).with_state(app)
}

/// For administrators, when there is no listener of their own.
pub(crate) async fn show(State(app): State<App>, caller: Caller) -> Result<impl IntoResponse, Refusal> {
    authorize(&caller, Action::AdminHealth, Resource::Deployment)?;
    show_all(State(app)).await
}

async fn show_all(State(app): State<App>) -> Result<impl IntoResponse, Refusal> {
    let mut text = String::with_capacity(8 * 1024);
    app.metrics.write(&mut text);
    let flows = flow::counts(&app.gateway.db).await?;
    let runs = app.gateway.runs.counts().await?;
    // Writing to a string does not fail.
    let _ = writeln!(text, "# HELP roadstead_runs Runs by state.\n# TYPE roadstead_runs gauge");
    for (state, count) in runs {
        let _ = writeln!(text, "roadstead_runs{{state=\"{state}\"}} {count}");
    }
    let _ = writeln!(text, "# HELP roadstead_flows Flows by status.\n# TYPE roadstead_flows gauge");
    for (status, count) in flows.by_status {
        let _ = writeln!(text, "roadstead_flows{{status=\"{status}\"}} {count}");
    }
    let due = flows.due;
    let _ = writeln!(
        text,
        "# HELP roadstead_flows_due Flows that wait to be carried out.\n# TYPE roadstead_flows_due gauge\nroadstead_flows_due {due}"
    );
    let _ = weather::write(&mut text, &app.gateway.runs.weather().await?);
    Ok(([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text))
}
