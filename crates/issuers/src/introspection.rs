//! Opaque bearers: their issuer is asked (RFC 7662), and its answer kept for a moment.

use model::Secret;
use serde_json::Value;

use crate::issuer::Inner;
use crate::{BadToken, Error, Feature, Verified};

const ABOUT: &str = "its answer to an introspection";

impl Inner {
    pub(crate) async fn introspect(&self, token: &Secret) -> Result<Verified, Error> {
        let ask = async || {
            let verified = self.ask_about(token).await?;
            let until = self.now().plus(self.channel.limits().introspected).min(verified.expires_at);
            Ok((verified, until))
        };
        self.introspected.get(self, token, ask).await
    }

    async fn ask_about(&self, token: &Secret) -> Result<Verified, Error> {
        let metadata = self.metadata().await?;
        let url = metadata.introspection.as_ref().ok_or_else(|| self.not_offered(Feature::Introspection))?;
        let fields = [("token", token.expose()), ("token_type_hint", "access_token")];
        let answer = self.post(ABOUT, url, &metadata, &fields).await?;
        if answer.status != 200 {
            return Err(self.denied(&answer, ABOUT));
        }
        let fields = self.channel.object(&answer)?;
        if fields.get("active") != Some(&Value::Bool(true)) {
            return Err(BadToken::Inactive.into());
        }
        // It knows about its refresh tokens as well.
        let kind = ["token_type", "typ"].iter().find_map(|name| fields.get(*name));
        if !kind.and_then(Value::as_str).is_some_and(|kind| kind.eq_ignore_ascii_case("bearer")) {
            return Err(BadToken::Kind { why: "the issuer does not say that it is an access token" }.into());
        }
        if fields.get("iss").is_some_and(|issuer| *issuer != self.settings.url) {
            return Err(BadToken::OtherIssuer.into());
        }
        Ok(self.judge(fields)?)
    }
}
