//! Runs: one file per operation.

pub(crate) mod cancel;
pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod download;
pub(crate) mod elements;
pub(crate) mod list;
pub(crate) mod logs;
pub(crate) mod matches;
pub(crate) mod object;
pub(crate) mod outputs;
pub(crate) mod overview;
mod pages;
pub(crate) mod plan;
pub(crate) mod receipt;
pub(crate) mod retry;
pub(crate) mod show;

pub(crate) use pages::Pages;

use axum::http::HeaderValue;
use axum::response::Response;

/// What the caller has in flight goes with what changes it or shows it, so that nobody has to ask for it.
fn with_quota(mut answer: Response, quota: &str) -> Response {
    if let Ok(value) = HeaderValue::from_str(quota) {
        answer.headers_mut().insert("roadstead-quota", value);
    }
    answer
}
