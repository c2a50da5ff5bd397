//! One line for each answer. Never what could be a secret: queries, headers, bodies, and paths as they were sent.

use super::Trace;
use axum::http::Method;
use model::id::{PersonId, RequestId};
use std::net::IpAddr;
use std::time::Duration;

pub(super) struct Answered<'a> {
    pub method: &'a Method,
    pub route: &'a str,
    pub status: u16,
    pub took: Duration,
    pub id: &'a RequestId,
    pub trace: &'a Trace,
    pub client: Option<IpAddr>,
}

pub(super) fn answered(answered: &Answered<'_>) {
    let Answered { method, route, status, took, id, trace, client } = answered;
    let milliseconds = took.as_secs_f64() * 1_000.0;
    let person = trace.person().map_or("-", PersonId::as_str);
    let client = client.map(tracing::field::display);
    tracing::info!(target: "roadstead::access", %method, route, status, ms = milliseconds, request = %id, person, client);
}
