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
use model::id::CredentialId;
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
        let wants = self.wanted(aboard, element, input).await?;
        let scopes = wants.scopes.join(" ");
        let audience = wants.audience.as_deref().unwrap_or_default();
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
        };
        let pass = match self.0.delegation.token(&need).await {
            Ok(pass) => pass,
            Err(trouble) => {
                let needs_sign_in = matches!(trouble, Trouble::SignIn { .. });
                let problem = Problem::from(trouble);
                if needs_sign_in {
                    db::again(|| self.waits_for_sign_in(aboard, Some(&problem))).await?;
                }
                return Err(problem);
            }
        };
        db::again(|| self.waits_for_sign_in(aboard, None)).await?;
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

    async fn wanted(&self, aboard: &Aboard, element: u32, input: usize) -> Result<TokenHost, Problem> {
        let inner = &self.0;
        let not_there = || Problem::not_found("input that wants a token", &input.to_string());
        let holds = inner.db.row(&HOLDS, args![aboard.run.as_str(), element, aboard.pilot.as_str()]).await?;
        holds.ok_or_else(not_there)?;
        let row = inner.db.row(&store::RUN_REQUEST, args![aboard.run.as_str()]).await?.ok_or(DbError::NoRow)?;
        let (request, _) = store::request_of(&row)?;
        let from = request.inputs.get(input).map(|input| with_index(&input.from, element)).ok_or_else(not_there)?;
        inner.token_host(&from).cloned().ok_or_else(not_there)
    }

    /// Lays the waiting over the run, or takes it away; another waiting is nobody's business here.
    async fn waits_for_sign_in(&self, aboard: &Aboard, problem: Option<&Problem>) -> Result<(), Problem> {
        let inner = &self.0;
        let changes = |run: &Run| {
            let waits = run.waiting_for.as_ref().map(|waiting| waiting.reason);
            match problem {
                None => waits == Some(WaitingReason::SignIn),
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
        let waiting = problem.map(|problem| inner.waiting(WaitingReason::SignIn, problem.detail.clone(), &problem.remedy));
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
