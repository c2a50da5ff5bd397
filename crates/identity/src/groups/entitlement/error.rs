//! Why a text is not an entitlement about a group.

use super::super::component::BadComponent;

/// Where in an entitlement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    Namespace,
    Group,
    Role,
    Authority,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadEntitlement {
    #[error("is longer than {} bytes", super::LONGEST)]
    TooLong,
    #[error("does not begin with `urn:`")]
    NotUrn,
    #[error("has no valid namespace identifier behind `urn:`")]
    NamespaceIdentifier,
    #[error("has nothing between the namespace identifier and `:group:`")]
    NoNamespace,
    /// A capability (AARC-G027) or something else: nothing wrong, but nothing about groups either.
    #[error("says nothing about a group: there is no `:group:` in it")]
    NotAboutGroups,
    #[error("has more than {} parts in its {part}", super::DEEPEST)]
    TooDeep { part: Part },
    #[error("has a role that is not its last component")]
    RoleNotLast,
    #[error("has a role but no group")]
    RoleWithoutGroup,
    /// RFC 8141 would leave them out of the comparison. No login service sends them, and what is granted should not
    /// depend on a part of the text alone.
    #[error("has a `?`, which begins what only resolvers of names understand")]
    Resolution,
    #[error("is wrong in its {part}, which {why}")]
    Component { part: Part, why: BadComponent },
}

impl std::fmt::Display for Part {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Part::Namespace => "namespace",
            Part::Group => "group",
            Part::Role => "role",
            Part::Authority => "authority",
        })
    }
}
