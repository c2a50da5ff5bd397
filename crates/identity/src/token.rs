//! Personal tokens: making, listing, revoking.

mod error;

pub use error::TokenError;

use crate::{Admitted, Caller, Idempotency, Identity, Scope, Scopes, secret_text, standing};
use db::{DbError, Row, args};
use model::id::{PersonId, TokenId};
use model::request::valid_name;
use model::{Secret, Timestamp};
use serde::{Deserialize, Serialize};
use std::time::Duration;

const LONGEST_LIFE: Duration = Duration::from_secs(366 * 24 * 3_600);
/// Of a token that somebody got by signing in: as long as a session in a browser.
const SIGNED_IN_LIFE: Duration = Duration::from_secs(30 * 24 * 3_600);
/// Of one that administers: whoever was talked into typing somebody else's code gave away no more than this.
const ADMINISTERS_LIFE: Duration = Duration::from_secs(3_600);

db::statements! {
    OWNER = concat!("SELECT suspended_at, ", standing::administrator!(), " FROM person WHERE id = $1");
    INSERT = "INSERT INTO token (id, person, name, hash, scopes, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7)";
    LIST = "SELECT id, name, scopes, created_at, expires_at, used_at, revoked_at FROM token
        WHERE person = $1 AND (CAST($2 AS TEXT) IS NULL OR id < $2) ORDER BY id DESC LIMIT $3";
    /// The first revocation is the one that is remembered.
    REVOKE = "UPDATE token SET revoked_at = coalesce(revoked_at, $3) WHERE id = $1 AND person = $2";
}

/// What a token is to be.
#[derive(Clone, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewToken {
    /// To recognise it by in a list: where it is kept or what it is for.
    pub name: String,
    #[schema(value_type = Vec<Scope>, min_items = 1)]
    pub scopes: Scopes,
    /// At most 366 days from now. When left out, it lives as long as the token it is made with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
}

/// What can be said about a token later: everything but its text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct TokenView {
    pub id: TokenId,
    pub name: String,
    #[schema(value_type = Vec<Scope>)]
    pub scopes: Scopes,
    pub created_at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// To the minute.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub used_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked_at: Option<Timestamp>,
}

/// Whether somebody who is suspended is given a token: by nobody but the operator, for whom a gateway has to start.
enum Suspended {
    Refused,
    Served,
}

impl Identity {
    /// Makes another token for the caller, never one that may do more, or lives longer, than the caller's own: a token
    /// that leaked must not be able to outgrow itself. (A session ends sooner than what is made in it: it is there for
    /// the browser's safety, not to limit the person.) Asked again with the same key, it says which token it made.
    pub async fn create_token(
        &self,
        caller: &Caller,
        mut asked: NewToken,
        once: Option<Idempotency>,
    ) -> Result<(TokenView, Secret), TokenError> {
        if let Some(scope) = asked.scopes.iter().find(|scope| !caller.has(*scope)) {
            return Err(TokenError::MoreThanOwn { scope });
        }
        if let Some(latest) = caller.right_ends_at() {
            let expires_at = asked.expires_at.unwrap_or(latest);
            if expires_at > latest {
                return Err(TokenError::Outlives { latest });
            }
            asked.expires_at = Some(expires_at);
        }
        self.make_token(caller.person(), asked, once, Suspended::Refused).await
    }

    /// Makes a token on the authority of whoever operates the gateway: the first one of a person, which no other token
    /// can make. Never called for a request.
    pub async fn issue_token(&self, person: &PersonId, asked: NewToken) -> Result<(TokenView, Secret), TokenError> {
        self.make_token(person, asked, None, Suspended::Served).await
    }

    /// A token of somebody for whom an issuer vouched a moment ago. It may administer only if that was asked for and the person may.
    pub async fn begin_token(&self, admitted: &Admitted, name: &str, scopes: Scopes) -> Result<(TokenView, Secret), TokenError> {
        let person = &admitted.person;
        let owner = self.db.row(&OWNER, args![person.as_str()]).await?.ok_or(TokenError::NoSuchPerson)?;
        let scopes = granted(scopes, owner.get("administrator")?);
        let life = if scopes.allow(Scope::Admin) { ADMINISTERS_LIFE } else { SIGNED_IN_LIFE };
        let expires_at = Some(self.clock.now().plus(life));
        self.make_token(person, NewToken { name: name.to_owned(), scopes, expires_at }, None, Suspended::Refused).await
    }

