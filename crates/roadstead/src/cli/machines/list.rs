use crate::cli::exit::Exit;
use crate::cli::session::Session;
use crate::output::{Column, Line, Style, Table, ago, lasted};
use model::machine::{Machine, MachineStatus, Neighbour};
use model::time::{Clock, SystemClock};
use model::{Problem, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::json;

#[derive(Debug, clap::Args)]
pub struct List {
    /// All servers in the projects where you may work, also those of others.
    #[arg(long, short = 'a', conflicts_with_all = ["gone", "community"])]
    all: bool,

    /// Also those that are gone.
    #[arg(long)]
    gone: bool,

    /// All of this community (VO), if you manage it.
    #[arg(long, alias = "vo", value_name = "NAME")]
    community: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct Neighbours {
    items: Vec<Neighbour>,
    problems: Vec<Problem>,
}

impl List {
    pub async fn carry_out(self, session: &Session) -> Result<Exit, Problem> {
        let (client, output) = (session.client().await?, &session.output);
        if self.all {
            super::super::plan::look_at_sites(&client).await?;
            let found: Neighbours = client.get(&["neighbours"], &[]).await?;
            match (output.is_json(), found.items.is_empty()) {
                (true, _) => output.json(&found),
                (false, true) => output.note("There is no server in your projects."),
                (false, false) => output.table(&of_all(&found.items)),
            }
            if !output.is_json() {
                for problem in &found.problems {
                    output.note(Line::styled(Style::Warn, "not listed: ").plain(&problem.detail));
                }
            }
            return Ok(Exit::Success);
        }
        let mut query: Vec<_> = self.gone.then(|| ("gone", "true".to_owned())).into_iter().collect();
        query.extend(self.community.map(|name| ("community", name)));
        let machines: Vec<Machine> = client.all(&["machines"], &query).await?;
        match (output.is_json(), machines.is_empty()) {
            (true, _) => output.json(&json!({ "items": machines, "next": null })),
            (false, true) => output.note("You have no machine. `roadstead run --kind machine --help` says how to get one."),
            (false, false) => output.table(&table(&machines)),
        }
        Ok(Exit::Success)
    }
}

fn table(machines: &[Machine]) -> Table {
    let now = SystemClock.now();
    let any_pilot = machines.iter().any(|machine| machine.pilot.is_some());
    let mut columns = vec![
        Column::fixed("RUN"),
        Column::flexible("NAME", 6),
        Column::flexible("STATUS", 8),
        Column::flexible("SITE", 6),
        Column::flexible("SIZE", 6),
        Column::flexible("ADDRESS", 10),
        Column::flexible("ENDS", 8),
    ];
    columns.extend(any_pilot.then(|| Column::flexible("PILOT", 8)));
    let mut table = Table::new(columns);
    for machine in machines {
        let mut cells: Vec<Line> = vec![
            machine.run.as_str().into(),
            machine.name.as_str().into(),
            status(machine.status),
            machine.site.as_str().into(),
            machine.size.as_str().into(),
            machine.best_address().map(|best| best.address.clone()).unwrap_or_default().into(),
            ends(machine, now).into(),
        ];
        let state = machine.pilot.as_ref().map_or("", |pilot| pilot.state.as_str());
        cells.extend(any_pilot.then(|| state.into()));
        table.row(cells);
    }
    table
}

fn ends(machine: &Machine, now: Timestamp) -> String {
    match machine.ends_at {
        Some(at) if machine.status != MachineStatus::Gone => format!("in {}", lasted(at.since(now))),
        _ => String::new(),
    }
}

pub fn status(status: MachineStatus) -> Line {
    let style = match status {
        MachineStatus::Active => Style::Good,
        MachineStatus::Error => Style::Bad,
        MachineStatus::Building | MachineStatus::Changing | MachineStatus::Resizing | MachineStatus::Deleting => Style::Busy,
        MachineStatus::Stopped | MachineStatus::Gone | MachineStatus::Unknown => Style::Dim,
    };
    Line::styled(style, status.as_str())
}

fn of_all(servers: &[Neighbour]) -> Table {
    let now = SystemClock.now();
    let mut table = Table::new([
        Column::flexible("SITE", 6),
        Column::flexible("PROJECT", 8),
        Column::flexible("SERVER", 12),
        Column::flexible("STATUS", 8),
        Column::flexible("ADDRESSES", 10),
        Column::flexible("MADE", 8),
        Column::flexible("RUN", 8),
    ]);
    for server in servers {
        table.row([
            server.site.as_str().into(),
            server.project.name.as_str().into(),
            server.name.as_str().into(),
            status(server.status),
            server.addresses.join(", ").into(),
            server.created_at.map(|at| ago(at, now)).unwrap_or_default().into(),
            server.run.as_ref().map_or("of others", |run| run.as_str()).into(),
        ]);
    }
    table
}
