//! `teams`: who may see each other's runs.

use super::exit::Exit;
use super::session::Session;
use crate::output::{Column, Table, ago};
use identity::{NewTeam, TeamMember, TeamView};
use model::Problem;
use model::id::{PersonId, TeamId};
use model::time::{Clock, SystemClock};
use serde::{Deserialize, Serialize};
use serde_json::json;

const EXAMPLES: &str = "\
Examples:
  roadstead teams list
  roadstead teams create survey --community demo.fedcloud.egi.eu
  roadstead teams add team-06gv… per-06gv…
  roadstead run --share-with survey -- python3 find.py
  roadstead ps --team team-06gv…

Managers of a community make teams of its members. What is shared with a team can be read by \
everybody in it: state, logs, outputs, receipt.";

/// List, make and change teams: people who may see each other's runs.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES, arg_required_else_help = true)]
pub struct Teams {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// List the teams that you are in or look after.
    List,
    /// Show a team and who is in it.
    Show { team: TeamId },
    /// Make a team.
    Create {
        name: String,
        /// In this community (VO), which you manage. Without it, across communities: for administrators.
        #[arg(long, alias = "vo", value_name = "NAME")]
        community: Option<String>,
    },
    /// Add people of the community to a team.
    Add {
        team: TeamId,
        #[arg(value_name = "PERSON", required = true)]
        people: Vec<PersonId>,
    },
    /// Remove people from a team; everybody may remove themselves.
    Remove {
        team: TeamId,
        #[arg(value_name = "PERSON", required = true)]
        people: Vec<PersonId>,
    },
    /// Delete a team: what was shared with it is its owners' alone.
    Delete { team: TeamId },
}

#[derive(Serialize, Deserialize)]
struct TeamDetail {
    #[serde(flatten)]
    team: TeamView,
    people: Vec<TeamMember>,
}

impl Teams {
    pub async fn carry_out(self, session: &Session) -> Result<Exit, Problem> {
        let client = session.client().await?;
        let output = &session.output;
        match self.action {
            Action::List => {
                let teams: Vec<TeamView> = client.all(&["teams"], &[]).await?;
                match (output.is_json(), teams.is_empty()) {
                    (true, _) => output.json(&json!({ "items": teams })),
                    (false, true) => output.note("You are in no team, and look after none."),
                    (false, false) => output.table(&table(&teams)),
                }
            }
            Action::Show { team } => {
                let detail: TeamDetail = client.get(&["teams", team.as_str()], &[]).await?;
                match output.is_json() {
                    true => output.json(&detail),
                    false => {
                        output.line(format!(
                            "{} {}",
                            detail.team.name,
                            detail.team.community.as_deref().unwrap_or("across communities")
                        ));
                        output.table(&people_of(&detail.people));
                    }
                }
            }
            Action::Create { name, community } => {
                let made: TeamView = client.post_json(&["teams"], &NewTeam { name, community }).await?;
                match output.is_json() {
                    true => output.json(&made),
                    false => output.line(format!("{} is {}", made.name, made.id)),
                }
            }
            Action::Add { team, people } => {
                for person in &people {
                    client.put(&["teams", team.as_str(), "members", person.as_str()]).await?;
                }
                told(session, &people, "is in it");
            }
            Action::Remove { team, people } => {
                for person in &people {
                    client.delete(&["teams", team.as_str(), "members", person.as_str()]).await?;
                }
                told(session, &people, "is out of it");
            }
            Action::Delete { team } => {
                client.delete(&["teams", team.as_str()]).await?;
                match output.is_json() {
                    true => output.json(&json!({ "deleted": team })),
                    false => output.line(format!("{team} is deleted")),
                }
            }
        }
        Ok(Exit::Success)
    }
}

fn told(session: &Session, people: &[PersonId], what: &str) {
    match session.output.is_json() {
        true => session.output.json(&json!({ "people": people })),
        false => people.iter().for_each(|person| session.output.line(format!("{person} {what}"))),
    }
}

fn table(teams: &[TeamView]) -> Table {
    let mut table = Table::new([
        Column::fixed("TEAM"),
        Column::flexible("NAME", 8),
        Column::flexible("COMMUNITY", 10),
        Column::number("PEOPLE"),
        Column::flexible("YOU", 6),
    ]);
    for team in teams {
        table.row([
            team.id.as_str().into(),
            team.name.as_str().into(),
            team.community.as_deref().unwrap_or("across communities").into(),
            team.members.to_string().into(),
            if team.yours_to_change { "look after it" } else { "are in it" }.into(),
        ]);
    }
    table
}

fn people_of(people: &[TeamMember]) -> Table {
    let now = SystemClock.now();
    let mut table = Table::new([Column::fixed("PERSON"), Column::flexible("NAME", 10), Column::flexible("ADDED", 8)]);
    for member in people {
        table.row([member.person.as_str().into(), member.name.as_str().into(), ago(member.added_at, now).into()]);
    }
    table
}
