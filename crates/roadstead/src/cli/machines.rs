//! `machines`: what is there, and what is done with it; `ssh`: into one.

mod deeds;
mod follow;
mod list;
mod sizes;
mod ssh;

pub use follow::follow;
pub use ssh::Ssh;

use super::exit::Exit;
use super::session::Session;
use deeds::Deeds;
use list::List;
use model::Problem;

const EXAMPLES: &str = "\
Examples:
  roadstead run --kind machine --os ubuntu:22.04 --cores 4 --memory 8GiB --public --open 22
  roadstead machines
  roadstead machines --all
  roadstead machines console mine
  roadstead machines extend mine 8h
  roadstead machines address add mine
  roadstead machines resize mine m1.large
  roadstead ssh mine
  roadstead cancel mine

A machine is deleted by cancelling its run, or when its time is over.";

/// List your machines, or do something with one.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES, args_conflicts_with_subcommands = true)]
pub struct Machines {
    #[command(subcommand)]
    deed: Option<Deeds>,

    #[command(flatten)]
    list: List,
}

impl Machines {
    pub async fn carry_out(self, session: &Session) -> Result<Exit, Problem> {
        match self.deed {
            Some(deed) => deed.carry_out(session).await,
            None => self.list.carry_out(session).await,
        }
    }
}
