//! Bearers: tokens that programs send along.

use std::sync::Arc;

use model::{Secret, Timestamp};
use serde_json::{Map, Value};

use crate::issuer::Inner;
use crate::jwt::{Jwt, MOST_TOKEN_BYTES};
use crate::{BadToken, Claims, Error, Feature, Issuers, Subject, check};

/// A bearer that is what it says.
#[derive(Clone, Debug)]
pub struct Verified {
    /// The issuer's address, as in [`crate::Issuer::url`].
    pub issuer: Arc<str>,
    pub subject: Subject,
    pub claims: Claims,
    pub scopes: Vec<String>,
    pub expires_at: Timestamp,
    /// The one of our audiences that it is meant for.
    pub audience: String,
    /// The client that it was given to (`client_id`, `azp`), when it says so.
    pub client: Option<String>,
}

impl Issuers {
    /// Judges the bearer of a request: a JWT by itself, an opaque token by asking the issuer that is set up for it.
    pub async fn verify_bearer(&self, bearer: &Secret) -> Result<Verified, Error> {
        let text = bearer.expose();
        if text.len() > MOST_TOKEN_BYTES {
            return Err(BadToken::TooLarge { limit: MOST_TOKEN_BYTES }.into());
        }
        if is_opaque(text) {
            let asked = self.iter().find(|issuer| issuer.inner.settings.introspection);
            let issuer = asked.ok_or(BadToken::Opaque(Feature::Introspection))?;
            return issuer.inner.introspect(bearer).await;
        }
        let jwt = Jwt::parse(text)?;
        let said = jwt.issuer()?;
        let issuer = self.by_url(said).ok_or_else(|| BadToken::UnknownIssuer { said: crate::error::for_people(said, 200) })?;
        issuer.inner.verify_access_token(jwt).await
    }
}

/// RFC 6750's characters without the dot, which divides a JWT. What begins like one is never sent to anybody.
fn is_opaque(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'~' | b'+' | b'/' | b'=');
    !text.is_empty() && !text.starts_with("eyJ") && text.bytes().all(plain)
}

impl Inner {
    async fn verify_access_token(&self, jwt: Jwt<'_>) -> Result<Verified, Error> {
        kind(&jwt)?;
        self.verify_signature(&jwt).await?;
        Ok(self.judge(jwt.payload)?)
    }

    /// What a signed and an introspected token have in common.
    pub(crate) fn judge(&self, payload: Map<String, Value>) -> Result<Verified, BadToken> {
        let expires_at = check::times(&payload, self.now(), self.settings.leeway)?;
        let audience = check::audience(&payload, &self.settings.audiences)?;
        let subject = check::subject(&payload)?;
        let client = check::text(&payload, "client_id")?.or(check::text(&payload, "azp")?).map(str::to_owned);
        // What this gateway was given to act for people it hands on to sites: none of them may come back with it.
        if client.as_deref() == Some(self.settings.client_id.as_str()) {
            return Err(BadToken::OwnClient);
        }
        let scopes = check::scopes(&payload)?.unwrap_or_default();
        let issuer = Arc::clone(&self.url);
        Ok(Verified { issuer, subject, claims: Claims::new(payload), scopes, expires_at, audience, client })
    }
}

/// An id_token or a logout token is signed by the same keys and may well be meant for us. An access token has to show
/// that it is one: by its type (RFC 9068), by Keycloak's claim, or by the scope that only access tokens have.
fn kind(jwt: &Jwt<'_>) -> Result<(), BadToken> {
    let other = |why| Err(BadToken::Kind { why });
    let has = |claim: &str| jwt.payload.contains_key(claim);
    let typed = match jwt.kind.as_deref() {
        Some("at+jwt") => true,
        None | Some("jwt") => false,
        Some(_) => return other("its type is not that of an access token"),
    };
    let claimed = match check::text(&jwt.payload, "typ")? {
        Some(kind) if kind.eq_ignore_ascii_case("bearer") => true,
        Some(_) => return other("its claim typ is not that of an access token"),
        None => false,
    };
    match () {
        () if has("events") => other("it tells of an event"),
        () if has("at_hash") || has("c_hash") => other("it is an id_token"),
        // Some Keycloaks put the nonce into access tokens too, which they mark as such.
        () if has("nonce") && !typed && !claimed => other("it is an id_token"),
        () if !typed && !claimed && !has("scope") => other("nothing in it says that it is an access token"),
        () => Ok(()),
    }
}
