//! `admin addresses`: who held one, and when.

use crate::cli::exit::Exit;
use crate::cli::session::Session;
use crate::output::{Column, Line, Style, Table};
use model::machine::HeldAddress;
use model::{Problem, Timestamp};
use serde_json::json;
use std::net::IpAddr;

const EXAMPLES: &str = "\
Examples:
  roadstead admin addresses 192.0.2.7
  roadstead admin addresses 192.0.2.7 --at 2026-11-01T12:00:00Z

That you asked is written into the audit.";

/// Show whose machines held an address, and when.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Addresses {
    #[arg(value_name = "ADDRESS")]
    address: IpAddr,

    /// Only who held it at this moment, like 2026-11-01T12:00:00Z.
    #[arg(long, value_name = "TIME")]
    at: Option<Timestamp>,
}

impl Addresses {
    pub async fn carry_out(self, session: &Session) -> Result<Exit, Problem> {
        let (client, output) = (session.client().await?, &session.output);
        let query: Vec<_> = self.at.map(|at| ("at", at.to_string())).into_iter().collect();
        let held: Vec<HeldAddress> = client.all(&["admin", "addresses", &self.address.to_string()], &query).await?;
        match (output.is_json(), held.is_empty()) {
            (true, _) => output.json(&json!({ "items": held, "next": null })),
            (false, true) => output.note("No machine of this gateway held it then, as far as is known."),
            (false, false) => output.table(&table(&held)),
        }
        Ok(Exit::Success)
    }
}

fn table(held: &[HeldAddress]) -> Table {
    let mut table = Table::new([
        Column::flexible("RUN", 12),
        Column::flexible("PERSON", 12),
        Column::flexible("SITE", 8),
        Column::flexible("SERVICE", 8),
        Column::fixed("FROM"),
        Column::fixed("UNTIL"),
    ]);
    for one in held {
        let until = match one.held_until {
            Some(until) => Line::from(until.to_string()),
            None => Line::styled(Style::Good, "now"),
        };
        table.row([
            one.run.as_str().into(),
            one.person.as_str().into(),
            one.site.as_deref().unwrap_or_default().into(),
            one.service.as_str().into(),
            one.held_from.to_string().into(),
            until,
        ]);
    }
    table
}
