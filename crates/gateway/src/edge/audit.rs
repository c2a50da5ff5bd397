//! What of all requests is written down for good: those that change something or were meant to, those of administration,
//! and those for which it took an administrator to look at what is somebody else's.

use super::Trace;
use crate::app::App;
use crate::routes;
use axum::http::{Method, header};
use axum::response::Response;
use identity::Deed;
use model::Code;
use model::id::RequestId;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::LazyLock;

/// Beside the operations of the API: how people come in and are put out by their issuer.
const BESIDE: [(&str, &str); 2] = [("/login/{issuer}/callback", "finish_sign_in"), ("/login/logout", "sign_out_by_issuer")];
/// They change nothing that outlives them, or come in thousands where one beginning and one end say it all.
const PASSED_OVER: [&str; 3] = ["create_plan", "append_upload", "create_login"];
/// As long as two identifiers and a name.
const LONGEST_ABOUT: usize = 160;

/// Carried by an answer to a question that nothing came of yet.
#[derive(Clone, Copy)]
pub(crate) struct Uneventful;

pub(super) struct Seen<'a> {
    pub request: &'a RequestId,
    pub method: &'a Method,
    pub template: &'a str,
    /// Below the prefix.
    pub path: &'a str,
    pub trace: &'a Trace,
    pub client: Option<IpAddr>,
    pub code: Option<Code>,
}

/// Nothing for what is passed over.
pub(super) fn deed(app: &App, seen: &Seen<'_>, response: &Response) -> Option<Deed> {
    let operation = operation(seen.method, seen.template)?;
    let reads = matches!(*seen.method, Method::GET | Method::HEAD);
    let owner = seen.trace.overseen().cloned();
    let comes_in = BESIDE.iter().any(|(template, _)| *template == seen.template);
    let matters = !reads || comes_in || owner.is_some() || seen.template.starts_with("/api/v1/admin/");
    let uneventful = response.extensions().get::<Uneventful>().is_some();
    if !matters || uneventful || PASSED_OVER.contains(&operation) {
        return None;
    }
    let who = seen.trace.person().map(|person| (person.clone(), seen.trace.credential().cloned()));
    let mut unseen = 0;
    if who.is_none() {
        unseen = app.strangers.take(seen.client, app.gateway.clock.now())?;
    }
    Some(Deed {
        request: seen.request.clone(),
        who,
        operation: operation.to_owned(),
        about: about(seen, response),
        owner,
        address: seen.client,
        // Who is told in the words of a success that they were not let in was not.
        status: seen.code.filter(|_| response.status().is_success()).map_or(response.status().as_u16(), Code::status),
        code: seen.code,
        unseen,
    })
}

/// Waits until it is durable: what was answered has been written down.
pub(super) async fn record(app: &App, deed: &Deed) {
    if let Err(error) = app.gateway.identity.record(deed).await {
        tracing::error!(request = %deed.request, %error, "the audit could not be added to");
        app.metrics.database_failed();
    }
}

/// As the description of the API names it; nothing for what is of no interest.
fn operation(method: &Method, template: &str) -> Option<&'static str> {
    static OPERATIONS: LazyLock<BTreeMap<(String, &'static str), String>> = LazyLock::new(|| {
        let mut operations = BTreeMap::new();
        for (path, item) in routes::description().paths.paths {
            let each = [("GET", item.get), ("PUT", item.put), ("POST", item.post), ("DELETE", item.delete)];
            for (method, operation) in each {
                if let Some(name) = operation.and_then(|operation| operation.operation_id) {
                    operations.insert((path.clone(), method), name);
                }
            }
        }
        operations
    });
    if let Some((_, name)) = BESIDE.iter().find(|(path, _)| *path == template) {
        return Some(name);
    }
    let method = match *method {
        Method::HEAD | Method::GET => "GET",
        Method::PUT => "PUT",
        Method::POST => "POST",
        Method::DELETE => "DELETE",
        _ => return None,
    };
    OPERATIONS.get(&(template.to_owned(), method)).map(String::as_str)
}

/// What stands in the path where the template has a name; for what was made, where it is.
fn about(seen: &Seen<'_>, response: &Response) -> String {
    let parts = seen.template.split('/').zip(seen.path.split('/'));
    let mut named: Vec<&str> = parts.filter(|(template, _)| template.starts_with('{')).map(|(_, part)| part).collect();
    let made = response.headers().get(header::LOCATION).and_then(|made| made.to_str().ok());
    if named.is_empty()
        && let Some(made) = made
    {
        named.extend(made.rsplit('/').next());
    }
    named.join("/").chars().filter(char::is_ascii_graphic).take(LONGEST_ABOUT).collect()
}
