//! Using a refresh token: claimed by one, over all gateways, and replaced by what the issuer answers.

use crate::obtain::{Pass, sign_in};
use crate::{Delegation, Trouble, Why, consent};
use db::args;
use identity::sealing::SealedId;
use issuers::{Issuer, Subject, Tokens};
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// Longer than an issuer is waited for (its description, its answer, its keys) and than the answer is tried to be stored;
/// what a gateway claimed that died with it is free again after this.
const CLAIM_MS: i64 = 60_000;
const STORE_TRIES: u32 = 8;
const PATIENCE: Duration = Duration::from_secs(15);
const LOOK_AGAIN: Duration = Duration::from_millis(100);

db::statements! {
    CLAIM_ROW = "UPDATE consent SET renewing_until = (SELECT now_ms FROM clock) + $3
        WHERE issuer = $1 AND subject = $2 AND refresh IS NOT NULL AND renewing_until <= (SELECT now_ms FROM clock) RETURNING refresh";
    STILL_THERE = "SELECT refresh FROM consent WHERE issuer = $1 AND subject = $2";
    /// Each names the token that was used: whoever signed in again meanwhile, or withdrew, has decided already.
    RENEWED = "UPDATE consent SET refresh = $4, renewing_until = 0, renewed_at = $5, expires_at = coalesce($6, expires_at)
        WHERE issuer = $1 AND subject = $2 AND refresh = $3";
    ENDED = "UPDATE consent SET refresh = NULL, renewing_until = 0, trouble = $4 WHERE issuer = $1 AND subject = $2 AND refresh = $3";
    FREED = "UPDATE consent SET renewing_until = 0 WHERE issuer = $1 AND subject = $2 AND refresh = $3";
}

impl Delegation {
    /// A new access token from the refresh token.
    pub(crate) async fn renew(&self, issuer: &Issuer, subject: &str) -> Result<Pass, Trouble> {
        let sealed = self.claim(issuer, subject).await?;
        let of = Subject::new(subject).map_err(|_| sign_in(issuer, Why::NeverGiven))?;
        let asked = match self.vault.unseal(&sealed, consent::PURPOSE).await {
            Ok(refresh) => issuer.refresh(&refresh, &of).await,
            Err(error) => {
                self.set_free(issuer, subject, &sealed).await?;
                return Err(error.into());
            }
        };
        match asked {
            Ok(refreshed) => {
                let pass = self.store_surely(issuer, subject, &sealed, refreshed.tokens).await?;
                // Whatever is doubtful about the answer: the token that was used is dead, and the next one had to be kept.
                match refreshed.doubt {
                    Some(doubt) => Err(Trouble::of_issuer(issuer.name(), issuer.title(), &doubt)),
                    None => Ok(pass),
                }
            }
            Err(error) => {
                let trouble = Trouble::of_issuer(issuer.name(), issuer.title(), &error);
                match &trouble {
                    Trouble::SignIn { why: Why::Ended(why), .. } => self.end(issuer, subject, &sealed, why).await?,
                    _ => self.set_free(issuer, subject, &sealed).await?,
                }
                Err(trouble)
            }
        }
    }

    async fn claim(&self, issuer: &Issuer, subject: &str) -> Result<SealedId, Trouble> {
        let latest = Instant::now() + PATIENCE;
        loop {
            let mut tx = self.db.begin().await?;
            let claimed = tx.row(&CLAIM_ROW, args![issuer.url(), subject, CLAIM_MS]).await?;
            tx.commit().await?;
            if let Some(row) = claimed {
                return Ok(row.get::<String>("refresh")?.parse()?);
            }
            let row = self.db.row(&STILL_THERE, args![issuer.url(), subject]).await?;
            let there = row.map(|row| row.get::<Option<String>>("refresh")).transpose()?.flatten();
            if there.is_none() {
                return Err(sign_in(issuer, Why::NeverGiven));
            }
            if Instant::now() > latest {
                let why = "another gateway is asking it".to_owned();
                return Err(Trouble::Passing { title: issuer.title().to_owned(), why });
            }
            sleep(LOOK_AGAIN).await;
        }
    }

    /// What the issuer gave exists nowhere else: a database that is away for a moment must not cost somebody's consent.
    async fn store_surely(&self, issuer: &Issuer, subject: &str, used: &SealedId, tokens: Tokens) -> Result<Pass, Trouble> {
        for _ in 1..STORE_TRIES {
            match self.store(issuer, subject, used, tokens.clone()).await {
                Err(Trouble::Db(error)) => tracing::warn!(error, "a renewed consent could not be stored; it is tried again"),
                stored => return stored,
            }
            sleep(Duration::from_secs(2)).await;
        }
        self.store(issuer, subject, used, tokens).await
    }

    async fn store(&self, issuer: &Issuer, subject: &str, used: &SealedId, tokens: Tokens) -> Result<Pass, Trouble> {
        let now = self.clock.now();
        let mut tx = self.db.begin().await?;
        let next = match &tokens.refresh {
            Some(refresh) => self.vault.seal(&mut tx, consent::PURPOSE, refresh).await?,
            None => used.clone(),
        };
        let values = args![issuer.url(), subject, used.as_str(), next.as_str(), now, tokens.refresh_expires_at];
        if tx.execute(&RENEWED, values).await? == 0 {
            let is_gone = tx.row(&STILL_THERE, args![issuer.url(), subject]).await?.is_none();
            drop(tx);
            // Withdrawn while it was renewed: what was revoked then is the token before this one.
            if let Some(refresh) = tokens.refresh.filter(|_| is_gone)
                && let Err(error) = issuer.revoke(&refresh).await
            {
                tracing::info!(issuer = issuer.name(), %error, "a withdrawn consent could not be ended at the issuer");
            }
            return Err(sign_in(issuer, Why::Ended("it was withdrawn or given anew a moment ago".to_owned())));
        }
        if next != *used {
            self.vault.forget(&mut tx, used).await?;
        }
        tx.commit().await?;
        Ok(Pass::new(tokens, now))
    }

    async fn end(&self, issuer: &Issuer, subject: &str, used: &SealedId, why: &str) -> Result<(), Trouble> {
        tracing::info!(issuer = issuer.name(), why, "a consent ended: the person has to sign in again");
        let mut tx = self.db.begin().await?;
        if tx.execute(&ENDED, args![issuer.url(), subject, used.as_str(), why]).await? == 1 {
            self.vault.forget(&mut tx, used).await?;
        }
        Ok(tx.commit().await?)
    }

    async fn set_free(&self, issuer: &Issuer, subject: &str, used: &SealedId) -> Result<(), Trouble> {
        let mut tx = self.db.begin().await?;
        tx.execute(&FREED, args![issuer.url(), subject, used.as_str()]).await?;
        Ok(tx.commit().await?)
    }
}
