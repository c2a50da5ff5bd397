use super::narrow::{Narrow, nothing};
use super::usual::VARIABLES;
use crate::cli::exit::Exit;
use crate::cli::session::Session;
use crate::output::{Column, Table, bytes};
use model::offer::{Placed, Size};
use model::{ByteCount, Problem};
use serde_json::json;

const EXAMPLES: &str = "\
Examples:
  roadstead sizes --cores 8 --gpus 1
  roadstead sizes --site CESGA --community vo.access.egi.eu";

/// List the sizes of machines that you could start, at all sites.
#[derive(Debug, clap::Args)]
#[command(after_help = format!("{EXAMPLES}\n\n{VARIABLES}"))]
pub struct Sizes {
    /// At least so many.
    #[arg(long, value_name = "NUMBER")]
    cores: Option<f64>,

    /// At least so much, like 8GiB.
    #[arg(long, value_name = "BYTES")]
    memory: Option<ByteCount>,

    /// At least so many accelerators (GPUs).
    #[arg(long, visible_alias = "gpus", value_name = "NUMBER")]
    accelerators: Option<u32>,

    /// Also how it is known, and what contradicts it.
    #[arg(long)]
    why: bool,

    #[command(flatten)]
    narrow: Narrow,
}

impl Sizes {
    pub async fn carry_out(self, session: &Session) -> Result<Exit, Problem> {
        let asked = [
            ("cores", self.cores.map(|value| value.to_string())),
            ("memory", self.memory.map(|value| value.to_string())),
            ("accelerators", self.accelerators.map(|value| value.to_string())),
        ];
        let query = asked.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
        let sizes: Vec<Placed<Size>> = self.narrow.list(session, "sizes", query).await?;
        let output = &session.output;
        if output.is_json() {
            output.json(&json!({ "items": sizes, "next": null }));
        } else if sizes.is_empty() {
            nothing(session, "size");
        } else {
            output.table(&table(&sizes));
            if self.why {
                for placed in &sizes {
                    super::images::show_evidence(
                        output,
                        &placed.item.name,
                        &placed.service,
                        &placed.item.facts,
                        &placed.item.conflicts,
                    );
                }
            }
        }
        Ok(Exit::Success)
    }
}

fn table(sizes: &[Placed<Size>]) -> Table {
    let mut table = Table::new([
        Column::flexible("SIZE", 10),
        Column::flexible("SITE", 8),
        Column::flexible("PROJECT", 8),
        Column::number("CORES"),
        Column::number("MEMORY"),
        Column::number("DISK"),
        Column::number("GPUS"),
        Column::flexible("ACCELERATOR", 8),
    ]);
    for placed in sizes {
        let size = &placed.item;
        let disk = if size.from_volume { "volume".to_owned() } else { bytes(size.disk.get()) };
        table.row([
            size.name.as_str().into(),
            placed.site.as_str().into(),
            placed.project.name.as_str().into(),
            size.cores.to_string().into(),
            bytes(size.memory.get()).into(),
            disk.into(),
            size.accelerators.to_string().into(),
            size.accelerator.as_ref().map(in_words).unwrap_or_default().into(),
        ]);
    }
    table
}

fn in_words(accelerator: &model::offer::Accelerator) -> String {
    let memory = accelerator.memory.map(|memory| bytes(memory.get()));
    let words = [accelerator.vendor.clone(), accelerator.model.clone(), memory, Some(kind(accelerator.kind).to_owned())];
    words.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

fn kind(kind: model::offer::AcceleratorKind) -> &'static str {
    use model::offer::AcceleratorKind::{Cyborg, Passthrough, Unknown, Vgpu};
    match kind {
        Passthrough => "(whole)",
        Vgpu => "(part)",
        Cyborg => "(by Cyborg)",
        Unknown => "",
    }
}
