//! What every request passes, whatever it asks for: its id, the check of where it was meant for and where it comes from,
//! the access log, the metrics, and the writing of refusals. And what limits everybody: how much of a caller's may go on
//! at once, and how long a connection may stand still.

mod audit;
mod budget;
mod crowd;
mod hosts;
mod lent;
mod limits;
mod log;
mod patient;
mod trace;

pub(crate) use audit::Uneventful;
pub(crate) use budget::Budget;
pub(crate) use crowd::Place;
pub(crate) use hosts::Hosts;
pub(crate) use limits::Limits;
pub(crate) use patient::Patient;
pub(crate) use trace::{Client, Peer, Trace, network};

use crate::app::App;
use crate::refusal::{self, Refusal, Shown, Told};
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt;
use model::Problem;
use model::id::{RequestId, Seed};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Instant;

const NO_PAGE: &str = "sandbox; default-src 'none'; frame-ancestors 'none'";

pub(crate) async fn edge(State(app): State<App>, request: Request, next: Next) -> Response {
    let began = Instant::now();
    let now = app.gateway.clock.now();
    // It names a line in the log; without randomness it names it less exactly.
    let millis = u64::try_from(now.millis()).unwrap_or(0);
    let id = RequestId::new(db::seed(now).unwrap_or(Seed { millis, random: [0; 10] }));
    let method = request.method().clone();
    let template: Arc<str> = match request.extensions().get::<MatchedPath>() {
        Some(path) => path.as_str().strip_prefix(app.prefix.as_str()).unwrap_or_default().into(),
        None => "".into(),
    };
    let path: Box<str> = request.uri().path().strip_prefix(app.prefix.as_str()).unwrap_or_default().into();
    let trace = Trace::default();
    let client = trace::client(&request, &app.settings().trusted_proxies);
    let busy = (!is_pilots(&template) && !is_probe(&template)).then(|| app.gateway.activity.begin());

    let (mut request, rest) = lend(request);
    request.extensions_mut().insert(trace.clone());
    request.extensions_mut().insert(Client(client));
    let answered = match admit(&app, &request, &template) {
        Err(refusal) => {
            drop(request);
            refusal.into_response()
        }
        Ok(()) => match AssertUnwindSafe(next.run(request)).catch_unwind().await {
            Ok(response) => response,
            Err(_) => {
                tracing::error!(request = %id, route = %template, "a handler panicked");
                Refusal::from(Problem::internal()).into_response()
            }
        },
    };
    if let Some(rest) = rest
        && (answered.status().is_client_error() || answered.status().is_server_error())
    {
        rest.discard(app.settings().body_timeout).await;
    }
    let shown = answered.extensions().get::<Shown>().map(|shown| shown.0);
    let code = shown.or(answered.extensions().get::<Told>().map(|told| told.0.code));
    let mut response = finish(answered, &app, &id);
    if let Some(busy) = busy {
        // Streams go on after this returns.
        response = trace::while_it_lasts(response, (busy, trace.clone()));
    }
    let status = response.status().as_u16();
    let seen = audit::Seen { request: &id, method: &method, template: &template, path: &path, trace: &trace, client, code };
    if let Some(deed) = audit::deed(&app, &seen, &response) {
        audit::record(&app, &deed).await;
    }
    app.metrics.answered(&method, &template, status, began.elapsed());
    log::answered(&log::Answered {
        method: &method,
        route: &template,
        status,
        took: began.elapsed(),
        id: &id,
        trace: &trace,
        client,
    });
    response
}

/// Requests without a body, and those whose client waits to be told before it sends one, have no rest.
fn lend(request: Request) -> (Request, Option<lent::Rest>) {
    use axum::body::HttpBody;
    if request.body().is_end_stream() || request.headers().contains_key(header::EXPECT) {
        return (request, None);
    }
    let (parts, body) = request.into_parts();
    let (body, rest) = lent::lend(body);
    (Request::from_parts(parts, body), Some(rest))
}

/// Probes ask by address, whatever the gateway is called; what they are told is no secret.
fn is_probe(template: &str) -> bool {
    matches!(template, "/healthz" | "/readyz")
}

fn is_pilots(template: &str) -> bool {
    template.starts_with("/pilot/")
}

fn admit(app: &App, request: &Request, template: &str) -> Result<(), Refusal> {
    if is_probe(template) {
        return Ok(());
    }
    app.hosts.check_host(request)?;
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    if reads && !request.headers().contains_key(header::UPGRADE) {
        return Ok(());
    }
    app.hosts.check_origin(request.headers())
}

fn finish(response: Response, app: &App, id: &RequestId) -> Response {
    let told = response.extensions().get::<Told>().map(|told| told.0.clone());
    let mut response = match told {
        Some(problem) => {
            if response.status().is_server_error() {
                tracing::error!(request = %id, code = %problem.code, detail = problem.detail, "a request failed");
            }
            if problem.code == model::Code::DatabaseUnavailable {
                app.metrics.database_failed();
            }
            refusal::write(response, &problem, &app.prefix, id)
        }
        None if response.extensions().get::<Shown>().is_some() => response,
        None if response.status().is_client_error() || response.status().is_server_error() => {
            let problem = refusal::generic(response.status());
            refusal::write(response, &problem, &app.prefix, id)
        }
        None => response,
    };
    let headers = response.headers_mut();
    if let Ok(value) = HeaderValue::from_str(id.as_str()) {
        headers.insert("request-id", value);
    }
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    headers.entry(header::X_CONTENT_TYPE_OPTIONS).or_insert(HeaderValue::from_static("nosniff"));
    // What is not the portal is never a page with rights of this origin, nor a part of anybody else's page.
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(HeaderValue::from_static(NO_PAGE));
    headers.insert("cross-origin-resource-policy", HeaderValue::from_static("same-origin"));
    response
}
