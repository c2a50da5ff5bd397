//! `cancel`, `retry`, `delete`.

use super::exit::Exit;
use super::select;
use super::session::Session;
use crate::output::{Line, Style};
use model::Problem;
use model::run::Run;

/// End a run, or one element of it. What has ended already keeps its result.
#[derive(Debug, clap::Args)]
pub struct Cancel {
    /// Identifiers, their beginnings, or names (the newest of that name).
    #[arg(value_name = "RUN", required = true)]
    runs: Vec<String>,

    /// Only this element of an array.
    #[arg(long, value_name = "INDEX")]
    element: Option<u32>,
}

/// Execute again what failed or was cancelled.
#[derive(Debug, clap::Args)]
pub struct Retry {
    /// An identifier, its beginning, or a name (the newest of that name).
    #[arg(value_name = "RUN")]
    run: String,

    /// Only this element of an array. May be repeated.
    #[arg(long = "element", value_name = "INDEX")]
    elements: Vec<u32>,
}

/// Forget a run that has ended, with its logs and outputs.
#[derive(Debug, clap::Args)]
pub struct Delete {
    /// Identifiers, their beginnings, or names (the newest of that name).
    #[arg(value_name = "RUN", required = true)]
    runs: Vec<String>,
}

impl Cancel {
    pub async fn carry_out(self, session: &Session) -> Result<Exit, Problem> {
        let client = session.client().await?;
        for text in &self.runs {
            let run = select::find_run(&client, text).await?;
            let asked = act(&client, &run, self.element, "cancel").await?;
            let word = if asked.outcome.is_some() { "has ended already" } else { "is being cancelled" };
            tell(session, &asked, self.element.as_slice(), word);
        }
        Ok(Exit::Success)
    }
}

impl Retry {
    pub async fn carry_out(self, session: &Session) -> Result<Exit, Problem> {
        let client = session.client().await?;
        let run = select::find_run(&client, &self.run).await?;
        let path = ["runs", run.id.as_str(), "retry"];
        let asked: Run = match self.elements.as_slice() {
            [] => client.post(&path).await?,
            elements => client.post_json(&path, &serde_json::json!({ "elements": elements })).await?,
        };
        tell(session, &asked, &self.elements, "is executed again");
        Ok(Exit::Success)
    }
}

impl Delete {
    pub async fn carry_out(self, session: &Session) -> Result<Exit, Problem> {
        let client = session.client().await?;
        for text in &self.runs {
            let run = select::find_run(&client, text).await?;
            client.delete(&["runs", run.id.as_str()]).await?;
            tell(session, &run, &[], "is deleted");
        }
        Ok(Exit::Success)
    }
}

async fn act(client: &crate::client::Client, run: &Run, element: Option<u32>, what: &str) -> Result<Run, Problem> {
    match element.map(|index| index.to_string()) {
        Some(index) => client.post(&["runs", run.id.as_str(), "elements", &index, what]).await,
        None => client.post(&["runs", run.id.as_str(), what]).await,
    }
}

fn tell(session: &Session, run: &Run, elements: &[u32], what: &str) {
    if session.output.is_json() {
        session.output.json(run);
        return;
    }
    let elements = match elements {
        [] => String::new(),
        [index] => format!(" element {index}"),
        many => format!(", {} elements,", many.len()),
    };
    let line = Line::styled(Style::Strong, &run.name).plain(elements).plain(" ").plain(what).plain("  ");
    session.output.line(line.with(Style::Dim, run.id.as_str()));
}
