//! The table that administrators edit: which group gives what. Plain data with the names in it as they were written;
//! [`Table::check`] says what is wrong with them.
//!
//! Nothing is left to a convention: "any" is a word of its own and never an empty field, so that forgetting a field is
//! a mistake and not a wider rule. Only the authority may be left out, which AARC-G069 gives up as well.

use serde::{Deserialize, Serialize};

/// The rules, in the order in which they are shown. The order changes nothing of what is granted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Table {
    /// None: nobody gets anything by a group.
    #[serde(default)]
    pub rules: Vec<Rule>,
}

/// Who is in the group, with the role, by the word of the issuer, gets what the rule gives.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    pub issuer: IssuerPattern,
    pub claim: Kind,
    pub group: GroupPattern,
    pub role: RolePattern,
    #[serde(default)]
    pub authority: AuthorityPattern,
    pub gives: Gives,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum IssuerPattern {
    /// Every issuer that the gateway trusts. Each of them can then put people into this community.
    Any,
    /// The issuer's address, to the letter.
    Exactly(String),
}

/// In which claims the group is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub enum Kind {
    /// `entitlements` and `eduperson_entitlement`, which are one claim under two names.
    #[serde(rename = "entitlements")]
    Entitlements,
    #[serde(rename = "wlcg.groups")]
    WlcgGroups,
    #[serde(rename = "groups")]
    Groups,
}

/// `urn:mace:egi.eu:group:biomed` where entitlements are, `/escape/pilots` in `wlcg.groups`, one like that or a bare
/// name in `groups`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum GroupPattern {
    Exactly(String),
    /// The group, and every group within it.
    WithSubgroups(String),
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RolePattern {
    /// Whatever the role, and without one.
    Any,
    /// Only without a role.
    None,
    Exactly(String),
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AuthorityPattern {
    /// Whatever stands behind the `#`, and nothing.
    #[default]
    Any,
    Exactly(String),
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Gives {
    /// Membership in the community of this name.
    MemberOf(String),
    /// Management of it.
    ManagerOf(String),
    /// Administration of the whole gateway.
    Administrator,
}

impl Kind {
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Entitlements => "entitlements",
            Kind::WlcgGroups => "wlcg.groups",
            Kind::Groups => "groups",
        }
    }
}

impl GroupPattern {
    pub(super) fn name(&self) -> &str {
        match self {
            GroupPattern::Exactly(name) | GroupPattern::WithSubgroups(name) => name,
        }
    }
}
