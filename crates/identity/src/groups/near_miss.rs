//! What a token nearly gives: the question that people ask most ("I am a member, why not here?").
//!
//! Only about membership. Members do not wonder why they are no managers, and all of them would be told; and who asks
//! what their own token gives need not learn which group would give them the gateway.

use super::mapping::{Checked, Grant};
use super::{AuthorityPattern, Claim, CommunityName, Group, Membership, Role, RolePattern};
use serde::Serialize;
use std::collections::BTreeMap;

/// A rule that did not apply, and the text of the token that came nearest to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct NearMiss {
    /// The rule's place in the table, from 0.
    pub rule: usize,
    #[schema(value_type = String)]
    pub community: CommunityName,
    pub claim: Claim,
    pub text: String,
    #[serde(serialize_with = "in_words")]
    #[schema(value_type = String)]
    pub miss: Miss,
}

/// In the order of nearness.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum Miss {
    #[error("your token has {}, this community needs {}", as_role(.has), .needs.as_deref().unwrap_or("no role"))]
    Role { has: Option<String>, needs: Option<String> },
    #[error("your token has it from {}, this community needs it from `{needs}`", as_authority(.has))]
    Authority { has: Option<String>, needs: String },
    #[error("your token is of another issuer than the one that this community trusts")]
    Issuer,
    #[error("your token has the group `{has}`, this community needs `{needs}` in it")]
    Subgroup { has: Group, needs: Group },
    #[error("your token has `{has}`, this community needs `{needs}` itself")]
    OuterGroup { has: Group, needs: Group },
    #[error("your token has `{has}`, this community needs `{needs}`: letter case counts")]
    LetterCase { has: Group, needs: Group },
}

const MOST: usize = 50;

pub(super) fn near_misses(
    rules: &[Checked],
    issuer: &str,
    held: &[Membership],
    given: &BTreeMap<CommunityName, Role>,
) -> Vec<NearMiss> {
    let missed = rules.iter().enumerate().filter_map(|(index, rule)| {
        let Grant::Community(community, Role::Member) = &rule.grant else { return None };
        if given.contains_key(community) {
            return None;
        }
        let misses = held.iter().filter_map(|held| Some((rule.miss(issuer, held)?, held)));
        let (miss, nearest) = misses.min_by(|(one, _), (other, _)| one.cmp(other))?;
        let (community, claim, text) = (community.clone(), nearest.claim, nearest.text.clone());
        Some(NearMiss { rule: index, community, claim, text, miss })
    });
    missed.take(MOST).collect()
}

impl Checked {
    /// The one thing in which a membership differs from what the rule asks for, if it is one.
    fn miss(&self, issuer: &str, held: &Membership) -> Option<Miss> {
        if !self.reads(held.claim) {
            return None;
        }
        let trusted = self.trusts(issuer);
        let role = self.has_role(held.role.as_deref());
        let authority = self.has_authority(held.authority.as_deref());
        if !self.has_group(&held.group) {
            // The role belongs to the group that is held, so it says nothing about the one that is missing.
            return if trusted { self.miss_of_group(&held.group) } else { None };
        }
        match (trusted, role, authority, &self.role, &self.authority) {
            (false, true, true, _, _) => Some(Miss::Issuer),
            (true, false, true, RolePattern::None, _) => Some(Miss::Role { has: held.role.clone(), needs: None }),
            (true, false, true, RolePattern::Exactly(needs), _) => {
                Some(Miss::Role { has: held.role.clone(), needs: Some(needs.clone()) })
            }
            (true, true, false, _, AuthorityPattern::Exactly(needs)) => {
                Some(Miss::Authority { has: held.authority.clone(), needs: needs.clone() })
            }
            _ => None,
        }
    }

    fn miss_of_group(&self, held: &Group) -> Option<Miss> {
        // Asked for every rule and membership, so nothing is copied before it is known to be told.
        let both = || (held.clone(), self.group.clone());
        if self.group.is_within(held) {
            let (has, needs) = both();
            Some(Miss::Subgroup { has, needs })
        } else if held.is_within(&self.group) {
            let (has, needs) = both();
            Some(Miss::OuterGroup { has, needs })
        } else if held.differs_in_letter_case(&self.group) {
            let (has, needs) = both();
            Some(Miss::LetterCase { has, needs })
        } else {
            None
        }
    }
}

fn as_role(role: &Option<String>) -> String {
    role.as_ref().map_or_else(|| "no role".to_owned(), |role| format!("role={role}"))
}

fn as_authority(authority: &Option<String>) -> String {
    authority.as_ref().map_or_else(|| "no authority".to_owned(), |authority| format!("`{authority}`"))
}

fn in_words<S: serde::Serializer>(miss: &Miss, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(miss)
}
