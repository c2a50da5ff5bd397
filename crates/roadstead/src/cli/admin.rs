//! `admin`: what an administrator looks after.

mod addresses;
mod audit;
mod flows;
mod mapping;
mod orphans;
mod people;
mod quotas;

use self::addresses::Addresses;
use self::audit::Audit;
use self::flows::Flows;
use self::mapping::Mapping;
use self::orphans::Orphans;
use self::people::People;
use self::quotas::Quotas;
use super::exit::Exit;
use super::session::Session;
use crate::output::{Line, Output, Style};
use model::Problem;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// Look after the gateway. For administrators.
#[derive(Debug, clap::Args)]
#[command(arg_required_else_help = true)]
pub struct Admin {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    People(People),
    Audit(Audit),
    Mapping(Mapping),
    Quotas(Quotas),
    Flows(Flows),
    Orphans(Orphans),
    Addresses(Addresses),
    /// Show how the gateway is.
    Health,
    /// Make a new key for kept secrets, seal them all with it, and forget the old one.
    ///
    /// Nothing is interrupted. Back the new `sealing.key` up; backups of the database from before need the old one.
    Rekey,
}

#[derive(Serialize, Deserialize)]
struct Rekeyed {
    key: String,
    sealed_anew: u64,
}

impl Admin {
    pub async fn carry_out(self, session: &Session) -> Result<Exit, Problem> {
        match self.action {
            Action::People(people) => people.carry_out(session).await,
            Action::Audit(audit) => audit.carry_out(session).await,
            Action::Mapping(mapping) => mapping.carry_out(session).await,
            Action::Quotas(quotas) => quotas.carry_out(session).await,
            Action::Flows(flows) => flows.carry_out(session).await,
            Action::Orphans(orphans) => orphans.carry_out(session).await,
            Action::Addresses(addresses) => addresses.carry_out(session).await,
            Action::Rekey => {
                let client = session.client().await?;
                let done: Rekeyed = client.post_json(&["admin", "rekey"], &json!({})).await?;
                match session.output.is_json() {
                    true => session.output.json(&done),
                    false => session
                        .output
                        .line(format!("The key is {} now; {} secrets were sealed anew.", done.key, done.sealed_anew)),
                }
                Ok(Exit::Success)
            }
            Action::Health => {
                let client = session.client().await?;
                // Whatever the gateway tells of itself; newer ones may tell more.
                let health: Value = client.get(&["admin", "health"], &[]).await?;
                match (session.output.is_json(), &health) {
                    (false, Value::Object(fields)) => show_health(&session.output, fields),
                    _ => session.output.json(&health),
                }
                Ok(Exit::Success)
            }
        }
    }
}

/// A line for each thing it tells, whatever that is: `database_ms` reads "database ms".
fn show_health(output: &Output, health: &Map<String, Value>) {
    let widest = health.keys().map(String::len).max().unwrap_or(0) + 2;
    for (name, value) in health {
        let text = match value {
            Value::String(text) => text.clone(),
            Value::Object(counts) if counts.is_empty() => "none".to_owned(),
            Value::Object(counts) => {
                counts.iter().map(|(name, number)| format!("{number} {name}")).collect::<Vec<_>>().join(", ")
            }
            Value::Number(number) if number.is_f64() => format!("{:.1}", number.as_f64().unwrap_or_default()),
            other => other.to_string(),
        };
        output.paragraph(Line::styled(Style::Dim, format!("{:<widest$}", name.replace('_', " "))).plain(text), widest);
    }
}
