//! The checked table, and the decision.

use super::granted::{Because, Granted};
use super::near_miss::near_misses;
use super::{
    AuthorityPattern, Claim, CommunityName, Group, IssuerPattern, Kind, Membership, Memberships, Role, RolePattern, Table,
};
use serde_json::{Map, Value};

/// A table without mistakes; only [`Table::check`] makes one. The default has no rules and grants nothing.
#[derive(Clone, Debug, Default)]
pub struct Mapping {
    table: Table,
    /// One for each rule of the table, in its order.
    checked: Vec<Checked>,
}

#[derive(Clone, Debug)]
pub(super) struct Checked {
    pub issuer: IssuerPattern,
    pub claim: Kind,
    pub group: Group,
    pub subgroups: bool,
    pub role: RolePattern,
    pub authority: AuthorityPattern,
    pub grant: Grant,
}

#[derive(Clone, Debug)]
pub(super) enum Grant {
    Community(CommunityName, Role),
    Administrator,
}

impl Mapping {
    pub(super) fn new(table: Table, checked: Vec<Checked>) -> Self {
        Self { table, checked }
    }

    /// As it was written.
    pub fn table(&self) -> &Table {
        &self.table
    }

    /// The communities that rules name, each once, in the order of their names.
    pub fn communities(&self) -> std::collections::BTreeSet<&CommunityName> {
        self.checked.iter().filter_map(|rule| rule.grant.community()).collect()
    }

    /// What the holder of a token of this issuer with these claims gets, and why. `issuer` is the verified `iss`.
    ///
    /// Each rule is asked by itself and can only add, so what is granted grows with the claims and with the rules.
    pub fn apply(&self, issuer: &str, claims: &Map<String, Value>) -> Granted {
        let Memberships { held, ignored } = Memberships::read(claims);
        let mut granted = Granted { ignored, ..Granted::default() };
        for (index, (rule, written)) in self.checked.iter().zip(&self.table.rules).enumerate() {
            let Some(membership) = held.iter().find(|held| rule.applies_to(issuer, held)) else { continue };
            match &rule.grant {
                Grant::Administrator => granted.administrator = true,
                Grant::Community(community, role) => {
                    let highest = granted.communities.entry(community.clone()).or_insert(*role);
                    *highest = (*highest).max(*role);
                }
            }
            let Membership { claim, text, .. } = membership;
            granted.because.push(Because { rule: index, gives: written.gives.clone(), claim: *claim, text: text.clone() });
        }
        granted.near_misses = near_misses(&self.checked, issuer, &held, &granted.communities);
        granted
    }
}

impl Checked {
    fn applies_to(&self, issuer: &str, held: &Membership) -> bool {
        self.trusts(issuer)
            && self.reads(held.claim)
            && self.has_group(&held.group)
            && self.has_role(held.role.as_deref())
            && self.has_authority(held.authority.as_deref())
    }

    pub fn trusts(&self, issuer: &str) -> bool {
        match &self.issuer {
            IssuerPattern::Any => true,
            IssuerPattern::Exactly(named) => named == issuer,
        }
    }

    pub fn reads(&self, claim: Claim) -> bool {
        match claim {
            Claim::Entitlements | Claim::EdupersonEntitlement => self.claim == Kind::Entitlements,
            Claim::WlcgGroups => self.claim == Kind::WlcgGroups,
            Claim::Groups => self.claim == Kind::Groups,
        }
    }

    pub fn has_group(&self, group: &Group) -> bool {
        if self.subgroups { group.is_within(&self.group) } else { *group == self.group }
    }

    pub fn has_role(&self, role: Option<&str>) -> bool {
        match &self.role {
            RolePattern::Any => true,
            RolePattern::None => role.is_none(),
            RolePattern::Exactly(named) => role == Some(named),
        }
    }

    pub fn has_authority(&self, authority: Option<&str>) -> bool {
        match &self.authority {
            AuthorityPattern::Any => true,
            AuthorityPattern::Exactly(named) => authority == Some(named),
        }
    }
}

impl Grant {
    pub fn community(&self) -> Option<&CommunityName> {
        match self {
            Grant::Community(name, _) => Some(name),
            Grant::Administrator => None,
        }
    }
}
