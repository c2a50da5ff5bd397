//! `credentials` and `consents`: what runs hold in somebody's name, and what lets them.

use super::exit::Exit;
use super::session::Session;
use crate::output::{Column, Line, Style, Table, ago};
use model::Problem;
use model::Timestamp;
use model::id::RunId;
use model::time::{Clock, SystemClock};
use serde::{Deserialize, Serialize};
use serde_json::json;

const EXAMPLES: &str = "\
Examples:
  roadstead credentials list
  roadstead credentials list --run run-06g… --all
  roadstead credentials revoke crd-06g…

Revoking what a run's own pilot works with (plt-…) ends the run.";

/// See and revoke what your runs were given to act with.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES, arg_required_else_help = true)]
pub struct Credentials {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// List what your runs hold: for whom, until when, when it was last used.
    List {
        /// Only of this run.
        #[arg(long)]
        run: Option<RunId>,
        /// Also what has expired, was revoked or given back.
        #[arg(long)]
        all: bool,
    },
    /// Take credentials from runs, at once.
    Revoke {
        #[arg(value_name = "CREDENTIAL", required = true)]
        credentials: Vec<String>,
    },
}

/// See and withdraw what you let this gateway do for you while you are away.
#[derive(Debug, clap::Args)]
#[command(arg_required_else_help = true)]
pub struct Consents {
    #[command(subcommand)]
    action: ConsentAction,
}

#[derive(Debug, clap::Subcommand)]
enum ConsentAction {
    /// List the login services that let this gateway act for you, and until when.
    List,
    /// Withdraw what you gave by signing in there: runs that need it wait until you sign in again.
    Withdraw {
        /// The short name of the login service.
        issuer: String,
    },
}

#[derive(Serialize, Deserialize)]
struct Credential {
    id: String,
    run: RunId,
    run_name: String,
    service: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    issuer: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    audience: Option<String>,
    scopes: Vec<String>,
    made_at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    used_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    uses: Option<i64>,
    expires_at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ended_at: Option<Timestamp>,
}

#[derive(Serialize, Deserialize)]
struct Consent {
    issuer: String,
    title: String,
    scopes: Vec<String>,
    given_at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    renewed_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    expires_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ended_because: Option<String>,
}

impl Credentials {
    pub async fn carry_out(self, session: &Session) -> Result<Exit, Problem> {
        let client = session.client().await?;
        let output = &session.output;
        match self.action {
            Action::List { run, all } => {
                let mut query = vec![("held", (!all).to_string())];
                query.extend(run.map(|run| ("run", run.to_string())));
                let credentials: Vec<Credential> = client.all(&["credentials"], &query).await?;
                match output.is_json() {
                    true => output.json(&json!({ "items": credentials, "next": null })),
                    false => output.table(&ledger(&credentials)),
                }
            }
            Action::Revoke { credentials } => {
                for credential in &credentials {
                    client.delete(&["credentials", credential]).await?;
                    if !output.is_json() {
                        output.line(format!("{credential} is revoked"));
                    }
                }
                if output.is_json() {
                    output.json(&json!({ "revoked": credentials }));
                }
            }
        }
        Ok(Exit::Success)
    }
}

impl Consents {
    pub async fn carry_out(self, session: &Session) -> Result<Exit, Problem> {
        let client = session.client().await?;
        let output = &session.output;
        match self.action {
            ConsentAction::List => {
                let consents: Vec<Consent> = client.all(&["consents"], &[]).await?;
                match output.is_json() {
                    true => output.json(&json!({ "items": consents, "next": null })),
                    false => output.table(&consents_table(&consents)),
                }
            }
            ConsentAction::Withdraw { issuer } => {
                client.delete(&["consents", &issuer]).await?;
                match output.is_json() {
                    true => output.json(&json!({ "withdrawn": issuer })),
                    false => output.line(format!("{issuer}: withdrawn; runs that need it wait until you sign in there again")),
                }
            }
        }
        Ok(Exit::Success)
    }
}

fn ledger(credentials: &[Credential]) -> Table {
    let now = SystemClock.now();
    let mut table = Table::new([
        Column::fixed("CREDENTIAL"),
        Column::flexible("RUN", 8),
        Column::flexible("AT", 5),
        Column::flexible("FOR", 12),
        Column::flexible("SCOPES", 6),
        Column::flexible("USED", 6),
        Column::flexible("STATE", 8),
    ]);
    for credential in credentials {
        let meant_for = match (&credential.audience, &credential.issuer) {
            (Some(audience), _) => audience.clone(),
            (None, Some(issuer)) => format!("what {issuer} is for"),
            (None, None) => "this gateway".to_owned(),
        };
        table.row([
            credential.id.as_str().into(),
            credential.run_name.as_str().into(),
            credential.service.as_str().into(),
            meant_for.into(),
            credential.scopes.join(" ").into(),
            credential.used_at.map_or("never".to_owned(), |at| ago(at, now)).into(),
            state(credential, now),
        ]);
    }
    table
}

fn state(credential: &Credential, now: Timestamp) -> Line {
    match credential.ended_at {
        Some(_) => Line::styled(Style::Dim, "ended"),
        None if credential.expires_at <= now => Line::styled(Style::Dim, "expired"),
        None => Line::styled(Style::Good, "held").plain(format!(", ends {}", ago(credential.expires_at, now))),
    }
}

fn consents_table(consents: &[Consent]) -> Table {
    let now = SystemClock.now();
    let mut table = Table::new([
        Column::fixed("LOGIN"),
        Column::flexible("NAME", 8),
        Column::flexible("SCOPES", 8),
        Column::flexible("GIVEN", 6),
        Column::flexible("STATE", 10),
    ]);
    for consent in consents {
        let state = match (&consent.ended_because, consent.expires_at) {
            (Some(why), _) => Line::styled(Style::Bad, "ended").plain(format!(": {why}; sign in again")),
            (None, Some(at)) => Line::styled(Style::Good, "given").plain(format!(", ends {}", ago(at, now))),
            (None, None) => Line::styled(Style::Good, "given"),
        };
        table.row([
            consent.issuer.as_str().into(),
            consent.title.as_str().into(),
            consent.scopes.join(" ").into(),
            ago(consent.given_at, now).into(),
            state,
        ]);
    }
    table
}
