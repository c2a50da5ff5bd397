//! Who did what, to what, from where, and what came of it.
//!
//! Entries are only ever added: the database itself refuses to change or delete one. An entry names things by their
//! identifiers and never holds what was sent, so no secret can be in it.

use crate::{Action, Caller, Credential, Identity, Resource, authorize};
use db::{DbError, Row, args};
use model::id::{EntryId, PersonId, RequestId};
use model::{Code, Problem, Timestamp};
use serde::{Deserialize, Serialize};
use std::net::IpAddr;

db::statements! {
    ADD = "INSERT INTO audit (id, at, request, person, credential, operation, about, owner, address, status, code, unseen)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
    LIST = "SELECT id, at, request, person, credential, operation, about, owner, address, status, code, unseen FROM audit
        WHERE (CAST($1 AS TEXT) IS NULL OR id < $1) AND ($2 = '' OR person = $2) AND ($3 = '' OR operation = $3)
            AND ($4 = '' OR about = $4) AND ($5 = 0 OR status >= 400) AND at >= $6 AND at < $7
        ORDER BY id DESC LIMIT $8";
}

/// What somebody did or tried to do.
#[derive(Clone, Debug)]
pub struct Deed {
    pub request: RequestId,
    /// None: nobody who could be told from others.
    pub who: Option<(PersonId, Option<Credential>)>,
    /// As the description of the API names it.
    pub operation: String,
    /// The identifiers of what it was about, outermost first.
    pub about: String,
    /// When it was somebody else's, and the right to it an administrator's.
    pub owner: Option<PersonId>,
    pub address: Option<IpAddr>,
    pub status: u16,
    pub code: Option<Code>,
    /// Refused tries of strangers from the same network that were not written down one by one since the entry before.
    pub unseen: u32,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Entry {
    pub id: EntryId,
    pub at: Timestamp,
    /// The access log has the same.
    pub request: RequestId,
    /// Absent: nobody was signed in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<PersonId>,
    /// The token or session that was used, by its identifier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credential: Option<String>,
    pub operation: String,
    /// What it was about, by its identifiers; may be empty.
    pub about: String,
    /// Whose it was, when an administrator looked at or changed what is somebody else's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<PersonId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    pub allowed: bool,
    pub status: u16,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<Code>,
    /// So many more were refused to strangers from the same network shortly before, and not written down one by one.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub unseen: u32,
}

fn is_zero(number: &u32) -> bool {
    *number == 0
}

#[derive(Clone, Debug, Default)]
pub struct AuditFilter {
    pub person: Option<PersonId>,
    pub operation: String,
    pub about: String,
    pub refused_only: bool,
    pub since: Option<Timestamp>,
    pub until: Option<Timestamp>,
}

impl Identity {
    /// Durable when it returns.
    pub async fn record(&self, deed: &Deed) -> Result<(), DbError> {
        let now = self.clock.now();
        let id = EntryId::new(db::seed(now)?);
        let (person, credential) = match &deed.who {
            Some((person, credential)) => (Some(person.as_str()), credential.as_ref().map(Credential::name)),
            None => (None, None),
        };
        let owner = deed.owner.as_ref().map(PersonId::as_str);
        let address = deed.address.map(|address| address.to_string());
        let (status, code) = (u32::from(deed.status), deed.code.map(|code| code.to_string()));
        let (request, operation, about) = (deed.request.as_str(), deed.operation.as_str(), deed.about.as_str());
        let values =
            args![id.as_str(), now, request, person, credential, operation, about, owner, address, status, code, deed.unseen];
        self.db.write(&ADD, values).await?;
        Ok(())
    }

    /// Newest first. `before` is the last of the page before.
    pub async fn audit(
        &self,
        caller: &Caller,
        filter: &AuditFilter,
        before: Option<&EntryId>,
        limit: u32,
    ) -> Result<Vec<Entry>, Problem> {
        authorize(caller, Action::AdminAudit, Resource::Deployment)?;
        let person = filter.person.as_ref().map_or("", PersonId::as_str);
        let since = filter.since.map_or(i64::MIN, Timestamp::millis);
        let until = filter.until.map_or(i64::MAX, Timestamp::millis);
        let (operation, about, refused) = (filter.operation.as_str(), filter.about.as_str(), i64::from(filter.refused_only));
        let values = args![before.map(EntryId::as_str), person, operation, about, refused, since, until, limit];
        let rows = self.db.rows(&LIST, values).await?;
        Ok(rows.iter().map(Entry::of_row).collect::<Result<_, _>>()?)
    }
}

impl Entry {
    fn of_row(row: &Row) -> Result<Self, DbError> {
        let status: u32 = row.get("status")?;
        Ok(Self {
            id: row.parse("id")?,
            at: row.get("at")?,
            request: row.parse("request")?,
            person: row.parse_optional("person")?,
            credential: row.get("credential")?,
            operation: row.get("operation")?,
            about: row.get("about")?,
            owner: row.parse_optional("owner")?,
            address: row.get("address")?,
            allowed: status < 400,
            status: u16::try_from(status).unwrap_or(u16::MAX),
            code: row.parse_optional("code")?,
            unseen: row.get("unseen")?,
        })
    }
}
