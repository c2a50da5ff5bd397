//! What a community allows its people, and what sites agreed with it: data that an administrator edits.

use serde::{Deserialize, Serialize};

/// The rules of one community. What a policy does not mention is allowed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    pub community: String,
    /// Images that machines may be started from: their names, identifiers in the community's catalogue, or systems like
    /// `ubuntu:22.04`. Without the list all are allowed; an empty one allows none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub images: Option<Vec<Pattern>>,
    /// Container images that may be run. As with `images`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub software: Option<Vec<Pattern>>,
    /// Who may use which sizes. A size that no rule names is for everybody; of several that name it, one is enough.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sizes: Vec<SizeRule>,
    /// What services agreed to give.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shares: Vec<Share>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub preferences: Vec<Preference>,
}

/// Sizes that are only for some.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SizeRule {
    /// Their names.
    pub sizes: Pattern,
    /// At these services; everywhere when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub services: Option<Pattern>,
    /// Roles in the community, or groups of it, of which one is needed.
    pub roles: Vec<String>,
}

/// Cores that a service gives to the community.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Share {
    pub service: String,
    pub cores: u64,
    /// More is not offered. Otherwise it only counts against the service.
    #[serde(default)]
    pub binding: bool,
}

/// Points for services that the administrator would rather see used, or would not.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Preference {
    pub services: Pattern,
    /// From -100 to 100; a service that is all free has 50.
    pub points: f64,
    /// Shown beside the points.
    pub why: String,
}

/// A text in which `*` stands for anything, compared without regard to letter case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Pattern(String);

#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("a pattern has 1 to 200 characters and at most eight `*`")]
pub struct BadPattern;

impl Pattern {
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn matches(&self, text: &str) -> bool {
        let (pattern, text) = (self.0.as_bytes(), text.as_bytes());
        // Greedy with one way back: the last `*` takes one character more whenever what follows it does not fit.
        let (mut at, mut from) = (0, 0);
        let mut star: Option<(usize, usize)> = None;
        while from < text.len() {
            match pattern.get(at) {
                Some(b'*') => {
                    star = Some((at, from));
                    at += 1;
                }
                Some(wanted) if wanted.eq_ignore_ascii_case(&text[from]) => (at, from) = (at + 1, from + 1),
                _ => match star {
                    Some((before, taken)) => {
                        star = Some((before, taken + 1));
                        (at, from) = (before + 1, taken + 1);
                    }
                    None => return false,
                },
            }
        }
        pattern[at..].iter().all(|rest| *rest == b'*')
    }
}

impl TryFrom<String> for Pattern {
    type Error = BadPattern;
    fn try_from(text: String) -> Result<Self, BadPattern> {
        let good = (1..=200).contains(&text.len()) && text.matches('*').count() <= 8;
        if good { Ok(Self(text)) } else { Err(BadPattern) }
    }
}

impl std::str::FromStr for Pattern {
    type Err = BadPattern;
    fn from_str(text: &str) -> Result<Self, BadPattern> {
        Self::try_from(text.to_owned())
    }
}

impl From<Pattern> for String {
    fn from(pattern: Pattern) -> String {
        pattern.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_anything_and_letter_case_for_nothing() {
        let matches = |pattern: &str, text: &str| pattern.parse::<Pattern>().expect("a pattern").matches(text);
        for (pattern, text) in [
            ("*", ""),
            ("*", "x"),
            ("gpu*", "GPU.large"),
            ("*.large", "m1.large"),
            ("*a*b", "xaxxabab"),
            ("registry.egi.eu/*:22.04*", "registry.egi.eu/egi_vm_images/ubuntu:22.04-2026"),
            ("a**", "a"),
        ] {
            assert!(matches(pattern, text), "{pattern} {text}");
        }
        for (pattern, text) in [("gpu", "gpu2"), ("*.large", "m1.larger"), ("a*b", "acbd"), ("a*", "ba"), ("ab", "a")] {
            assert!(!matches(pattern, text), "{pattern} {text}");
        }
        assert_eq!("".parse::<Pattern>(), Err(BadPattern));
        assert_eq!("*********".parse::<Pattern>(), Err(BadPattern));
    }

    #[test]
    fn a_policy_is_read_strictly() {
        let text = "community = \"c\"\nimages = [\"ubuntu:*\"]\n[[sizes]]\nsizes = \"gpu*\"\nroles = [\"gpu\"]\n\
            [[shares]]\nservice = \"s\"\ncores = 100\n[[preferences]]\nservices = \"s*\"\npoints = 5.0\nwhy = \"near\"\n";
        let policy: Policy = toml::from_str(text).expect("a policy");
        assert_eq!((policy.shares[0].cores, policy.shares[0].binding), (100, false));
        assert!(policy.software.is_none());
        for wrong in ["community = \"c\"\nimage = []", "community = \"c\"\nimages = [\"\"]"] {
            assert!(toml::from_str::<Policy>(wrong).is_err(), "{wrong}");
        }
    }
}
