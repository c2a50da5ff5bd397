//! What this computer allows, found out by trying.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::process::Command;

use super::container::Containers;
use super::sandbox::{self, ROOT, Sandbox};
use super::{fleeting, hierarchy};

/// The facts of one computer; found once and passed along.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Host {
    pub isolation: Confinement,
    pub limits: Limiter,
    /// Tried apart from the rest, as it takes longer: see [`Containers::detect`].
    #[serde(default)]
    pub containers: Containers,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "by")]
pub enum Confinement {
    Bubblewrap { program: PathBuf },
    None { reason: String },
}

/// Who enforces and measures. The paths are the directories in which groups are made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "by")]
pub enum Limiter {
    CgroupV2 { parent: PathBuf },
    CgroupV1 { memory: PathBuf, cpu: Option<PathBuf>, cpuacct: Option<PathBuf>, pids: Option<PathBuf> },
    Sampling { reason: String },
}

/// What the administrator says about it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// Where bwrap is; searched for on PATH when none.
    pub bubblewrap: Option<PathBuf>,
    pub use_bubblewrap: bool,
    pub use_cgroups: bool,
    /// A version 2 group in which groups may be made, when it is not the pilot's own.
    pub cgroup_parent: Option<PathBuf>,
    /// For each trial.
    pub deadline: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self { bubblewrap: None, use_bubblewrap: true, use_cgroups: true, cgroup_parent: None, deadline: Duration::from_secs(5) }
    }
}

impl Host {
    /// Tries; a "no" keeps its reason. On a version 2 hierarchy the calling process may be moved into a child group of
    /// its own, since a group with processes cannot hand its controllers on.
    pub async fn detect(settings: &Settings) -> Self {
        Self { isolation: isolation(settings).await, limits: limits(settings).await, containers: Containers::default() }
    }
}

async fn isolation(settings: &Settings) -> Confinement {
    if !settings.use_bubblewrap {
        return Confinement::None { reason: "switched off in the configuration".into() };
    }
    let Some(program) = settings.bubblewrap.clone().or_else(|| on_path("bwrap")) else {
        return Confinement::None { reason: "bubblewrap (bwrap) is not installed".into() };
    };
    match try_sandbox(&program, settings.deadline).await {
        Ok(()) => Confinement::Bubblewrap { program },
        Err(reason) => Confinement::None { reason: format!("{} does not work here: {reason}", program.display()) },
    }
}

pub(super) fn on_path(name: &str) -> Option<PathBuf> {
    let fallback = ["/usr/bin", "/usr/local/bin", "/bin", "/usr/sbin"].map(PathBuf::from);
    on_own_path(name).or_else(|| first_file(fallback, name))
}

/// Of what an administrator may want to keep from us, only what PATH shows.
pub(super) fn on_own_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    first_file(std::env::split_paths(&path), name)
}

fn first_file(directories: impl IntoIterator<Item = PathBuf>, name: &str) -> Option<PathBuf> {
    directories.into_iter().map(|directory| directory.join(name)).find(|file| file.is_absolute() && file.is_file())
}

/// Everything that an execution will ask of it: all namespaces, a mask, a status descriptor, arguments by descriptor.
async fn try_sandbox(program: &Path, deadline: Duration) -> Result<(), String> {
    let mut tried = try_sandbox_once(program, deadline).await;
    for _ in 1..fleeting::TRIES {
        match &tried {
            Err(complaint) if fleeting::is_said(complaint.as_bytes()) => tokio::time::sleep(fleeting::PAUSE).await,
            _ => break,
        }
        tried = try_sandbox_once(program, deadline).await;
    }
    tried
}

async fn try_sandbox_once(program: &Path, deadline: Duration) -> Result<(), String> {
    let root = Path::new("/");
    let environment = [("PATH".to_owned(), "/usr/bin:/bin".to_owned())].into();
    let hide = [PathBuf::from("/sys")];
    let temp = std::env::temp_dir();
    let sandbox = Sandbox {
        work_dir: &temp,
        temp_dir: &temp,
        hide: &hide,
        environment: &environment,
        shown: &[],
        offline: false,
        root: sandbox::Root::Powerless,
    };
    let mut command = Command::new(program);
    command.args(ROOT).args(sandbox.arguments()).args(["--json-status-fd", "1", "--args", "0", "--", "/bin/sh", "-c", "exit 7"]);
    command.env_clear().current_dir(root);
    let answer = attempt(command, deadline).await?;
    if answer.code == Some(7) && answer.stdout.contains("\"exit-code\": 7") { Ok(()) } else { Err(answer.complaint()) }
}

async fn limits(settings: &Settings) -> Limiter {
    if !settings.use_cgroups {
        return Limiter::Sampling { reason: "switched off in the configuration".into() };
    }
    let mut reasons = Vec::new();
    for candidate in hierarchy::candidates(settings.cgroup_parent.as_deref()) {
        let tried = match candidate {
            Ok(limiter) => hierarchy::try_group(&limiter, settings.deadline).await.map(|()| limiter),
            Err(reason) => Err(reason),
        };
        match tried {
            Ok(limiter) => return limiter,
            Err(reason) => reasons.push(reason),
        }
    }
    Limiter::Sampling { reason: reasons.join("; ") }
}

pub(super) struct Answer {
    pub code: Option<i32>,
    pub stdout: String,
    stderr: String,
}

impl Answer {
    pub fn complaint(&self) -> String {
        let said = self.stderr.trim();
        if said.is_empty() { format!("it ended with {:?} and said nothing", self.code) } else { said.to_owned() }
    }
}

pub(super) async fn attempt(mut command: Command, deadline: Duration) -> Result<Answer, String> {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    match tokio::time::timeout(deadline, command.output()).await {
        Err(_) => Err(format!("no answer within {} s", deadline.as_secs_f32())),
        Ok(Err(error)) => Err(error.to_string()),
        Ok(Ok(output)) => Ok(Answer {
            code: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }),
    }
}
