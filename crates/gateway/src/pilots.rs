//! The door of the pilots. They are known by the credentials of their runs, never by a person's token.

pub(crate) mod connect;
pub(crate) mod input;
pub(crate) mod output;
pub(crate) mod program;
mod socket;
pub(crate) mod token;

use crate::app::App;
use crate::extract::bearer;
use crate::refusal::Refusal;
use ::runs::desk::Aboard;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use model::{Problem, Secret};
use pilot::protocol::paths;

/// A pilot that proved who it is.
pub(crate) struct Known(pub Aboard);

impl FromRequestParts<App> for Known {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Refusal> {
        let credential = bearer(&parts.headers).map_err(Problem::from)?;
        // Codes are taken with the first contact only, which is the connection.
        let enrolment = (parts.uri.path().ends_with(paths::CONNECT))
            .then(|| parts.headers.get(paths::ENROLMENT_HEADER))
            .flatten()
            .and_then(|value| value.to_str().ok())
            .map(|text| Secret::new(text.to_owned()));
        Ok(Self(app.gateway.runs.pilot(&credential, enrolment.as_ref()).await?))
    }
}
