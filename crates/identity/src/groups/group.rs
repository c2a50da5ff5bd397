//! The name of a group, whatever claim it came in.

use super::component::is_hidden;

/// A group as an issuer names it, from the outermost group inwards. Groups of different forms are never the same:
/// `/a` (a path), `a` (a bare name, as Keycloak gives it without the groups above it) and `urn:x:y:group:a` are three.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Group {
    root: Root,
    names: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Root {
    /// `urn:mace:egi.eu`, in its canonical spelling, without `:group:`.
    Namespace(String),
    /// `/a/b`
    Path,
    /// `a` or `a/b`
    Bare,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadGroup {
    #[error("is empty, or a name in it is")]
    Empty,
    #[error("is longer than {LONGEST} bytes")]
    TooLong,
    #[error("has more than {DEEPEST} groups in each other")]
    TooDeep,
    #[error("does not begin with `/`")]
    NotAPath,
    #[error("holds {0:?}, which no name of a WLCG group has")]
    Character(char),
    #[error("has a name that begins with `{0}`, which no name of a WLCG group does")]
    Beginning(char),
    #[error("has a role that is empty, or not at its end")]
    MisplacedRole,
    #[error("holds the character U+{:04X}, which nobody sees", u32::from(*.0))]
    Hidden(char),
    #[error("has white space around a name")]
    WhiteSpace,
    #[error("holds `~/`, which may be a slash in a name or the end of one")]
    EscapedSlash,
    #[error("is an entitlement, which belongs in the claim `entitlements`")]
    Entitlement,
}

pub(super) const LONGEST: usize = 1_024;
pub(super) const DEEPEST: usize = 16;

impl Group {
    pub(super) fn new(root: Root, names: Vec<String>) -> Self {
        Self { root, names }
    }

    /// What a federation calls the community: the group that all others are in.
    pub fn outermost(&self) -> Option<&str> {
        self.names.first().map(String::as_str)
    }

    /// Whether it is the other group, or one of the groups in it.
    pub fn is_within(&self, outer: &Group) -> bool {
        self.root == outer.root && self.names.starts_with(&outer.names)
    }

    /// Whether somebody who does not look at letter case would take them for the same.
    pub(super) fn differs_in_letter_case(&self, other: &Group) -> bool {
        let roots = match (&self.root, &other.root) {
            (Root::Namespace(one), Root::Namespace(other)) => one.eq_ignore_ascii_case(other),
            (one, other) => one == other,
        };
        let mut names = self.names.iter().zip(&other.names);
        let alike = self.names.len() == other.names.len() && names.all(|(one, other)| one.eq_ignore_ascii_case(other));
        roots && alike && self != other
    }

    /// A path or a bare name as the claim `groups` has them: what people typed into Keycloak or IAM, so nearly anything.
    pub(super) fn from_name(text: &str) -> Result<Self, BadGroup> {
        if text.len() > LONGEST {
            return Err(BadGroup::TooLong);
        }
        if text.get(..4).is_some_and(|scheme| scheme.eq_ignore_ascii_case("urn:")) {
            return Err(BadGroup::Entitlement);
        }
        if let Some(hidden) = text.chars().find(|c| is_hidden(*c)) {
            return Err(BadGroup::Hidden(hidden));
        }
        // Keycloak writes the group `a/b` as `a~/b`, and the group `b` in the group `a~` as well.
        if text.contains("~/") {
            return Err(BadGroup::EscapedSlash);
        }
        let (root, names) = match text.strip_prefix('/') {
            Some(names) => (Root::Path, names),
            None => (Root::Bare, text),
        };
        let names: Vec<String> = names.split('/').map(str::to_owned).collect();
        if names.len() > DEEPEST {
            return Err(BadGroup::TooDeep);
        }
        if names.iter().any(String::is_empty) {
            return Err(BadGroup::Empty);
        }
        if names.iter().any(|name| name.trim() != name) {
            return Err(BadGroup::WhiteSpace);
        }
        Ok(Self { root, names })
    }
}

impl std::fmt::Display for Group {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.root {
            Root::Namespace(namespace) => write!(f, "{namespace}:group:{}", self.names.join(":")),
            Root::Path => write!(f, "/{}", self.names.join("/")),
            Root::Bare => f.write_str(&self.names.join("/")),
        }
    }
}

impl std::fmt::Debug for Group {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{self}")
    }
}

impl serde::Serialize for Group {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
