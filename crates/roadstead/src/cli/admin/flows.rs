//! `admin flows`: the work behind the runs.

use crate::cli::exit::Exit;
use crate::cli::session::Session;
use crate::output::{Column, Line, Style, Table, ago};
use flow::FlowRow;
use model::Problem;
use model::id::FlowId;
use model::time::{Clock, SystemClock};
use serde_json::json;

const EXAMPLES: &str = "\
Examples:
  roadstead admin flows --status undo_failed
  roadstead admin flows --retry flw-01k…

A flow in `undo_failed` left something at a service that could not be removed: put right what \
kept it, then retry. A flow in `parked` waits for a gateway of another version.";

/// List the work behind the runs, the newest first.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Flows {
    /// Only those that are so.
    #[arg(long, value_name = "STATUS", value_parser = ["running", "done", "undone", "undo_failed", "parked"])]
    status: Option<String>,

    /// Try the failed undo of this flow again.
    #[arg(long, value_name = "FLOW", conflicts_with = "status")]
    retry: Option<FlowId>,

    /// At most so many.
    #[arg(long, short = 'n', value_name = "NUMBER", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=1000))]
    limit: u32,
}

impl Flows {
    pub async fn carry_out(self, session: &Session) -> Result<Exit, Problem> {
        let client = session.client().await?;
        let output = &session.output;
        if let Some(flow) = &self.retry {
            client.ask(&["admin", "flows", flow.as_str(), "retry"]).await?;
            match output.is_json() {
                true => output.json(&json!({ "id": flow })),
                false => output.line(format!("{flow} is tried again")),
            }
            return Ok(Exit::Success);
        }
        let mut query = vec![("limit", self.limit.to_string())];
        query.extend(self.status.iter().map(|status| ("status", status.clone())));
        let path = ["admin", "flows"];
        let mut pages = client.pages::<FlowRow>(&path, &query);
        let flows = pages.next().await?.unwrap_or_default();
        let has_more = pages.has_more();
        if output.is_json() {
            output.json(&json!({ "items": flows, "next": has_more.then(|| flows.last().map(|flow| flow.id.clone())) }));
        } else if flows.is_empty() {
            output.note("There are no such flows.");
        } else {
            output.table(&table(&flows));
            if has_more {
                output.note(format!("There are more than these {}: see them with --limit.", flows.len()));
            }
        }
        Ok(Exit::Success)
    }
}

fn table(flows: &[FlowRow]) -> Table {
    let now = SystemClock.now();
    let mut table = Table::new([
        Column::fixed("FLOW"),
        Column::flexible("STEP", 14),
        Column::flexible("STATUS", 8),
        Column::number("TRIES"),
        Column::flexible("CHANGED", 8),
        Column::flexible("ERROR", 6),
    ]);
    for flow in flows {
        let style = match flow.status.as_str() {
            "running" => Style::Busy,
            "undo_failed" | "parked" => Style::Bad,
            _ => Style::Plain,
        };
        let error = flow.error.as_ref().map(|problem| problem.detail.clone()).unwrap_or_default();
        table.row([
            flow.id.as_str().into(),
            format!("{}{}", flow.step, if flow.direction < 0 { " (undo)" } else { "" }).into(),
            Line::styled(style, &flow.status),
            flow.tries.to_string().into(),
            ago(flow.updated_at, now).into(),
            error.into(),
        ]);
    }
    table
}
