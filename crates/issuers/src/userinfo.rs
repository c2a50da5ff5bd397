//! The userinfo endpoint (OpenID Connect Core, 5.3).

use model::Secret;

use crate::http::{Answer, Channel, Credentials, Question};
use crate::issuer::Inner;
use crate::{Claims, Denial, Error, Feature, Issuer, Issuers, Lie, Subject, Verified, check};

const ABOUT: &str = "its information about the user";
/// A scope of EGI Check-in's, and the claim that it brings.
const SSH_KEYS: &str = "ssh_public_key";

impl Issuer {
    /// What the issuer says about `of` now.
    pub async fn userinfo(&self, access: &Secret, of: &Subject) -> Result<Claims, Error> {
        let metadata = self.inner.metadata().await?;
        let url = metadata.userinfo.as_ref().ok_or_else(|| self.inner.not_offered(Feature::Userinfo))?;
        let answer = self.inner.channel.ask(ABOUT, url, Question::Get, Credentials::Bearer(access)).await?;
        if matches!(answer.status, 400 | 401 | 403) {
            return Err(self.inner.refused_access(&answer));
        }
        let fields = self.inner.channel.object(&answer)?;
        // Somebody else's name and groups would otherwise be taken for this person's.
        match check::subject(&fields) {
            Ok(subject) if subject == *of => Ok(Claims::new(fields)),
            Ok(_) => Err(self.inner.channel.lie(Lie::OtherSubject { about: ABOUT })),
            Err(_) => Err(self.inner.channel.lie(Lie::Field { about: ABOUT, field: "sub" })),
        }
    }
}

impl Issuers {
    /// A bearer that says neither name nor groups, completed by what its issuer's userinfo endpoint says. That is asked
    /// once in some minutes; a bearer that is not for userinfo (without the scope `openid`) stays as it is.
    pub async fn complete(&self, bearer: &Secret, mut verified: Verified) -> Result<Verified, Error> {
        let Some(issuer) = self.by_url(&verified.issuer) else { return Ok(verified) };
        let may_ask = verified.scopes.iter().any(|scope| scope == "openid");
        if !may_ask || !verified.claims.are_thin() || issuer.inner.metadata().await?.userinfo.is_none() {
            return Ok(verified);
        }
        let ask = async || {
            let claims = issuer.userinfo(bearer, &verified.subject).await?;
            Ok((claims, issuer.inner.now().plus(issuer.inner.channel.limits().userinfo).min(verified.expires_at)))
        };
        let claims = issuer.inner.told.get(&issuer.inner, bearer, ask).await?;
        verified.claims.complete_with(claims);
        Ok(verified)
    }
}

impl Inner {
    /// Whether SSH keys were asked for and none are said: EGI Check-in may tell them at its userinfo endpoint only.
    pub(crate) fn misses_keys(&self, claims: &Claims) -> bool {
        self.settings.scopes.iter().any(|scope| scope == SSH_KEYS) && claims.get(SSH_KEYS).is_none()
    }

    /// Many issuers say why in a header alone; the status is enough.
    fn refused_access(&self, answer: &Answer) -> Error {
        if Channel::error_object(answer).is_some_and(|fields| fields.contains_key("error")) {
            return self.denied(answer, ABOUT);
        }
        let error = if answer.status == 403 { "insufficient_scope" } else { "invalid_token" };
        Error::Denied { issuer: self.settings.name.clone(), denial: Denial::new(error, None) }
    }
}
