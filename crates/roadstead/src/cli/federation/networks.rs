use super::narrow::{Narrow, nothing};
use super::usual::VARIABLES;
use crate::cli::exit::Exit;
use crate::cli::session::Session;
use crate::output::{Column, Line, Style, Table};
use model::Problem;
use model::offer::{Confidence, Network, NetworkRole, Placed};
use serde_json::json;

const EXAMPLES: &str = "\
Examples:
  roadstead networks --site CESGA --why
  roadstead networks --role public";

/// List the networks that machines could be attached to, and what each is for.
#[derive(Debug, clap::Args)]
#[command(after_help = format!("{EXAMPLES}\n\n{VARIABLES}"))]
pub struct Networks {
    /// Only those for this: public, pool, private_pool, routed, isolated, unknown.
    #[arg(long, value_name = "ROLE")]
    role: Option<String>,

    /// Also the evidence for each verdict.
    #[arg(long)]
    why: bool,

    #[command(flatten)]
    narrow: Narrow,
}

impl Networks {
    pub async fn carry_out(self, session: &Session) -> Result<Exit, Problem> {
        let query = self.role.map(|role| ("role", role)).into_iter().collect();
        let networks: Vec<Placed<Network>> = self.narrow.list(session, "networks", query).await?;
        let output = &session.output;
        if output.is_json() {
            output.json(&json!({ "items": networks, "next": null }));
        } else if networks.is_empty() {
            nothing(session, "network");
        } else {
            output.table(&table(&networks));
            for placed in networks.iter().filter(|_| self.why) {
                output.line("");
                output.line(Line::styled(Style::Strong, &placed.item.name).with(Style::Dim, format!("  {}", placed.service)));
                for fact in &placed.item.evidence {
                    output.line(Line::new().plain(format!("  {}", fact.value)).with(Style::Dim, format!("  ({})", fact.source)));
                }
            }
        }
        Ok(Exit::Success)
    }
}

fn table(networks: &[Placed<Network>]) -> Table {
    let mut table = Table::new([
        Column::flexible("NETWORK", 10),
        Column::flexible("SITE", 8),
        Column::flexible("PROJECT", 8),
        Column::flexible("FOR", 16),
        Column::flexible("SURE", 7),
        Column::flexible("ADDRESSES", 12),
    ]);
    for placed in networks {
        let network = &placed.item;
        let ranges: Vec<&str> = network.subnets.iter().map(|subnet| subnet.range.as_str()).collect();
        table.row([
            network.name.as_str().into(),
            placed.site.as_str().into(),
            placed.project.name.as_str().into(),
            role(network.role).into(),
            confidence(network.confidence).into(),
            ranges.join(", ").into(),
        ]);
    }
    table
}

fn role(role: NetworkRole) -> &'static str {
    match role {
        NetworkRole::Public => "public addresses, directly",
        NetworkRole::Pool => "public addresses to borrow",
        NetworkRole::PrivatePool => "outside the cloud, not public",
        NetworkRole::Routed => "machines, with a way out",
        NetworkRole::Isolated => "no way out",
        NetworkRole::Unknown => "not known",
    }
}

fn confidence(confidence: Confidence) -> &'static str {
    match confidence {
        Confidence::Certain => "certain",
        Confidence::Likely => "likely",
        Confidence::Guessed => "guessed",
    }
}
