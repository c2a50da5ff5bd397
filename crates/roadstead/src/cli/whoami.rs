//! `whoami`: for whom the gateway takes you, and why.

use super::exit::Exit;
use super::session::Session;
use crate::output::{Line, Style, ago};
use identity::{Membership, Scopes};
use model::id::{PersonId, TokenId};
use model::time::{Clock, SystemClock};
use model::{Problem, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// Show for whom the gateway takes you: person, login services, communities, and how long your token lives.
#[derive(Debug, clap::Args)]
pub struct Whoami {}

#[derive(Serialize, Deserialize)]
pub struct Me {
    pub id: PersonId,
    pub name: String,
    administrator: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<TokenId>,
    pub scopes: Scopes,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_expires_at: Option<Timestamp>,
}

#[derive(Serialize, Deserialize)]
struct Known {
    issuer: String,
    subject: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    email: Option<String>,
}

impl Whoami {
    pub async fn carry_out(self, session: &Session) -> Result<Exit, Problem> {
        let client = session.client().await?;
        let me: Me = client.get(&["me"], &[]).await?;
        let identities: Vec<Known> = client.all(&["identities"], &[]).await?;
        let communities: Vec<Membership> = client.all(&["communities"], &[]).await?;
        let output = &session.output;
        if output.is_json() {
            output.json(&json!({
                "gateway": client.address(), "me": me, "identities": identities, "communities": communities,
            }));
            return Ok(Exit::Success);
        }
        let rank = if me.administrator { ", an administrator" } else { "" };
        output.line(Line::new().with(Style::Strong, &me.name).plain(rank).with(Style::Dim, format!("  {}", me.id)));
        row(session, "gateway", &client.address());
        for known in &identities {
            let email = known.email.as_deref().map(|email| format!(", {email}")).unwrap_or_default();
            row(session, "known as", &format!("{} at {}{email}", known.subject, known.issuer));
        }
        for membership in &communities {
            row(session, "community", &format!("{} ({})", membership.community, membership.role.as_str()));
        }
        let until =
            me.token_expires_at.map_or("without end".to_owned(), |at| format!("until {at} ({})", ago(at, SystemClock.now())));
        let token = me.token.as_ref().map_or("of a login service", TokenId::as_str);
        row(session, "token", &format!("{token}, may {}, {until}", me.scopes));
        Ok(Exit::Success)
    }
}

fn row(session: &Session, name: &str, text: &str) {
    session.output.paragraph(Line::styled(Style::Dim, format!("{name:<11}")).plain(text), 11);
}
