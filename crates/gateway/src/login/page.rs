//! The page that a browser sees when a sign-in came to nothing. It has no scripts, and only the one style that its policy names.

use crate::refusal::Shown;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use data_encoding::BASE64;
use model::Problem;

const STYLE: &str = ":root{color-scheme:light dark}body{font:1rem/1.5 system-ui,sans-serif;margin:0}main{max-width:32rem;\
margin:6rem auto 0;padding:0 1rem}h1{font:600 1.75rem/1.25 Georgia,serif}small{opacity:.7}";

pub(super) fn of(problem: &Problem, home: &str) -> Response {
    let status = StatusCode::from_u16(problem.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let text = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <title>Sign in: Roadstead</title><style>{STYLE}</style></head><body><main><h1>{title}</h1><p>{detail}</p><p>{remedy}</p>\
         <p><a href=\"{home}/\">Back to the sign-in page</a></p><p><small>{code}</small></p></main></body></html>",
        title = escaped(problem.code.title()),
        detail = escaped(&problem.detail),
        remedy = escaped(&problem.remedy),
        home = escaped(home),
        code = problem.code,
    );
    let mut response = (status, [(header::CONTENT_TYPE, "text/html; charset=utf-8")], text).into_response();
    response.extensions_mut().insert(Shown(problem.code));
    // A way back is all that it may do.
    let style = BASE64.encode(&db::sha256(STYLE.as_bytes()));
    let policy =
        format!("default-src 'none'; style-src 'sha256-{style}'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'");
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    response.headers_mut().insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    response
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#39;")
}
