//! The token endpoint: refreshing, exchanging, and what all grants have in common.

use std::time::Duration;

use model::{Secret, Timestamp};
use serde_json::{Map, Value};

use crate::error::for_people;
use crate::http::{Answer, Channel};
use crate::issuer::Inner;
use crate::jwt::{Jwt, MOST_TOKEN_BYTES};
use crate::settings::is_scope;
use crate::{Denial, Error, Feature, Issuer, Lie, Subject, check};

/// What the issuer gave. No `Debug`: these are secrets.
#[derive(Clone)]
pub struct Tokens {
    pub access: Secret,
    pub refresh: Option<Secret>,
    pub expires_at: Timestamp,
    /// When [`Tokens::refresh`] ends unless it is used before. Only some say it (`refresh_expires_in`, Keycloak); 0 means never there.
    pub refresh_expires_at: Option<Timestamp>,
    /// What was granted, which may be less than was asked for.
    pub scopes: Vec<String>,
}

/// What became of a refresh token.
pub struct Refreshed {
    pub tokens: Tokens,
    /// Why the access token is not to be used: the id_token beside it cannot be verified, or not now.
    pub doubt: Option<Error>,
}

pub(crate) struct Granted {
    pub(crate) tokens: Tokens,
    pub(crate) id_token: Option<Secret>,
}

pub(crate) const ABOUT: &str = "its answer with tokens";
const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";

/// An issuer that does not say how long a token lives leaves it to us; a short guess costs a refresh, a long one a
/// request that fails.
const UNSAID: Duration = Duration::from_secs(300);
const LONGEST: Duration = Duration::from_secs(366 * 24 * 3_600);

impl Issuer {
    /// New tokens for `of`. When [`Tokens::refresh`] is there it takes the place of the one used, which is dead now: so it
    /// has to be kept also when what came with it is doubtful.
    pub async fn refresh(&self, refresh: &Secret, of: &Subject) -> Result<Refreshed, Error> {
        let fields = [("grant_type", "refresh_token"), ("refresh_token", refresh.expose())];
        let granted = self.inner.grant(&fields, &self.inner.scopes()).await?;
        let Some(id_token) = &granted.id_token else { return Ok(Refreshed { tokens: granted.tokens, doubt: None }) };
        match self.inner.verify_id_token(id_token, None, &granted.tokens.access).await {
            Ok(claims) if claims.subject != *of => Err(self.inner.channel.lie(Lie::OtherSubject { about: ABOUT })),
            verified => Ok(Refreshed { tokens: granted.tokens, doubt: verified.err() }),
        }
    }

    /// A token for another audience, made from `access` (RFC 8693).
    pub async fn exchange(&self, access: &Secret, audience: &str, scopes: &[&str]) -> Result<Tokens, Error> {
        if !self.inner.settings.exchange {
            return Err(self.inner.not_offered(Feature::Exchange));
        }
        let wanted = scopes.join(" ");
        let mut fields = vec![
            ("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"),
            ("subject_token", access.expose()),
            ("subject_token_type", ACCESS_TOKEN),
            ("requested_token_type", ACCESS_TOKEN),
            ("audience", audience),
        ];
        if !wanted.is_empty() {
            fields.push(("scope", &wanted));
        }
        let granted = self.inner.grant(&fields, &wanted).await?;
        // Whoever gets this token could otherwise come back with it to this gateway. (Some issuers add audiences of their own,
        // such as `account`: those are not ours.)
        let is_ours = |one: &&str| self.inner.settings.audiences.iter().any(|ours| ours == one);
        if let Ok(jwt) = Jwt::parse(granted.tokens.access.expose())
            && !check::audiences(&jwt.payload)
                .is_ok_and(|audiences| audiences.contains(&audience) && !audiences.iter().any(is_ours))
        {
            return Err(self.inner.channel.lie(Lie::OtherAudience { asked: audience.to_owned() }));
        }
        Ok(granted.tokens)
    }

