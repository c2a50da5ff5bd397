//! `logs`: what the command of a run wrote.

mod tail;

use super::exit::Exit;
use super::select;
use super::session::Session;
use crate::client::{Client, LogReader, Stream};
use model::run::Run;
use model::{Code, Problem};

const EXAMPLES: &str = "\
Examples:
  roadstead logs -f simulate
  roadstead logs run-01k… --stderr --tail 20
  roadstead logs -f --tail 5 simulate
  roadstead logs find --element 2 > element-2.log

On a terminal, control sequences other than colours are shown, not obeyed. A file or a pipe \
gets the bytes as they were written.";

/// Show what the command of a run writes (its standard output).
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Logs {
    /// An identifier, its beginning, or a name (the newest of that name).
    #[arg(value_name = "RUN")]
    run: String,

    /// Go on until it has ended.
    #[arg(long, short = 'f')]
    follow: bool,

    /// Which element of an array.
    #[arg(long, value_name = "INDEX")]
    element: Option<u32>,

    /// Its standard error instead.
    #[arg(long)]
    stderr: bool,

    /// Begin with the last N lines of what is there.
    #[arg(long, value_name = "N")]
    tail: Option<usize>,
}

impl Logs {
    pub async fn carry_out(self, session: &Session) -> Result<Exit, Problem> {
        let client = session.client().await?;
        let run = select::find_run(&client, &self.run).await?;
        let element = chosen(&run, self.element)?;
        let stream = if self.stderr { Stream::Stderr } else { Stream::Stdout };
        let from = match self.tail {
            Some(lines) => tail::find(|from| client.log(&run.id, element, stream, from, false), lines).await?,
            None => 0,
        };
        let mut log = client.log(&run.id, element, stream, from, self.follow);
        show_all(session, &client, &mut log).await?;
        if log.is_truncated() {
            session.output.note("The command wrote more than is kept; this is the beginning.");
        }
        Ok(Exit::Success)
    }
}

fn chosen(run: &Run, element: Option<u32>) -> Result<u32, Problem> {
    match (element, run.elements.total) {
        (Some(element), _) => Ok(element),
        (None, 1) => Ok(0),
        (None, total) => Err(Problem::new(
            Code::UsageWrong,
            format!("{} is an array of {total} elements, each with a log of its own.", run.name),
            format!("Say which: roadstead logs {} --element 0", run.id),
        )),
    }
}

async fn show_all(session: &Session, client: &Client, log: &mut LogReader) -> Result<(), Problem> {
    let mut filter = session.output.log_filter(false);
    loop {
        match log.next().await {
            Ok(Some(piece)) => session.output.log(false, &filter.pass(&piece)),
            Ok(None) => break,
            Err(lost) => session.find_again(client, lost).await?,
        }
    }
    session.output.log(false, &filter.finish());
    Ok(())
}
