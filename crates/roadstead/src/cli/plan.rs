//! `plan` and `offers`: where a request could run, and why not elsewhere.

use super::exit::Exit;
use super::request::{RequestFlags, build};
use super::session::Session;
use crate::output::{Column, Line, Output, Style, Table};
use model::offer::{Offer, Plan};
use model::{ByteCount, Problem, Span};
use std::path::PathBuf;

const PLAN_EXAMPLES: &str = "\
Examples:
  roadstead plan job.toml
  roadstead plan --cores 8 --memory 64GiB -- ./simulate";

/// Say where a request could run, and why not elsewhere. Nothing is started.
#[derive(Debug, clap::Args)]
#[command(after_help = PLAN_EXAMPLES)]
pub struct PlanCommand {
    /// A request: TOML, YAML or JSON.
    file: Option<PathBuf>,

    #[command(flatten)]
    flags: RequestFlags,

    /// The command and its arguments, after `--`.
    #[arg(last = true, value_name = "COMMAND")]
    command: Vec<String>,
}

const OFFERS_EXAMPLES: &str = "\
Examples:
  roadstead offers
  roadstead offers --cores 16 --memory 128GiB --why";

/// List what could be had for so many cores, so much memory and so on.
#[derive(Debug, clap::Args)]
#[command(after_help = OFFERS_EXAMPLES)]
pub struct Offers {
    /// Cores, like 4 or 0.5.
    #[arg(long, value_name = "NUMBER")]
    cores: Option<f64>,

    /// Memory, like 8GiB.
    #[arg(long, value_name = "BYTES")]
    memory: Option<ByteCount>,

    /// Disk, like 100GiB.
    #[arg(long, value_name = "BYTES")]
    disk: Option<ByteCount>,

    /// Accelerators (GPUs).
    #[arg(long, value_name = "NUMBER")]
    accelerators: Option<u32>,

    /// The longest it may take, like 1h30m.
    #[arg(long, value_name = "TIME")]
    walltime: Option<Span>,

    /// Also every term of each score.
    #[arg(long)]
    why: bool,
}

impl PlanCommand {
    pub async fn carry_out(self, session: &Session) -> Result<Exit, Problem> {
        let request = build(self.file.as_deref(), self.flags, self.command)?;
        let client = session.client().await?;
        let plan: Plan = client.post_json(&["plans"], &request).await?;
        Ok(show(session, &plan, true))
    }
}

impl Offers {
    pub async fn carry_out(self, session: &Session) -> Result<Exit, Problem> {
        let values = [
            ("cores", self.cores.map(|value| value.to_string())),
            ("memory", self.memory.map(|value| value.to_string())),
            ("disk", self.disk.map(|value| value.to_string())),
            ("accelerators", self.accelerators.map(|value| value.to_string())),
            ("walltime", self.walltime.map(|value| value.to_string())),
        ];
        let query: Vec<(&str, &str)> = values.iter().filter_map(|(name, value)| Some((*name, value.as_deref()?))).collect();
        let client = session.client().await?;
        let plan: Plan = client.get(&["offers"], &query).await?;
        Ok(show(session, &plan, self.why))
    }
}

/// No offer is an answer, and a bad one.
fn show(session: &Session, plan: &Plan, why: bool) -> Exit {
    match session.output.is_json() {
        true => session.output.json(plan),
        false => show_plan(&session.output, plan, why),
    }
    if plan.offers.is_empty() { Exit::Failed } else { Exit::Success }
}

pub fn show_plan(output: &Output, plan: &Plan, why: bool) {
    if plan.offers.is_empty() {
        output.line(Line::styled(Style::Bad, "No place can run this as asked."));
    } else {
        show_offers(output, &plan.offers, why);
    }
    if !plan.rejections.is_empty() {
        output.line("");
        output.line(Line::styled(Style::Strong, "Not possible"));
        for rejection in &plan.rejections {
            for reason in &rejection.reasons {
                let place = Line::new().plain("  ").plain(&rejection.service).with(Style::Dim, format!(" ({})", rejection.site));
                output.line(place.plain(": ").plain(reason.to_string()));
            }
        }
    }
    for change in &plan.counterfactuals {
        let services = if change.services == 1 { "1 service".to_owned() } else { format!("{} services", change.services) };
        output.line(Line::styled(Style::Dim, "  but ").plain(&change.change).plain(format!(": {services}")));
    }
}

fn show_offers(output: &Output, offers: &[Offer], why: bool) {
    let mut table = Table::new([
        Column::flexible("SERVICE", 10),
        Column::flexible("SITE", 8),
        Column::flexible("SIZE", 8),
        Column::number("CORES"),
        Column::number("MEMORY"),
        Column::number("GPUS"),
        Column::number("SCORE"),
    ]);
    for offer in offers {
        let size = &offer.size;
        table.row([
            offer.service.as_str().into(),
            offer.site.as_str().into(),
            size.name.as_str().into(),
            size.cores.to_string().into(),
            crate::output::bytes(size.memory.get()).into(),
            size.accelerators.to_string().into(),
            format!("{:.2}", offer.score).into(),
        ]);
    }
    output.table(&table);
    if !why {
        return;
    }
    for offer in offers {
        output.line("");
        output.line(Line::styled(Style::Strong, &offer.service));
        for term in &offer.terms {
            output.line(
                Line::new()
                    .plain(format!("  {:>+7.2}  ", term.points))
                    .plain(&term.name)
                    .with(Style::Dim, format!("  {}", term.detail)),
            );
        }
    }
}
