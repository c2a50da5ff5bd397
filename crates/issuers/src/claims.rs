//! What an issuer says about somebody.

use serde_json::{Map, Value};

/// Who somebody is to one issuer: letter by letter, never folded, trimmed or shortened, since two people may differ in
/// just that.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Subject(String);

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadSubject {
    #[error("there is none")]
    Missing,
    #[error("it is empty")]
    Empty,
    #[error("it is longer than {} characters", Subject::LONGEST)]
    TooLong,
    #[error("it has other characters than printable ASCII, or a space at an end")]
    Characters,
}

impl Subject {
    /// OpenID Connect Core 1.0, section 2: at most 255 ASCII characters.
    pub const LONGEST: usize = 255;

    pub fn new(text: &str) -> Result<Self, BadSubject> {
        if text.is_empty() {
            return Err(BadSubject::Empty);
        }
        if text.len() > Self::LONGEST {
            return Err(BadSubject::TooLong);
        }
        // What looks like another name on screen, or ends a line in a log, is nobody's.
        if !text.bytes().all(|byte| matches!(byte, 0x20..=0x7e)) || text.starts_with(' ') || text.ends_with(' ') {
            return Err(BadSubject::Characters);
        }
        Ok(Self(text.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for Subject {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// The claims of a verified token, with those of userinfo where the token had none. Their values are strings of
/// somebody else's making: bounded in size, otherwise as they came.
#[derive(Clone, Default, PartialEq)]
pub struct Claims(Map<String, Value>);

impl Claims {
    pub(crate) fn new(map: Map<String, Value>) -> Self {
        Self(map)
    }

    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    pub fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.as_str()
    }

    /// A list of strings, or a single one. Anything else in it is left out.
    pub fn texts(&self, name: &str) -> Vec<&str> {
        match self.0.get(name) {
            Some(Value::String(one)) => vec![one],
            Some(Value::Array(many)) => many.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        }
    }

    pub fn as_map(&self) -> &Map<String, Value> {
        &self.0
    }

    /// Whether neither name nor groups are in it: some issuers tell these at their userinfo endpoint only.
    pub fn are_thin(&self) -> bool {
        const GROUPS: [&str; 4] = ["eduperson_entitlement", "entitlements", "wlcg.groups", "groups"];
        const NAMES: [&str; 3] = ["name", "preferred_username", "email"];
        let has = |names: &[&str]| names.iter().any(|name| self.0.contains_key(*name));
        !has(&GROUPS) || !has(&NAMES)
    }

    /// Adds what is not there yet; what was signed is never replaced.
    pub(crate) fn complete_with(&mut self, others: Claims) {
        for (name, value) in others.0 {
            self.0.entry(name).or_insert(value);
        }
    }
}

/// Names only: the values are somebody's personal data.
impl std::fmt::Debug for Claims {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}
