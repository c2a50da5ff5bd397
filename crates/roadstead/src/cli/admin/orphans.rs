//! `admin orphans`: what sites have of ours that no run has.

use crate::cli::exit::Exit;
use crate::cli::session::Session;
use crate::output::{Column, Line, Style, Table};
use model::Problem;
use model::machine::{Orphan, OrphanVerdict};
use serde::{Deserialize, Serialize};

const EXAMPLES: &str = "\
Examples:
  roadstead admin orphans
  roadstead admin orphans --json

Nothing is removed by looking. What a run believes to be gone is removed by the gateway itself, some \
minutes later; what only carries its mark is left for you.";

/// List what sites have of this gateway's that no run has.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Orphans {}

#[derive(Serialize, Deserialize)]
struct Found {
    items: Vec<Orphan>,
    problems: Vec<Problem>,
}

impl Orphans {
    pub async fn carry_out(self, session: &Session) -> Result<Exit, Problem> {
        let (client, output) = (session.client().await?, &session.output);
        let found: Found = client.get(&["admin", "orphans"], &[]).await?;
        match (output.is_json(), found.items.is_empty()) {
            (true, _) => output.json(&found),
            (false, true) => output.note("There is nothing that nobody looks after."),
            (false, false) => output.table(&table(&found.items)),
        }
        if !output.is_json() {
            for problem in &found.problems {
                output.note(Line::styled(Style::Warn, "not looked at: ").plain(&problem.detail));
            }
        }
        Ok(Exit::Success)
    }
}

fn table(orphans: &[Orphan]) -> Table {
    let mut table = Table::new([
        Column::flexible("SERVICE", 8),
        Column::flexible("KIND", 6),
        Column::flexible("IDENTIFIER", 12),
        Column::flexible("RUN", 12),
        Column::flexible("WHAT NOW", 12),
    ]);
    for orphan in orphans {
        let verdict = match orphan.verdict {
            OrphanVerdict::Removed => "is removed",
            OrphanVerdict::TooYoung => "is looked at again",
            OrphanVerdict::Unknown => "is left: nobody knows it",
        };
        table.row([
            orphan.service.as_str().into(),
            orphan.kind.as_str().into(),
            orphan.id.as_str().into(),
            orphan.run.as_str().into(),
            verdict.into(),
        ]);
    }
    table
}
