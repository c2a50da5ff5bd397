//! The commands: what can be typed, and what each does with the gateway.
//!
//! A command reads its flags, asks the gateway through [`client`](crate::client), and shows the answer through
//! [`output`](crate::output). It decides nothing that the gateway decides: whoever uses the API directly misses
//! nothing. What a command ends with is an [`Exit`].

mod control;
mod exit;
mod follow;
mod inputs;
mod logs;
mod plan;
mod ps;
mod request;
mod run;
mod select;
mod session;
mod show;

pub use exit::Exit;
pub use session::Global;

use clap::{Parser, Subcommand};
use model::Problem;
use session::Session;

/// Find data, run work on it at the places you may use, and keep how the result was made.
///
/// Without a gateway that is named (--gateway), commands use the one of this computer and start it when it does
/// not run; it ends by itself a minute after the last run and the last command.
#[derive(Debug, Parser)]
#[command(name = "roadstead", version, max_term_width = 100, after_long_help = exit::HELP, arg_required_else_help = true)]
pub struct Program {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    Run(run::Run),
    Ps(ps::Ps),
    Show(show::Show),
    Logs(logs::Logs),
    Cancel(control::Cancel),
    Retry(control::Retry),
    Delete(control::Delete),
    Plan(plan::PlanCommand),
    Offers(plan::Offers),
}

/// Carries the command out and says what went wrong.
pub async fn carry_out(program: Program) -> Exit {
    let session = Session::new(program.global);
    match dispatch(&session, program.command).await {
        Ok(exit) => exit,
        Err(problem) => {
            session.output.problem(&problem);
            Exit::from(&problem)
        }
    }
}

async fn dispatch(session: &Session, command: Command) -> Result<Exit, Problem> {
    match command {
        Command::Run(command) => command.carry_out(session).await,
        Command::Ps(command) => command.carry_out(session).await,
        Command::Show(command) => command.carry_out(session).await,
        Command::Logs(command) => command.carry_out(session).await,
        Command::Cancel(command) => command.carry_out(session).await,
        Command::Retry(command) => command.carry_out(session).await,
        Command::Delete(command) => command.carry_out(session).await,
        Command::Plan(command) => command.carry_out(session).await,
        Command::Offers(command) => command.carry_out(session).await,
    }
}
