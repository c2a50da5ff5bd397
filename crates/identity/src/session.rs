//! Browsers that are signed in: the code that begins a session, the session, its end.
//!
//! A code is made by somebody who is signed in already (a program with a token, another browser), lives a minute, and is
//! swapped once for a session. Codes and sessions are rows, known by their hash, so that any of several gateways can
//! take what another one gave.

mod error;

pub use error::SignInError;

use crate::secret_text::{self, Kind};
use crate::{Admitted, Caller, Denied, Identity, Scope, Scopes, standing};
use db::{DbError, Row, Tx, args};
use model::id::{PersonId, SessionId};
use model::{Secret, Timestamp};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Long enough to switch from the terminal to the browser.
const CODE_LIFE: Duration = Duration::from_secs(60);
/// A browser comes back after a weekend and a short leave without asking again; one that was forgotten on somebody
/// else's computer does not stay signed in.
const IDLE_LIFE: Duration = Duration::from_secs(7 * 24 * 3_600);
/// However much it is used: what was stolen unseen ends some day.
const LONGEST_LIFE: Duration = Duration::from_secs(30 * 24 * 3_600);
/// The browser says this of itself; it is only shown.
const LONGEST_USER_AGENT: usize = 300;

db::statements! {
    ADD_CODE = "INSERT INTO sign_in_code (hash, person, scopes, latest, expires_at) VALUES ($1, $2, $3, $4, $5)";
    FORGET_CODES = "DELETE FROM sign_in_code WHERE expires_at <= $1";
    /// Deleting is using: of two who come with one code, one finds it.
    TAKE_CODE = "DELETE FROM sign_in_code WHERE hash = $1 RETURNING person, scopes, latest, expires_at";
    PERSON = concat!("SELECT person.suspended_at, ", standing::administrator!(), " FROM person WHERE id = $1");
    ADD = "INSERT INTO session (id, person, hash, scopes, user_agent, made_at, seen_at, expires_at, latest, issuer, subject, issuer_session)
        VALUES ($1, $2, $3, $4, $5, $6, $6, $7, $8, $9, $10, $11)";
    END_OF_ISSUER = "DELETE FROM session WHERE issuer = $1 AND (issuer_session = $2 OR ($2 = '' AND subject = $3))";
    FORGET = "DELETE FROM session WHERE person = $1 AND (expires_at <= $2 OR seen_at <= $3)";
    LIST = "SELECT id, user_agent, made_at, seen_at, expires_at FROM session
        WHERE person = $1 AND expires_at > $2 AND seen_at > $3 AND (CAST($4 AS TEXT) IS NULL OR id < $4)
        ORDER BY id DESC LIMIT $5";
    END = "DELETE FROM session WHERE id = $1 AND person = $2";
}

/// What begins a session, once.
pub struct SignInCode {
    pub code: Secret,
    pub expires_at: Timestamp,
}

/// What was swapped for a code.
pub struct NewSession {
    pub person: PersonId,
    pub view: SessionView,
    pub secret: Secret,
    /// From now; what the browser is told.
    pub life: Duration,
}

/// What can be said about a session later.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct SessionView {
    pub id: SessionId,
    /// What the browser said of itself; may be empty.
    pub user_agent: String,
    pub made_at: Timestamp,
    /// To the minute.
    pub last_seen_at: Timestamp,
    /// However much it is used; without use it ends seven days after the last time.
    pub expires_at: Timestamp,
}

impl SignInCode {
    /// The portal's address with the code in its fragment, which browsers send to no server.
    pub fn link(&self, home: &str) -> String {
        format!("{home}/#code={}", self.code.expose())
    }
}

impl Identity {
    /// A code for a browser of the caller's. Its session may do what the caller may: a token must not outgrow itself
    /// by way of a browser.
    pub async fn create_code(&self, caller: &Caller) -> Result<SignInCode, DbError> {
        self.add_code(caller.person(), caller.scopes(), caller.right_ends_at()).await
    }