    /// Ends a refresh or access token at the issuer (RFC 7009). That it was dead already is no error.
    pub async fn revoke(&self, token: &Secret) -> Result<(), Error> {
        let metadata = self.inner.metadata().await?;
        let url = metadata.revocation.as_ref().ok_or_else(|| self.inner.not_offered(Feature::Revocation))?;
        let about = "its answer to a revocation";
        let answer = self.inner.post(about, url, &metadata, &[("token", token.expose())]).await?;
        match answer.status {
            200..300 => Ok(()),
            _ => Err(self.inner.denied(&answer, about)),
        }
    }
}

impl Inner {
    /// What is asked for when somebody signs in.
    pub(crate) fn scopes(&self) -> String {
        let others = self.settings.scopes.iter().filter(|scope| *scope != "openid");
        std::iter::once("openid").chain(others.map(String::as_str)).collect::<Vec<_>>().join(" ")
    }

    pub(crate) async fn grant(&self, fields: &[(&str, &str)], asked: &str) -> Result<Granted, Error> {
        let metadata = self.metadata().await?;
        let answer = self.post(ABOUT, &metadata.token, &metadata, fields).await?;
        if answer.status != 200 {
            return Err(self.denied(&answer, ABOUT));
        }
        let fields = self.channel.object(&answer)?;
        read(fields, self.now(), asked).map_err(|lie| self.channel.lie(lie))
    }

    /// The error that an answer other than 200 holds.
    pub(crate) fn denied(&self, answer: &Answer, about: &'static str) -> Error {
        let fields = Channel::error_object(answer);
        let text = |name: &str| fields.as_ref().and_then(|fields| fields.get(name)).and_then(Value::as_str);
        match text("error") {
            Some(error) => {
                let denial = Denial::new(error, text("error_description"));
                Error::Denied { issuer: self.settings.name.clone(), denial }
            }
            None => self.channel.lie(Lie::Status { about, status: answer.status }),
        }
    }
}

fn read(fields: Map<String, Value>, now: Timestamp, asked: &str) -> Result<Granted, Lie> {
    let wrong = |field: &'static str| Lie::Field { about: ABOUT, field };
    let token = |field: &'static str| match fields.get(field) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) if is_token(text) => Ok(Some(Secret::new(text.clone()))),
        Some(_) => Err(wrong(field)),
    };
    match fields.get("token_type").and_then(Value::as_str) {
        Some(kind) if kind.eq_ignore_ascii_case("bearer") => {}
        Some(kind) => return Err(Lie::TokenType { said: for_people(kind, 40) }),
        None => return Err(wrong("token_type")),
    }
    match fields.get("issued_token_type") {
        None => {}
        Some(Value::String(kind)) if kind == ACCESS_TOKEN => {}
        Some(_) => return Err(wrong("issued_token_type")),
    }
    let lives = match fields.get("expires_in") {
        None | Some(Value::Null) => UNSAID,
        Some(value) => Duration::from_secs(value.as_u64().ok_or(wrong("expires_in"))?).min(LONGEST),
    };
    // No standard has it, so nothing that is odd about it is an error.
    let refresh_lives = fields.get("refresh_expires_in").and_then(Value::as_u64).filter(|seconds| *seconds > 0);
    let refresh_lives = refresh_lives.map(|seconds| Duration::from_secs(seconds).min(LONGEST));
    let scopes = match fields.get("scope") {
        None | Some(Value::Null) => asked,
        Some(Value::String(text)) => text,
        Some(_) => return Err(wrong("scope")),
    };
    let scopes: Vec<String> = scopes.split(' ').filter(|word| !word.is_empty()).map(str::to_owned).collect();
    if !scopes.iter().all(|scope| is_scope(scope)) {
        return Err(wrong("scope"));
    }
    let tokens = Tokens {
        access: token("access_token")?.ok_or(wrong("access_token"))?,
        refresh: token("refresh_token")?,
        expires_at: now.plus(lives),
        refresh_expires_at: refresh_lives.map(|lives| now.plus(lives)),
        scopes,
    };
    Ok(Granted { tokens, id_token: token("id_token")? })
}

/// RFC 6749, appendix A.12. It goes into a header later.
fn is_token(text: &str) -> bool {
    (1..=MOST_TOKEN_BYTES).contains(&text.len()) && text.bytes().all(|byte| matches!(byte, 0x21..=0x7e))
}
