//! The id_token: what an issuer says to this gateway about somebody who signed in (OpenID Connect Core, 3.1.3.7).

use aws_lc_rs::digest;
use data_encoding::BASE64URL_NOPAD as BASE64URL;
use model::Secret;

use crate::issuer::Inner;
use crate::jwt::Jwt;
use crate::{Algorithm, BadToken, Claims, Error, Lie, Subject, check};

pub(crate) struct IdToken {
    pub(crate) subject: Subject,
    pub(crate) claims: Claims,
    pub(crate) session: Option<String>,
}

impl Inner {
    /// `nonce` is the one that the sign-in was begun with; there is none in a device's sign-in and in a refresh. What is
    /// wrong with it is the issuer's doing, who gave it to us directly.
    pub(crate) async fn verify_id_token(
        &self,
        token: &Secret,
        nonce: Option<&Secret>,
        access: &Secret,
    ) -> Result<IdToken, Error> {
        match self.verify_id_token_form(token, nonce, access).await {
            Err(Error::Token(bad)) => Err(self.channel.lie(Lie::IdToken(bad))),
            verified => verified,
        }
    }

    async fn verify_id_token_form(&self, token: &Secret, nonce: Option<&Secret>, access: &Secret) -> Result<IdToken, Error> {
        let jwt = Jwt::parse(token.expose())?;
        if jwt.issuer()? != self.settings.url {
            return Err(BadToken::OtherIssuer.into());
        }
        kind(&jwt)?;
        let algorithm = self.verify_signature(&jwt).await?;
        check::times(&jwt.payload, self.now(), self.settings.leeway)?;
        if check::date(&jwt.payload, "iat")?.is_none() {
            return Err(BadToken::Claim { claim: "iat" }.into());
        }
        self.check_client(&jwt)?;
        check_nonce(&jwt, nonce)?;
        check_access_token(&jwt, algorithm, access)?;
        let subject = check::subject(&jwt.payload)?;
        let session = check::text(&jwt.payload, "sid")?.map(str::to_owned);
        Ok(IdToken { subject, claims: Claims::new(jwt.payload), session })
    }

    /// It is for this client, and if it is for others as well, it was this client that it was given to.
    fn check_client(&self, jwt: &Jwt<'_>) -> Result<(), BadToken> {
        let ours = &self.settings.client_id;
        let audiences = check::audiences(&jwt.payload)?;
        if !audiences.contains(&ours.as_str()) {
            return Err(BadToken::Audience { expected: vec![ours.clone()] });
        }
        match check::text(&jwt.payload, "azp")? {
            Some(party) if party != ours => Err(BadToken::AuthorizedParty),
            None if audiences.iter().any(|audience| audience != ours) => Err(BadToken::AuthorizedParty),
            _ => Ok(()),
        }
    }
}

/// Access tokens, refresh tokens and logout tokens are signed with the same keys and may name the same audience.
fn kind(jwt: &Jwt<'_>) -> Result<(), BadToken> {
    if !matches!(jwt.kind.as_deref(), None | Some("jwt")) {
        return Err(BadToken::Kind { why: "its type is not that of an id_token" });
    }
    if jwt.payload.contains_key("events") {
        return Err(BadToken::Kind { why: "it tells of an event" });
    }
    match check::text(&jwt.payload, "typ")? {
        Some(kind) if !kind.eq_ignore_ascii_case("id") => Err(BadToken::Kind { why: "its claim typ is not that of an id_token" }),
        _ => Ok(()),
    }
}

fn check_nonce(jwt: &Jwt<'_>, nonce: Option<&Secret>) -> Result<(), BadToken> {
    match (check::text(&jwt.payload, "nonce")?, nonce) {
        (_, None) => Ok(()),
        (Some(said), Some(nonce)) if check::same(said, nonce.expose()) => Ok(()),
        _ => Err(BadToken::Nonce),
    }
}

/// The left half of the access token's hash, where the issuer put it: the two cannot be from different sign-ins.
fn check_access_token(jwt: &Jwt<'_>, algorithm: Algorithm, access: &Secret) -> Result<(), BadToken> {
    let Some(said) = check::text(&jwt.payload, "at_hash")? else { return Ok(()) };
    let hash = match algorithm {
        Algorithm::Rs256 | Algorithm::Ps256 | Algorithm::Es256 => &digest::SHA256,
        Algorithm::Rs384 | Algorithm::Ps384 | Algorithm::Es384 => &digest::SHA384,
        // Ed25519 hashes with SHA-512 itself.
        Algorithm::Rs512 | Algorithm::Ps512 | Algorithm::EdDsa => &digest::SHA512,
    };
    let digest = digest::digest(hash, access.expose().as_bytes());
    let (half, _) = digest.as_ref().split_at(digest.as_ref().len() / 2);
    if check::same(said, &BASE64URL.encode(half)) { Ok(()) } else { Err(BadToken::AccessTokenHash) }
}
