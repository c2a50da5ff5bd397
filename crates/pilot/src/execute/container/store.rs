//! The engine's own files for one attempt: storage, configuration, state. Nothing of it is shared with the person's
//! containers, and all of it goes with [`Store::close`].

use std::fs;
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::process::{Resource, getrlimit, getuid};
use serde::{Deserialize, Serialize};
use tokio::process::Command;

use super::{Podman, state};
use crate::execute::Mark;
use crate::execute::host::{Answer, attempt};

/// Below an attempt's directory.
const DIRECTORY: &str = "containers";
const ENGINE: &str = "engine.json";
/// For `unshare`: the words that give an engine a mount namespace of its own. Root's engine mounts its storage, and each
/// container's, where it was started. Were that here, all of it would stay when the engine is killed, for ever, and every
/// sandbox that is started later would be set up with these mounts in it. Others' engines do this by themselves. What is
/// mounted or unmounted here is seen there ("slave"), and never the other way round.
pub(super) const APART: [&str; 3] = ["--mount", "--propagation", "slave"];
/// What is asked of the engine besides running: below a second, unless the computer is very busy.
pub(super) const PATIENCE: Duration = Duration::from_secs(60);

/// Written before the engine makes anything, so that whoever sweeps knows what to look for, and how.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Engine {
    podman: Podman,
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
        let engine = Engine { podman: podman.clone(), state: state::path(podman, attempt), attempt: attempt.to_owned() };
        let store = Self { directory: attempt_dir.join(DIRECTORY), engine };
        state::make(&store.directory)?;
        store.write(ENGINE, &serde_json::to_vec(&store.engine)?)?;
        store.write("containers.conf", store.configuration().as_bytes())?;
        state::make(&store.directory.join("tmp"))?;
        state::create(&store.engine.state, attempt, attempt_dir)?;
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

    pub fn state(&self) -> &Path {
        &self.engine.state
    }

    /// The words before the engine's own command.
    pub fn global(&self) -> Vec<String> {
        self.words(&[])
    }

    /// `spaces` are further namespaces for root's engine to be alone in.
    fn words(&self, spaces: &[&str]) -> Vec<String> {
        let Podman { program, runtime, images, driver, mount_program, apart, .. } = &self.engine.podman;
        let text = |path: &Path| path.to_string_lossy().into_owned();
        let spaces = if *apart { [&APART, spaces].concat() } else { spaces.to_vec() };
        let mut words: Vec<String> = Vec::new();
        if !spaces.is_empty() {
            words.extend([&["unshare"], &*spaces, &["--"]].concat().into_iter().map(str::to_owned));
        }
        words.push(text(program));
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
        self.command_in(&[], arguments)
    }

    /// Without a network, as far as that can be made sure of: archives may name addresses to fetch parts from. Root can do
    /// without one; for others there is the environment.
    pub fn offline_command(&self, arguments: &[&str]) -> Command {
        self.command_in(if getuid().is_root() { &["--net"] } else { &[] }, arguments)
    }

    fn command_in(&self, spaces: &[&str], arguments: &[&str]) -> Command {
        let mut words = self.words(spaces).into_iter();
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
            state::detach(&self.engine.state).map_err(failed)?;
            match fs::remove_dir_all(&self.engine.state) {
                Err(error) if error.kind() != ErrorKind::NotFound => return Err(failed(error)),
                _ => {}
            }
        }
        state::detach(&self.directory).map_err(|error| error.to_string())
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
