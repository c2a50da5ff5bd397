//! What goes wrong, as a test wants it.

use std::time::Duration;

use serde_json::{Value, json};

use super::http::{Answer, Request};

/// What becomes of a request. Planned by [`super::Cloud::mishap`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mishap {
    /// Done, and the connection ends without an answer.
    AnswerLost,
    /// Done, and answered by this status.
    FailsAfter(u16),
    /// Not done, and answered by this status.
    Fails(u16),
    /// Done, and answered after this time.
    Slow(Duration),
    /// Done after this time, whether somebody still waits or not.
    Late(Duration),
    /// Not done, and never answered.
    Hangs,
    /// Done, and never answered.
    HangsAfter,
    /// Done; for this time, what was made is neither listed nor shown.
    Hidden(Duration),
    /// Answered like something done, and not done.
    Lies,
    /// A deletion that is answered at once, and done after this time.
    Lingers(Duration),
    /// Not done: from now on, its token is unknown.
    TokenEnds,
    /// Not done: too many requests, come back after so many seconds.
    Busy(u64),
    /// A machine that fails on its host, where its ports stay bound; or a volume that cannot be made.
    Breaks,
    /// Done while Cinder does not hear of it: the volumes of a machine that goes stay as if it had them.
    Forgets,
}

pub(super) struct Planned {
    pub(super) operation: String,
    pub(super) left: usize,
    pub(super) mishap: Mishap,
}

/// Words of paths; everything else in the second place and after them is an identifier.
const WORDS: [&str; 6] = ["detail", "tokens", "projects", "details.json", "os-extra_specs", "auth"];

/// What is asked for, in the words of OpenStack's own documentation: `POST servers`, `DELETE ports/{id}`,
/// `POST servers/{id}/action os-stop`, `PUT routers/{id}/add_router_interface`. Signing in is `POST login`.
pub(super) fn operation(request: &Request, path: &[&str]) -> String {
    if path.first() == Some(&"OS-FEDERATION") && path.last() == Some(&"auth") {
        return "POST login".to_owned();
    }
    let is_identifier = |at: usize, part: &str| (at == 1 || at == 3) && !WORDS.contains(&part);
    let named = |(at, part): (usize, &&str)| if is_identifier(at, part) { "{id}".to_owned() } else { (*part).to_owned() };
    let path = path.iter().enumerate().map(named).collect::<Vec<_>>().join("/");
    let action = request.body.as_object().and_then(|body| body.keys().next()).filter(|_| path.ends_with("/action"));
    let action = action.map(|action| format!(" {action}")).unwrap_or_default();
    format!("{} {path}{action}", request.method)
}

/// As the component says it, or the balancer before it.
pub(super) fn failure(component: &str, status: u16) -> Answer {
    let body = match (status, component) {
        (502.., _) => {
            Value::String(format!("<html><body><h1>{status}</h1>No server is available to handle this request.</body></html>"))
        }
        (_, "network") => {
            let message = "Request Failed: internal server error while processing your request.";
            json!({"NeutronError": {"type": "HTTPInternalServerError", "message": message, "detail": ""}})
        }
        (_, "compute" | "volume") => {
            let message = "Unexpected API Error. Please report this at http://bugs.launchpad.net/nova/ and attach the Nova API log if possible.";
            json!({"computeFault": {"code": status, "message": message}})
        }
        _ => {
            json!({"error": {"code": status, "message": "An unexpected error prevented the server from fulfilling your request.", "title": "Internal Server Error"}})
        }
    };
    Answer::new(status, body)
}
