//! A verified caller. The type and the only function that makes one share this file, so that its fields stay private
//! to both.

use crate::{Denied, Identity, Scope, Scopes, secret_text};
use db::{DbError, Row, args};
use model::id::{PersonId, TokenId};
use model::{Secret, Timestamp};

db::statements! {
    VERIFY = "SELECT token.id, token.person, token.scopes, token.expires_at, token.used_at, token.revoked_at,
            person.name, person.administrator, person.suspended_at
        FROM token JOIN person ON person.id = token.person WHERE token.hash = $1";
}

/// Someone whose token was accepted a moment ago.
#[derive(Clone, Debug)]
pub struct Caller {
    person: PersonId,
    name: String,
    administrator: bool,
    token: TokenId,
    scopes: Scopes,
    expires_at: Option<Timestamp>,
}

impl Caller {
    pub fn person(&self) -> &PersonId {
        &self.person
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether the person is an administrator, whatever the token allows.
    pub fn is_administrator(&self) -> bool {
        self.administrator
    }

    /// The token that was used.
    pub fn token(&self) -> &TokenId {
        &self.token
    }

    pub fn scopes(&self) -> Scopes {
        self.scopes
    }

    pub fn has(&self, scope: Scope) -> bool {
        self.scopes.allow(scope)
    }

    /// When the token stops to work; streams that live longer end then.
    pub fn expires_at(&self) -> Option<Timestamp> {
        self.expires_at
    }

    fn of_row(row: &Row, expires_at: Option<Timestamp>) -> Result<Self, DbError> {
        Ok(Self {
            person: row.parse("person")?,
            name: row.get("name")?,
            administrator: row.get("administrator")?,
            token: row.parse("id")?,
            scopes: row.parse("scopes")?,
            expires_at,
        })
    }
}

impl Identity {
    /// Who holds this token. One read; nothing is remembered between two calls, so that what was revoked is refused at
    /// once. The row is found by the hash of what was sent, so the time it takes says nothing about any secret.
    pub async fn verify(&self, bearer: &Secret) -> Result<Caller, Denied> {
        let hash = secret_text::hash_of(bearer.expose()).ok_or(Denied::Malformed)?;
        let row = self.db.row(&VERIFY, args![hash.as_slice()]).await?.ok_or(Denied::Unknown)?;
        let now = self.clock.now();
        if row.get::<Option<Timestamp>>("revoked_at")?.is_some() {
            return Err(Denied::Revoked);
        }
        let expires_at: Option<Timestamp> = row.get("expires_at")?;
        if let Some(at) = expires_at.filter(|at| *at <= now) {
            return Err(Denied::Expired(at));
        }
        if row.get::<Option<Timestamp>>("suspended_at")?.is_some() {
            return Err(Denied::Suspended);
        }
        let caller = Caller::of_row(&row, expires_at)?;
        self.uses.note(&caller.token, row.get("used_at")?, now);
        Ok(caller)
    }
}
