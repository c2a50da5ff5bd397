//! Communities, for those who manage them: who is in one.
//!
//! Nobody is made a member here: membership is what login services say, by the mapping of the gateway.

use crate::groups::Role;
use crate::{Action, Caller, Identity, Resource, authorize};
use db::{DbError, Row, args};
use model::Problem;
use model::id::PersonId;
use serde::{Deserialize, Serialize};

db::statements! {
    MEMBERS = "SELECT person.id, person.name,
            CASE WHEN max(CASE WHEN membership.role = 'manager' THEN 1 ELSE 0 END) = 1 THEN 'manager' ELSE 'member' END AS role
        FROM membership JOIN identity ON identity.issuer = membership.issuer AND identity.subject = membership.subject
            JOIN person ON person.id = identity.person
        WHERE membership.community = $1 AND (CAST($2 AS TEXT) IS NULL OR person.id > $2)
        GROUP BY person.id, person.name ORDER BY person.id LIMIT $3";
    NUMBER = "SELECT count(DISTINCT identity.person) AS number FROM membership
        JOIN identity ON identity.issuer = membership.issuer AND identity.subject = membership.subject WHERE membership.community = $1";
    ROLE = "SELECT 1 AS one FROM membership JOIN identity ON identity.issuer = membership.issuer AND identity.subject = membership.subject
        WHERE membership.community = $1 AND identity.person = $2 LIMIT 1";
}

/// Somebody in a community.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Member {
    pub person: PersonId,
    pub name: String,
    pub role: Role,
}

impl Identity {
    /// In the order in which they first came. `after` is the last of the page before.
    pub async fn members(
        &self,
        caller: &Caller,
        community: &str,
        after: Option<&PersonId>,
        limit: u32,
    ) -> Result<Vec<Member>, Problem> {
        oversee(caller, community)?;
        let rows = self.db.rows(&MEMBERS, args![community, after.map(PersonId::as_str), limit]).await?;
        let read = |row: &Row| Ok(Member { person: row.parse("id")?, name: row.get("name")?, role: row.parse("role")? });
        Ok(rows.iter().map(read).collect::<Result<_, DbError>>()?)
    }

    /// How many people are in it.
    pub async fn number_of_members(&self, caller: &Caller, community: &str) -> Result<u32, Problem> {
        oversee(caller, community)?;
        let row = self.db.row(&NUMBER, args![community]).await?.ok_or(DbError::NoRow)?;
        Ok(row.get("number")?)
    }

    pub(crate) async fn is_member(&self, community: &str, person: &PersonId) -> Result<bool, DbError> {
        Ok(self.db.row(&ROLE, args![community, person.as_str()]).await?.is_some())
    }
}

fn oversee(caller: &Caller, community: &str) -> Result<(), Problem> {
    authorize(caller, Action::CommunitiesOversee, Resource::Community(community))
        .map_err(|refused| refused.about("community", community))
}
