//! The web portal: a page and its files, served from memory. It is a client of the API like any other.
//!
//! The page is written anew for each answer: it names the place it is served at and a nonce, so that no script runs and
//! no style applies that was not in it when it was built. Its files never change under one name, so browsers keep them.
//! Which page is shown is the script's matter: every address that is nobody else's answers with the one page.

mod files;
mod page;
mod policy;

pub use files::Portal;

use crate::app::App;
use crate::refusal::{self, Refusal};
use axum::extract::{OriginalUri, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};

/// What is below these is never a page of the portal, even if nothing is there: whoever mistypes an address of the API
/// is told so.
const NOT_OURS: &[&str] = &["api", "pilot", "healthz", "readyz", "metrics", "assets", "login"];

/// Answers what no route fits.
pub(crate) async fn answer(
    State(app): State<App>,
    OriginalUri(uri): OriginalUri,
    method: Method,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    if !matches!(method, Method::GET | Method::HEAD) {
        return Err(refusal::nothing_here().into());
    }
    let Some(path) = place_in_portal(uri.path(), &app.prefix) else { return Err(refusal::nothing_here().into()) };
    if let Some(file) = app.gateway.portal.file(path) {
        return Ok(file.send(&headers));
    }
    let first = path.split('/').next().unwrap_or_default();
    if NOT_OURS.contains(&first) || !(path.is_empty() || wants_page(&headers)) {
        return Err(refusal::nothing_here().into());
    }
    let nonce = policy::nonce()?;
    let text = page::write(app.gateway.portal.page(), &app.prefix, &nonce);
    let mut response = (StatusCode::OK, [(header::CONTENT_TYPE, "text/html; charset=utf-8")], text).into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    policy::of_page(response.headers_mut(), &nonce);
    Ok(response)
}

/// The path below the prefix, without its first slash. Never decoded: the names of the portal's files need no escapes.
fn place_in_portal<'a>(path: &'a str, prefix: &str) -> Option<&'a str> {
    let rest = path.strip_prefix(prefix)?;
    if rest.is_empty() { Some(rest) } else { rest.strip_prefix('/') }
}

/// Browsers say so when somebody goes to an address; what scripts and programs ask for is something else.
fn wants_page(headers: &HeaderMap) -> bool {
    let accepted = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    accepted.flat_map(|value| value.split(',')).any(|part| {
        let mut parameters = part.split(';').map(str::trim);
        let is_html = parameters.next().is_some_and(|essence| essence.eq_ignore_ascii_case("text/html"));
        is_html && !parameters.any(is_refusal)
    })
}

/// `q=0`, in any of its spellings.
fn is_refusal(parameter: &str) -> bool {
    parameter.strip_prefix("q=").is_some_and(|quality| quality.trim().parse::<f32>().is_ok_and(|quality| quality <= 0.0))
}
