//! Communities by name, and what one may be in them.

use serde::{Deserialize, Serialize};

/// What somebody is in a community. A manager may do all that a member may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    Member,
    Manager,
}

impl Role {
    pub fn as_str(self) -> &'static str {
        match self {
            Role::Member => "member",
            Role::Manager => "manager",
        }
    }
}

impl std::str::FromStr for Role {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        [Role::Member, Role::Manager].into_iter().find(|role| role.as_str() == text).ok_or_else(|| format!("`{text}` is no role"))
    }
}

/// The name of a community (VO): `demo.fedcloud.egi.eu`, `biomed`, `EOServices-vo.indra.es`. It stands in addresses,
/// commands and file names as it is. Letter case counts, as it does for those who hand out the names.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(try_from = "String", into = "String")]
#[schema(value_type = String, example = "demo.fedcloud.egi.eu", pattern = "^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$")]
pub struct CommunityName(String);

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "must be 1 to {LONGEST} letters, digits, `.`, `-` and `_`, begin and end with a letter or digit, and not have two dots in a row"
)]
pub struct BadCommunityName;

const LONGEST: usize = 120;

impl CommunityName {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for CommunityName {
    type Error = BadCommunityName;

    fn try_from(text: String) -> Result<Self, BadCommunityName> {
        let ends_well = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
        let right = text.len() <= LONGEST
            && text.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c))
            && ends_well(text.chars().next())
            && ends_well(text.chars().next_back())
            && !text.contains("..");
        if right { Ok(Self(text)) } else { Err(BadCommunityName) }
    }
}

impl std::str::FromStr for CommunityName {
    type Err = BadCommunityName;
    fn from_str(text: &str) -> Result<Self, BadCommunityName> {
        text.to_owned().try_into()
    }
}

impl From<CommunityName> for String {
    fn from(name: CommunityName) -> Self {
        name.0
    }
}

impl std::fmt::Display for CommunityName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::fmt::Debug for CommunityName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}
