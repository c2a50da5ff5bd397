//! Starting: from the pilot to the payload without `unsafe`.
//!
//! What other programs do between fork and exec is done in two ways here. bwrap, which is started for nearly everything, is
//! held at its first step, where it reads what it shall do; the pilot meanwhile puts it into its control groups. Without
//! bwrap a small shell script joins the groups and *becomes* the payload; that costs one more program to load. Both say what
//! went wrong in a status file, so that their own failures are never mistaken for the payload's.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::File;
use std::io::{self, PipeWriter, Seek, Write};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::{self, Stdio};
use std::sync::{OnceLock, mpsc};

use rustix::fs::{MemfdFlags, memfd_create};
use rustix::io::{FdFlags, fcntl_setfd};
use tokio::sync::oneshot;

use super::sandbox::ROOT;
use super::{Error, tree};

/// `$0` is the status file, then come the doors of the control groups, `--`, and the command. No variables: the
/// environment is already the payload's. bash goes on after a failed `exec` only with execfail; dash and busybox end, but
/// run the trap.
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
    pub async fn start(self) -> Result<Child, Error> {
        let job = if self.bubblewrap.is_some() { self.confined() } else { self.plain() }.map_err(Error::Start)?;
        let (reply, child) = oneshot::channel();
        let gone = || Error::Start(io::Error::other("the thread that starts processes is gone"));
        let starter = starter().ok_or_else(|| Error::Start(io::Error::other("no thread for starting processes")))?;
        starter.send((job, reply)).map_err(|_| gone())?;
        child.await.map_err(|_| gone())?
    }

    fn plain(&self) -> io::Result<Job> {
        let setsid = SETSID.iter().find(|path| Path::new(path).exists());
        let mut command = process::Command::new(setsid.ok_or_else(|| io::Error::other("setsid (util-linux) is missing"))?);
        command.args([SHELL, "-c", HOP]).arg(self.status).args(&self.doors).arg("--").args(self.argv);
        Ok(Job { command: self.finish(command), hold: None })
    }

    fn confined(&self) -> io::Result<Job> {
        let Some((bubblewrap, arguments)) = &self.bubblewrap else { return self.plain() };
        let (first, gate) = io::pipe()?;
        let rest = as_file(arguments)?;
        let status = File::options().write(true).create(true).truncate(true).mode(0o600).open(self.status)?;
        let mut command = process::Command::new(bubblewrap);
        let inherited = [OwnedFd::from(first), OwnedFd::from(rest), OwnedFd::from(status)];
        for (option, descriptor) in ["--args", "--args", "--json-status-fd"].into_iter().zip(&inherited) {
            command.args([option, &descriptor.as_raw_fd().to_string()]);
        }
        command.arg("--").args(self.argv);
        let hold = Hold { inherited, gate, doors: self.doors.clone() };
        Ok(Job { command: self.finish(command), hold: Some(hold) })
    }

    fn finish(&self, mut command: process::Command) -> process::Command {
        command.env_clear().envs(&self.environment).current_dir(self.work_dir);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }
}

/// NUL-separated words, as bwrap reads them.
fn words<'a>(words: impl IntoIterator<Item = &'a [u8]>) -> Vec<u8> {
    words.into_iter().flat_map(|word| [word, &[0]].concat()).collect()
}

/// In an anonymous file.
fn as_file(arguments: &[OsString]) -> io::Result<File> {
    let mut file = File::from(memfd_create("arguments", MemfdFlags::CLOEXEC)?);
    file.write_all(&words(arguments.iter().map(|word| word.as_encoded_bytes())))?;
    file.rewind()?;
    Ok(file)
}

struct Job {
    command: process::Command,
    /// Of what is held until it is in its groups.
    hold: Option<Hold>,
}

/// bwrap reads its arguments first of all, and these from a pipe that is still empty. They begin with the root of what the
/// payload will see: should the pilot die before it gave that, there is nothing in the sandbox that could run.
struct Hold {
    inherited: [OwnedFd; 3],
    gate: PipeWriter,
    doors: Vec<PathBuf>,
}

