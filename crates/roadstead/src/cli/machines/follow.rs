//! Until a machine can be used: it goes on then, and the command does not.

use super::ssh::words;
use crate::cli::exit::Exit;
use crate::cli::session::Session;
use crate::cli::show::describe;
use crate::client::{Client, RunDetail};
use crate::output::{Line, Style, lasted};
use model::Problem;
use model::event::Happening;
use model::machine::Machine;
use model::run::{Run, State};
use std::pin::pin;

pub async fn follow(session: &Session, client: &Client, run: &Run) -> Result<Exit, Problem> {
    let output = &session.output;
    output.note(Line::new().with(Style::Strong, &run.name).plain("  ").with(Style::Dim, run.id.as_str()));
    let mut events = client.follow_run(&run.id);
    let mut interrupted = pin!(tokio::signal::ctrl_c());
    loop {
        let event = tokio::select! {
            event = events.recv() => event,
            _ = &mut interrupted => {
                output.note(format!("Detached: it is made all the same. `roadstead cancel {}` deletes it.", run.id));
                return Ok(Exit::Interrupted);
            }
        };
        match event {
            Some(Err(lost)) => session.find_again(client, lost).await?,
            None => return ended(session, client, run).await,
            Some(Ok(event)) => {
                let since = lasted(event.at.since(run.created_at));
                let is_told = matches!(
                    event.what,
                    Happening::AttemptStarted { .. }
                        | Happening::AttemptEnded { .. }
                        | Happening::Owned { .. }
                        | Happening::Waiting { .. }
                        | Happening::Resumed {}
                        | Happening::Attention { .. }
                );
                if is_told {
                    output.note(Line::styled(Style::Dim, format!("{since:>11}  ")).append(describe(&event.what)));
                }
                if let Happening::State { state: State::Running } = event.what {
                    return ready(session, client, run).await;
                }
            }
        }
    }
}

async fn ready(session: &Session, client: &Client, run: &Run) -> Result<Exit, Problem> {
    let machine: Machine = client.get(&["machines", run.id.as_str()], &[]).await?;
    let output = &session.output;
    if output.is_json() {
        output.json(&machine);
        return Ok(Exit::Success);
    }
    let addresses: Vec<&str> = machine.addresses.iter().map(|one| one.address.as_str()).collect();
    output.note(Line::new().with(Style::Good, "ready").plain(format!(" at {}: {}", machine.site, addresses.join(", "))));
    match words(&machine) {
        Ok(words) => output.line(words.join(" ").as_str()),
        Err(problem) => output.note(Line::styled(Style::Dim, problem.detail)),
    }
    if let Some(at) = machine.ends_at {
        output.note(format!("It is deleted at {at}; `roadstead machines extend {} 8h` keeps it.", run.id));
    }
    Ok(Exit::Success)
}

async fn ended(session: &Session, client: &Client, run: &Run) -> Result<Exit, Problem> {
    let detail: RunDetail = client.get(&["runs", run.id.as_str()], &[]).await?;
    if session.output.is_json() {
        session.output.json(&detail);
    }
    if let Some(cause) = &detail.run.cause {
        session.output.problem(cause);
    }
    Ok(detail.run.outcome.map_or(Exit::Failed, |outcome| Exit::of_outcome(outcome, None)))
}
