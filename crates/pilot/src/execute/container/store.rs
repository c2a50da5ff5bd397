//! The engine's own files for one attempt: storage, configuration, state. Nothing of it is shared with the person's
//! containers, and all of it goes with [`Store::close`].

use std::fs::{self, DirBuilder};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::process::{Resource, getrlimit, getuid};
use serde::{Deserialize, Serialize};
use tokio::process::Command;

use super::Podman;
use crate::execute::Mark;
use crate::execute::host::{Answer, attempt};

/// Below an attempt's directory.
const DIRECTORY: &str = "containers";
const ENGINE: &str = "engine.json";
/// What is asked of the engine besides running: below a second, unless the computer is very busy.
pub(super) const PATIENCE: Duration = Duration::from_secs(60);

/// Written before the engine makes anything, so that whoever sweeps knows what to look for, and how.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Engine {
    podman: Podman,
    /// The engine's state. Apart from the rest: it must be on a file system that a restart of the computer empties, and
    /// podman takes no more than 50 characters for its path.
    state: PathBuf,
    attempt: String,
}

#[derive(Clone, Debug)]
pub(crate) struct Store {
    directory: PathBuf,
    engine: Engine,
}

impl Store {
    /// Made, or found: several executions of an attempt share it, in several processes.
    pub fn open(attempt_dir: &Path, attempt: &str, podman: &Podman) -> io::Result<Self> {
        let tail = attempt.get(attempt.len().saturating_sub(14)..).unwrap_or(attempt);
        let engine = Engine {
            podman: podman.clone(),
            state: place_of_state(podman).join(format!("roadstead-{tail}")),
            attempt: attempt.to_owned(),
        };
        let store = Self { directory: attempt_dir.join(DIRECTORY), engine };
        make(&store.directory)?;
        store.write(ENGINE, &serde_json::to_vec(&store.engine)?)?;
        store.write("containers.conf", store.configuration().as_bytes())?;
        make(&store.directory.join("tmp"))?;
        make(&store.engine.state)?;
        Ok(store)
    }

    /// What an attempt's pilots have left, if they ran containers at all.
    pub fn find(attempt_dir: &Path) -> io::Result<Option<Self>> {
        let directory = attempt_dir.join(DIRECTORY);
        match fs::read(directory.join(ENGINE)) {
            Ok(text) => Ok(Some(Self { engine: serde_json::from_slice(&text)?, directory })),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// The words before the engine's own command.
    pub fn global(&self) -> Vec<String> {
        let Podman { program, runtime, images, driver, mount_program, .. } = &self.engine.podman;
        let text = |path: &Path| path.to_string_lossy().into_owned();
        let mut words = vec![text(program)];
        let mut add = |name: &str, value: String| words.extend([format!("--{name}"), value]);
        add("root", text(&self.directory.join("root")));
        add("runroot", text(&self.engine.state.join("run")));
        add("tmpdir", text(&self.engine.state.join("tmp")));
        add("storage-driver", driver.clone());
        add("storage-opt", format!("{driver}.imagestore={}", images.display()));
        if let Some(program) = mount_program {
            add("storage-opt", format!("{driver}.mount_program={}", program.display()));
        }
        add("runtime", runtime.clone());
        // Else in a place that all of the computer share, where what killed engines left would stay.
        add("runtime-flag", format!("root={}", text(&self.engine.state.join("runtime"))));
        add("cgroup-manager", "cgroupfs".to_owned());
        add("log-level", "error".to_owned());
        words
    }

    /// The engine's environment: it decides what the engine does, so nothing of the payload's is in it.
    pub fn environment(&self) -> Vec<(String, String)> {
        let mut environment: Vec<(String, String)> = self.engine.podman.environment.clone().into_iter().collect();
        let text = |name: &str| self.directory.join(name).to_string_lossy().into_owned();
        environment.extend([
            ("CONTAINERS_CONF".to_owned(), text("containers.conf")),
            ("TMPDIR".to_owned(), text("tmp")),
            // Archives may name addresses from which parts of them are to be fetched: nobody answers there.
            ("HTTP_PROXY".to_owned(), "http://127.0.0.1:1".to_owned()),
            ("HTTPS_PROXY".to_owned(), "http://127.0.0.1:1".to_owned()),
            (Mark::ATTEMPT.to_owned(), self.engine.attempt.clone()),
        ]);
        environment
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        self.command_behind(&[], arguments)
    }

    /// `before` are the words of a program that becomes the engine.
    pub fn command_behind(&self, before: &[&str], arguments: &[&str]) -> Command {
        let mut words = before.iter().map(|word| (*word).to_owned()).chain(self.global());
        let mut command = Command::new(words.next().unwrap_or_default());
        command.args(words).args(arguments).env_clear().envs(self.environment()).current_dir(&self.directory);
        command
    }

    /// What the engine answered, when it succeeded.
    pub async fn ask(&self, arguments: &[&str], patience: Duration) -> Result<String, String> {
        succeeded(attempt(self.command(arguments), patience).await?)
    }

    /// Removes all containers of the attempt, and the storage. The storage itself may stay behind: it is in the
    /// directory that is removed next.
    pub async fn close(&self, patience: Duration) -> Result<(), String> {
        if self.engine.state.exists() {
            self.ask(&["rm", "--all", "--force", "--time", "0", "--volumes"], patience).await?;
            let failed = |error: io::Error| format!("{}: {error}", self.engine.state.display());
            match fs::remove_dir_all(&self.engine.state) {
                Err(error) if error.kind() != ErrorKind::NotFound => return Err(failed(error)),
                _ => {}
            }
        }
        match mounts_below(&self.directory) {
            0 => Ok(()),
            count => Err(format!("{count} file systems are still mounted below {}", self.directory.display())),
        }
    }

    /// Whole or not at all: another process may read it at this moment.
    pub fn write(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let new = self.directory.join(format!("{name}.{}.new", std::process::id()));
        let mut file = fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&new)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&new, self.directory.join(name))
    }

