//! `communities`: those one is in, and what goes on in those that one manages.

use super::exit::Exit;
use super::quotas::show_quota;
use super::session::Session;
use crate::output::{Column, Style, Table};
use identity::{Member, Membership};
use model::Problem;
use runs::QuotaView;
use serde::{Deserialize, Serialize};
use serde_json::json;

const EXAMPLES: &str = "\
Examples:
  roadstead communities
  roadstead communities demo.fedcloud.egi.eu
  roadstead ps --community demo.fedcloud.egi.eu

What your login service says about your groups makes you a member. Managers see the members of \
their community, its quota, and the runs in its name, which they may cancel.";

/// List your communities (VOs), or look at one that you manage.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Communities {
    /// A community that you manage.
    name: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct CommunityView {
    name: String,
    members: u32,
    quota: QuotaView,
}

impl Communities {
    pub async fn carry_out(self, session: &Session) -> Result<Exit, Problem> {
        let client = session.client().await?;
        let output = &session.output;
        let Some(name) = self.name else {
            let mine: Vec<Membership> = client.all(&["communities"], &[]).await?;
            match (output.is_json(), mine.is_empty()) {
                (true, _) => output.json(&json!({ "items": mine })),
                (false, true) => {
                    output.note("You are in no community here: no login service says so, by the mapping of this gateway.")
                }
                (false, false) => {
                    let mut table = Table::new([
                        Column::flexible("COMMUNITY", 12),
                        Column::fixed("ROLE"),
                        Column::flexible("BY THE WORD OF", 10),
                    ]);
                    for one in &mine {
                        table.row([one.community.as_str().into(), one.role.as_str().into(), one.issuer.as_str().into()]);
                    }
                    output.table(&table);
                }
            }
            return Ok(Exit::Success);
        };
        let view: CommunityView = client.get(&["communities", &name], &[]).await?;
        let members: Vec<Member> = client.all(&["communities", &name, "members"], &[]).await?;
        if output.is_json() {
            output.json(&json!({ "community": view, "members": members }));
            return Ok(Exit::Success);
        }
        show_quota(output, &view.quota);
        let mut table = Table::new([Column::fixed("PERSON"), Column::flexible("NAME", 10), Column::fixed("ROLE")]);
        for member in &members {
            table.row([member.person.as_str().into(), member.name.as_str().into(), member.role.as_str().into()]);
        }
        output.line(crate::output::Line::styled(Style::Dim, format!("{} members", view.members)));
        output.table(&table);
        Ok(Exit::Success)
    }
}
