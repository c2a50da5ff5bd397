//! `admin quotas`: how much people and communities may have in flight.

use crate::cli::exit::Exit;
use crate::cli::quotas::show_quota;
use crate::cli::session::Session;
use crate::output::{Column, Table};
use model::Problem;
use model::id::PersonId;
use runs::{Decided, InFlight, Quota, QuotaView};
use serde_json::json;

const EXAMPLES: &str = "\
Examples:
  roadstead admin quotas
  roadstead admin quotas --person per-06gv… --runs 200 --cores 64
  roadstead admin quotas --community demo.fedcloud.egi.eu --accelerators 8
  roadstead admin quotas --person per-06gv… --as-for-all

What is left out is as for all, which the configuration says (`[quotas]`). What is in flight \
goes on, also when it is more.";

/// List who has what in flight, or decide what somebody may have.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Quotas {
    /// Decide for this person.
    #[arg(long, value_name = "PERSON", group = "holder")]
    person: Option<PersonId>,

    /// Decide for this community (VO), for all runs in its name together.
    #[arg(long, alias = "vo", value_name = "NAME", group = "holder")]
    community: Option<String>,

    /// So many runs at once.
    #[arg(long, value_name = "NUMBER", requires = "holder")]
    runs: Option<u32>,

    /// So many cores.
    #[arg(long, value_name = "NUMBER", requires = "holder")]
    cores: Option<f64>,

    /// So many accelerators.
    #[arg(long, value_name = "NUMBER", requires = "holder")]
    accelerators: Option<u32>,

    /// Nothing of their own any more.
    #[arg(long, requires = "holder", conflicts_with_all = ["runs", "cores", "accelerators"])]
    as_for_all: bool,
}

impl Quotas {
    pub async fn carry_out(self, session: &Session) -> Result<Exit, Problem> {
        let client = session.client().await?;
        let output = &session.output;
        let decided = Quota { runs: self.runs, cores: self.cores, accelerators: self.accelerators };
        let says_something = decided != Quota::default() || self.as_for_all;
        let holder = match (&self.person, &self.community) {
            (Some(person), _) => Some(("people", person.as_str())),
            (None, Some(community)) => Some(("communities", community.as_str())),
            (None, None) => None,
        };
        let Some((kind, name)) = holder else {
            let all: Vec<Decided> = client.all(&["admin", "quotas"], &[]).await?;
            match (output.is_json(), all.is_empty()) {
                (true, _) => output.json(&json!({ "items": all })),
                (false, true) => output.note("Nobody has anything in flight, and nothing was decided for anybody."),
                (false, false) => output.table(&table(&all)),
            }
            return Ok(Exit::Success);
        };
        if !says_something {
            let detail = "It is not said how much.";
            let remedy = "Say --runs, --cores, --accelerators, or --as-for-all.";
            return Err(Problem::new(model::Code::UsageWrong, detail, remedy));
        }
        let view: QuotaView = client.put_json(&["admin", "quotas", kind, name], &decided).await?;
        match output.is_json() {
            true => output.json(&view),
            false => show_quota(output, &view),
        }
        Ok(Exit::Success)
    }
}

fn table(all: &[Decided]) -> Table {
    let mut table = Table::new([
        Column::flexible("WHOSE", 12),
        Column::flexible("NAME", 8),
        Column::number("RUNS"),
        Column::number("CORES"),
        Column::number("ACCELERATORS"),
        Column::number("WAITING"),
    ]);
    for one in all {
        let whose = one.person.as_deref().or(one.community.as_deref()).unwrap_or_default();
        table.row([
            whose.into(),
            one.name.as_deref().unwrap_or_default().into(),
            part(&one.view.runs).into(),
            part(&one.view.cores).into(),
            part(&one.view.accelerators).into(),
            one.view.waiting.to_string().into(),
        ]);
    }
    table
}

fn part<T: std::fmt::Display>(part: &InFlight<T>) -> String {
    part.most.as_ref().map_or_else(|| part.used.to_string(), |most| format!("{}/{most}", part.used))
}
