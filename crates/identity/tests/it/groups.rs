//! Groups: what is read out of claims, and what a mapping makes of it.

mod claims;
mod entitlements;
mod fuzz;
mod mapping;
mod near_misses;
mod properties;
mod tables;
mod vo_mappings;

use identity::groups::{Granted, Mapping, Table};
use serde_json::{Map, Value, json};

pub const EGI: &str = "https://aai.egi.eu/auth/realms/egi";
pub const IAM: &str = "https://iam-escape.cloud.cnaf.infn.it/";

pub fn claims(claims: Value) -> Map<String, Value> {
    claims.as_object().expect("an object").clone()
}

/// A mapping of one rule, given as JSON without what most tests do not care about.
pub fn mapping(rules: Value) -> Mapping {
    let table: Table = serde_json::from_value(json!({ "rules": rules })).expect("a table");
    table.check().expect("a table without mistakes")
}

/// Who holds exactly this role in exactly this group, by Check-in's word, is a member of `secret`.
pub fn exactly(group: &str, role: &str) -> Mapping {
    mapping(json!([{
        "issuer": {"exactly": EGI}, "claim": "entitlements", "group": {"exactly": group},
        "role": {"exactly": role}, "gives": {"member_of": "secret"},
    }]))
}

pub fn grants_nothing(granted: &Granted) -> bool {
    granted.communities.is_empty() && !granted.administrator && granted.because.is_empty()
}

/// What RFC 8141 calls the same, written down a second time and as simply as can be: the scheme and the identifier in
/// lower case, the digits of encodings in upper case. Knows nothing of what is valid.
pub fn reference(text: &str) -> String {
    let end = text.match_indices(':').nth(1).map_or(0, |(at, _)| at);
    let mut normal = text[..end].to_ascii_lowercase();
    let mut digits = 0;
    for c in text[end..].chars() {
        normal.push(if digits > 0 { c.to_ascii_uppercase() } else { c });
        digits = if c == '%' { 2 } else { usize::saturating_sub(digits, 1) };
    }
    normal
}
