//! Engines that work indoors: inside the sandbox that commands without a container have, and in the same control group.
//!
//! podman makes its containers itself. Apptainer and udocker unpack an image into a directory and start a command with that
//! directory as its root. What keeps the command from the computer, from its network and from others is bubblewrap around
//! them, whatever the engine can do: Apptainer's own walls come on top, and udocker has none (proot translates paths, and a
//! program that wants to can see through that). So where bubblewrap does not work neither of them is used.
//!
//! Unpacking happens in such a sandbox too, without a network: archives are strangers' bytes.

mod apptainer;
mod contents;
mod udocker;

use std::collections::BTreeMap;
use std::fs::DirBuilder;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use model::request::{ArchiveKind, Image, Network};
use rustix::process::getuid;
use serde::{Deserialize, Serialize};
use tokio::process;

use super::{Container, ImageUsed};
use crate::execute::host::{Answer, attempt};
use crate::execute::sandbox::{ROOT, Root, Sandbox};
use crate::execute::verdict::said;
use crate::execute::{Command, End, Error, Execution, Mark};
use contents::Contents;

/// Unpacking an archive of many gibibytes.
const UNPACKING: Duration = Duration::from_secs(3_600);
/// Below an attempt's directory: one directory for each element that runs.
const IMAGES: &str = "images";

/// An engine that has started a command of an image here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Indoor {
    pub kind: Kind,
    pub program: PathBuf,
    pub version: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Kind {
    Apptainer,
    Udocker {
        /// What it starts commands with.
        proot: PathBuf,
    },
}

impl Indoor {
    pub fn name(&self) -> &'static str {
        match self.kind {
            Kind::Apptainer => "apptainer",
            Kind::Udocker { .. } => "udocker",
        }
    }

    pub fn describe(&self) -> String {
        match &self.kind {
            Kind::Apptainer => format!("apptainer {}", self.version),
            Kind::Udocker { proot } => format!("udocker {} with {}", self.version, proot.display()),
        }
    }

    /// What is installed, before it is proven; none when nothing is. Asking it must leave nothing anywhere but in `place`.
    pub async fn describe_installed(name: &str, place: &Path, patience: Duration) -> Option<Result<Self, String>> {
        match name {
            "udocker" => udocker::describe(place, patience).await,
            _ => apptainer::describe(name, place, patience).await,
        }
    }
}

/// An image that was unpacked, and how a command is started in it.
pub(in crate::execute) struct Cabin {
    directory: PathBuf,
    engine: Indoor,
    offline: bool,
    pub argv: Vec<String>,
    environment: BTreeMap<String, String>,
    pub used: ImageUsed,
}

/// What unpacking needs to know.
struct Room<'a> {
    bubblewrap: &'a Path,
    /// Where everything of this image is put.
    directory: &'a Path,
    work_dir: &'a Path,
    hide: &'a [PathBuf],
    mark: &'a Mark,
}

impl Cabin {
    pub async fn prepare(
        execution: &Execution,
        container: &Container,
        engine: &Indoor,
        bubblewrap: &Path,
        work_dir: &Path,
    ) -> Result<Self, Error> {
        let mark = &execution.command.mark;
        let directory = container.attempt_dir.join(IMAGES).join(mark.index().to_string());
        let hide: Vec<PathBuf> = execution.isolation.hide.iter().filter_map(|path| path.canonicalize().ok()).collect();
        let trouble = |error: io::Error| Error::Container(format!("its files could not be made: {error}"));
        let directory = fresh(directory).await.map_err(trouble)?;
        let room = Room { bubblewrap, directory: &directory, work_dir, hide: &hide, mark };
        let preparing = room.cabin(execution, container, engine);
        let prepared = execution.cancel.run_until_cancelled(preparing).await.ok_or(Error::Stopped).and_then(|made| made);
        if prepared.is_err() {
            tidy(directory).await;
        }
        prepared
    }

    pub fn sandbox<'a>(&'a self, work_dir: &'a Path, temp_dir: &'a Path, hide: &'a [PathBuf]) -> Sandbox<'a> {
        let shown = std::slice::from_ref(&self.directory);
        let root = if self.engine.kind == Kind::Apptainer { Root::Mapped } else { Root::Powerless };
        Sandbox { work_dir, temp_dir, hide, environment: &self.environment, shown, offline: self.offline, root }
    }

    /// What an end means, of which nobody but the engine knows whether it was the command's or its own.
    pub fn verdict(&self, command: &Command, end: End, stderr: &Path, temp_dir: &Path) -> Result<End, Error> {
        match self.engine.kind {
            Kind::Apptainer => apptainer::verdict(command, end, &said(stderr)),
            Kind::Udocker { .. } => udocker::verdict(command, end, &said(stderr), temp_dir),
        }
    }

    pub async fn remove(&self) {
        tidy(self.directory.clone()).await;
    }

    /// To be called where nothing can be awaited.
    pub fn discard(&self) {
        // What stays is in a directory that is removed in the end.
        let _ = std::fs::remove_dir_all(&self.directory);
    }
}

/// Empty, also when an earlier try was killed in it.
async fn fresh(directory: PathBuf) -> io::Result<PathBuf> {
    let make = move || {
        if let Err(error) = std::fs::remove_dir_all(&directory)
            && error.kind() != io::ErrorKind::NotFound
        {
            return Err(error);
        }
        for path in [directory.clone(), directory.join("temp")] {
            DirBuilder::new().recursive(true).mode(0o700).create(path)?;
        }
        directory.canonicalize()
    };
    tokio::task::spawn_blocking(make).await.map_err(io::Error::other)?
}

