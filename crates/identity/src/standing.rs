//! What a person is in communities and teams. It is read together with who they are, and no longer kept than that.

use crate::groups::Role;
use db::{DbError, Row};
use model::id::TeamId;
use std::collections::{BTreeMap, BTreeSet};

/// Two columns for whoever reads a `person`: `communities` and `teams`.
macro_rules! columns {
    () => {
        "(SELECT string_agg(held.role || ' ' || held.community, ',') FROM identity AS i JOIN membership AS held
                ON held.issuer = i.issuer AND held.subject = i.subject WHERE i.person = person.id) AS communities,
            (SELECT string_agg(team.id || ' ' || coalesce(team.community, ''), ',') FROM team_member JOIN team ON team.id = team_member.team
                WHERE team_member.person = person.id) AS teams"
    };
}
pub(crate) use columns;

/// Whether a person is an administrator: by decision, or by what an issuer says of them.
macro_rules! administrator {
    () => {
        "CAST(CASE WHEN person.administrator <> 0 OR EXISTS (SELECT 1 FROM identity
                WHERE identity.person = person.id AND identity.administrator <> 0) THEN 1 ELSE 0 END AS BIGINT) AS administrator"
    };
}
pub(crate) use administrator;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Standing {
    communities: BTreeMap<String, Role>,
    teams: BTreeSet<TeamId>,
}

impl Standing {
    pub fn of_row(row: &Row) -> Result<Self, DbError> {
        let mut standing = Self::default();
        let unreadable = |column: &str, text: &str| DbError::Unreadable { column: column.into(), detail: format!("`{text}`") };
        let communities: Option<String> = row.get("communities")?;
        for text in communities.iter().flat_map(|text| text.split(',')) {
            let (role, community) = text.split_once(' ').ok_or_else(|| unreadable("communities", text))?;
            let role: Role = role.parse().map_err(|_| unreadable("communities", text))?;
            // By the word of several issuers: the highest counts.
            let held = standing.communities.entry(community.to_owned()).or_insert(role);
            *held = role.max(*held);
        }
        let teams: Option<String> = row.get("teams")?;
        for text in teams.iter().flat_map(|text| text.split(',')) {
            let (id, community) = text.split_once(' ').ok_or_else(|| unreadable("teams", text))?;
            // Whoever left the community left its teams, although nobody took them off the list.
            if community.is_empty() || standing.communities.contains_key(community) {
                standing.teams.insert(id.parse().map_err(|_| unreadable("teams", text))?);
            }
        }
        Ok(standing)
    }

    pub fn role_in(&self, community: &str) -> Option<Role> {
        self.communities.get(community).copied()
    }

    pub fn communities(&self) -> impl Iterator<Item = &str> {
        self.communities.keys().map(String::as_str)
    }

    pub fn is_in_team(&self, team: &TeamId) -> bool {
        self.teams.contains(team)
    }
}
