//! `run`: submit a request and follow it to its end.

use super::exit::Exit;
use super::follow::{Followed, follow};
use super::plan::look_at_sites;
use super::request::{RequestFlags, build};
use super::session::Session;
use super::{inputs, machines, select};
use crate::output::{Line, Style};
use model::Problem;
use model::request::RunKind;
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  roadstead run -- python3 --version
  roadstead run --input cube.fits --output '*.csv' -- python3 find.py cube.fits
  roadstead run job.toml
  roadstead run job.toml --memory 8GiB --detach
  roadstead run --kind machine --os ubuntu:22.04 --cores 4 --memory 8GiB --public --open 22
  roadstead run --array 100 --output 'map-{index}.png' -- ./plot.sh {index}

A file of inputs that this computer's gateway cannot read, or that is for another gateway, is \
sent ahead. Ctrl-C detaches: the run goes on. The exit code is the command's own when there \
is one command, 1 when an array failed, 130 when the run was cancelled or you detached.";

/// Run a command, or the request in FILE, and follow it.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Run {
    /// A request: TOML, YAML or JSON. Files in it (`file:./x`) are relative to it.
    file: Option<PathBuf>,

    /// Do not follow: print the identifier and return.
    #[arg(long, short = 'd')]
    detach: bool,

    /// Show only what the command writes.
    #[arg(long, short = 'q')]
    quiet: bool,

    #[command(flatten)]
    flags: RequestFlags,

    /// The command and its arguments, after `--`. No shell reads them.
    #[arg(last = true, value_name = "COMMAND")]
    command: Vec<String>,
}

impl Run {
    pub async fn carry_out(self, session: &Session) -> Result<Exit, Problem> {
        let given_after = self.flags.after.clone();
        let mut request = build(self.file.as_deref(), self.flags, self.command)?;
        let client = session.client().await?;
        for after in request.after.iter_mut().filter(|after| given_after.contains(after)) {
            *after = select::find_run(&client, after).await?.id.to_string();
        }
        let is_machine = request.kind == RunKind::Machine;
        if is_machine {
            look_at_sites(&client).await?;
        }
        let run = inputs::submit(session, &client, request).await?;
        let output = &session.output;
        if self.detach {
            match output.is_json() {
                true => output.json(&run),
                false => output.line(run.id.as_str()),
            }
            return Ok(Exit::Success);
        }
        if is_machine {
            return machines::follow(session, &client, &run).await;
        }
        match follow(session, &client, &run, self.quiet).await? {
            Followed::Ended { run, only } => {
                if output.is_json() {
                    output.json(&run);
                }
                // It has ended, so its outcome was decided.
                Ok(run.run.outcome.map_or(Exit::Failed, |outcome| Exit::of_outcome(outcome, only.as_deref())))
            }
            Followed::Detached => {
                output.note(Line::new().plain("Detached: ").with(Style::Strong, run.id.as_str()).plain(" goes on."));
                output.note(format!("  roadstead logs -f {}   follows it", run.id));
                output.note(format!("  roadstead cancel {}    ends it", run.id));
                if output.is_json() {
                    output.json(&run);
                }
                Ok(Exit::Interrupted)
            }
        }
    }
}
