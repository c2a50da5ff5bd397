//! `admin people`: who there is, and who may not come in.

use crate::cli::exit::Exit;
use crate::cli::session::Session;
use crate::output::{Column, Line, Style, Table, ago};
use identity::PersonView;
use model::Problem;
use model::id::PersonId;
use model::time::{Clock, SystemClock};
use serde_json::json;

const EXAMPLES: &str = "\
Examples:
  roadstead admin people --name smith
  roadstead admin people --suspend per-01k… --because \"a laptop was stolen\"
  roadstead admin people --restore per-01k…

Suspending ends the person's sessions, revokes their tokens and cancels their runs, at once. \
Restoring lets them sign in anew; what ended stays ended.";

/// List people, suspend or restore one.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct People {
    /// Only those with this in their name.
    #[arg(long, value_name = "PART", conflicts_with_all = ["suspend", "restore"])]
    name: Option<String>,

    /// Only those who may not come in.
    #[arg(long, conflicts_with_all = ["suspend", "restore"])]
    suspended: bool,

    /// Keep this person out, from now on.
    #[arg(long, value_name = "PERSON", requires = "because", conflicts_with = "restore")]
    suspend: Option<PersonId>,

    /// Why, in a line, for other administrators; the person is not told.
    #[arg(long, value_name = "TEXT", requires = "suspend")]
    because: Option<String>,

    /// Let this person in again.
    #[arg(long, value_name = "PERSON")]
    restore: Option<PersonId>,
}

impl People {
    pub async fn carry_out(self, session: &Session) -> Result<Exit, Problem> {
        let client = session.client().await?;
        let output = &session.output;
        let changed: Option<(PersonView, &str)> = match (&self.suspend, &self.because, &self.restore) {
            (Some(person), Some(because), _) => {
                let path = ["admin", "people", person.as_str(), "suspend"];
                Some((client.post_json(&path, &json!({ "because": because })).await?, "is suspended"))
            }
            (_, _, Some(person)) => {
                let path = ["admin", "people", person.as_str(), "restore"];
                Some((client.post(&path).await?, "may sign in again"))
            }
            _ => None,
        };
        if let Some((person, what)) = changed {
            match output.is_json() {
                true => output.json(&person),
                false => output.line(format!("{} ({}) {what}", person.name, person.id)),
            }
            return Ok(Exit::Success);
        }
        let mut query = Vec::new();
        query.extend(self.name.map(|name| ("name_contains", name)));
        query.extend(self.suspended.then(|| ("suspended", "true".to_owned())));
        let people: Vec<PersonView> = client.all(&["admin", "people"], &query).await?;
        match (output.is_json(), people.is_empty()) {
            (true, _) => output.json(&json!({ "items": people })),
            (false, true) => output.note("There is nobody like that."),
            (false, false) => output.table(&table(&people)),
        }
        Ok(Exit::Success)
    }
}

fn table(people: &[PersonView]) -> Table {
    let now = SystemClock.now();
    let mut table = Table::new([
        Column::fixed("PERSON"),
        Column::flexible("NAME", 10),
        Column::flexible("LAST SEEN", 8),
        Column::flexible("IS", 8),
    ]);
    for person in people {
        let is = match (&person.suspended_because, person.administrator) {
            (Some(because), _) => Line::styled(Style::Bad, format!("suspended: {because}")),
            (None, true) => "administrator".into(),
            (None, false) => "".into(),
        };
        let seen = person.last_seen_at.map_or_else(|| "never".to_owned(), |at| ago(at, now));
        table.row([person.id.as_str().into(), person.name.as_str().into(), seen.into(), is]);
    }
    table
}
