//! What a bearer says of itself. Nothing is believed and nothing verified: it only explains why a site refused it.

use data_encoding::BASE64URL_NOPAD;
use serde_json::{Map, Value};

const MOST_BYTES: usize = 64 * 1024;

/// Of a JWT; opaque bearers say nothing.
pub(crate) struct Claims(Map<String, Value>);

impl Claims {
    pub(crate) fn of(bearer: &str) -> Option<Self> {
        let mut parts = bearer.split('.');
        let payload = parts.nth(1).filter(|payload| payload.len() <= MOST_BYTES)?;
        parts.next()?;
        let bytes = BASE64URL_NOPAD.decode(payload.trim_end_matches('=').as_bytes()).ok()?;
        serde_json::from_slice(&bytes).ok().map(Self)
    }

    pub(crate) fn issuer(&self) -> Option<&str> {
        self.0.get("iss")?.as_str()
    }

    pub(crate) fn seconds(&self, name: &str) -> Option<i64> {
        self.0.get(name)?.as_i64()
    }

    pub(crate) fn audiences(&self) -> Vec<&str> {
        texts(self.0.get("aud"))
    }

    /// As the issuer wrote them, whichever of the two names it uses; `None` when it says nothing about groups.
    pub(crate) fn entitlements(&self) -> Option<Vec<&str>> {
        let named = ["eduperson_entitlement", "entitlements"];
        named.iter().find_map(|name| self.0.get(*name)).map(|value| texts(Some(value)))
    }
}

fn texts(value: Option<&Value>) -> Vec<&str> {
    match value {
        Some(Value::String(text)) => vec![text],
        Some(Value::Array(all)) => all.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

/// The community and role of an entitlement (AARC-G002: `urn:NID:group:COMMUNITY:role=ROLE#AUTHORITY`); subgroups are a
/// part of the community's name.
pub(crate) fn membership(entitlement: &str) -> Option<(String, Option<&str>)> {
    let entitlement = entitlement.split('#').next()?;
    let at = entitlement.to_ascii_lowercase().find(":group:")?;
    let rest = &entitlement[at + ":group:".len()..];
    let (group, role) = match rest.rsplit_once(":role=") {
        Some((group, role)) => (group, Some(role)),
        None => (rest, None),
    };
    (!group.is_empty()).then(|| (group.to_owned(), role))
}
