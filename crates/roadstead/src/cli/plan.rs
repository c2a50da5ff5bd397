//! `plan` and `offers`: where a request could run, and why not elsewhere.

mod shown;

pub use shown::show_plan;

use super::exit::Exit;
use super::federation::usual::{self, VARIABLES};
use super::request::{RequestFlags, build};
use super::session::Session;
use crate::client::Client;
use model::offer::{Plan, Site};
use model::request::RunKind;
use model::{ByteCount, Problem, Span};
use std::path::PathBuf;

const PLAN_EXAMPLES: &str = "\
Examples:
  roadstead plan job.toml
  roadstead plan machine.toml
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
  roadstead offers --cores 16 --memory 128GiB --why
  roadstead offers --gpus 1 --accelerator a100 --os ubuntu:22.04 --public";

/// List what could be had for so many cores, so much memory and so on: places for jobs, and machines.
#[derive(Debug, clap::Args)]
#[command(after_help = format!("{OFFERS_EXAMPLES}\n\n{VARIABLES}"))]
pub struct Offers {
    /// Only places for jobs (batch), or only machines.
    #[arg(long, value_name = "KIND", value_parser = ["batch", "machine"])]
    kind: Option<String>,

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
    #[arg(long, visible_alias = "gpus", value_name = "NUMBER")]
    accelerators: Option<u32>,

    /// Their model or vendor, in any letter case: A100, 'nvidia a100'. Machines only.
    #[arg(long, value_name = "NAME")]
    accelerator: Option<String>,

    /// The memory of each accelerator. Machines only.
    #[arg(long, value_name = "BYTES")]
    accelerator_memory: Option<ByteCount>,

    /// The longest it may take, like 1h30m.
    #[arg(long, value_name = "TIME")]
    walltime: Option<Span>,

    /// The operating system of a machine: ubuntu:22.04, or ubuntu for its newest version.
    #[arg(long, value_name = "SYSTEM")]
    os: Option<String>,

    /// The image of a machine: its identifier or its exact name.
    #[arg(long, value_name = "IMAGE", conflicts_with = "os")]
    image: Option<String>,

    /// Only machines with an address that can be reached from outside.
    #[arg(long)]
    public: bool,

    /// In the name of this community (VO).
    #[arg(long, visible_alias = "vo", value_name = "NAME")]
    community: Option<String>,

    /// Only at this site.
    #[arg(long, value_name = "NAME")]
    site: Option<String>,

    /// Only at this service.
    #[arg(long, value_name = "NAME")]
    service: Option<String>,

    /// Only in this project of a service.
    #[arg(long, value_name = "NAME")]
    project: Option<String>,

    /// How many offers to show, the best first.
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..=1_000))]
    limit: Option<u32>,

    /// How many seconds to wait at most for sites that were not looked at lately.
    #[arg(long, value_name = "SECONDS", default_value_t = 20)]
    wait: u32,

    /// Also every term of each score, and why the other sizes of a place are no offers.
    #[arg(long)]
    why: bool,
}

impl PlanCommand {
    pub async fn carry_out(self, session: &Session) -> Result<Exit, Problem> {
        let request = build(self.file.as_deref(), self.flags, self.command)?;
        let client = session.client().await?;
        if request.kind == RunKind::Machine {
            look_at_sites(&client).await?;
        }
        let plan: Plan = client.post_json(&["plans"], &request).await?;
        Ok(show(session, &plan, true))
    }
}

/// Those that were not looked at lately are, before they are planned with.
pub async fn look_at_sites(client: &Client) -> Result<(), Problem> {
    let _: Vec<Site> = client.all(&["sites"], &[("wait", "20".to_owned())]).await?;
    Ok(())
}

impl Offers {
    pub async fn carry_out(self, session: &Session) -> Result<Exit, Problem> {
        let values = [
            ("kind", self.kind),
            ("cores", self.cores.map(|value| value.to_string())),
            ("memory", self.memory.map(|value| value.to_string())),
            ("disk", self.disk.map(|value| value.to_string())),
            ("accelerators", self.accelerators.map(|value| value.to_string())),
            ("accelerator", self.accelerator),
            ("accelerator_memory", self.accelerator_memory.map(|value| value.to_string())),
            ("walltime", self.walltime.map(|value| value.to_string())),
            ("os", self.os),
            ("image", self.image),
            ("public", self.public.then(|| "true".to_owned())),
            ("community", usual::community(self.community)),
            ("site", usual::site(self.site)),
            ("service", self.service),
            ("project", self.project),
            ("limit", self.limit.map(|value| value.to_string())),
            ("wait", Some(self.wait.to_string())),
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
