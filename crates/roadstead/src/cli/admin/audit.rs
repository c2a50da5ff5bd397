//! `admin audit`: who did what.

use crate::cli::exit::Exit;
use crate::cli::session::Session;
use crate::output::{Column, Line, Style, Table, ago};
use identity::Entry;
use model::id::PersonId;
use model::time::{Clock, SystemClock};
use model::{Problem, Timestamp};
use serde_json::json;

const EXAMPLES: &str = "\
Examples:
  roadstead admin audit --refused
  roadstead admin audit --person per-01k… --since 2026-11-01T00:00:00Z
  roadstead admin audit --about run-01k…
  roadstead admin audit --export > audit.ndjson

Nothing of the audit can be changed or taken out. It names things by their identifiers and \
holds nothing of what was sent.";

/// Show who changed what or tried to, the newest first.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Audit {
    /// Only what this person did.
    #[arg(long, value_name = "PERSON")]
    person: Option<PersonId>,

    /// Only this operation, as the description of the API names it (suspend_person).
    #[arg(long, value_name = "NAME")]
    operation: Option<String>,

    /// Only what is about the run, person or token of this identifier.
    #[arg(long, value_name = "ID")]
    about: Option<String>,

    /// Only what was refused or failed.
    #[arg(long)]
    refused: bool,

    /// From this moment on, like 2026-11-01T00:00:00Z.
    #[arg(long, value_name = "TIME")]
    since: Option<Timestamp>,

    /// Before this moment.
    #[arg(long, value_name = "TIME")]
    until: Option<Timestamp>,

    /// Print all of it, an entry of JSON to a line.
    #[arg(long, conflicts_with = "limit")]
    export: bool,

    /// At most so many.
    #[arg(long, short = 'n', value_name = "NUMBER", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=1000))]
    limit: u32,
}

impl Audit {
    pub async fn carry_out(self, session: &Session) -> Result<Exit, Problem> {
        let client = session.client().await?;
        let output = &session.output;
        let limit = if self.export { 1_000 } else { self.limit };
        let mut query = vec![("limit", limit.to_string())];
        query.extend(self.person.map(|person| ("person", person.to_string())));
        query.extend(self.operation.map(|operation| ("operation", operation)));
        query.extend(self.about.map(|about| ("about", about)));
        query.extend(self.refused.then(|| ("refused", "true".to_owned())));
        query.extend(self.since.map(|since| ("since", since.to_string())));
        query.extend(self.until.map(|until| ("until", until.to_string())));
        let path = ["admin", "audit"];
        let mut pages = client.pages::<Entry>(&path, &query);
        if self.export {
            while let Some(entries) = pages.next().await? {
                entries.iter().for_each(|entry| output.json_line(entry));
            }
            return Ok(Exit::Success);
        }
        let entries = pages.next().await?.unwrap_or_default();
        let has_more = pages.has_more();
        if output.is_json() {
            output.json(&json!({ "items": entries, "next": has_more.then(|| entries.last().map(|entry| entry.id.clone())) }));
        } else if entries.is_empty() {
            output.note("Nothing of that kind was written down.");
        } else {
            output.table(&table(&entries));
            if has_more {
                output.note(format!("There are more than these {}: see them with --limit, or all with --export.", entries.len()));
            }
        }
        Ok(Exit::Success)
    }
}

fn table(entries: &[Entry]) -> Table {
    let now = SystemClock.now();
    let mut table = Table::new([
        Column::flexible("WHEN", 8),
        Column::flexible("WHO", 10),
        Column::flexible("WHAT", 12),
        Column::flexible("ABOUT", 10),
        Column::flexible("FROM", 9),
        Column::flexible("RESULT", 8),
    ]);
    for entry in entries {
        let who = entry.person.as_ref().map_or("a stranger", PersonId::as_str);
        let result = match (&entry.code, entry.allowed) {
            (_, true) => Line::styled(Style::Good, "done"),
            (Some(code), false) => Line::styled(Style::Bad, code.to_string()),
            (None, false) => Line::styled(Style::Bad, entry.status.to_string()),
        };
        let unseen = if entry.unseen > 0 { format!(" (and {} more)", entry.unseen) } else { String::new() };
        table.row([
            ago(entry.at, now).into(),
            who.into(),
            format!("{}{unseen}", entry.operation).into(),
            entry.about.as_str().into(),
            entry.address.clone().unwrap_or_default().into(),
            result,
        ]);
    }
    table
}
