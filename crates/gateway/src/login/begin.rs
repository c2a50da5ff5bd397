use super::{of_issuer, page, pending, spend};
use crate::app::App;
use crate::extract::{Params, Stranger};
use crate::refusal::Refusal;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use model::{Problem, Secret};
use serde::Deserialize;
use std::time::Duration;

/// Of the cookie; what it leads to ends at its own time.
const LIFE: Duration = Duration::from_secs(20 * 60);
const LONGEST_PLACE: usize = 300;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Query {
    /// Where in the portal to go when signed in: a path below it.
    #[serde(default)]
    to: String,
}

/// Sends a browser to an issuer.
pub(crate) async fn begin(
    State(app): State<App>,
    Stranger { address }: Stranger,
    Path(name): Path<String>,
    headers: HeaderMap,
    Params(query): Params<Query>,
) -> Result<Response, Refusal> {
    let Some(issuer) = app.gateway.issuers.by_name(&name) else { return Err(Problem::not_found("login service", &name).into()) };
    let place = if is_place(&query.to) { query.to } else { String::new() };
    if let Some(elsewhere) = elsewhere(&app, &headers, &name, &place) {
        return Ok(elsewhere);
    }
    spend(&app, address)?;
    let begun = match issuer.begin_browser(&format!("{}/login/{name}/callback", app.home), &[]).await {
        Ok(begun) => begun,
        Err(error) => return Ok(page::of(&of_issuer(&error, issuer.title()), &app.home)),
    };
    let kept: Secret = pending::write(&begun.pending)?;
    let secret = app.gateway.logins.begin(&name, &kept, &place).await.map_err(Problem::from)?;
    let cookie = app.cookie.give_login(&secret, LIFE).ok_or_else(Problem::internal)?;
    let to = HeaderValue::from_str(&begun.url).map_err(|_| Problem::internal())?;
    Ok((StatusCode::SEE_OTHER, [(header::LOCATION, to), (header::SET_COOKIE, cookie)]).into_response())
}

/// A browser comes back to the gateway's own address, and its cookie with it only if it left from there: somebody who wrote
/// `localhost` goes there first. Behind a proxy the name that arrives here need not be the one that was written.
fn elsewhere(app: &App, headers: &HeaderMap, name: &str, place: &str) -> Option<Response> {
    if app.settings().public_url.is_some() {
        return None;
    }
    let called = headers.get(header::HOST)?.to_str().ok()?;
    let home = app.home.strip_prefix("http://")?;
    if called.eq_ignore_ascii_case(home) {
        return None;
    }
    let query = url::form_urlencoded::Serializer::new(String::new()).append_pair("to", place).finish();
    let to = HeaderValue::from_str(&format!("{}/login/{name}?{query}", app.home)).ok()?;
    Some((StatusCode::SEE_OTHER, [(header::LOCATION, to)]).into_response())
}

/// A path below the portal, and nothing that a browser could take for another host.
fn is_place(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'/' | b'?' | b'=' | b'&' | b'%');
    text.len() <= LONGEST_PLACE
        && text.bytes().all(plain)
        && !text.starts_with('/')
        && !text.contains("//")
        && !text.contains("..")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_sent_elsewhere_after_a_sign_in() {
        for place in ["", "runs", "runs/run-06gv?tab=log", "account"] {
            assert!(is_place(place), "{place}");
        }
        for other in
            ["/runs", "//evil.example", "https://evil.example", "\\evil", "a//b", "../x", "javascript:1", "a\r\nb", "@evil", "#x"]
        {
            assert!(!is_place(other), "{other}");
        }
    }
}