    /// A code on the authority of whoever operates the gateway, with all that the person may do. Never called for a
    /// request.
    pub async fn issue_code(&self, person: &PersonId) -> Result<SignInCode, DbError> {
        let row = self.db.row(&PERSON, args![person.as_str()]).await?.ok_or(DbError::NoRow)?;
        let scope = if row.get("administrator")? { Scope::Admin } else { Scope::Run };
        self.add_code(person, [scope].into(), None).await
    }

    async fn add_code(&self, person: &PersonId, scopes: Scopes, latest: Option<Timestamp>) -> Result<SignInCode, DbError> {
        let now = self.clock.now();
        let code = secret_text::fresh(Kind::Code)?;
        let hash = secret_text::hash_of(Kind::Code, code.expose()).ok_or(DbError::NoRandomness)?;
        let expires_at = now.plus(CODE_LIFE);
        let mut tx = self.db.begin().await?;
        tx.execute(&FORGET_CODES, args![now]).await?;
        let (scopes, hash) = (scopes.to_string(), hash.as_slice());
        tx.execute(&ADD_CODE, args![hash, person.as_str(), scopes, latest, expires_at]).await?;
        tx.commit().await?;
        Ok(SignInCode { code, expires_at })
    }

    /// Swaps a code for a session, once. `session` is what the browser has already: a link that somebody sends must not
    /// make a person work as somebody else without noticing.
    pub async fn sign_in(&self, code: &Secret, session: Option<&Secret>, user_agent: &str) -> Result<NewSession, SignInError> {
        let hash = secret_text::hash_of(Kind::Code, code.expose()).ok_or(SignInError::Malformed)?;
        let present = match session {
            Some(session) => match self.verify_session(session).await {
                Ok(caller) => Some(caller),
                Err(Denied::Db(error)) => return Err(error.into()),
                Err(_) => None,
            },
            None => None,
        };
        let now = self.clock.now();
        let mut tx = self.db.begin().await?;
        let row = tx.row(&TAKE_CODE, args![hash.as_slice()]).await?;
        let refused = match row.as_ref().map(|row| row.get::<Timestamp>("expires_at")).transpose()? {
            None => Some(SignInError::Unknown),
            Some(at) if at <= now => Some(SignInError::Expired(at)),
            Some(_) => None,
        };
        let (None, Some(row)) = (&refused, row) else {
            // One that came too late is used up as well.
            tx.commit().await?;
            return Err(refused.unwrap_or(SignInError::Unknown));
        };
        let (person, scopes): (PersonId, Scopes) = (row.parse("person")?, row.parse("scopes")?);
        if let Some(present) = present.filter(|present| *present.person() != person) {
            // Not committed: its owner can still use the code elsewhere.
            return Err(SignInError::SignedInAlready(present.name().to_owned()));
        }
        let latest: Option<Timestamp> = row.get("latest")?;
        let about = tx.row(&PERSON, args![person.as_str()]).await?.ok_or(SignInError::Unknown)?;
        if about.get::<Option<Timestamp>>("suspended_at")?.is_some() {
            return Err(SignInError::Suspended);
        }
        let made = self.add_session(&mut tx, person, scopes, latest, user_agent, None).await?;
        tx.commit().await?;
        Ok(made)
    }

    /// A session of somebody for whom an issuer vouched a moment ago.
    pub async fn begin_session(&self, admitted: &Admitted, user_agent: &str) -> Result<NewSession, SignInError> {
        let mut tx = self.db.begin().await?;
        let about = tx.row(&PERSON, args![admitted.person.as_str()]).await?.ok_or(SignInError::Unknown)?;
        if about.get::<Option<Timestamp>>("suspended_at")?.is_some() {
            return Err(SignInError::Suspended);
        }
        let scope = if about.get("administrator")? { Scope::Admin } else { Scope::Run };
        let made = self.add_session(&mut tx, admitted.person.clone(), [scope].into(), None, user_agent, Some(admitted)).await?;
        tx.commit().await?;
        Ok(made)
    }

