//! `ps`: the runs.

use super::exit::Exit;
use super::follow::outcome_word;
use super::session::Session;
use crate::output::{Column, Line, Style, Table, ago, lasted};
use model::Problem;
use model::id::TeamId;
use model::run::{Run, State};
use model::time::{Clock, SystemClock};
use serde_json::json;

const EXAMPLES: &str = "\
Examples:
  roadstead ps
  roadstead ps --all --limit 200
  roadstead ps --state failed
  roadstead ps --all --json | jq -r '.items[].id'";

/// List your runs: those that have not ended, the newest first.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Ps {
    /// Also what has ended.
    #[arg(long, short = 'a')]
    all: bool,

    /// Only in this state (planned, provisioning, staging, running, collecting, releasing, ended) or with this
    /// outcome (done, failed, cancelled).
    #[arg(long, value_name = "STATE", value_parser = STATES)]
    state: Option<String>,

    /// Only with exactly this name.
    #[arg(long, value_name = "NAME")]
    name: Option<String>,

    /// Only in the name of this community (VO): everybody's if you manage it, yours otherwise.
    #[arg(long, alias = "vo", value_name = "NAME")]
    community: Option<String>,

    /// What is shared with this team of yours.
    #[arg(long, value_name = "TEAM")]
    team: Option<TeamId>,

    /// At most so many.
    #[arg(long, short = 'n', value_name = "NUMBER", default_value_t = 50)]
    limit: usize,
}

const STATES: [&str; 10] =
    ["planned", "provisioning", "staging", "running", "collecting", "releasing", "ended", "done", "failed", "cancelled"];

impl Ps {
    fn query(&self) -> Vec<(&'static str, String)> {
        let mut query = vec![("limit", self.limit.clamp(1, 100).to_string())];
        match self.state.as_deref() {
            Some(outcome @ ("done" | "failed" | "cancelled")) => query.push(("outcome", outcome.to_owned())),
            Some(state) => query.push(("state", state.to_owned())),
            None if !self.all && self.name.is_none() => query.push(("active", "true".to_owned())),
            None => {}
        }
        query.extend(self.community.iter().map(|name| ("community", name.clone())));
        query.extend(self.team.iter().map(|team| ("team", team.to_string())));
        query.extend(self.name.iter().map(|name| ("name", name.clone())));
        query
    }

    pub async fn carry_out(self, session: &Session) -> Result<Exit, Problem> {
        let client = session.client().await?;
        let query = self.query();
        let mut pages = client.pages::<Run>(&["runs"], &query);
        let mut runs = Vec::new();
        let mut has_more = false;
        while let Some(page) = pages.next().await? {
            runs.extend(page);
            has_more = pages.has_more() || runs.len() > self.limit;
            if runs.len() >= self.limit {
                break;
            }
        }
        runs.truncate(self.limit);
        let output = &session.output;
        if output.is_json() {
            output.json(&json!({ "items": runs, "next": has_more.then(|| runs.last().map(|run| run.id.clone())) }));
        } else if runs.is_empty() {
            output.note(if self.all { "There are no runs." } else { "No such runs. `roadstead ps --all` lists all of yours." });
        } else {
            output.table(&table(&runs, session));
        }
        if has_more && !output.is_json() {
            output.note(format!("There are more than these {}: see them with --limit.", runs.len()));
        }
        Ok(Exit::Success)
    }
}

fn table(runs: &[Run], _session: &Session) -> Table {
    let now = SystemClock.now();
    let columns = [
        Column::fixed("RUN"),
        Column::flexible("NAME", 6),
        Column::flexible("STATE", 12),
        Column::number("DONE"),
        Column::flexible("CREATED", 8),
        Column::flexible("TOOK", 6),
    ];
    let mut table = Table::new(columns);
    for run in runs {
        let took = run.started_at.map(|started| lasted(run.ended_at.unwrap_or(now).since(started))).unwrap_or_default();
        table.row([
            run.id.as_str().into(),
            run.name.as_str().into(),
            state_of(run),
            format!("{}/{}", run.elements.done, run.elements.total).into(),
            ago(run.created_at, now).into(),
            took.into(),
        ]);
    }
    table
}

/// The outcome once there is one, and what makes it otherwise special.
pub fn state_of(run: &Run) -> Line {
    let line = match (run.outcome, run.state, &run.waiting_for) {
        (Some(outcome), _, _) => {
            let (style, word) = outcome_word(Some(outcome));
            Line::styled(style, word)
        }
        (None, State::Planned, None) => Line::styled(Style::Dim, run.state.as_str()),
        (None, _, Some(_)) => Line::styled(Style::Warn, "waiting"),
        (None, state, None) => Line::styled(Style::Busy, state.as_str()),
    };
    match (&run.attention, run.outcome.is_none() && run.cancelling) {
        (Some(_), _) => line.with(Style::Warn, " !"),
        (None, true) => line.with(Style::Dim, " (cancelling)"),
        (None, false) => line,
    }
}
