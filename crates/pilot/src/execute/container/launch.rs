//! One container, from its image to its removal.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::arguments::Arguments;
use super::store::PATIENCE;
use super::{Container, ImageUsed, Nest, Podman, Store, TEMP, WORK, image};
use crate::execute::host::attempt;
use crate::execute::start::Said;
use crate::execute::verdict::{Exit, said};
use crate::execute::{Command, End, Error, Execution, Mark};

/// A container that can be started.
pub(in crate::execute) struct Launch {
    store: Store,
    name: String,
    env_file: PathBuf,
    pub argv: Vec<String>,
    pub used: ImageUsed,
}

/// What became of it, as the engine has it.
pub(in crate::execute) struct Ended {
    /// None when the engine does not know.
    started: Option<bool>,
}

impl Container {
    pub(in crate::execute) fn open_store(&self, podman: &Podman, mark: &Mark) -> Result<Store, Error> {
        Store::open(&self.attempt_dir, mark.attempt(), podman).map_err(trouble)
    }
}

fn trouble(error: std::io::Error) -> Error {
    Error::Container(format!("its files could not be made: {error}"))
}

impl Launch {
    /// Finds the image; nothing runs yet, but all that is needed is there.
    pub async fn prepare(
        execution: &Execution,
        container: &Container,
        podman: &Podman,
        store: Store,
        nest: &Nest,
        work_dir: &Path,
        temp_dir: &Path,
    ) -> Result<Self, Error> {
        let command = &execution.command;
        let mark = &command.mark;
        let finding = image::find(&store, &container.image, work_dir);
        let mut used = execution.cancel.run_until_cancelled(finding).await.ok_or(Error::Stopped)??;
        used.engine = podman.describe();
        if !command.argv.is_empty() {
            used.command.clone_from(&command.argv);
        } else if used.command.is_empty() {
            let reason = "it has no command of its own, and the request gives none".to_owned();
            return Err(Error::Image { image: used.name.unwrap_or(used.id), reason });
        }
        let env_file = store.directory().join(format!("env-{}", mark.index()));
        let variables = lines(variables(command));
        store.write(&format!("env-{}", mark.index()), variables.as_bytes()).map_err(trouble)?;
        let name = format!("rs-{mark}");
        let run = Arguments {
            name: &name,
            mark,
            image_id: used.id.trim_start_matches("sha256:"),
            network: container.network,
            limits: &execution.limits,
            group: nest.argument(),
            work_dir: in_text(work_dir)?,
            temp_dir: in_text(temp_dir)?,
            env_file: &env_file,
            argv: &command.argv,
        };
        let argv = store.global().into_iter().chain(run.words()).collect();
        Ok(Self { store, name, env_file, argv, used })
    }

    pub fn environment(&self, command: &Command) -> BTreeMap<String, String> {
        self.store.environment().into_iter().chain(command.mark.variables()).collect()
    }

    pub fn directory(&self) -> &Path {
        self.store.directory()
    }

    /// To be called when the engine has ended: asks what became of the container, and removes it.
    pub async fn finish(&self, code: Option<i32>) -> Ended {
        // The engine's own failures have codes that payloads may have as well.
        let sure = code.is_some_and(|code| !(125..=127).contains(&code));
        let started = if sure { Some(true) } else { self.has_started().await };
        if let Err(reason) = self.remove().await {
            // The release of the attempt does it again, and tells when it cannot.
            tracing::warn!(container = self.name, reason, "a container could not be removed");
        }
        Ended { started }
    }

    async fn has_started(&self) -> Option<bool> {
        #[derive(Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct Inspected {
            state: State,
        }
        #[derive(Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct State {
            started_at: String,
        }
        let said = self.store.ask(&["container", "inspect", &self.name], PATIENCE).await.ok()?;
        let all: Vec<Inspected> = serde_json::from_str(&said).ok()?;
        // Go's way to say never.
        Some(!all.first()?.state.started_at.starts_with("0001-"))
    }

    async fn remove(&self) -> Result<(), String> {
        let words = ["rm", "--force", "--ignore", "--time", "0", "--volumes", &self.name];
        let answer = attempt(self.store.command(&words), PATIENCE).await?;
        let removed = if answer.code == Some(0) { Ok(()) } else { Err(answer.complaint()) };
        if removed.is_ok() {
            // Best effort: it is in a directory that is removed in the end.
            let _ = std::fs::remove_file(&self.env_file);
        }
        removed
    }

    pub fn verdict(&self, command: &Command, exit: Exit, status: &Said, ended: &Ended, stderr: &Path) -> Result<End, Error> {
        let said = || {
            let said = said(stderr);
            if said.is_empty() { "the engine said nothing".to_owned() } else { said }
        };
        match status {
            Said::GroupRefused(path) => return Err(Error::Group { path: path.clone(), reason: said() }),
            Said::NotExecuted { .. } => return Err(Error::Container(said())),
            Said::Nothing | Said::Exited { .. } => {}
        }
        match (exit, ended.started) {
            (Exit::Code(code @ 129..=192), _) => Ok(End::Signalled { signal: code - 128 }),
            (Exit::Code(code), Some(true)) => Ok(End::Exited { code }),
            (Exit::Code(code @ (126 | 127)), Some(false)) => {
                let (word, reason) = (command.word().to_owned(), said());
                if code == 127 { Err(Error::NotFound { word, reason }) } else { Err(Error::NotExecutable { word, reason }) }
            }
            (Exit::Code(_), _) => Err(Error::Container(said())),
            (Exit::Signal(signal), _) => Err(Error::Container(format!("the engine was ended by signal {signal}"))),
            (Exit::Unknown, _) => Err(Error::Interrupted("someone else took the exit status".into())),
        }
    }
}

/// What a payload finds in its environment besides what its image gives.
pub(super) fn variables(command: &Command) -> BTreeMap<String, String> {
    let mut all = BTreeMap::from([("HOME".to_owned(), WORK.to_owned()), ("TMPDIR".to_owned(), TEMP.to_owned())]);
    all.extend(command.env.clone());
    all.extend(command.mark.variables());
    all
}

/// One variable a line, as engines read it. Names were checked; line breaks were refused with the request.
pub(super) fn lines(variables: BTreeMap<String, String>) -> String {
    let whole = variables.into_iter().filter(|(_, value)| !value.contains(['\n', '\r']));
    whole.map(|(name, value)| format!("{name}={value}\n")).collect()
}

fn in_text(path: &Path) -> Result<&str, Error> {
    let refused = |reason: &str| Error::Directory { path: path.to_owned(), reason: reason.into() };
    let text = path.to_str().ok_or_else(|| refused("its name is not in Unicode"))?;
    if text.contains(['"', '\n']) { Err(refused("engines cannot be given its name")) } else { Ok(text) }
}
