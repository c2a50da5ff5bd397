//! Starting: from the pilot to the payload without `unsafe`.
//!
//! What other programs do between fork and exec, a small shell script does here: it joins the control group, opens
//! bwrap's descriptors (the arguments come in as standard input), and *becomes* the payload or bwrap. It says what went
//! wrong in a status file, so that its own failures are never mistaken for the payload's.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Seek, Write};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::process::{self, Stdio};
use std::sync::{OnceLock, mpsc};

use rustix::fs::{MemfdFlags, memfd_create};
use tokio::sync::oneshot;

use super::tree;

/// `$0` is the status file, then come the doors of the control groups, `--`, and the command. No variables: under
/// `none` the environment is already the payload's. bash goes on after a failed `exec` only with execfail; dash and
/// busybox end, but run the trap.
const HOP: &str = r#"
while [ "$1" != -- ]; do
  echo $$ >"$1" || { echo "group $1" >"$0"; exit 125; }
  shift
done
shift
[ -z "$BASH_VERSION" ] || shopt -s execfail
trap 'echo "exec $?" >"$0"' EXIT
exec "$@"
exit
"#;
const DESCRIPTORS: &str = r#"exec 3>"$0" 4<&0 </dev/null"#;

const SHELL: &str = "/bin/sh";
const SETSID: [&str; 2] = ["/usr/bin/setsid", "/bin/setsid"];

pub(super) struct Start<'a> {
    pub argv: &'a [String],
    /// The payload's environment; inside a sandbox it is part of bwrap's arguments.
    pub environment: BTreeMap<String, String>,
    pub work_dir: &'a Path,
    pub doors: Vec<PathBuf>,
    pub status: &'a Path,
    pub bubblewrap: Option<(&'a Path, Vec<OsString>)>,
}

pub(super) struct Child {
    pub pid: i32,
    pub stdout: OwnedFd,
    pub stderr: OwnedFd,
}

impl Start<'_> {
    pub async fn start(self) -> io::Result<Child> {
        let command = self.command()?;
        let (reply, child) = oneshot::channel();
        let gone = || io::Error::other("the thread that starts processes is gone");
        let starter = starter().ok_or_else(|| io::Error::other("no thread for starting processes"))?;
        starter.send(Job { command, reply }).map_err(|_| gone())?;
        child.await.map_err(|_| gone())?
    }

    fn command(&self) -> io::Result<process::Command> {
        let mut command;
        if let Some((bubblewrap, arguments)) = &self.bubblewrap {
            command = process::Command::new(SHELL);
            command.args(["-c", &format!("{DESCRIPTORS}{HOP}")]).arg(self.status).args(&self.doors);
            command.arg("--").arg(bubblewrap).args(["--json-status-fd", "3", "--args", "4", "--"]);
            command.stdin(as_file(arguments)?);
        } else {
            let setsid = SETSID.iter().find(|path| Path::new(path).exists());
            command = process::Command::new(setsid.ok_or_else(|| io::Error::other("setsid (util-linux) is missing"))?);
            command.args([SHELL, "-c", HOP]).arg(self.status).args(&self.doors).arg("--");
            command.stdin(Stdio::null());
        }
        command.args(self.argv).env_clear().envs(&self.environment).current_dir(self.work_dir);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        Ok(command)
    }
}

/// NUL-separated words in an anonymous file.
fn as_file(words: &[OsString]) -> io::Result<Stdio> {
    let mut file = File::from(memfd_create("arguments", MemfdFlags::CLOEXEC)?);
    let mut bytes = Vec::new();
    for word in words {
        bytes.extend_from_slice(word.as_encoded_bytes());
        bytes.push(0);
    }
    file.write_all(&bytes)?;
    file.rewind()?;
    Ok(Stdio::from(file))
}

struct Job {
    command: process::Command,
    reply: oneshot::Sender<io::Result<Child>>,
}

/// One thread starts all processes and lives as long as the pilot: `--die-with-parent` means the parent *thread*, and
/// the threads of an async runtime come and go.
fn starter() -> Option<&'static mpsc::Sender<Job>> {
    static STARTER: OnceLock<Option<mpsc::Sender<Job>>> = OnceLock::new();
    let make = || {
        let (jobs, queue) = mpsc::channel::<Job>();
        let serve = move || {
            for mut job in queue {
                // Whoever asked may be gone only when the runtime itself goes down; a sweep then finds the child.
                let _ = job.reply.send(spawn(&mut job.command));
            }
        };
        std::thread::Builder::new().name("starter".into()).spawn(serve).ok().map(|_| jobs)
    };
    STARTER.get_or_init(make).as_ref()
}

fn spawn(command: &mut process::Command) -> io::Result<Child> {
    let mut awaited = tree::awaited();
    // Rust opens nothing that a child would inherit; whoever started the pilot may have, its credential for one.
    close_fds::set_fds_cloexec_threadsafe(3, &[]);
    let mut child = command.spawn()?;
    let pid = child.id().try_into().map_err(io::Error::other)?;
    awaited.enter_main(pid);
    let missing = || io::Error::other("a pipe is missing");
    let stdout = child.stdout.take().ok_or_else(missing)?.into();
    let stderr = child.stderr.take().ok_or_else(missing)?.into();
    Ok(Child { pid, stdout, stderr })
}

/// What a status file says.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Status {
    /// The first process in bwrap's namespace, by its id outside.
    pub init: Option<i32>,
    pub said: Said,
}

#[derive(Debug, Default, PartialEq, Eq)]
pub(super) enum Said {
    /// Nothing went wrong before the payload (`none`), or nothing is known (bwrap that did not get there).
    #[default]
    Nothing,
    GroupRefused(PathBuf),
    /// The shell could not become the command: 127 not found, 126 not executable.
    NotExecuted {
        code: i32,
    },
    /// bwrap tells the payload's exit code, only when the payload really ran.
    Exited {
        code: i32,
    },
}

impl Status {
    pub fn read(file: &Path) -> Self {
        std::fs::read_to_string(file).map_or_else(|_| Self::default(), |text| Self::parse(&text))
    }

    fn parse(text: &str) -> Self {
        let mut status = Self::default();
        for line in text.lines() {
            if let Some(door) = line.strip_prefix("group ") {
                status.said = Said::GroupRefused(door.into());
            } else if let Some(code) = line.strip_prefix("exec ").and_then(|code| code.parse().ok()) {
                status.said = Said::NotExecuted { code };
            } else if let Ok(json) = serde_json::from_str::<serde_json::Value>(line) {
                let number = |name: &str| json.get(name)?.as_i64()?.try_into().ok();
                status.init = status.init.or(number("child-pid"));
                if let Some(code) = number("exit-code") {
                    status.said = Said::Exited { code };
                }
            }
        }
        status
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_a_status() {
        let bwrap = "{ \"child-pid\": 42, \"mnt-namespace\": 4026532177 }\n";
        assert_eq!(Status::parse(bwrap), Status { init: Some(42), said: Said::Nothing });
        let exited = Status { init: Some(42), said: Said::Exited { code: 7 } };
        assert_eq!(Status::parse(&format!("{bwrap}{{ \"exit-code\": 7 }}\n")), exited);
        assert_eq!(Status::parse("exec 126\n").said, Said::NotExecuted { code: 126 });
        assert_eq!(Status::parse("group /a b/cgroup.procs\n").said, Said::GroupRefused("/a b/cgroup.procs".into()));
        assert_eq!(Status::parse("{\"exit-code\": 99999999999}\nnoise\n"), Status::default());
    }
}
