use crate::cli::exit::Exit;
use crate::cli::select;
use crate::cli::session::Session;
use model::machine::{Machine, MachineStatus};
use model::{Code, Problem};
use std::os::unix::process::CommandExt;

const EXAMPLES: &str = "\
Examples:
  roadstead ssh mine
  roadstead ssh mine -- -L 8888:localhost:8888
  roadstead ssh mine --print";

/// Sign in on a machine of yours, as the right user of its system.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Ssh {
    /// An identifier, its beginning, or a name (the newest of that name).
    #[arg(value_name = "RUN")]
    run: String,

    /// Only say what would be typed.
    #[arg(long)]
    print: bool,

    /// More for ssh, after `--`.
    #[arg(last = true, value_name = "ARGUMENT")]
    more: Vec<String>,
}

impl Ssh {
    pub async fn carry_out(self, session: &Session) -> Result<Exit, Problem> {
        let client = session.client().await?;
        let run = select::find_run(&client, &self.run).await?;
        let machine: Machine = client.get(&["machines", run.id.as_str()], &[]).await?;
        if machine.status != MachineStatus::Active {
            let detail = format!("The machine is {}, and cannot be signed in on.", machine.status.as_str());
            let remedy = "Start it (`roadstead machines start`), or wait until it is there.";
            return Err(Problem::new(Code::StateConflict, detail, remedy));
        }
        let words = [words(&machine)?, self.more].concat();
        if self.print {
            session.output.line(words.join(" ").as_str());
            return Ok(Exit::Success);
        }
        let (program, arguments) = words.split_first().ok_or_else(Problem::internal)?;
        // Only comes back when it could not be begun.
        let error = std::process::Command::new(program).args(arguments).exec();
        let detail = format!("ssh could not be started: {error}.");
        Err(Problem::new(Code::UsageWrong, detail, "Install an SSH client, or connect by hand: --print says how."))
    }
}

/// What one types to sign in.
pub fn words(machine: &Machine) -> Result<Vec<String>, Problem> {
    let closed = |detail: &str, remedy: &str| Problem::new(Code::StateConflict, detail, remedy);
    let Some(best) = machine.best_address() else {
        return Err(closed("It has no address yet.", "Look again in a moment: `roadstead machines`."));
    };
    if !machine.open.iter().any(|open| open.ports().0 <= 22 && 22 <= open.ports().1) {
        let remedy = format!("Open it: `roadstead machines open {} 22`.", machine.run);
        return Err(closed("Nobody can sign in by SSH: port 22 is not open.", &remedy));
    }
    if !best.public {
        let detail = format!("Its address {} is not reached from outside.", best.address);
        return Err(closed(&detail, "Connect from inside its site, or ask for a machine with --public."));
    }
    // Addresses and names of users come from sites: they are no options of ssh.
    let user = machine.login_user.as_deref().filter(|user| !user.starts_with('-'));
    let target = user.map_or_else(|| best.address.clone(), |user| format!("{user}@{}", best.address));
    Ok(vec!["ssh".to_owned(), "--".to_owned(), target])
}
