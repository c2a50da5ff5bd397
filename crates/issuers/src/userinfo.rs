//! The userinfo endpoint (OpenID Connect Core, 5.3).

use model::Secret;

use crate::http::{Answer, Channel, Credentials, Question};
use crate::issuer::Inner;
use crate::{Claims, Denial, Error, Feature, Issuer, Lie, Subject, check};

const ABOUT: &str = "its information about the user";

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

impl Inner {
    /// Many issuers say why in a header alone; the status is enough.
    fn refused_access(&self, answer: &Answer) -> Error {
        if Channel::error_object(answer).is_some_and(|fields| fields.contains_key("error")) {
            return self.denied(answer, ABOUT);
        }
        let error = if answer.status == 403 { "insufficient_scope" } else { "invalid_token" };
        Error::Denied { issuer: self.settings.name.clone(), denial: Denial::new(error, None) }
    }
}
