//! Who is calling: proven anew for every request, and again from time to time for as long as a stream lasts.

use crate::app::App;
use crate::edge::Trace;
use crate::refusal::Refusal;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use identity::{Caller, Denied};
use model::{Problem, Secret};

impl FromRequestParts<App> for Caller {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Refusal> {
        let Staying { caller, .. } = Staying::from_request_parts(parts, app).await?;
        Ok(caller)
    }
}

/// A caller who stays connected.
pub(crate) struct Staying {
    pub caller: Caller,
    token: Secret,
    app: App,
}

impl FromRequestParts<App> for Staying {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Refusal> {
        let token = bearer(&parts.headers).map_err(Problem::from)?;
        let caller = app.gateway.identity.verify(&token).await.map_err(|denied| {
            if let Denied::Db(error) = &denied {
                tracing::error!(%error, "a token could not be verified");
            }
            Problem::from(denied)
        })?;
        if let Some(trace) = parts.extensions.get::<Trace>() {
            trace.is_of(caller.person());
        }
        Ok(Self { caller, token, app: app.clone() })
    }
}

impl Staying {
    /// Whether the token still lets this person in. A database that does not answer is no reason to throw them out.
    pub async fn is_still_welcome(&self) -> bool {
        match self.app.gateway.identity.verify(&self.token).await {
            Ok(_) | Err(Denied::Db(_)) => true,
            Err(_) => false,
        }
    }
}

/// The text after `Bearer`.
pub(crate) fn bearer(headers: &HeaderMap) -> Result<Secret, Denied> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let value = values.next().ok_or(Denied::Missing)?;
    if values.next().is_some() {
        return Err(Denied::Malformed);
    }
    let text = value.to_str().map_err(|_| Denied::Malformed)?;
    match text.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => Ok(Secret::new(token.trim().to_owned())),
        Some(_) | None => Err(Denied::Missing),
    }
}
