use super::narrow::{Narrow, nothing};
use super::usual::VARIABLES;
use crate::cli::exit::Exit;
use crate::cli::session::Session;
use crate::output::{Column, Line, Output, Style, Table, ago, bytes};
use model::Problem;
use model::offer::{Conflict, Fact, Image, Placed, Standing};
use model::time::{Clock, SystemClock};
use serde_json::json;

const EXAMPLES: &str = "\
Examples:
  roadstead images --os ubuntu:22.04
  roadstead images --site CESGA --all --why";

/// List the images that machines could be started from, at all sites.
#[derive(Debug, clap::Args)]
#[command(after_help = format!("{EXAMPLES}\n\n{VARIABLES}"))]
pub struct Images {
    /// An operating system, like ubuntu or ubuntu:22.04.
    #[arg(long, value_name = "SYSTEM")]
    os: Option<String>,

    /// Those too that nobody is meant to start: superseded, hidden, of others, damaged.
    #[arg(long)]
    all: bool,

    /// Also how it is known, and what contradicts it.
    #[arg(long)]
    why: bool,

    #[command(flatten)]
    narrow: Narrow,
}

impl Images {
    pub async fn carry_out(self, session: &Session) -> Result<Exit, Problem> {
        let mut query: Vec<_> = self.os.map(|os| ("os", os)).into_iter().collect();
        query.extend(self.all.then(|| ("all", "true".to_owned())));
        let images: Vec<Placed<Image>> = self.narrow.list(session, "images", query).await?;
        let output = &session.output;
        if output.is_json() {
            output.json(&json!({ "items": images, "next": null }));
        } else if images.is_empty() {
            nothing(session, "image");
        } else {
            output.table(&table(&images));
            if self.why {
                for placed in &images {
                    show_evidence(output, &placed.item.name, &placed.service, &placed.item.facts, &placed.item.conflicts);
                }
            }
        }
        Ok(Exit::Success)
    }
}

fn table(images: &[Placed<Image>]) -> Table {
    let mut table = Table::new([
        Column::flexible("IMAGE", 16),
        Column::flexible("SITE", 8),
        Column::flexible("SYSTEM", 8),
        Column::flexible("LOGIN", 6),
        Column::number("MIN DISK"),
        Column::number("MIN MEMORY"),
        Column::flexible("MADE", 8),
        Column::flexible("STANDING", 8),
    ]);
    let now = SystemClock.now();
    for placed in images {
        let image = &placed.item;
        let system = image.system.as_ref();
        let system =
            system.map(|system| [Some(system.name.clone()), system.version.clone()].into_iter().flatten().collect::<Vec<_>>());
        table.row([
            image.name.as_str().into(),
            placed.site.as_str().into(),
            system.map(|words| words.join(" ")).unwrap_or_else(|| "?".to_owned()).into(),
            image.login_user.clone().unwrap_or_default().into(),
            bytes(image.min_disk.get()).into(),
            bytes(image.min_memory.get()).into(),
            image.created_at.map(|at| ago(at, now)).unwrap_or_default().into(),
            standing(&image.standing).into(),
        ]);
    }
    table
}

fn standing(standing: &Standing) -> String {
    match standing {
        Standing::Offered => String::new(),
        Standing::Superseded { by } => format!("superseded by {by}"),
        Standing::Hidden => "hidden".to_owned(),
        Standing::Snapshot => "snapshot".to_owned(),
        Standing::Foreign { owner } => format!("of project {owner}"),
        Standing::Unusable { why } => format!("unusable: {why}"),
    }
}

pub fn show_evidence(output: &Output, name: &str, service: &str, facts: &[Fact], conflicts: &[Conflict]) {
    if facts.is_empty() && conflicts.is_empty() {
        return;
    }
    output.line("");
    output.line(Line::styled(Style::Strong, name).with(Style::Dim, format!("  {service}")));
    for fact in facts {
        let line = Line::styled(Style::Dim, format!("  {}: ", fact.name)).plain(&fact.value);
        output.line(line.with(Style::Dim, format!("  ({})", fact.source)));
    }
    for Conflict { about, believed, refuted } in conflicts {
        let said = format!(
            "  {about}: {} says {}, which is not believed: {} says {}",
            refuted.source, refuted.value, believed.source, believed.value
        );
        output.line(Line::styled(Style::Bad, said));
    }
}
