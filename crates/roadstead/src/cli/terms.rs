//! `terms`: the terms of use, to read and to accept.

use super::exit::Exit;
use super::session::Session;
use identity::TermsView;
use model::Problem;
use model::time::{Clock, SystemClock};

const EXAMPLES: &str = "\
Examples:
  roadstead terms
  roadstead terms accept
  roadstead terms accept --version 2026-1

A gateway may ask everybody to accept its terms of use before they start anything (RS-2011). \
Each version is accepted once.";

/// Read the terms of use of the gateway, or accept them.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Terms {
    #[command(subcommand)]
    action: Option<Action>,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Accept them.
    Accept {
        /// The version that you have read; the one in force when left out.
        #[arg(long, value_name = "VERSION")]
        version: Option<String>,
    },
}

impl Terms {
    pub async fn carry_out(self, session: &Session) -> Result<Exit, Problem> {
        let client = session.client().await?;
        let output = &session.output;
        let mut terms: TermsView = client.get(&["terms"], &[]).await?;
        let accepts = self.action.is_some();
        if let Some(Action::Accept { version }) = self.action {
            let version = version.unwrap_or(terms.version);
            terms = client.post(&["terms", &version, "accept"]).await?;
        }
        if output.is_json() {
            output.json(&terms);
            return Ok(Exit::Success);
        }
        if !accepts {
            output.document(&terms.text);
        }
        match terms.accepted_at {
            Some(at) => {
                let ago = crate::output::ago(at, SystemClock.now());
                output.note(format!("{}, version {}: you accepted it {ago}.", terms.title, terms.version));
            }
            None => {
                output.note(format!("{}, version {}. `roadstead terms accept` accepts it for you.", terms.title, terms.version))
            }
        }
        Ok(Exit::Success)
    }
}