    /// The issuer says that somebody left it: one of their sessions there, or all. Says how many ended here.
    pub async fn end_sessions_of_issuer(
        &self,
        issuer: &str,
        session: Option<&str>,
        subject: Option<&str>,
    ) -> Result<u64, DbError> {
        let values = args![issuer, session.unwrap_or_default(), subject.unwrap_or_default()];
        let mut tx = self.db.begin().await?;
        let ended = tx.execute(&END_OF_ISSUER, values).await?;
        tx.commit().await?;
        Ok(ended)
    }

    async fn add_session(
        &self,
        tx: &mut Tx,
        person: PersonId,
        scopes: Scopes,
        latest: Option<Timestamp>,
        user_agent: &str,
        admitted: Option<&Admitted>,
    ) -> Result<NewSession, SignInError> {
        let now = self.clock.now();
        let secret = secret_text::fresh(Kind::Session)?;
        let hash = secret_text::hash_of(Kind::Session, secret.expose()).ok_or(DbError::NoRandomness)?;
        let longest = now.plus(LONGEST_LIFE);
        let expires_at = latest.map_or(longest, |latest| latest.min(longest));
        let user_agent: String = user_agent.chars().filter(|c| !c.is_control()).take(LONGEST_USER_AGENT).collect();
        let id = SessionId::new(db::seed(now)?);
        let view = SessionView { id, user_agent, made_at: now, last_seen_at: now, expires_at };
        tx.execute(&FORGET, args![person.as_str(), now, idle_since(now)]).await?;
        let (id, agent) = (view.id.as_str(), view.user_agent.as_str());
        let issuer = admitted.map(|admitted| admitted.issuer.as_str());
        let subject = admitted.map(|admitted| admitted.subject.as_str());
        let session = admitted.and_then(|admitted| admitted.session.as_deref());
        let scopes = scopes.to_string();
        let values =
            args![id, person.as_str(), hash.as_slice(), scopes, agent, now, expires_at, latest, issuer, subject, session];
        tx.execute(&ADD, values).await?;
        let life = Duration::from_millis(u64::try_from(expires_at.millis() - now.millis()).unwrap_or(0));
        Ok(NewSession { person, view, secret, life })
    }

    /// The caller's own sessions that still work, newest first. `before` is the last of the page before.
    pub async fn list_sessions(
        &self,
        caller: &Caller,
        before: Option<&SessionId>,
        limit: u32,
    ) -> Result<Vec<SessionView>, DbError> {
        let now = self.clock.now();
        let before = before.map(SessionId::as_str);
        let rows = self.db.rows(&LIST, args![caller.person().as_str(), now, idle_since(now), before, limit]).await?;
        rows.iter().map(SessionView::of_row).collect()
    }

    /// From the moment this returns, the session is refused. Says whether the caller had such a session.
    pub async fn end_session(&self, caller: &Caller, session: &SessionId) -> Result<bool, DbError> {
        let mut tx = self.db.begin().await?;
        let found = tx.execute(&END, args![session.as_str(), caller.person().as_str()]).await?;
        tx.commit().await?;
        Ok(found == 1)
    }
}

impl SessionView {
    fn of_row(row: &Row) -> Result<Self, DbError> {
        Ok(Self {
            id: row.parse("id")?,
            user_agent: row.get("user_agent")?,
            made_at: row.get("made_at")?,
            last_seen_at: row.get("seen_at")?,
            expires_at: row.get("expires_at")?,
        })
    }
}

/// A session that was last seen then, or earlier, is over.
pub(crate) fn idle_since(now: Timestamp) -> Timestamp {
    Timestamp::from_millis(now.millis() - i64::try_from(IDLE_LIFE.as_millis()).unwrap_or(i64::MAX))
}
