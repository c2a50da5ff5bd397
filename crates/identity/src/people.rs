//! The people of a gateway, for its administrators: who there is, and who may not come in.
//!
//! Suspending ends what lets a person in for good: sessions and sign-in codes are deleted, tokens are revoked. Whoever is
//! restored signs in anew, so that what was stolen before is of no use after. What their runs do about it is not decided
//! here.

use crate::{Action, Caller, Identity, Resource, authorize};
use db::{DbError, Row, args};
use model::id::PersonId;
use model::problem::FieldProblem;
use model::request::valid_name;
use model::{Code, Problem, Timestamp};
use serde::{Deserialize, Serialize};

db::statements! {
    LIST = "SELECT id, name, administrator, created_at, suspended_at, suspended_because,
            coalesce((SELECT max(used_at) FROM token WHERE token.person = person.id), 0) AS used_at,
            coalesce((SELECT max(seen_at) FROM session WHERE session.person = person.id), 0) AS seen_at
        FROM person WHERE (CAST($1 AS TEXT) IS NULL OR id < $1) AND ($2 = '' OR lower(name) LIKE $2 ESCAPE '\\')
            AND ($3 = 0 OR suspended_at IS NOT NULL)
        ORDER BY id DESC LIMIT $4";
    ONE = "SELECT id, name, administrator, created_at, suspended_at, suspended_because, 0 AS used_at, 0 AS seen_at
        FROM person WHERE id = $1";
    IDENTITIES = "SELECT issuer, subject FROM identity WHERE person = $1 ORDER BY issuer, subject";
    SUSPEND = "UPDATE person SET suspended_at = $2, suspended_because = $3 WHERE id = $1 AND suspended_at IS NULL";
    RESTORE = "UPDATE person SET suspended_at = NULL, suspended_because = NULL WHERE id = $1 AND suspended_at IS NOT NULL";
    END_SESSIONS = "DELETE FROM session WHERE person = $1";
    END_CODES = "DELETE FROM sign_in_code WHERE person = $1";
    REVOKE_TOKENS = "UPDATE token SET revoked_at = $2 WHERE person = $1 AND revoked_at IS NULL";
}

/// Somebody as administrators see them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct PersonView {
    pub id: PersonId,
    pub name: String,
    pub administrator: bool,
    /// By which the outside knows them.
    pub identities: Vec<Known>,
    pub created_at: Timestamp,
    /// To the minute; of someone who never came in, absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_seen_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suspended_at: Option<Timestamp>,
    /// For administrators; the person is not told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suspended_because: Option<String>,
}

/// How an issuer knows somebody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Known {
    pub issuer: String,
    pub subject: String,
}

#[derive(Clone, Debug, Default)]
pub struct PeopleFilter<'a> {
    /// A part of the name; capitals do not count.
    pub name_contains: &'a str,
    pub suspended_only: bool,
}

impl Identity {
    /// Newest first. `before` is the last of the page before.
    pub async fn list_people(
        &self,
        caller: &Caller,
        filter: &PeopleFilter<'_>,
        before: Option<&PersonId>,
        limit: u32,
    ) -> Result<Vec<PersonView>, Problem> {
        authorize(caller, Action::AdminPeople, Resource::Deployment)?;
        let like = pattern(filter.name_contains);
        let before = before.map(PersonId::as_str);
        let rows = self.db.rows(&LIST, args![before, like, i64::from(filter.suspended_only), limit]).await?;
        let mut people = Vec::with_capacity(rows.len());
        for row in &rows {
            people.push(self.view(row).await?);
        }
        Ok(people)
    }

    pub async fn show_person(&self, caller: &Caller, person: &PersonId) -> Result<PersonView, Problem> {
        authorize(caller, Action::AdminPeople, Resource::Deployment)?;
        let row = self.db.row(&ONE, args![person.as_str()]).await?;
        let row = row.ok_or_else(|| Problem::not_found("person", person.as_str()))?;
        Ok(self.view(&row).await?)
    }

    /// From the moment this returns nothing lets the person in, on any gateway.
    pub async fn suspend(&self, caller: &Caller, person: &PersonId, because: &str) -> Result<PersonView, Problem> {
        authorize(caller, Action::AdminSuspend, Resource::Deployment)?;
        if person == caller.person() {
            let remedy = "Ask another administrator, if you are sure that you should be suspended.";
            return Err(Problem::new(Code::StateConflict, "You would lock yourself out.", remedy));
        }
        if !valid_name(because) {
            let detail = "must be 1 to 120 printable characters on one line".to_owned();
            let field = FieldProblem { field: "because".to_owned(), detail };
            let remedy = "Say in a line why, for whoever looks at it later.";
            return Err(Problem::new(Code::InvalidField, "The reason cannot be used.", remedy).with_fields(vec![field]));
        }
        let now = self.clock.now();
        let mut tx = self.db.begin().await?;
        tx.execute(&SUSPEND, args![person.as_str(), now, because]).await?;
        tx.execute(&END_SESSIONS, args![person.as_str()]).await?;
        tx.execute(&END_CODES, args![person.as_str()]).await?;
        tx.execute(&REVOKE_TOKENS, args![person.as_str(), now]).await?;
        tx.commit().await?;
        self.show_person(caller, person).await
    }

    /// Lets a person in again, who has to sign in anew.
    pub async fn restore(&self, caller: &Caller, person: &PersonId) -> Result<PersonView, Problem> {
        authorize(caller, Action::AdminSuspend, Resource::Deployment)?;
        self.db.write(&RESTORE, args![person.as_str()]).await?;
        self.show_person(caller, person).await
    }

    async fn view(&self, row: &Row) -> Result<PersonView, DbError> {
        let id: PersonId = row.parse("id")?;
        let known = self.db.rows(&IDENTITIES, args![id.as_str()]).await?;
        let known = known.iter().map(|row| Ok(Known { issuer: row.get("issuer")?, subject: row.get("subject")? }));
        let seen = row.get::<i64>("used_at")?.max(row.get::<i64>("seen_at")?);
        Ok(PersonView {
            identities: known.collect::<Result<_, DbError>>()?,
            name: row.get("name")?,
            administrator: row.get("administrator")?,
            created_at: row.get("created_at")?,
            last_seen_at: (seen > 0).then(|| Timestamp::from_millis(seen)),
            suspended_at: row.get("suspended_at")?,
            suspended_because: row.get("suspended_because")?,
            id,
        })
    }
}

/// What `LIKE` takes for a part of a name; empty for any name.
fn pattern(part: &str) -> String {
    if part.is_empty() {
        return String::new();
    }
    let part = part.to_lowercase().replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
    format!("%{part}%")
}