    /// Instead of the person's and the computer's configuration, which may mount, pass on or add what a payload must not
    /// get. The locks are files, since those in shared memory are the person's, and starting afresh clears them.
    fn configuration(&self) -> String {
        let limit = |resource| getrlimit(resource).maximum.unwrap_or(u64::MAX).min(4096);
        let (files, processes) = (limit(Resource::Nofile), limit(Resource::Nproc));
        format!(
            "[containers]\n\
             default_ulimits = [\"nofile={files}:{files}\", \"nproc={processes}:{processes}\"]\n\
             netns = \"none\"\n\
             [engine]\n\
             events_logger = \"none\"\n\
             lock_type = \"file\"\n\
             hooks_dir = []\n"
        )
    }
}

pub(super) fn succeeded(answer: Answer) -> Result<String, String> {
    if answer.code == Some(0) { Ok(answer.stdout) } else { Err(answer.complaint()) }
}

fn place_of_state(podman: &Podman) -> PathBuf {
    let own = podman.environment.get("XDG_RUNTIME_DIR").map(PathBuf::from);
    let own = if getuid().is_root() { Some("/run".into()) } else { own };
    own.filter(|place| place.is_dir() && place.as_os_str().len() <= 20).unwrap_or_else(|| "/tmp".into())
}

/// Refuses a directory that somebody else put there first.
fn make(path: &Path) -> io::Result<()> {
    match DirBuilder::new().mode(0o700).create(path) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            let there = fs::symlink_metadata(path)?;
            let ours = there.is_dir() && there.uid() == getuid().as_raw() && there.mode() & 0o022 == 0;
            if ours { Ok(()) } else { Err(io::Error::other(format!("{} is not ours", path.display()))) }
        }
        made => made,
    }
}

fn mounts_below(directory: &Path) -> usize {
    let mounts = fs::read("/proc/self/mountinfo").unwrap_or_default();
    let directory = directory.canonicalize().unwrap_or_else(|_| directory.to_owned());
    // Blanks and the like are written as octal numbers there.
    let place = |line: &[u8]| {
        let field = String::from_utf8_lossy(line.split(|byte| *byte == b' ').nth(4)?).into_owned();
        Some(PathBuf::from(field.replace("\\040", " ").replace("\\011", "\t").replace("\\134", "\\")))
    };
    mounts.split(|byte| *byte == b'\n').filter_map(place).filter(|place| place.starts_with(&directory)).count()
}
