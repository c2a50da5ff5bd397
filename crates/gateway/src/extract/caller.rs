//! Who is calling, by a token or by the cookie of a session: proven anew for every request, and again from time to time for as long as a stream lasts.

use crate::app::App;
use crate::edge::{Client, Trace};
use crate::login::of_bearer;
use crate::refusal::Refusal;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, header};
use identity::{Caller, Denied, Vouched};
use model::{Code, Problem, Secret};
use std::net::IpAddr;

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
    proof: Proof,
    app: App,
}

/// What was sent to prove it.
enum Proof {
    Token(Secret),
    Session(Secret),
    /// Of an issuer's, which the gateway trusts.
    Bearer(Secret),
}

/// What every token of ours begins with; no JWT does, and who trusts no issuer has no other tokens.
const OURS: &str = "rst_";

impl Proof {
    /// A token counts alone: whoever sends one means it, also from a browser that is signed in.
    fn sent(parts: &Parts, app: &App) -> Result<Self, Refusal> {
        if !parts.headers.contains_key(header::AUTHORIZATION)
            && let Some(session) = app.cookie.read(&parts.headers)
        {
            let reads = matches!(parts.method, Method::GET | Method::HEAD);
            if !reads || parts.headers.contains_key(header::UPGRADE) {
                app.hosts.require_origin(&parts.headers)?;
            }
            return Ok(Self::Session(session));
        }
        let bearer = bearer(&parts.headers).map_err(Problem::from)?;
        let is_ours = bearer.expose().starts_with(OURS) || app.gateway.issuers.iter().next().is_none();
        Ok(if is_ours { Self::Token(bearer) } else { Self::Bearer(bearer) })
    }

    async fn verify(&self, app: &App) -> Result<Caller, Problem> {
        let verified = match self {
            Self::Token(token) => app.gateway.identity.verify(token).await,
            Self::Session(session) => app.gateway.identity.verify_session(session).await,
            Self::Bearer(bearer) => {
                let judged = app.gateway.issuers.verify_bearer(bearer).await.map_err(|error| of_bearer(&error))?;
                // Of an issuer that does not answer now, what it said last time counts.
                let judged = app.gateway.issuers.complete(bearer, judged.clone()).await.unwrap_or(judged);
                let vouched =
                    Vouched { issuer: &judged.issuer, subject: judged.subject.as_str(), claims: judged.claims.as_map() };
                app.gateway.identity.verify_vouched(&vouched, judged.expires_at).await
            }
        };
        verified.map_err(|denied| {
            if let Denied::Db(error) = &denied {
                tracing::error!(%error, "a caller could not be verified");
            }
            Problem::from(denied)
        })
    }
}

impl FromRequestParts<App> for Staying {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Refusal> {
        let proof = Proof::sent(parts, app)?;
        let caller = proof.verify(app).await?;
        if let Some(trace) = parts.extensions.get::<Trace>() {
            trace.is_called_by(&caller);
            trace.takes(app.limits.request(caller.person())?);
        }
        Ok(Self { caller, proof, app: app.clone() })
    }
}

impl Staying {
    /// Whether the token or the session still lets this person in. A database or an issuer that does not answer is no reason to
    /// throw them out.
    pub async fn is_still_welcome(&mut self) -> bool {
        match self.proof.verify(&self.app).await {
            Ok(caller) => {
                // What they are in communities and teams may have changed, and with it what they may go on to read.
                self.caller = caller;
                true
            }
            Err(problem) => !matches!(problem.code, Code::NotSignedIn | Code::BadCredential | Code::SessionOver),
        }
    }
}

/// Somebody who is not signed in and wants to be.
pub(crate) struct Stranger {
    pub address: Option<IpAddr>,
}

impl FromRequestParts<App> for Stranger {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Refusal> {
        let address = parts.extensions.get::<Client>().and_then(|Client(address)| *address);
        if let Some(trace) = parts.extensions.get::<Trace>() {
            trace.takes(app.limits.sign_in(address)?);
        }
        Ok(Self { address })
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
