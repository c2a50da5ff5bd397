//! Signing in by browser: authorization code with PKCE (RFC 7636), state, nonce and `iss` (RFC 9207).
//!
//! Each of them stops another thief: *state* somebody who sends a person the answer to a sign-in of their own, *nonce*
//! an id_token from another sign-in, *PKCE* whoever catches the code on its way, *iss* an issuer that has the person
//! bring it the code of another.

use std::sync::Arc;
use std::time::Duration;

use aws_lc_rs::digest;
use data_encoding::BASE64URL_NOPAD as BASE64URL;
use model::{Secret, Timestamp};

use crate::callback::Outcome;
use crate::grant::{self, Granted};
use crate::{BadSignIn, Callback, Claims, Denial, Error, Feature, Issuer, Lie, Subject, Tokens, check, random};

/// Long enough to find a telephone with the second factor.
const PATIENCE: Duration = Duration::from_secs(15 * 60);

/// A sign-in that has begun.
pub struct Begun {
    /// Where the browser goes.
    pub url: String,
    /// What has to be kept until it comes back, for this browser alone.
    pub pending: Pending,
}

/// No `Debug`: whoever has the verifier can use the code.
#[derive(Clone)]
pub struct Pending {
    /// The name of the issuer that it was begun at.
    pub issuer: String,
    pub state: Secret,
    pub nonce: Secret,
    pub verifier: Secret,
    pub redirect_uri: String,
    pub begun_at: Timestamp,
}

/// Somebody who signed in a moment ago. No `Debug`: it holds tokens.
#[derive(Clone)]
pub struct SignedIn {
    /// The issuer's address, as in [`crate::Issuer::url`].
    pub issuer: Arc<str>,
    pub subject: Subject,
    /// Of the id_token, completed by userinfo when that was thin, or lacked the keys that were asked for.
    pub claims: Claims,
    pub tokens: Tokens,
    /// The session at the issuer, by which a back-channel logout may name it.
    pub session: Option<String>,
}

impl Issuer {
    /// Where to send the browser. Fails when the issuer does not answer now: better told here than by the browser.
    /// `extra` are more parameters of the request, such as `login_hint` or `prompt`.
    pub async fn begin_browser(&self, redirect_uri: &str, extra: &[(&str, &str)]) -> Result<Begun, Error> {
        let metadata = self.inner.recent_metadata().await?;
        let mut url = metadata.authorization.clone().ok_or_else(|| self.inner.not_offered(Feature::Browser))?;
        let (state, nonce, verifier) = (random::text()?, random::text()?, random::text()?);
        let challenge = BASE64URL.encode(digest::digest(&digest::SHA256, verifier.expose().as_bytes()).as_ref());
        let scopes = self.inner.scopes();
        let mut query = url.query_pairs_mut();
        query.extend_pairs([
            ("response_type", "code"),
            ("client_id", self.inner.settings.client_id.as_str()),
            ("redirect_uri", redirect_uri),
            ("scope", scopes.as_str()),
            ("state", state.expose()),
            ("nonce", nonce.expose()),
            ("code_challenge", challenge.as_str()),
            ("code_challenge_method", "S256"),
        ]);
        // OpenID Connect Core, section 11: without it a request for offline access may be passed over in silence.
        if scopes.split(' ').any(|scope| scope == "offline_access") && !extra.iter().any(|(name, _)| *name == "prompt") {
            query.append_pair("prompt", "consent");
        }
        query.extend_pairs(extra);
        drop(query);
        let issuer = self.name().to_owned();
        let (redirect_uri, begun_at) = (redirect_uri.to_owned(), self.inner.now());
        Ok(Begun { url: url.into(), pending: Pending { issuer, state, nonce, verifier, redirect_uri, begun_at } })
    }

    /// What came back. `pending` is gone afterwards; whoever keeps it must forget it *before* calling this, so that no
    /// answer is used twice.
    pub async fn finish_browser(&self, pending: Pending, callback: Callback) -> Result<SignedIn, Error> {
        self.check_answer(&pending, &callback).await?;
        let code = match &callback.outcome {
            Outcome::Code(code) => code,
            Outcome::Error { name, description } => {
                let denial = Denial::new(name, description.as_deref());
                return Err(Error::Denied { issuer: self.name().to_owned(), denial });
            }
        };
        let fields = [
            ("grant_type", "authorization_code"),
            ("code", code.expose()),
            ("redirect_uri", pending.redirect_uri.as_str()),
            ("code_verifier", pending.verifier.expose()),
        ];
        let granted = self.inner.grant(&fields, &self.inner.scopes()).await?;
        self.signed_in(granted, Some(&pending.nonce)).await
    }

    /// That it is the answer to this sign-in, from the issuer it was begun at. Nothing was sent anywhere before.
    async fn check_answer(&self, pending: &Pending, callback: &Callback) -> Result<(), Error> {
        if pending.issuer != self.name() {
            return Err(BadSignIn::BegunElsewhere.into());
        }
        if !check::same(callback.state().expose(), pending.state.expose()) {
            return Err(BadSignIn::State.into());
        }
        if self.inner.now().since(pending.begun_at) > PATIENCE {
            return Err(BadSignIn::TooLate { minutes: PATIENCE.as_secs() / 60 }.into());
        }
        match &callback.issuer {
            Some(issuer) if issuer != self.url() => Err(BadSignIn::OtherIssuer.into()),
            None if self.inner.metadata().await?.names_itself => Err(BadSignIn::NoIssuer.into()),
            _ => Ok(()),
        }
    }

    /// Whom the issuer gave these tokens to.
    pub(crate) async fn signed_in(&self, granted: Granted, nonce: Option<&Secret>) -> Result<SignedIn, Error> {
        let Granted { tokens, id_token } = granted;
        let missing = Lie::Field { about: grant::ABOUT, field: "id_token" };
        let id_token = id_token.ok_or_else(|| self.inner.channel.lie(missing))?;
        let verified = self.inner.verify_id_token(&id_token, nonce, &tokens.access).await?;
        let mut claims = verified.claims;
        if (claims.are_thin() || self.inner.misses_keys(&claims)) && self.inner.metadata().await?.userinfo.is_some() {
            claims.complete_with(self.userinfo(&tokens.access, &verified.subject).await?);
        }
        let issuer = Arc::clone(&self.inner.url);
        Ok(SignedIn { issuer, subject: verified.subject, claims, tokens, session: verified.session })
    }
}
