//! Executing one command of a researcher on this computer: confined, limited, measured, and always fully ended.
//!
//! What lives here: finding out what the computer allows ([`Host`]), one execution from its start to the end of its
//! last descendant ([`execute`]), and cleaning up behind a pilot that was killed ([`sweep`]). What never does: network,
//! database, the pilot's protocol, staging of files.
//!
//! The way of one execution:
//!
//! ```text
//! Command + Limits + Isolation
//!   -> a control group is made                              (cgroup; or nothing, then the tree is sampled)
//!   -> bwrap is held until it is in the group               (start; without bwrap a shell joins it and becomes the payload)
//!   -> bwrap makes what the payload sees, and starts it     (sandbox)
//!   -> stdout and stderr -> two log files                   (streams)
//!   -> exit, wall time, memory, cancellation                (running)
//!   -> everything that is left is killed, the group removed (keeper)
//!   -> Report
//! ```
//!
//! Two things are promised whatever happens in between. Nothing that the command started outlives `execute`: not what
//! called `setsid`, not what forked twice. And the exit status of one execution is never lost to another: nobody here
//! waits for "any child", only for a process known by its id.

mod cgroup;
mod command;
mod container;
mod error;
mod fleeting;
mod hierarchy;
mod host;
mod keeper;
mod leftovers;
mod prepared;
mod process;
mod report;
mod running;
mod sandbox;
mod start;
mod streams;
mod sweep;
mod tree;
mod verdict;

pub use command::{Command, Isolation, Limits, Mark, Need};
pub use container::{Container, Containers, Engine, ImageUsed, Indoor, Podman, Tried};
pub use error::Error;
pub use host::{Confinement, Host, Limiter, Settings};
pub use leftovers::{Cleared, clear_leftovers};
pub use report::{End, Figure, Progress, Report, Source, Stream, Usage};
pub use sweep::{Swept, sweep};

use std::path::PathBuf;
use std::time::Duration;

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// Everything one execution needs. The directories in it belong to this execution alone.
#[derive(Debug)]
pub struct Execution {
    pub host: Host,
    pub command: Command,
    /// Runs in a container of an image instead of on the computer itself. Then `isolation` says nothing but what is hidden,
    /// and that only to engines that work in our own sandbox.
    pub container: Option<Container>,
    pub limits: Limits,
    pub isolation: Isolation,
    /// Where the files `stdout` and `stderr` are written; must exist.
    pub logs: PathBuf,
    /// Told whenever a log grew and, for commands longer than half a second, what was used so far.
    pub progress: watch::Sender<Progress>,
    /// Asks the command to end: TERM, and KILL when `grace` is over.
    pub cancel: CancellationToken,
    pub grace: Duration,
}

/// Runs the command to its end and to the end of everything it started.
pub async fn execute(execution: Execution) -> Result<Report, Error> {
    prepare(execution)?.run(()).await
}

/// Does what needs to be done before the command's start. Dropped, everything is as before.
pub fn prepare(mut execution: Execution) -> Result<Prepared, Error> {
    execution.cancel = execution.cancel.child_token();
    prepared::prepare(execution).map(Prepared)
}

impl Prepared {
    /// `turn` is let go when the last process has ended, before the rest is tidied up.
    ///
    /// Dropping the future cancels the execution; it is then still ended and cleaned up, in the background.
    pub async fn run(self, turn: impl Send + 'static) -> Result<Report, Error> {
        let _cancel_when_dropped = self.0.cancel().clone().drop_guard();
        match tokio::spawn(self.0.run(turn)).await {
            Ok(outcome) => outcome,
            Err(lost) => Err(Error::Interrupted(lost.to_string())),
        }
    }
}

/// An execution for which everything is ready but its command's start.
pub struct Prepared(prepared::Prepared);
