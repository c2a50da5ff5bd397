use crate::app::App;
use crate::refusal::Refusal;
use axum::Json;
use axum::extract::State;
use identity::{Action, Caller, Resource, authorize};
use model::id::DeploymentId;
use serde::Serialize;
use std::collections::BTreeMap;
use std::time::Instant;

#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct Health {
    version: &'static str,
    deployment: DeploymentId,
    /// Whether other gateways may use the same database.
    shared_database: bool,
    /// How long the database took to answer just now.
    database_ms: f64,
    /// How far its clock is ahead of the gateway's.
    clock_offset_ms: i64,
    /// Connections of pilots that end at this gateway.
    pilots_connected: i64,
    /// All people's runs, by state.
    runs: BTreeMap<String, u64>,
    /// All flows, by status.
    flows: BTreeMap<String, u64>,
}

/// How the gateway is
#[utoipa::path(get, path = "/api/v1/admin/health", operation_id = "get_health", tag = "admin",
    responses((status = 200, description = "Its state", body = Health)))]
pub(crate) async fn show(State(app): State<App>, caller: Caller) -> Result<Json<Health>, Refusal> {
    authorize(&caller, Action::AdminHealth, Resource::Deployment)?;
    let db = &app.gateway.db;
    let asked = Instant::now();
    let theirs = db.now_ms().await?;
    let database_ms = asked.elapsed().as_secs_f64() * 1_000.0;
    let counts = flow::counts(db).await?;
    Ok(Json(Health {
        version: app.settings().version,
        deployment: db.deployment().clone(),
        shared_database: db.is_shared(),
        database_ms,
        clock_offset_ms: theirs - app.gateway.clock.now().millis(),
        pilots_connected: app.metrics.pilots(),
        runs: app.gateway.runs.counts().await?,
        flows: counts.by_status,
    }))
}
