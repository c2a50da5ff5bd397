//! `quotas`: what one has in flight of what one may have.

use super::exit::Exit;
use super::session::Session;
use crate::output::{Line, Output, Style};
use model::Problem;
use runs::{InFlight, QuotaView};

const EXAMPLES: &str = "\
Examples:
  roadstead quotas
  roadstead quotas --json | jq .runs

A run counts from its place in the queue of a service to its end. What is more than you may \
have at once waits, in the order in which it was asked for.";

/// Show what you have in flight, and may have.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Quotas {}

impl Quotas {
    pub async fn carry_out(self, session: &Session) -> Result<Exit, Problem> {
        let quota: QuotaView = session.client().await?.get(&["me", "quotas"], &[]).await?;
        match session.output.is_json() {
            true => session.output.json(&quota),
            false => show_quota(&session.output, &quota),
        }
        Ok(Exit::Success)
    }
}

/// A line for each thing that is counted.
pub fn show_quota(output: &Output, quota: &QuotaView) {
    output.line(line("runs", &quota.runs));
    output.line(line("cores", &quota.cores));
    output.line(line("accelerators", &quota.accelerators));
    if quota.waiting > 0 {
        output.line(Line::styled(Style::Warn, format!("{} more wait for that", quota.waiting)));
    }
}

fn line<T: std::fmt::Display>(name: &str, part: &InFlight<T>) -> Line {
    let most = part.most.as_ref().map_or_else(|| ", not limited".to_owned(), |most| format!(" of {most}"));
    Line::styled(Style::Dim, format!("{name:<14}")).plain(format!("{}{most}", part.used))
}
