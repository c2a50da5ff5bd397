//! Executing in a container: the way of [`execute`](super::execute) with an engine between the pilot and the payload.
//!
//! ```text
//! image name or archive -> found in the person's storage, or unpacked into the attempt's own     (image)
//!   -> podman run joins a control group "engine" ...                                              (nest)
//!   -> ... and starts conmon, runc and the payload, which is put below the group "payload"        (arguments)
//!   -> exit, wall time, memory, cancellation: as without a container                              (running)
//!   -> the container is removed, both groups are emptied and removed                              (launch)
//! ```
//!
//! The engine keeps everything in a storage of the attempt's own, below the attempt's directory (store): the person's
//! containers are never touched, and the person's images are only read. So whatever a killed pilot left is found by
//! its place, and removed with it.
//!
//! That is podman's way. Apptainer and udocker, which need less of a computer, have another one (indoor).
//!
//! Whether an engine works is never read off its version: a container of a tiny image is run, the very way that
//! payloads are (trial).

mod arguments;
mod image;
mod indoor;
mod launch;
mod nest;
mod state;
mod store;
mod tiny;
mod trial;

pub(super) use indoor::Cabin;
pub use indoor::Indoor;
pub(super) use launch::Launch;
pub(super) use nest::Nest;
pub(super) use state::forgotten;
pub(super) use store::Store;
pub(super) use trial::clear_trials;

use std::collections::BTreeMap;
use std::path::PathBuf;

use model::request::{Image, Network};
use serde::{Deserialize, Serialize};

/// Which engines were tried on this computer, and those that work.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Containers {
    /// The best first.
    pub engines: Vec<Engine>,
    pub tried: Vec<Tried>,
}

impl Containers {
    /// The best one that can run the image, or why none can.
    pub fn choose(&self, image: &Image) -> Result<&Engine, String> {
        let able = image.engines();
        self.engines.iter().find(|engine| able.contains(&engine.name())).ok_or_else(|| {
            if self.engines.is_empty() {
                format!("no container engine works here: {}", self.complaint())
            } else {
                format!("no container engine that works here can run {image}, only {}: {}", able.join(", "), self.complaint())
            }
        })
    }

    /// Each engine with why it cannot be used.
    pub fn complaint(&self) -> String {
        let tried: Vec<String> = self.tried.iter().map(|tried| format!("{}: {}", tried.engine, tried.detail)).collect();
        if tried.is_empty() { "none was tried".to_owned() } else { tried.join("; ") }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tried {
    pub engine: String,
    pub works: bool,
    /// How it works, or why not.
    pub detail: String,
}

/// A container engine that has run a command here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Engine {
    Podman(Podman),
    Indoor(Indoor),
}

impl Engine {
    pub fn name(&self) -> &'static str {
        match self {
            Self::Podman(_) => "podman",
            Self::Indoor(indoor) => indoor.name(),
        }
    }

    pub fn describe(&self) -> String {
        match self {
            Self::Podman(podman) => podman.describe(),
            Self::Indoor(indoor) => indoor.describe(),
        }
    }
}

/// A podman that has started a container here, and how.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Podman {
    pub program: PathBuf,
    pub version: String,
    /// What it starts containers with: runc, crun.
    pub runtime: String,
    /// The person's storage, from which images are read.
    pub images: PathBuf,
    /// Of that storage, and therefore of the attempts' own.
    pub driver: String,
    /// A program that mounts, where the kernel does not do it for an ordinary user.
    pub mount_program: Option<PathBuf>,
    /// What it needs of the environment to find its files.
    pub environment: BTreeMap<String, String>,
    /// Mounts in a namespace of its own, which goes with its last process: see [`store`].
    #[serde(default)]
    pub apart: bool,
}

impl Podman {
    pub fn describe(&self) -> String {
        format!("podman {} with {}", self.version, self.runtime)
    }
}

/// What to run a command in.
#[derive(Clone, Debug)]
pub struct Container {
    pub engine: Engine,
    pub image: Image,
    pub network: Network,
    /// The attempt's: the engine keeps everything below it.
    pub attempt_dir: PathBuf,
}

/// The image that was run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImageUsed {
    /// What ran it.
    pub engine: String,
    pub name: Option<String>,
    pub digest: String,
    pub id: String,
    /// What ran: the execution's command, or the image's own.
    pub command: Vec<String>,
}

/// Where a container finds the work directory and the temporary one.
const WORK: &str = "/work";
const TEMP: &str = "/tmp";