    async fn make_token(
        &self,
        person: &PersonId,
        asked: NewToken,
        once: Option<Idempotency>,
        suspended: Suspended,
    ) -> Result<(TokenView, Secret), TokenError> {
        let now = self.clock.now();
        check(&asked, now)?;
        let secret = secret_text::fresh(secret_text::Kind::Token)?;
        // What `fresh` makes is always the text of a token; were it not, it would be a token that cannot be used.
        let hash = secret_text::hash_of(secret_text::Kind::Token, secret.expose()).ok_or(DbError::NoRandomness)?;
        let NewToken { name, scopes, expires_at } = asked;
        let id = TokenId::new(db::seed(now)?);
        let view = TokenView { id, name, scopes, created_at: now, expires_at, used_at: None, revoked_at: None };

        let mut tx = self.db.begin().await?;
        let row = tx.row(&OWNER, args![person.as_str()]).await?.ok_or(TokenError::NoSuchPerson)?;
        if matches!(suspended, Suspended::Refused) && row.get::<Option<Timestamp>>("suspended_at")?.is_some() {
            return Err(TokenError::Suspended);
        }
        // Such a token would do nothing now, and wake up on the day its owner becomes an administrator.
        if scopes.allow(Scope::Admin) && !row.get::<bool>("administrator")? {
            return Err(TokenError::NotAdministrator);
        }
        if let Some(once) = once
            && let Some(earlier) = once.claim(&mut tx, person, view.id.as_str(), now).await?
        {
            tx.commit().await?;
            return Err(TokenError::MadeBefore { id: earlier.parse().map_err(|_| DbError::NoRow)? });
        }
        let (id, name, scopes) = (view.id.as_str(), view.name.as_str(), scopes.to_string());
        tx.execute(&INSERT, args![id, person.as_str(), name, hash.as_slice(), scopes, now, expires_at]).await?;
        tx.commit().await?;
        Ok((view, secret))
    }

    /// The caller's own tokens, newest first, those that no longer work included. `before` is the last of the page
    /// before.
    pub async fn list_tokens(&self, caller: &Caller, before: Option<&TokenId>, limit: u32) -> Result<Vec<TokenView>, DbError> {
        let rows = self.db.rows(&LIST, args![caller.person().as_str(), before.map(TokenId::as_str), limit]).await?;
        rows.iter().map(TokenView::of_row).collect()
    }

    /// From the moment this returns, the token is refused. Says whether the caller has such a token; one that was
    /// revoked before is simply revoked.
    pub async fn revoke_token(&self, caller: &Caller, token: &TokenId) -> Result<bool, DbError> {
        let mut tx = self.db.begin().await?;
        let found = tx.execute(&REVOKE, args![token.as_str(), caller.person().as_str(), self.clock.now()]).await?;
        tx.commit().await?;
        Ok(found == 1)
    }
}

impl TokenView {
    fn of_row(row: &Row) -> Result<Self, DbError> {
        Ok(Self {
            id: row.parse("id")?,
            name: row.get("name")?,
            scopes: row.parse("scopes")?,
            created_at: row.get("created_at")?,
            expires_at: row.get("expires_at")?,
            used_at: row.get("used_at")?,
            revoked_at: row.get("revoked_at")?,
        })
    }
}

/// What a token may do that somebody gets who asked for these: administration is for administrators.
fn granted(asked: Scopes, is_administrator: bool) -> Scopes {
    let granted: Scopes = asked.iter().filter(|scope| is_administrator || *scope != Scope::Admin).collect();
    if granted.is_empty() { [Scope::Run].into() } else { granted }
}

fn check(asked: &NewToken, now: Timestamp) -> Result<(), TokenError> {
    if !valid_name(&asked.name) {
        return Err(TokenError::InvalidName);
    }
    if asked.scopes.is_empty() {
        return Err(TokenError::NoScope);
    }
    let Some(expires_at) = asked.expires_at else { return Ok(()) };
    let latest = now.plus(LONGEST_LIFE);
    if expires_at <= now {
        return Err(TokenError::AlreadyExpired);
    }
    if expires_at > latest {
        return Err(TokenError::ExpiresTooLate { latest });
    }
    Ok(())
}
