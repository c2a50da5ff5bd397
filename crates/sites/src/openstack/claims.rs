//! What a bearer says of itself. Nothing is believed and nothing verified: it only explains why a site refused it.

use data_encoding::BASE64URL_NOPAD;
use identity::groups::{Claim, Group, Memberships};
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

    /// The groups and roles in them; `None` when it says nothing about groups.
    pub(crate) fn memberships(&self) -> Option<Vec<(String, Option<String>)>> {
        Claim::ALL.iter().find(|claim| self.0.contains_key(claim.as_str()))?;
        let held = Memberships::read(&self.0).held.into_iter();
        Some(held.map(|one| (community(&one.group), one.role)).collect())
    }
}

/// As sites name it: without the namespace that it is in.
fn community(group: &Group) -> String {
    let whole = group.to_string();
    whole.split_once(":group:").map_or(whole.as_str(), |(_, names)| names).to_owned()
}

fn texts(value: Option<&Value>) -> Vec<&str> {
    match value {
        Some(Value::String(text)) => vec![text],
        Some(Value::Array(all)) => all.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}
