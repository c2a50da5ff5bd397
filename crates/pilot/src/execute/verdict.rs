//! What an exit means: the payload's own end, or a start that failed on the way to it.

use std::path::Path;

use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};

use super::start::Said;
use super::{Command, End, Error, tree};

pub(super) enum Exit {
    Code(i32),
    Signal(i32),
    Unknown,
}

/// Takes the exit status of a child that has ended.
pub(super) fn reap(pid: i32) -> Exit {
    let mut awaited = tree::awaited();
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG;
    let waited = Pid::from_raw(pid).and_then(|pid| waitid(WaitId::Pid(pid), options).ok().flatten());
    awaited.leave(pid);
    let Some(status) = waited else { return Exit::Unknown };
    match (status.exit_status(), status.terminating_signal()) {
        (Some(code), _) => Exit::Code(code),
        (None, Some(signal)) => Exit::Signal(signal),
        (None, None) => Exit::Unknown,
    }
}

/// What the end of a command that nobody stopped means.
pub(super) fn verdict(command: &Command, confined: bool, exit: Exit, status: &Said, stderr: &Path) -> Result<End, Error> {
    let word = command.word().to_owned();
    let said = || said(stderr);
    match (status, exit) {
        (Said::GroupRefused(path), _) => Err(Error::Group { path: path.clone(), reason: said() }),
        (Said::NotExecuted { code: 127 }, _) => Err(Error::NotFound { word, reason: said() }),
        (Said::NotExecuted { .. }, _) => Err(Error::NotExecutable { word, reason: said() }),
        // The signals end at 64; 128 + 127 is what exit(-1) makes.
        (Said::Exited { code: code @ 129..=192 }, _) => Ok(End::Signalled { signal: code - 128 }),
        (Said::Exited { code }, _) => Ok(End::Exited { code: *code }),
        (Said::Nothing, Exit::Signal(signal)) => Ok(End::Signalled { signal }),
        (Said::Nothing, Exit::Code(code)) if !confined => Ok(End::Exited { code }),
        (Said::Nothing, Exit::Code(_)) => Err(refused(word, &said())),
        (Said::Nothing, Exit::Unknown) => Err(Error::Interrupted("someone else took the exit status".into())),
    }
}

/// The payload never ran, so all of its standard error is bwrap's (or the shell's before it).
pub(super) fn said(stderr: &Path) -> String {
    use std::io::Read;
    let mut text = Vec::new();
    if let Ok(file) = std::fs::File::open(stderr) {
        let _ = file.take(4096).read_to_end(&mut text);
    }
    String::from_utf8_lossy(&text).trim().to_owned()
}

fn refused(word: String, said: &str) -> Error {
    let Some(reason) = said.strip_prefix("bwrap: execvp ").and_then(|rest| rest.strip_prefix(&word)?.strip_prefix(": ")) else {
        return Error::Sandbox(said.to_owned());
    };
    let reason = reason.to_owned();
    if reason == "No such file or directory" { Error::NotFound { word, reason } } else { Error::NotExecutable { word, reason } }
}
