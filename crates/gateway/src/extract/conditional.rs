//! Answers that need not be sent again.

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;

/// Whether the client has this already.
pub(crate) fn etag_matches(headers: &HeaderMap, etag: &str) -> bool {
    let weak = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    headers
        .get_all(header::IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .any(|value| value.trim() == "*" || value.split(',').any(|tag| weak(tag) == weak(etag)))
}

/// A JSON answer, or 304 when the client has it. `etag` is none when nothing can be said about later.
pub(crate) fn fresh(headers: &HeaderMap, etag: Option<&str>, body: Bytes) -> Response {
    let json = HeaderValue::from_static("application/json");
    let Some((text, etag)) = etag.and_then(|text| Some((text, HeaderValue::from_str(text).ok()?))) else {
        return ([(header::CONTENT_TYPE, json)], body).into_response();
    };
    // Each person sees their own, and always asks first.
    let fixed = [
        (header::ETAG, etag),
        (header::VARY, HeaderValue::from_static("Authorization, Cookie")),
        (header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache")),
    ];
    if etag_matches(headers, text) {
        return (StatusCode::NOT_MODIFIED, fixed).into_response();
    }
    (fixed, [(header::CONTENT_TYPE, json)], body).into_response()
}
