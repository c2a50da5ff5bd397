//! EGI's `vo-mappings.yaml`: the entitlement that a member of each VO needs at the sites of the EGI Federated Cloud.
//!
//! ```yaml
//! vos:
//!   biomed: "urn:mace:egi.eu:group:biomed:role=vm_operator#aai.egi.eu"
//!   demo.fedcloud.egi.eu: "urn:mace:egi.eu:group:demo.fedcloud.egi.eu:vm_operator:role=member#aai.egi.eu"
//! ```

use super::{AuthorityPattern, CommunityName, Entitlement, Gives, GroupPattern, IssuerPattern, Kind, RolePattern, Rule, Table};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The file, as it is written.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VoMappings {
    vos: BTreeMap<String, String>,
}

#[derive(Debug, thiserror::Error)]
pub enum VoMappingsError {
    #[error("the file has {0} bytes; {LARGEST} are allowed")]
    TooLarge(usize),
    #[error("{0}")]
    NotUnderstood(String),
}

/// An entry that no rule was made of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct NotConverted {
    pub vo: String,
    pub entitlement: String,
    pub why: String,
}

/// EGI's has 9 KiB.
const LARGEST: usize = 1 << 20;

impl VoMappings {
    pub fn from_yaml(text: &str) -> Result<Self, VoMappingsError> {
        if text.len() > LARGEST {
            return Err(VoMappingsError::TooLarge(text.len()));
        }
        let understood = serde_saphyr::from_str(text);
        understood.map_err(|error| VoMappingsError::NotUnderstood(error.to_string().chars().take(600).collect()))
    }

    /// Rules that give membership to who has what the file asks for by the word of this issuer, as AARC-G002 compares:
    /// with a role, in that very group; without, in the group or within it. The file names no issuer, so whoever loads
    /// it does.
    pub fn into_table(self, issuer: &str) -> (Table, Vec<NotConverted>) {
        let mut table = Table::default();
        let mut not_converted = Vec::new();
        for (vo, entitlement) in self.vos {
            match rule(issuer, &vo, &entitlement) {
                Ok(rule) => table.rules.push(rule),
                Err(why) => not_converted.push(NotConverted { vo, entitlement, why }),
            }
        }
        (table, not_converted)
    }
}

fn rule(issuer: &str, vo: &str, entitlement: &str) -> Result<Rule, String> {
    if vo.starts_with('/') {
        // `/biomed/vip: …group:biomed…`: the sites have a project for the group, the entitlement is that of the VO.
        return Err("is a group within a VO: only whole VOs become communities".to_owned());
    }
    let community: CommunityName = vo.parse().map_err(|why| format!("the name {why}"))?;
    let required: Entitlement = entitlement.parse().map_err(|why| format!("the entitlement {why}"))?;
    let (group, role, authority) = required.into_parts();
    let group = group.to_string();
    let (group, role) = match role {
        Some(role) => (GroupPattern::Exactly(group), RolePattern::Exactly(role)),
        None => (GroupPattern::WithSubgroups(group), RolePattern::Any),
    };
    Ok(Rule {
        issuer: IssuerPattern::Exactly(issuer.to_owned()),
        claim: Kind::Entitlements,
        group,
        role,
        authority: authority.map_or(AuthorityPattern::Any, AuthorityPattern::Exactly),
        gives: Gives::MemberOf(community.into()),
    })
}
