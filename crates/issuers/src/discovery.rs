//! What an issuer says about itself (OpenID Connect Discovery 1.0).

use serde_json::{Map, Value};
use url::Url;

use crate::settings::check_url;
use crate::{Lie, Settings};

pub(crate) const ABOUT: &str = "its configuration";

/// Its endpoints, each of them checked to be one that may be asked.
pub(crate) struct Metadata {
    pub(crate) token: Url,
    pub(crate) keys: Url,
    pub(crate) authorization: Option<Url>,
    pub(crate) device: Option<Url>,
    pub(crate) userinfo: Option<Url>,
    pub(crate) introspection: Option<Url>,
    pub(crate) revocation: Option<Url>,
    /// It promises to name itself in answers that browsers bring (RFC 9207).
    pub(crate) names_itself: bool,
    /// The client's secret goes into the form, not into the header.
    pub(crate) secret_in_form: bool,
}

/// Where the configuration is.
pub(crate) fn address(settings: &Settings) -> Result<Url, Lie> {
    let text = format!("{}/.well-known/openid-configuration", settings.url.trim_end_matches('/'));
    check_url(&text, settings.plain_http_on_loopback)
        .map_err(|why| Lie::Endpoint { endpoint: "configuration", why: why.to_owned() })
}

impl Metadata {
    pub(crate) fn read(fields: &Map<String, Value>, settings: &Settings) -> Result<Self, Lie> {
        // Letter by letter. Whoever answers for another would have its tokens accepted as that other's.
        match fields.get("issuer") {
            Some(Value::String(said)) if *said == settings.url => {}
            Some(Value::String(said)) => return Err(Lie::Issuer { said: crate::error::for_people(said, 200) }),
            _ => return Err(Lie::Field { about: ABOUT, field: "issuer" }),
        }
        let optional = |field: &'static str| match fields.get(field) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => check_url(text, settings.plain_http_on_loopback)
                .map(Some)
                .map_err(|why| Lie::Endpoint { endpoint: field, why: why.to_owned() }),
            Some(_) => Err(Lie::Field { about: ABOUT, field }),
        };
        let needed = |field: &'static str| optional(field)?.ok_or(Lie::Field { about: ABOUT, field });
        let methods = fields.get("token_endpoint_auth_methods_supported").and_then(Value::as_array);
        let has = |method: &str| methods.is_some_and(|all| all.iter().any(|one| one == method));
        Ok(Self {
            token: needed("token_endpoint")?,
            keys: needed("jwks_uri")?,
            authorization: optional("authorization_endpoint")?,
            device: optional("device_authorization_endpoint")?,
            userinfo: optional("userinfo_endpoint")?,
            introspection: optional("introspection_endpoint")?,
            revocation: optional("revocation_endpoint")?,
            names_itself: fields.get("authorization_response_iss_parameter_supported") == Some(&Value::Bool(true)),
            secret_in_form: has("client_secret_post") && !has("client_secret_basic"),
        })
    }
}
