//! Tokens of a run's owner, for the servers that its inputs come from.
//!
//! The pilot says which input it is about to fetch, never for whom: whose run it is, which server the input is at, and what
//! that server wants are known here. What is handed out is in the ledger before it is.

use super::enrol::Aboard;
use crate::Runs;
use crate::settings::TokenHost;
use crate::store::{self, edit_run, save_run};
use data::guard::UrlGuard;
use db::{DbError, args, seed};
use delegation::{Need, Pass, Trouble};
use model::Problem;
use model::id::{CredentialId, PersonId};
use model::request::{RunRequest, Source, with_index};
use model::run::{Run, WaitingReason};
use std::collections::BTreeSet;

db::statements! {
    DOC = "SELECT doc FROM run WHERE id = $1";
    HOLDS = "SELECT 1 AS one FROM element WHERE run = $1 AND idx = $2 AND pilot = $3 AND state <> 'ended'";
    REVOKED = "SELECT revoked_at FROM credential
        WHERE run = $1 AND service = $2 AND issuer = $3 AND audience = $4 AND scopes = $5 AND revoked_at IS NOT NULL";
    /// Nothing when it was revoked in the meantime.
    USE = "INSERT INTO credential (id, run, service, issuer, audience, scopes, made_at, used_at, uses, expires_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $7, 1, $8)
        ON CONFLICT (run, service, issuer, audience, scopes) DO UPDATE
            SET used_at = excluded.used_at, uses = credential.uses + 1, expires_at = excluded.expires_at
            WHERE credential.revoked_at IS NULL";
}

impl Runs {
    /// A token for the server of input number `input` of an element that this pilot holds. While the owner has to sign in
    /// first, the run says so. `refused` is the SHA-256 of one that the server did not accept.
    pub async fn pilot_token(
        &self,
        aboard: &Aboard,
        element: u32,
        input: usize,
        refused: Option<[u8; 32]>,
    ) -> Result<Pass, Problem> {
        let (request, wants) = self.wanted(aboard, element, input).await?;
        // The ledger says what the token is, not what was asked for.
        let narrowed = wants.audience.is_some() && self.0.delegation.exchanges(&wants.issuer);
        let scopes = if narrowed { wants.scopes.join(" ") } else { String::new() };
        let audience = wants.audience.as_deref().filter(|_| narrowed).unwrap_or_default();
        let entry = || args![aboard.run.as_str(), aboard.service.as_str(), wants.issuer.as_str(), audience, scopes.as_str()];
        if let Some(row) = self.0.db.row(&REVOKED, entry()).await? {
            return Err(Trouble::Revoked { at: row.get("revoked_at")? }.into());
        }
        let need = Need {
            person: &aboard.person,
            issuer: &wants.issuer,
            audience: wants.audience.as_deref(),
            scopes: &wants.scopes,
            refused,
            to_release: false,
        };
        let pass = match self.0.delegation.token(&need).await {
            Ok(pass) => pass,
            Err(trouble) => {
                let reason = match trouble {
                    Trouble::SignIn { .. } => Some(WaitingReason::SignIn),
                    Trouble::Passing { .. } => Some(WaitingReason::Retry),
                    _ => None,
                };
                let problem = Problem::from(trouble);
                if let Some(reason) = reason {
                    db::again(|| self.waits_for_token(aboard, Some((reason, &problem)))).await?;
                }
                return Err(problem);
            }
        };
        // Other inputs of it may be at servers that want the word of another issuer.
        if self.0.first_refusal(&aboard.person, &request).await.is_none() {
            db::again(|| self.waits_for_token(aboard, None)).await?;
        }
        let now = self.0.now();
        let mut values = vec![db::Value::from(CredentialId::new(seed(now)?).as_str())];
        values.extend(entry());
        values.extend(args![now, pass.expires_at]);
        let mut tx = self.0.db.begin().await?;
        let noted = tx.execute(&USE, values).await?;
        tx.commit().await?;
        if noted == 0 {
            return Err(Trouble::Revoked { at: now }.into());
        }
        Ok(pass)
    }

    async fn wanted(&self, aboard: &Aboard, element: u32, input: usize) -> Result<(RunRequest, TokenHost), Problem> {
        let inner = &self.0;
        let not_there = || Problem::not_found("input that wants a token", &input.to_string());
        let holds = inner.db.row(&HOLDS, args![aboard.run.as_str(), element, aboard.pilot.as_str()]).await?;
        holds.ok_or_else(not_there)?;
        let row = inner.db.row(&store::RUN_REQUEST, args![aboard.run.as_str()]).await?.ok_or(DbError::NoRow)?;
        let (request, _) = store::request_of(&row)?;
        let from = request.inputs.get(input).map(|input| with_index(&input.from, element)).ok_or_else(not_there)?;
        let wants = inner.token_host(&from).cloned().ok_or_else(not_there)?;
        Ok((request, wants))
    }

    /// Lays the waiting over the run, or takes it away; another waiting is nobody's business here.
    async fn waits_for_token(&self, aboard: &Aboard, why: Option<(WaitingReason, &Problem)>) -> Result<(), Problem> {
        let inner = &self.0;
        let changes = |run: &Run| {
            let waits = run.waiting_for.as_ref().map(|waiting| waiting.reason);
            match why {
                None => matches!(waits, Some(WaitingReason::SignIn | WaitingReason::Retry)),
                Some(_) => waits.is_none() && run.outcome.is_none(),
            }
        };
        // Looked at before it is locked: hardly ever is there anything to change.
        let row = inner.db.row(&DOC, args![aboard.run.as_str()]).await?.ok_or(DbError::NoRow)?;
        if !changes(&row.json("doc")?) {
            return Ok(());
        }
        let mut tx = inner.db.begin().await?;
        let mut run = edit_run(&mut tx, &aboard.run).await?;
        if !changes(&run) {
            return Ok(());
        }
        let waiting = why.map(|(reason, problem)| inner.waiting(reason, problem.detail.clone(), &problem.remedy));
        inner.wait_for(&mut tx, &mut run, waiting).await?;
        save_run(&mut tx, &run).await?;
        Ok(tx.commit().await?)
    }
}

impl crate::Inner {
    /// The issuers whose tokens the inputs of this request need, by name.
    pub(crate) fn token_issuers(&self, request: &RunRequest) -> BTreeSet<&str> {
        let hosts = request.inputs.iter().filter_map(|input| self.token_host(&with_index(&input.from, 0)));
        hosts.map(|wants| wants.issuer.as_str()).collect()
    }

    /// Why one of the tokens that the request needs cannot be had until its owner signs in.
    pub(crate) async fn first_refusal(&self, person: &PersonId, request: &RunRequest) -> Option<Problem> {
        for issuer in self.token_issuers(request) {
            // Any other trouble may be over when the input is fetched, and is told then.
            if let Err(trouble @ Trouble::SignIn { .. }) = self.delegation.may_act(person, issuer).await {
                return Some(trouble.into());
            }
        }
        None
    }

    /// What the server of this input wants, if it wants a token at all.
    pub(crate) fn token_host(&self, from: &str) -> Option<&TokenHost> {
        if self.settings.token_hosts.is_empty() {
            return None;
        }
        let Ok(Source::Url(url)) = from.parse::<Source>() else { return None };
        let url = UrlGuard::new(self.settings.allowed_hosts.clone()).admit(&url).ok()?;
        self.settings.token_hosts.iter().find(|wants| wants.host == *url.target())
    }
}
