use crate::cli::exit::Exit;
use crate::cli::session::Session;
use crate::output::{Column, Line, Output, Style, Table, ago, bytes};
use model::Problem;
use model::offer::Service;
use model::time::{Clock, SystemClock};
use serde_json::json;

const EXAMPLES: &str = "\
Examples:
  roadstead services
  roadstead services local";

/// List the services of all sites; of one that is named, everything that is known.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Services {
    /// Only this service, with its facts and how they are known.
    #[arg(value_name = "SERVICE")]
    service: Option<String>,
}

impl Services {
    pub async fn carry_out(self, session: &Session) -> Result<Exit, Problem> {
        let client = session.client().await?;
        let mut services: Vec<Service> = client.all(&["services"], &[]).await?;
        let output = &session.output;
        if let Some(name) = &self.service {
            services.retain(|service| service.name == *name);
            if services.is_empty() {
                return Err(Problem::not_found("service", name));
            }
        }
        if output.is_json() {
            output.json(&json!({ "items": services, "next": null }));
        } else if self.service.is_some() {
            services.iter().for_each(|service| show_service(output, service));
        } else if services.is_empty() {
            output.note("This gateway has no services.");
        } else {
            output.table(&table(&services));
        }
        Ok(Exit::Success)
    }
}

fn table(services: &[Service]) -> Table {
    let mut table = Table::new([
        Column::flexible("SERVICE", 10),
        Column::flexible("SITE", 8),
        Column::flexible("DRIVER", 6),
        Column::number("CORES"),
        Column::number("MEMORY"),
        Column::number("GPUS"),
        Column::number("USED"),
        Column::number("RUNNING"),
        Column::number("WAITING"),
    ]);
    for service in services {
        let most = |of: fn(&model::offer::Size) -> f64| service.sizes.iter().map(of).fold(0.0, f64::max);
        let memory = service.sizes.iter().map(|size| size.memory.get()).max().unwrap_or(0);
        let gpus = service.sizes.iter().map(|size| size.accelerators).max().unwrap_or(0);
        table.row([
            service.name.as_str().into(),
            service.site.as_str().into(),
            service.driver.as_str().into(),
            most(|size| size.cores).to_string().into(),
            bytes(memory).into(),
            gpus.to_string().into(),
            service.usage.cores_used.to_string().into(),
            service.usage.running.to_string().into(),
            service.usage.waiting.to_string().into(),
        ]);
    }
    table
}

fn show_service(output: &Output, service: &Service) {
    output.line(
        Line::styled(Style::Strong, &service.name)
            .plain(" at ")
            .plain(&service.site)
            .plain(" (")
            .plain(&service.driver)
            .plain(")"),
    );
    for size in &service.sizes {
        let up_to = if size.divisible { "up to " } else { "" };
        let what = format!(
            "{up_to}{} cores, {} memory, {} disk, {} accelerators",
            size.cores,
            bytes(size.memory.get()),
            bytes(size.disk.get()),
            size.accelerators
        );
        output.line(Line::new().plain("  ").with(Style::Dim, &size.name).plain("  ").plain(what));
    }
    let engines = if service.container_engines.is_empty() { "none".to_owned() } else { service.container_engines.join(", ") };
    output.line(Line::styled(Style::Dim, "  container engines: ").plain(engines));
    output.line(Line::styled(Style::Dim, "  looked at: ").plain(ago(service.seen_at, SystemClock.now())));
    for fact in &service.facts {
        let line = Line::styled(Style::Dim, format!("  {}: ", fact.name)).plain(&fact.value);
        output.line(line.with(Style::Dim, format!("  ({})", fact.source)));
    }
}
