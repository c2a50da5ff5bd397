//! A group and a role as AARC-G069 (and G002, which it replaces) writes them:
//! `urn:mace:egi.eu:group:demo.fedcloud.egi.eu:vm_operator:role=member#aai.egi.eu`.
//!
//! ```text
//! urn:NID:NAMESPACE[:NAMESPACE…]:group:GROUP[:SUBGROUP…][:role=ROLE][#AUTHORITY]
//! ```
//!
//! Where the guidelines leave a choice, the one is made that grants less; each is said where it is made.

mod error;

pub use error::{BadEntitlement, Part};

use super::component::canonical;
use super::group::{Group, Root};

const LONGEST: usize = 2_048;
const DEEPEST: usize = 16;

/// What may stand unencoded beside letters, digits and `-._~`. RFC 8141 would allow `=` too; it is refused, because
/// `ROLE=admin` would be a group of that name, and some reader would take it for a role.
pub(super) const IN_NAMES: &str = "!$&'()*+,;@/";
/// An authority is often an address.
pub(super) const IN_AUTHORITIES: &str = "!$&'()*+,;@/=:?";

/// Equal when, and only when, the canonical texts are.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Entitlement {
    group: Group,
    role: Option<String>,
    authority: Option<String>,
}

impl Entitlement {
    pub fn group(&self) -> &Group {
        &self.group
    }

    /// The role in that very group; never one in the groups around it or in it.
    pub fn role(&self) -> Option<&str> {
        self.role.as_deref()
    }

    /// Who is said to have said so. Only as trustworthy as the issuer of the token.
    pub fn authority(&self) -> Option<&str> {
        self.authority.as_deref()
    }

    pub(super) fn into_parts(self) -> (Group, Option<String>, Option<String>) {
        (self.group, self.role, self.authority)
    }

    /// Whether who holds this has what `required` asks for, as G002 compares: with a role, that role in that very
    /// group; without, any place in the group or in a group within it. The namespace has to be the same. The authority
    /// has to be the same where `required` names one, and may be anything where it does not.
    pub fn satisfies(&self, required: &Entitlement) -> bool {
        let in_place = match &required.role {
            Some(_) => self.group == required.group && self.role == required.role,
            None => self.group.is_within(&required.group),
        };
        in_place && (required.authority.is_none() || self.authority == required.authority)
    }
}

impl std::str::FromStr for Entitlement {
    type Err = BadEntitlement;

    fn from_str(text: &str) -> Result<Self, BadEntitlement> {
        if text.len() > LONGEST {
            return Err(BadEntitlement::TooLong);
        }
        let (name, authority) = match text.split_once('#') {
            Some((name, authority)) => (name, Some(authority)),
            None => (text, None),
        };
        let mut parts = name.split(':');
        if !parts.next().is_some_and(|scheme| scheme.eq_ignore_ascii_case("urn")) {
            return Err(BadEntitlement::NotUrn);
        }
        if name.contains('?') {
            return Err(BadEntitlement::Resolution);
        }
        let identifier = parts.next().and_then(namespace_identifier).ok_or(BadEntitlement::NamespaceIdentifier)?;
        let parts: Vec<&str> = parts.collect();
        // The first `group` ends the namespace. A later one would let whoever may make groups choose a namespace.
        let Some(marker) = parts.iter().position(|part| *part == "group") else {
            // What is wrong with it (` group`) says more than what is missing.
            return Err(components(&parts, Part::Namespace).err().unwrap_or(BadEntitlement::NotAboutGroups));
        };
        let (namespace, groups) = (&parts[..marker], &parts[marker + 1..]);
        if namespace.is_empty() {
            return Err(BadEntitlement::NoNamespace);
        }
        let (groups, role) = match groups.iter().position(|part| part.starts_with("role=")) {
            None => (groups, None),
            Some(0) => return Err(BadEntitlement::RoleWithoutGroup),
            Some(at) if at + 1 < groups.len() => return Err(BadEntitlement::RoleNotLast),
            Some(at) => (&groups[..at], groups[at].strip_prefix("role=")),
        };
        let namespace = components(namespace, Part::Namespace)?.join(":");
        let names = components(groups, Part::Group)?;
        Ok(Self {
            group: Group::new(Root::Namespace(format!("urn:{identifier}:{namespace}")), names),
            role: role.map(|role| component(role, Part::Role, IN_NAMES)).transpose()?,
            authority: authority.map(|authority| component(authority, Part::Authority, IN_AUTHORITIES)).transpose()?,
        })
    }
}

/// The part of a URN that says who hands out the rest, in lower case.
fn namespace_identifier(text: &str) -> Option<String> {
    let right = (2..=32).contains(&text.len())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
        && !text.starts_with('-')
        && !text.ends_with('-')
        && !text.eq_ignore_ascii_case("urn");
    right.then(|| text.to_ascii_lowercase())
}

fn components(texts: &[&str], part: Part) -> Result<Vec<String>, BadEntitlement> {
    if texts.len() > DEEPEST {
        return Err(BadEntitlement::TooDeep { part });
    }
    if texts.is_empty() {
        return Err(BadEntitlement::Component { part, why: super::BadComponent::Empty });
    }
    texts.iter().map(|text| component(text, part, IN_NAMES)).collect()
}

fn component(text: &str, part: Part, allowed: &str) -> Result<String, BadEntitlement> {
    canonical(text, allowed).map_err(|why| BadEntitlement::Component { part, why })
}

impl std::fmt::Display for Entitlement {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.group)?;
        if let Some(role) = &self.role {
            write!(f, ":role={role}")?;
        }
        match &self.authority {
            Some(authority) => write!(f, "#{authority}"),
            None => Ok(()),
        }
    }
}

impl std::fmt::Debug for Entitlement {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{self}")
    }
}
