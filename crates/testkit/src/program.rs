//! A program under test.

use std::fs::{self, File};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process, kill_process_group};

use crate::wait::poll;

const STOP_LIMIT: Duration = Duration::from_secs(20);

/// A running program, started by [`Home::start`](crate::Home::start) in a process group of its own. Dropping it kills
/// the whole group; what left the group ends with the home.
pub struct Program {
    name: String,
    child: Child,
    stdout: PathBuf,
    stderr: PathBuf,
}

impl Program {
    pub(crate) fn start(mut command: Command, output: &Path) -> Self {
        let name = format!("{command:?}");
        let (stdout_file, stdout) = new_file(output, ".out");
        let (stderr_file, stderr) = new_file(output, ".err");
        command.stdin(Stdio::null()).stdout(stdout_file).stderr(stderr_file).process_group(0);
        let child = command.spawn().unwrap_or_else(|error| panic!("cannot start {name}: {error}"));
        Self { name, child, stdout, stderr }
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    pub fn stdout(&self) -> String {
        read(&self.stdout)
    }

    pub fn stderr(&self) -> String {
        read(&self.stderr)
    }

    /// The first whole line on either output so far that `matches`.
    pub fn find_line(&self, matches: impl Fn(&str) -> bool) -> Option<String> {
        [self.stdout(), self.stderr()].iter().find_map(|text| {
            let whole = text.split_inclusive('\n').filter_map(|line| line.strip_suffix('\n'));
            whole.into_iter().find(|line| matches(line)).map(str::to_owned)
        })
    }

    /// Waits for a line on either output; fails at once when the program ends without it.
    #[track_caller]
    pub fn wait_for_line(&mut self, limit: Duration, what: &str, matches: impl Fn(&str) -> bool) -> String {
        let mut ended = None;
        let found = poll(limit, || {
            // In this order: what was written before the end must not be missed.
            ended = self.try_wait();
            let line = self.find_line(&matches);
            (line.is_some() || ended.is_some()).then_some(line)
        });
        match found.flatten() {
            Some(line) => line,
            None => panic!("no line with {what} from {} ({}){}", self.name, state(ended), self.output()),
        }
    }

    /// Sends the signal to the program alone, not to its children.
    #[track_caller]
    pub fn kill(&mut self, signal: Signal) {
        // Its id is its own only until it has been waited for.
        if let Some(status) = self.try_wait() {
            panic!("{} has already ended ({status}){}", self.name, self.output());
        }
        kill_process(self.pid(), signal).expect("send a signal to the program");
    }

    /// The exit status, once it has ended.
    pub fn try_wait(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().expect("wait for the program")
    }

    /// Waits for the program's own end.
    #[track_caller]
    pub fn wait(&mut self, limit: Duration) -> ExitStatus {
        match poll(limit, || self.try_wait()) {
            Some(status) => status,
            None => panic!("{} did not end within {limit:?}{}", self.name, self.output()),
        }
    }

    /// Asks the program to end (SIGTERM) and waits until it has.
    #[track_caller]
    pub fn stop(&mut self) -> ExitStatus {
        match self.try_wait() {
            Some(status) => status,
            None => {
                self.kill(Signal::TERM);
                self.wait(STOP_LIMIT)
            }
        }
    }

    fn pid(&self) -> Pid {
        i32::try_from(self.child.id()).ok().and_then(Pid::from_raw).expect("a process id")
    }

    fn output(&self) -> String {
        format!("\n--- stdout\n{}\n--- stderr\n{}\n---", self.stdout(), self.stderr())
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // Once it has been waited for, its id may already be another's: what is left of the group ends with the home.
        if let Ok(None) = self.child.try_wait() {
            let _ = kill_process_group(self.pid(), Signal::KILL);
            let _ = self.child.wait();
        }
    }
}

fn new_file(directory: &Path, suffix: &str) -> (File, PathBuf) {
    let file = tempfile::Builder::new().prefix("program-").suffix(suffix).tempfile_in(directory);
    file.expect("make a file for the output").keep().expect("keep the file for the output")
}

fn read(path: &Path) -> String {
    String::from_utf8_lossy(&fs::read(path).expect("read the output")).into_owned()
}

fn state(ended: Option<ExitStatus>) -> String {
    ended.map_or("it still runs".to_owned(), |status| status.to_string())
}
