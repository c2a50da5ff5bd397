//! A verified caller. The type and the only function that makes one share this file, so that its fields stay private
//! to both.

use crate::groups::Role;
use crate::secret_text::Kind;
use crate::standing::Standing;
use crate::{Denied, Identity, Scope, Scopes, secret_text, session, standing, terms};
use db::{DbError, Row, args};
use model::id::{PersonId, SessionId, TeamId, TokenId};
use model::{Secret, Timestamp};
use std::sync::{Arc, OnceLock};

db::statements! {
    VERIFY = concat!("SELECT token.id, token.person, token.scopes, token.expires_at, token.used_at, token.revoked_at,
            person.name, person.suspended_at, ", standing::administrator!(), ",
            ", standing::columns!(), ", ", terms::column!("$2"), "
        FROM token JOIN person ON person.id = token.person WHERE token.hash = $1");
    VERIFY_SESSION = concat!("SELECT session.id, session.person, session.scopes, session.expires_at, session.seen_at, session.latest,
            person.name, person.suspended_at, ", standing::administrator!(), ",
            ", standing::columns!(), ", ", terms::column!("$2"), "
        FROM session JOIN person ON person.id = session.person WHERE session.hash = $1");
}

/// What a caller was let in by.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Credential {
    Token(TokenId),
    Session(SessionId),
    /// A token of a trusted issuer's.
    Bearer,
}

impl Credential {
    /// Its identifier, which is no secret.
    pub fn name(&self) -> &str {
        match self {
            Credential::Token(id) => id.as_str(),
            Credential::Session(id) => id.as_str(),
            Credential::Bearer => "bearer",
        }
    }
}

/// Whose thing was reached by the right of an administrator or of a community's manager, for whoever writes that down.
#[derive(Clone, Debug, Default)]
pub struct Oversight(Arc<OnceLock<PersonId>>);

impl Oversight {
    pub fn owner(&self) -> Option<&PersonId> {
        self.0.get()
    }
}

/// Someone whose token or session was accepted a moment ago.
#[derive(Clone, Debug)]
pub struct Caller {
    person: PersonId,
    name: String,
    administrator: bool,
    credential: Credential,
    scopes: Scopes,
    expires_at: Option<Timestamp>,
    right_ends_at: Option<Timestamp>,
    standing: Standing,
    /// The terms of use of this gateway, in the version that is in force, wait for an answer.
    owes_terms: bool,
    oversight: Oversight,
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

    /// What was used.
    pub fn credential(&self) -> &Credential {
        &self.credential
    }

    pub fn scopes(&self) -> Scopes {
        self.scopes
    }

    pub fn has(&self, scope: Scope) -> bool {
        self.scopes.allow(scope)
    }

    /// What the person is in a community, if anything.
    pub fn role_in(&self, community: &str) -> Option<Role> {
        self.standing.role_in(community)
    }

    /// Of which the person is a member, or more.
    pub fn communities(&self) -> impl Iterator<Item = &str> {
        self.standing.communities()
    }

    pub fn is_in_team(&self, team: &TeamId) -> bool {
        self.standing.is_in_team(team)
    }

    /// Whether the person may start nothing before they accept the terms of use.
    pub fn owes_terms(&self) -> bool {
        self.owes_terms
    }

    /// When the token or the session stops to work; streams that live longer end then.
    pub fn expires_at(&self) -> Option<Timestamp> {
        self.expires_at
    }

    /// When whatever is made by this caller has to end: with the token that was used, or that began the session.
    pub(crate) fn right_ends_at(&self) -> Option<Timestamp> {
        self.right_ends_at
    }

    pub fn oversight(&self) -> Oversight {
        self.oversight.clone()
    }

    pub(crate) fn oversees(&self, owner: &PersonId) {
        // Of several in one request the first is as good as any.
        let _ = self.oversight.0.set(owner.clone());
    }

    pub(crate) fn of_row(row: &Row, credential: Credential, expires_at: Option<Timestamp>) -> Result<Self, DbError> {
        let right_ends_at = match credential {
            Credential::Token(_) | Credential::Bearer => expires_at,
            Credential::Session(_) => row.get("latest")?,
        };
        Ok(Self {
            person: row.parse("person")?,
            name: row.get("name")?,
            administrator: row.get("administrator")?,
            scopes: match credential {
                // Whoever wrote it, the issuer or its thief, made it for many services: administration needs a session or a token of ours.
                Credential::Bearer => [Scope::Run].into(),
                Credential::Token(_) | Credential::Session(_) => row.parse("scopes")?,
            },
            credential,
            expires_at,
            right_ends_at,
            standing: Standing::of_row(row)?,
            owes_terms: row.get("owes_terms")?,
            oversight: Oversight::default(),
        })
    }
}

impl Identity {
    /// Who holds this token. One read; nothing is remembered between two calls, so that what was revoked is refused at
    /// once. The row is found by the hash of what was sent, so the time it takes says nothing about any secret.
    pub async fn verify(&self, bearer: &Secret) -> Result<Caller, Denied> {
        let hash = secret_text::hash_of(Kind::Token, bearer.expose()).ok_or(Denied::Malformed)?;
        let row = self.db.row(&VERIFY, args![hash.as_slice(), self.terms_version()]).await?.ok_or(Denied::Unknown)?;
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
        let caller = Caller::of_row(&row, Credential::Token(row.parse("id")?), expires_at)?;
        self.uses.note(&caller.credential, row.get("used_at")?, now);
        Ok(caller)
    }

    /// Whose browser this is. One read, as for tokens: a session that was ended is refused at once, on every gateway.
    pub async fn verify_session(&self, secret: &Secret) -> Result<Caller, Denied> {
        let hash = secret_text::hash_of(Kind::Session, secret.expose()).ok_or(Denied::SessionOver)?;
        let row = self.db.row(&VERIFY_SESSION, args![hash.as_slice(), self.terms_version()]).await?.ok_or(Denied::SessionOver)?;
        let now = self.clock.now();
        let (expires_at, seen_at): (Timestamp, Timestamp) = (row.get("expires_at")?, row.get("seen_at")?);
        if expires_at <= now || seen_at <= session::idle_since(now) {
            return Err(Denied::SessionOver);
        }
        if row.get::<Option<Timestamp>>("suspended_at")?.is_some() {
            return Err(Denied::Suspended);
        }
        let caller = Caller::of_row(&row, Credential::Session(row.parse("id")?), Some(expires_at))?;
        self.uses.note(&caller.credential, Some(seen_at), now);
        Ok(caller)
    }
}
