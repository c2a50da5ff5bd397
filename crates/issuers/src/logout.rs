//! Back-channel logout: an issuer says that somebody's session there has ended (OpenID Connect Back-Channel Logout 1.0).

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use model::Timestamp;
use serde_json::Value;

use crate::issuer::Inner;
use crate::jwt::Jwt;
use crate::{BadToken, Error, Issuers, Subject, check};

const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";
/// How old one may be: it is sent at once, or not at all.
const OLDEST: Duration = Duration::from_secs(300);
const LONGEST_ID: usize = 255;

/// Whose sessions here have to end. At least one of `subject` and `session` is there; with a session, only that one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Logout {
    /// The issuer's address, as in [`crate::Issuer::url`].
    pub issuer: Arc<str>,
    pub subject: Option<Subject>,
    pub session: Option<String>,
}

/// The logout tokens that were used, for as long as they could be used again.
#[derive(Default)]
pub(crate) struct Replays(Mutex<VecDeque<(Timestamp, String)>>);

impl Replays {
    /// Far more than an issuer sends in that time. Beyond it the oldest are forgotten: ending a session twice does no
    /// harm, a memory that grows does.
    const MOST: usize = 4096;

    fn is_new(&self, id: &str, until: Timestamp, now: Timestamp) -> bool {
        let mut used = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        used.retain(|(until, _)| now < *until);
        if used.iter().any(|(_, known)| known == id) {
            return false;
        }
        if used.len() >= Self::MOST {
            used.pop_front();
        }
        used.push_back((until, id.to_owned()));
        true
    }
}

impl Issuers {
    /// Judges the `logout_token` that an issuer posts when somebody's session there has ended.
    pub async fn verify_logout_token(&self, token: &str) -> Result<Logout, Error> {
        let jwt = Jwt::parse(token)?;
        let said = jwt.issuer()?;
        let issuer = self.by_url(said).ok_or_else(|| BadToken::UnknownIssuer { said: crate::error::for_people(said, 200) })?;
        issuer.inner.verify_logout_token(jwt).await
    }
}

impl Inner {
    async fn verify_logout_token(&self, jwt: Jwt<'_>) -> Result<Logout, Error> {
        kind(&jwt)?;
        self.verify_signature(&jwt).await?;
        let (now, leeway) = (self.now(), self.settings.leeway);
        let issued = check::date(&jwt.payload, "iat")?.ok_or(BadToken::Claim { claim: "iat" })?;
        // Older issuers give it no end: then its age is what counts.
        if jwt.payload.contains_key("exp") {
            check::times(&jwt.payload, now, leeway)?;
        } else if issued > now.plus(leeway) {
            return Err(BadToken::FromTheFuture { at: issued }.into());
        }
        if now.since(issued) > OLDEST + leeway {
            return Err(BadToken::TooOld { at: issued }.into());
        }
        check::audience(&jwt.payload, std::slice::from_ref(&self.settings.client_id))?;
        let subject = match check::subject(&jwt.payload) {
            Ok(subject) => Some(subject),
            Err(BadToken::Subject(crate::BadSubject::Missing)) => None,
            Err(bad) => return Err(bad.into()),
        };
        let session = check::text(&jwt.payload, "sid")?.filter(|sid| !sid.is_empty()).map(str::to_owned);
        if subject.is_none() && session.is_none() {
            return Err(BadToken::Claim { claim: "sub" }.into());
        }
        let id = check::text(&jwt.payload, "jti")?.filter(|id| (1..=LONGEST_ID).contains(&id.len()));
        let id = id.ok_or(BadToken::Claim { claim: "jti" })?;
        if !self.replays.is_new(id, issued.plus(OLDEST + leeway), now) {
            return Err(BadToken::Replayed.into());
        }
        Ok(Logout { issuer: Arc::clone(&self.url), subject, session })
    }
}

fn kind(jwt: &Jwt<'_>) -> Result<(), BadToken> {
    let other = |why| Err(BadToken::Kind { why });
    if !matches!(jwt.kind.as_deref(), None | Some("jwt" | "logout+jwt")) {
        return other("its type is not that of a logout token");
    }
    if jwt.payload.contains_key("nonce") {
        return other("it has a nonce, which no logout token has");
    }
    match jwt.payload.get("events").and_then(|events| events.get(EVENT)) {
        Some(Value::Object(_)) => Ok(()),
        _ => other("it does not tell of a logout"),
    }
}
