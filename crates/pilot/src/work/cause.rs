//! Why an element did not end as done, in words for the person who wrote its command.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

use model::request::Resources;
use model::{ByteCount, Code, Problem};

use crate::execute::{End, Error};

const TAIL_BYTES: u64 = 2048;
const TAIL_LINES: usize = 10;

/// How an element ends when it does not end well.
#[derive(Debug)]
pub(super) enum Failure {
    Cancelled,
    /// Never begun here: it is given back.
    Returned,
    Caused(Problem),
}

impl Failure {
    pub fn new(code: Code, detail: impl Into<String>, remedy: &str) -> Self {
        Self::Caused(Problem::new(code, detail, remedy))
    }

    /// Trouble with the computer's own disk; `doing` says what it was for.
    pub fn of_disk(doing: &str, error: &io::Error, otherwise: Code) -> Self {
        let detail = format!("{doing}: {error}");
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                Self::new(Code::StorageFull, detail, "Make room on the computer that runs it, or run it elsewhere, and retry.")
            }
            _ => Self::new(otherwise, detail, "Retry it. If it comes back, tell the administrator of the place where it ran."),
        }
    }
}

pub(super) fn cancelled() -> Problem {
    Problem::new(Code::Cancelled, "It was stopped before it ended.", "Retry it if it should run after all.")
}

/// `contained` tells where the command was looked for.
pub(super) fn of_error(error: &Error, contained: bool) -> Failure {
    let detail = error.to_string();
    match error {
        Error::NotFound { .. } if contained => {
            Failure::new(Code::CommandNotFound, detail, "Check the spelling. The command is looked for in the image.")
        }
        Error::NotFound { .. } => Failure::new(
            Code::CommandNotFound,
            detail,
            "Check the spelling. The command is looked for on the computer that runs it, below the work directory when its \
             name contains a `/`; a script that is an input is started through its interpreter, like python3 script.py.",
        ),
        Error::NotExecutable { .. } => Failure::new(
            Code::ExecutionFailed,
            detail,
            "Start a script through its interpreter, like python3 script.py: inputs are not executable by themselves.",
        ),
        Error::NotIsolated(_) | Error::Sandbox(_) => Failure::new(
            Code::IsolationUnavailable,
            detail,
            "Run it at another place, or ask the administrator to install bubblewrap and to allow user namespaces there.",
        ),
        Error::Image { .. } => Failure::new(
            Code::ImageUnusable,
            detail,
            "Check the name. Images are looked for on the computer that runs it and are not fetched; an archive of one can be \
             an input (oci-archive:PATH, docker-archive:PATH or sif:PATH).",
        ),
        Error::Container(_) => Failure::new(
            Code::ContainerFailed,
            detail,
            "Retry it. If it comes back, tell the administrator of the place where it ran.",
        ),
        Error::Stopped => Failure::Cancelled,
        Error::Log(error) => Failure::of_disk("its output could not be written", error, Code::ExecutionFailed),
        Error::Empty | Error::Nul | Error::Variable(_) | Error::Reserved(_) => {
            Failure::new(Code::ExecutionFailed, detail, "Correct the command or its environment and run it again.")
        }
        Error::Directory { .. } | Error::Group { .. } | Error::Start(_) | Error::Unkillable(_) | Error::Interrupted(_) => {
            let remedy = "Retry it. If it comes back, tell the administrator of the place where it ran.";
            Failure::new(Code::ExecutionFailed, detail, remedy)
        }
    }
}

pub(super) fn too_large(bytes: u64, resources: &Resources) -> Failure {
    Failure::new(
        Code::DiskExceeded,
        format!(
            "it took more than the {} of disk that were asked for: {} MiB when it was looked at, with its inputs and its /tmp",
            resources.disk,
            bytes.div_ceil(1 << 20)
        ),
        "Ask for more disk (resources.disk, --disk), remove intermediate files, or process less at a time.",
    )
}