async fn tidy(directory: PathBuf) {
    // Best effort: what stays is in a directory that is removed in the end.
    let _ = tokio::task::spawn_blocking(move || std::fs::remove_dir_all(directory)).await;
}

impl Room<'_> {
    async fn cabin(&self, execution: &Execution, container: &Container, engine: &Indoor) -> Result<Cabin, Error> {
        let Image::Archive { kind, path } = &container.image else {
            let reason = format!("{} has no storage of images with names: bring an archive of it along", engine.name());
            return Err(Error::Image { image: container.image.to_string(), reason });
        };
        let unusable = |reason: String| Error::Image { image: container.image.to_string(), reason };
        let archive = self.work_dir.join(path);
        if !archive.is_file() {
            return Err(unusable("there is no such file in the work directory".into()));
        }
        for place in [self.work_dir, self.directory] {
            if place.to_str().is_none_or(|text| text.contains([':', ',', '\n'])) {
                return Err(Error::Directory { path: place.to_owned(), reason: "engines cannot be given its name".into() });
            }
        }
        let contents = self.contents(*kind, &archive).await.map_err(unusable)?;
        let command = &execution.command;
        let argv = if command.argv.is_empty() { contents.command.clone() } else { command.argv.clone() };
        if argv.is_empty() {
            return Err(unusable("it has no command of its own, and the request gives none".into()));
        }
        let start = match &engine.kind {
            Kind::Apptainer => apptainer::prepare(self, engine, *kind, &archive, command).await,
            Kind::Udocker { proot } => udocker::prepare(self, engine, proot, *kind, &archive, command).await,
        };
        let (mut words, environment) = start.map_err(unusable)?;
        words.extend(argv.iter().cloned());
        Ok(Cabin {
            directory: self.directory.to_owned(),
            engine: engine.clone(),
            offline: container.network == Network::None,
            argv: words,
            environment,
            used: ImageUsed {
                engine: engine.describe(),
                name: contents.name,
                digest: contents.digest,
                id: contents.id,
                command: argv,
            },
        })
    }

    /// Also unpacks the archive as such, into `archive`, unless it is one file of an image.
    async fn contents(&self, kind: ArchiveKind, archive: &Path) -> Result<Contents, String> {
        let unpacked = self.directory.join("archive");
        if kind != ArchiveKind::Sif {
            std::fs::create_dir(&unpacked).map_err(|error| error.to_string())?;
            let words = ["tar".into(), "-xf".into(), text(archive), "-C".into(), text(&unpacked)];
            self.succeed(&words, &BTreeMap::new()).await.map_err(|said| format!("it cannot be unpacked: {said}"))?;
        }
        let archive = archive.to_owned();
        let read = move || match kind {
            ArchiveKind::Oci => contents::of_oci(&unpacked),
            ArchiveKind::Docker => contents::of_docker(&unpacked),
            ArchiveKind::Sif => contents::of_sif(&archive),
        };
        tokio::task::spawn_blocking(read).await.map_err(|lost| lost.to_string())?
    }

    /// Runs a command that works on the image, where it can write nothing but into this room and reach nobody.
    async fn succeed(&self, words: &[String], environment: &BTreeMap<String, String>) -> Result<String, String> {
        let temp_dir = self.directory.join("temp");
        let mut all = own_environment();
        all.extend(environment.clone());
        let sandbox = Sandbox {
            work_dir: self.directory,
            temp_dir: &temp_dir,
            hide: self.hide,
            environment: &all,
            shown: &[self.work_dir.to_owned()],
            offline: true,
            root: Root::Unseen,
        };
        let mut command = process::Command::new(self.bubblewrap);
        command.args(ROOT).args(sandbox.arguments()).arg("--").args(words);
        // Sweeps know it by the mark.
        command.env_clear().envs(self.mark.variables()).current_dir("/");
        let answer: Answer = attempt(command, UNPACKING).await?;
        if answer.code == Some(0) { Ok(answer.stdout) } else { Err(answer.complaint()) }
    }
}

/// Of an engine in the sandbox: nothing of the person's.
fn own_environment() -> BTreeMap<String, String> {
    let path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    let here = std::env::var("PATH").unwrap_or_default();
    let variable = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    BTreeMap::from([
        variable("PATH", &format!("{here}:{path}")),
        variable("HOME", "/tmp"),
        variable("TMPDIR", "/tmp"),
        variable("LANG", "C.UTF-8"),
    ])
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

/// What an engine says of itself when asked for its version, with all its files in `place`.
async fn ask(program: &Path, words: &[&str], place: &Path, patience: Duration) -> Result<String, String> {
    let mut command = process::Command::new(program);
    let path = std::env::var_os("PATH").unwrap_or_default();
    command.args(words).env_clear().env("PATH", path).env("HOME", place).env("UDOCKER_DIR", place).current_dir(place);
    let answer = attempt(command, patience).await?;
    if answer.code == Some(0) { Ok(answer.stdout) } else { Err(answer.complaint()) }
}

/// udocker asks root whether it means it.
fn allowed() -> &'static [&'static str] {
    if getuid().is_root() { &["--allow-root"] } else { &[] }
}