impl Hold {
    /// Of all processes that are started meanwhile only bwrap shall have them; others are started while containers are made,
    /// and a pilot does not do both.
    fn is_shared(&self, shared: bool) -> io::Result<()> {
        let flags = if shared { FdFlags::empty() } else { FdFlags::CLOEXEC };
        Ok(self.inherited.iter().try_for_each(|descriptor| fcntl_setfd(descriptor.as_fd(), flags))?)
    }

    fn let_go(mut self, pid: i32) -> Result<(), Error> {
        for door in &self.doors {
            let joined = std::fs::write(door, pid.to_string());
            joined.map_err(|error| Error::Group { path: door.clone(), reason: error.to_string() })?;
        }
        // It may have ended already, and then said why.
        let _ = self.gate.write_all(&words(ROOT.map(str::as_bytes)));
        Ok(())
    }
}

type Reply = oneshot::Sender<Result<Child, Error>>;

/// One thread starts all processes and lives as long as the pilot: `--die-with-parent` means the parent *thread*, and
/// the threads of an async runtime come and go.
fn starter() -> Option<&'static mpsc::Sender<(Job, Reply)>> {
    static STARTER: OnceLock<Option<mpsc::Sender<(Job, Reply)>>> = OnceLock::new();
    let make = || {
        let (jobs, queue) = mpsc::channel::<(Job, Reply)>();
        let serve = move || {
            for (job, reply) in queue {
                // Whoever asked may be gone only when the runtime itself goes down; a sweep then finds the child.
                let _ = reply.send(spawn(job));
            }
        };
        std::thread::Builder::new().name("starter".into()).spawn(serve).ok().map(|_| jobs)
    };
    STARTER.get_or_init(make).as_ref()
}

fn spawn(Job { mut command, hold }: Job) -> Result<Child, Error> {
    let mut awaited = tree::awaited();
    // Rust opens nothing that a child would inherit; whoever started the pilot may have, its credential for one.
    close_fds::set_fds_cloexec_threadsafe(3, &[]);
    let spawned = match &hold {
        None => command.spawn().map_err(Error::Start),
        Some(hold) => {
            hold.is_shared(true).map_err(Error::Start)?;
            let spawned = command.spawn().map_err(|error| Error::Sandbox(error.to_string()));
            hold.is_shared(false).map_err(Error::Start)?;
            spawned
        }
    };
    let mut child = spawned?;
    let pid = child.id().try_into().map_err(|error| Error::Start(io::Error::other(error)))?;
    if let Some(hold) = hold
        && let Err(refused) = hold.let_go(pid)
    {
        // It has done nothing yet.
        let _ = child.kill().and_then(|()| child.wait());
        return Err(refused);
    }
    awaited.enter_main(pid);
    let missing = || Error::Start(io::Error::other("a pipe is missing"));
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
    use crate::execute::sandbox::{Root, Sandbox};

    /// As when the pilot dies before it gave everything: the kernel closes the gate.
    #[test]
    fn what_is_held_and_never_let_go_runs_nothing() {
        let Some(bubblewrap) = crate::execute::host::on_path("bwrap") else { panic!("these tests need bubblewrap") };
        let place = tempfile::tempdir_in(env!("CARGO_MANIFEST_DIR")).unwrap();
        let argv = ["/bin/sh", "-c", "echo ran"].map(str::to_owned);
        let sandbox = Sandbox {
            work_dir: place.path(),
            temp_dir: place.path(),
            hide: &[],
            environment: &BTreeMap::new(),
            shown: &[],
            offline: false,
            root: Root::Powerless,
        };
        let ran = |let_go| {
            let start = Start {
                argv: &argv,
                environment: BTreeMap::new(),
                work_dir: place.path(),
                doors: vec![],
                status: &place.path().join("status"),
                bubblewrap: Some((&bubblewrap, sandbox.arguments())),
            };
            let Job { mut command, hold } = start.confined().unwrap();
            let hold = hold.unwrap();
            hold.is_shared(true).unwrap();
            let child = command.spawn().unwrap();
            if let_go {
                hold.let_go(child.id() as i32).unwrap()
            } else {
                drop(hold)
            }
            let output = child.wait_with_output().unwrap();
            (output.status.success(), String::from_utf8(output.stdout).unwrap())
        };
        assert_eq!(ran(false), (false, String::new()));
        assert_eq!(ran(true), (true, "ran\n".to_owned()));
    }

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