/// None for a command that ended well.
pub(super) fn of_end(end: End, resources: &Resources, stderr: &Path) -> Option<Failure> {
    let failure = match end {
        End::Exited { code: 0 } => return None,
        End::Exited { code } => Failure::new(
            Code::CommandFailed,
            with_tail(format!("exit status {code}"), stderr),
            "Read what it wrote (its logs are kept), correct the command or its inputs, and run it again.",
        ),
        End::Signalled { signal } => Failure::new(
            Code::CommandKilled,
            with_tail(format!("ended by signal {signal}{}", name(signal)), stderr),
            "It crashed or was killed by something inside its own command; read its logs for what came before.",
        ),
        End::Walltime => Failure::new(
            Code::WalltimeExceeded,
            format!("it was ended after its walltime of {}", resources.walltime),
            "Ask for a longer walltime (resources.walltime), or divide the work into smaller pieces.",
        ),
        End::OutOfMemory { limit_bytes: Some(limit) } => Failure::new(
            Code::MemoryExceeded,
            format!("it used more than its memory of {}", ByteCount::new(limit)),
            "Ask for more memory (resources.memory), or process less at a time.",
        ),
        End::OutOfMemory { limit_bytes: None } => Failure::new(
            Code::MemoryExceeded,
            "the computer ran out of memory, although the command kept to its own limit",
            "Retry it; if it comes back, run it at a place with more memory.",
        ),
        End::Cancelled => Failure::Cancelled,
    };
    Some(failure)
}

fn name(signal: i32) -> &'static str {
    match signal {
        4 => " (illegal instruction)",
        6 => " (aborted)",
        7 | 11 => " (invalid memory access)",
        8 => " (arithmetic error)",
        9 => " (killed)",
        15 => " (terminated)",
        24 => " (processor time limit)",
        _ => "",
    }
}

fn with_tail(what: String, stderr: &Path) -> String {
    // A log that cannot be read makes the message shorter, not the failure another.
    let tail = read_tail(stderr).unwrap_or_default();
    if tail.is_empty() { what } else { format!("{what}; last lines of stderr:\n{tail}") }
}

fn read_tail(path: &Path) -> io::Result<String> {
    let mut file = File::open(path)?;
    let bytes = file.metadata()?.len();
    file.seek(SeekFrom::Start(bytes.saturating_sub(TAIL_BYTES)))?;
    let mut tail = Vec::new();
    file.take(TAIL_BYTES).read_to_end(&mut tail)?;
    Ok(last_lines(&String::from_utf8_lossy(&tail)))
}

/// Terminals obey control characters, and this text ends up on one.
fn last_lines(text: &str) -> String {
    let lines: Vec<String> = text
        .lines()
        .map(|line| line.chars().filter(|c| *c == '\t' || !c.is_control()).collect::<String>().trim_end().to_owned())
        .filter(|line| !line.is_empty())
        .collect();
    lines.get(lines.len().saturating_sub(TAIL_LINES)..).unwrap_or_default().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_shows_the_last_lines_and_obeys_none_of_them() {
        let root = tempfile::tempdir().unwrap();
        let stderr = root.path().join("stderr");
        let mut text: Vec<u8> = (0..500).flat_map(|line| format!("line {line}\r\n").into_bytes()).collect();
        text.extend_from_slice(b"\xff\x1b[31mred\x07\n\n  \n");
        std::fs::write(&stderr, text).unwrap();
        let end = End::Exited { code: 3 };
        let Some(Failure::Caused(problem)) = of_end(end, &Resources::default(), &stderr) else { panic!("it failed") };
        assert_eq!(problem.code, Code::CommandFailed);
        assert!(problem.detail.starts_with("exit status 3; last lines of stderr:\nline 491\n"), "{}", problem.detail);
        assert!(problem.detail.ends_with("line 499\n\u{fffd}[31mred"), "{:?}", problem.detail);
        let Some(Failure::Caused(problem)) = of_end(end, &Resources::default(), &root.path().join("none")) else { panic!() };
        assert_eq!(problem.detail, "exit status 3");
    }
}
