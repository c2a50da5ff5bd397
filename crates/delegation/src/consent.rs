//! What people let this gateway do for them: given by signing in, seen, withdrawn.

use crate::{Delegation, Trouble};
use db::{DbError, Row, args};
use identity::Admitted;
use issuers::Tokens;
use model::Timestamp;
use model::id::PersonId;
use serde::Serialize;

pub(crate) const PURPOSE: &str = "refresh";

db::statements! {
    BEFORE = "SELECT refresh FROM consent WHERE issuer = $1 AND subject = $2";
    GIVE = "INSERT INTO consent (issuer, subject, person, refresh, scopes, given_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
        ON CONFLICT (issuer, subject) DO UPDATE SET person = excluded.person, refresh = excluded.refresh, scopes = excluded.scopes,
            given_at = excluded.given_at, renewed_at = NULL, expires_at = excluded.expires_at, renewing_until = 0, trouble = NULL";
    LIST = "SELECT issuer, scopes, given_at, renewed_at, expires_at, refresh, trouble FROM consent WHERE person = $1 ORDER BY issuer, subject";
    WITHDRAW = "DELETE FROM consent WHERE person = $1 AND issuer = $2 RETURNING subject, refresh";
    ALL = "SELECT DISTINCT issuer FROM consent";
    DROP_ISSUER = "DELETE FROM consent WHERE issuer = $1 RETURNING refresh";
}

/// What this gateway may do in somebody's name, while they are away.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct Consent {
    /// The name of the issuer.
    pub issuer: String,
    pub title: String,
    pub scopes: Vec<String>,
    pub given_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub renewed_at: Option<Timestamp>,
    /// When it ends if it is not used before, where the issuer says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// Why it is over: to be given again by signing in there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended_because: Option<String>,
}

impl Delegation {
    /// Somebody signed in. Without a refresh token nothing changes: what was given before still holds.
    pub async fn keep(&self, admitted: &Admitted, tokens: &Tokens) -> Result<(), Trouble> {
        let Some(refresh) = &tokens.refresh else { return Ok(()) };
        let (issuer, subject) = (admitted.issuer(), admitted.subject());
        let mut tx = self.db.begin().await?;
        // First, since it takes a row that everybody who replaces a token holds: what is read after it is what there is.
        let sealed = self.vault.seal(&mut tx, PURPOSE, refresh).await?;
        let before = tx.row(&BEFORE, args![issuer, subject]).await?;
        let before = before.map(|row| row.get::<Option<String>>("refresh")).transpose()?.flatten();
        let (person, scopes) = (admitted.person.as_str(), tokens.scopes.join(" "));
        let values = args![issuer, subject, person, sealed.as_str(), scopes, self.clock.now(), tokens.refresh_expires_at];
        tx.execute(&GIVE, values).await?;
        if let Some(before) = before {
            // It is not revoked at the issuer: some of them end all that this gateway has of the person with it.
            self.vault.forget(&mut tx, &before.parse()?).await?;
        }
        tx.commit().await?;
        self.slots.forget(issuer, subject);
        Ok(())
    }

    pub async fn consents(&self, person: &PersonId) -> Result<Vec<Consent>, DbError> {
        let rows = self.db.rows(&LIST, args![person.as_str()]).await?;
        rows.iter().filter_map(|row| self.view(row).transpose()).collect()
    }

    /// None for an issuer that is not trusted any more.
    fn view(&self, row: &Row) -> Result<Option<Consent>, DbError> {
        let Some(issuer) = self.issuers.by_url(&row.get::<String>("issuer")?) else { return Ok(None) };
        Ok(Some(Consent {
            issuer: issuer.name().to_owned(),
            title: issuer.title().to_owned(),
            scopes: row.get::<String>("scopes")?.split(' ').filter(|scope| !scope.is_empty()).map(str::to_owned).collect(),
            given_at: row.get("given_at")?,
            renewed_at: row.get("renewed_at")?,
            expires_at: row.get("expires_at")?,
            ended_because: row.get("trouble")?,
        }))
    }

    /// Forgets it here, then ends it at the issuer. Says whether there was any; an issuer that cannot be told is no
    /// error, since nothing here can use the token any more.
    pub async fn withdraw(&self, person: &PersonId, issuer_name: &str) -> Result<bool, Trouble> {
        let Some(issuer) = self.issuers.by_name(issuer_name) else { return Ok(false) };
        let mut secrets = Vec::new();
        let mut tx = self.db.begin().await?;
        let rows = tx.rows(&WITHDRAW, args![person.as_str(), issuer.url()]).await?;
        for row in &rows {
            self.slots.forget(issuer.url(), &row.get::<String>("subject")?);
            if let Some(sealed) = row.get::<Option<String>>("refresh")? {
                match self.vault.take(&mut tx, &sealed.parse()?, PURPOSE).await? {
                    Ok(secret) => secrets.push(secret),
                    Err(error) => {
                        tracing::warn!(%error, "a withdrawn consent could not be opened, so it is not ended at the issuer")
                    }
                }
            }
        }
        tx.commit().await?;
        for secret in secrets {
            if let Err(error) = issuer.revoke(&secret).await {
                tracing::info!(issuer = issuer.name(), %error, "a withdrawn consent could not be ended at the issuer");
            }
        }
        Ok(!rows.is_empty())
    }

    /// Forgets what was given at issuers that are not trusted any more.
    pub async fn forget_untrusted(&self) -> Result<(), Trouble> {
        let mut tx = self.db.begin().await?;
        for row in tx.rows(&ALL, args![]).await? {
            let issuer: String = row.get("issuer")?;
            if self.issuers.by_url(&issuer).is_some() {
                continue;
            }
            for row in tx.rows(&DROP_ISSUER, args![issuer.as_str()]).await? {
                if let Some(sealed) = row.get::<Option<String>>("refresh")? {
                    self.vault.forget(&mut tx, &sealed.parse()?).await?;
                }
            }
        }
        Ok(tx.commit().await?)
    }
}
