//! `tokens`: access for programs.

use super::exit::Exit;
use super::session::Session;
use crate::output::{Column, Line, Style, Table, ago};
use identity::{NewToken, Scope, TokenView};
use model::id::TokenId;
use model::time::{Clock, SystemClock};
use model::{Problem, Span, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::json;

const EXAMPLES: &str = "\
Examples:
  roadstead tokens list
  roadstead tokens create notebook --scope run --lives 30d > ~/.config/roadstead/token
  roadstead tokens revoke tok-01k…

A token can do no more, and lives no longer, than the one it is made with. Its text is \
printed once, alone on standard output, and kept nowhere.";

/// List, make and revoke tokens: access for programs and other computers.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES, arg_required_else_help = true)]
pub struct Tokens {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// List your tokens, those that no longer work included.
    List,
    /// Make a token and print its text.
    Create {
        /// To recognise it by: where it is kept, or what it is for.
        name: String,
        /// What it may do: read, run (also read), admin (everything). May be repeated.
        #[arg(long = "scope", value_name = "SCOPE", required = true, value_delimiter = ',')]
        scopes: Vec<Scope>,
        /// How long it lives, like 12h or 30d. Without it: as long as the token it is made with.
        #[arg(long, value_name = "TIME")]
        lives: Option<Span>,
    },
    /// Make tokens useless, at once.
    Revoke {
        /// Identifiers of tokens (not their texts).
        #[arg(value_name = "TOKEN", required = true)]
        tokens: Vec<TokenId>,
    },
}

/// A new token, with the text that is shown this once.
#[derive(Serialize, Deserialize)]
struct Made {
    #[serde(flatten)]
    token: TokenView,
    secret: String,
}

impl Tokens {
    pub async fn carry_out(self, session: &Session) -> Result<Exit, Problem> {
        let client = session.client().await?;
        let output = &session.output;
        match self.action {
            Action::List => {
                let tokens: Vec<TokenView> = client.all(&["tokens"], &[]).await?;
                match output.is_json() {
                    true => output.json(&json!({ "items": tokens, "next": null })),
                    false => output.table(&table(&tokens)),
                }
            }
            Action::Create { name, scopes, lives } => {
                let expires_at = lives.map(|span| SystemClock.now().plus(span.duration()));
                let asked = NewToken { name, scopes: scopes.into_iter().collect(), expires_at };
                let made: Made = client.post_json(&["tokens"], &asked).await?;
                if output.is_json() {
                    output.json(&made);
                } else {
                    output.line(made.secret.as_str());
                    output.note(format!("This is {}; it is not shown again.", made.token.id));
                }
            }
            Action::Revoke { tokens } => {
                for token in &tokens {
                    client.delete(&["tokens", token.as_str()]).await?;
                    if !output.is_json() {
                        output.line(format!("{token} is revoked"));
                    }
                }
                if output.is_json() {
                    output.json(&json!({ "revoked": tokens }));
                }
            }
        }
        Ok(Exit::Success)
    }
}

fn table(tokens: &[TokenView]) -> Table {
    let now = SystemClock.now();
    let mut table = Table::new([
        Column::fixed("TOKEN"),
        Column::flexible("NAME", 8),
        Column::flexible("SCOPES", 6),
        Column::flexible("USED", 6),
        Column::flexible("STATE", 8),
    ]);
    for token in tokens {
        table.row([
            token.id.as_str().into(),
            token.name.as_str().into(),
            token.scopes.to_string().into(),
            token.used_at.map_or("never".to_owned(), |at| ago(at, now)).into(),
            state(token, now),
        ]);
    }
    table
}

fn state(token: &TokenView, now: Timestamp) -> Line {
    match (token.revoked_at, token.expires_at) {
        (Some(_), _) => Line::styled(Style::Dim, "revoked"),
        (None, Some(at)) if at <= now => Line::styled(Style::Dim, "expired"),
        (None, Some(at)) => Line::styled(Style::Good, "good").plain(format!(", ends {}", ago(at, now))),
        (None, None) => Line::styled(Style::Good, "good"),
    }
}
