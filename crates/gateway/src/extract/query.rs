//! What follows the question mark. Unknown parameters are refused: a misspelt filter must not list everything.

use crate::app::App;
use crate::refusal::Refusal;
use axum::extract::{FromRequestParts, Query};
use axum::http::request::Parts;
use model::Code;
use serde::de::DeserializeOwned;

pub(crate) struct Params<T>(pub T);

impl<T: DeserializeOwned> FromRequestParts<App> for Params<T> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Refusal> {
        match Query::<T>::try_from_uri(&parts.uri) {
            Ok(Query(params)) => Ok(Self(params)),
            Err(rejection) => {
                let text = rejection.body_text();
                let detail: String = text.trim_start_matches("Failed to deserialize query string: ").chars().take(300).collect();
                let remedy = "Correct the parameter or leave it out; the description of the API lists all of them.";
                let field = detail.split('`').nth(1).or(detail.split(':').next()).unwrap_or("query").to_owned();
                Err(Refusal::of_field(Code::InvalidQuery, &field, detail, remedy))
            }
        }
    }
}

const LARGEST_PAGE: u32 = 1_000;
const USUAL_PAGE: u32 = 100;

/// How many items a page has.
pub(crate) fn limit(asked: Option<u32>) -> Result<u32, Refusal> {
    match asked {
        None => Ok(USUAL_PAGE),
        Some(limit @ 1..=LARGEST_PAGE) => Ok(limit),
        Some(_) => Err(Refusal::of_field(
            Code::InvalidQuery,
            "limit",
            format!("must be from 1 to {LARGEST_PAGE}"),
            "Ask for fewer, and follow `next` for more.",
        )),
    }
}
