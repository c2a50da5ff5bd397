//! The commands: what can be typed, and what each does with the gateway.
//!
//! A command reads its flags, asks the gateway through [`client`](crate::client), and shows the answer through
//! [`output`](crate::output). It decides nothing that the gateway decides: whoever uses the API directly misses
//! nothing. What a command ends with is an [`Exit`].

mod admin;
mod communities;
mod control;
mod credentials;
mod demo;
mod exit;
mod explain;
mod federation;
mod follow;
mod inputs;
mod keys;
mod local;
mod login;
mod logout;
mod logs;
mod machines;
mod manual;
mod open;
mod outputs;
mod plan;
mod ps;
mod quotas;
mod recipes;
mod request;
mod run;
mod select;
mod session;
mod show;
mod teams;
mod terms;
mod tokens;
mod uploads;
mod whoami;

pub use exit::Exit;
pub use session::Global;

use clap::{Parser, Subcommand};
use model::{Code, Problem};
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
    /// Work beside the data: started by a gateway, never by hand.
    #[command(hide = true)]
    Pilot,
    #[command(flatten)]
    Ours(Box<Ours>),
}

/// What people type.
#[derive(Debug, Subcommand)]
pub enum Ours {
    Run(run::Run),
    Ps(ps::Ps),
    Show(show::Show),
    Logs(logs::Logs),
    Cancel(control::Cancel),
    Retry(control::Retry),
    Delete(control::Delete),
    Outputs(outputs::Outputs),
    Plan(plan::PlanCommand),
    Offers(plan::Offers),
    Sites(federation::Sites),
    Services(federation::Services),
    Sizes(federation::Sizes),
    Images(federation::Images),
    Networks(federation::Networks),
    Recipes(recipes::Recipes),
    Env(federation::Env),
    Machines(machines::Machines),
    Ssh(machines::Ssh),
    Uploads(uploads::Uploads),
    Login(login::Login),
    Logout(logout::Logout),
    Whoami(whoami::Whoami),
    Tokens(tokens::Tokens),
    Keys(keys::Keys),
    Credentials(credentials::Credentials),
    Consents(credentials::Consents),
    Communities(communities::Communities),
    Teams(teams::Teams),
    Quotas(quotas::Quotas),
    Terms(terms::Terms),
    Demo(demo::Demo),
    Serve(local::Serve),
    Open(open::Open),
    Config(local::ConfigCommand),
    Admin(admin::Admin),
    Explain(explain::Explain),
    Openapi(local::Openapi),
    Completions(manual::Completions),
    Man(manual::ManPages),
}

/// Carries the command out and says what went wrong.
pub fn carry_out(program: Program) -> Exit {
    let session = Session::new(program.global);
    let done = match program.command {
        // A pilot makes a runtime of its own size.
        Command::Pilot => crate::wiring::pilot::run().map(|()| Exit::Success),
        Command::Ours(command) => in_runtime(&session, *command),
    };
    done.unwrap_or_else(|problem| {
        session.output.problem(&problem);
        Exit::from(&problem)
    })
}

fn in_runtime(session: &Session, command: Ours) -> Result<Exit, Problem> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(|error| {
        Problem::new(Code::Internal, format!("The program cannot start: {error}."), "Look at the limits on threads of this user.")
    })?;
    let done = runtime.block_on(dispatch(session, command));
    // Whatever still reads in the background is not waited for: the command has its answer.
    runtime.shutdown_background();
    done
}

async fn dispatch(session: &Session, command: Ours) -> Result<Exit, Problem> {
    match command {
        Ours::Run(command) => command.carry_out(session).await,
        Ours::Ps(command) => command.carry_out(session).await,
        Ours::Show(command) => command.carry_out(session).await,
        Ours::Logs(command) => command.carry_out(session).await,
        Ours::Cancel(command) => command.carry_out(session).await,
        Ours::Retry(command) => command.carry_out(session).await,
        Ours::Delete(command) => command.carry_out(session).await,
        Ours::Outputs(command) => command.carry_out(session).await,
        Ours::Plan(command) => command.carry_out(session).await,
        Ours::Offers(command) => command.carry_out(session).await,
        Ours::Sites(command) => command.carry_out(session).await,
        Ours::Services(command) => command.carry_out(session).await,
        Ours::Sizes(command) => command.carry_out(session).await,
        Ours::Images(command) => command.carry_out(session).await,
        Ours::Networks(command) => command.carry_out(session).await,
        Ours::Recipes(command) => command.carry_out(session).await,
        Ours::Env(command) => command.carry_out(session).await,
        Ours::Machines(command) => command.carry_out(session).await,
        Ours::Ssh(command) => command.carry_out(session).await,
        Ours::Uploads(command) => command.carry_out(session).await,
        Ours::Login(command) => command.carry_out(session).await,
        Ours::Logout(command) => command.carry_out(session).await,
        Ours::Whoami(command) => command.carry_out(session).await,
        Ours::Tokens(command) => command.carry_out(session).await,
        Ours::Keys(command) => command.carry_out(session).await,
        Ours::Credentials(command) => command.carry_out(session).await,
        Ours::Consents(command) => command.carry_out(session).await,
        Ours::Communities(command) => command.carry_out(session).await,
        Ours::Teams(command) => command.carry_out(session).await,
        Ours::Quotas(command) => command.carry_out(session).await,
        Ours::Terms(command) => command.carry_out(session).await,
        Ours::Demo(command) => command.carry_out(session).await,
        Ours::Open(command) => command.carry_out(session).await,
        Ours::Serve(command) => command.carry_out(session).await,
        Ours::Config(command) => command.carry_out(session),
        Ours::Admin(command) => command.carry_out(session).await,
        Ours::Explain(command) => command.carry_out(session),
        Ours::Openapi(command) => command.carry_out(session),
        Ours::Completions(command) => command.carry_out(session),
        Ours::Man(command) => command.carry_out(session),
    }
}
