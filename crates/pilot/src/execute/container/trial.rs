//! Finding out whether an engine works: by running a container of a tiny image the very way that payloads are run.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::ErrorKind;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;
use std::process::Stdio;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use model::request::{Image, Network};
use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;
use tokio::io::AsyncWriteExt;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::{Container, Containers, Podman, Store, Tried, image, tiny};
use crate::execute::host::{on_own_path, on_path};
use crate::execute::leftovers::{Cleared, trier_lives};
use crate::execute::{
    Command, Confinement, End, Execution, Host, Isolation, Limiter, Limits, Mark, Need, Progress, execute, sweep,
};

/// For each question to an engine, and for the container. A busy computer takes seconds for what else takes 0.3.
const PATIENCE: Duration = Duration::from_secs(30);
const PREFIX: &str = "trial-";

impl Containers {
    /// Tries in a directory of its own below `place`, which should be on the same file system as attempts are.
    pub async fn detect(limits: &Limiter, place: &Path) -> Self {
        clear_trials(limits, place, &mut Cleared::default()).await;
        let mut found = Self::default();
        match on_own_path("podman") {
            None => found.note("podman", Err("is not installed".into())),
            Some(program) => match try_podman(&program, limits, place).await {
                Ok(podman) => {
                    found.note("podman", Ok(format!("{} has started a container", podman.describe())));
                    found.podman = Some(podman);
                }
                Err(reason) => found.note("podman", Err(reason)),
            },
        }
        for engine in ["apptainer", "singularity", "udocker"] {
            let reason = on_own_path(engine).map_or("is not installed", |_| "is installed, but not used by this version");
            found.note(engine, Err(reason.into()));
        }
        found
    }

    fn note(&mut self, engine: &str, result: Result<String, String>) {
        let works = result.is_ok();
        let detail = result.unwrap_or_else(|reason| reason);
        self.tried.push(Tried { engine: engine.to_owned(), works, detail });
    }
}

/// With what it would use by itself, and then with what else is there: not every runtime takes every kernel.
async fn try_podman(program: &Path, limits: &Limiter, place: &Path) -> Result<Podman, String> {
    if let Limiter::Sampling { reason } = limits {
        return Err(format!("a container's limits could not be kept, since no control groups can be made: {reason}"));
    }
    let podman = image::describe(program, PATIENCE).await?;
    let others = ["runc", "crun"].into_iter().filter(|other| *other != podman.runtime && on_path(other).is_some());
    let runtimes: Vec<String> =
        Some(podman.runtime.clone()).into_iter().chain(others.map(str::to_owned)).filter(|name| !name.is_empty()).collect();
    let mut reasons = Vec::new();
    for runtime in runtimes {
        let podman = Podman { runtime, ..podman.clone() };
        match try_start(&podman, limits, place).await {
            Ok(()) => return Ok(podman),
            Err(reason) => reasons.push(format!("{} failed: {}", podman.describe(), reason.trim())),
        }
    }
    if reasons.is_empty() { Err("it has no runtime: runc or crun must be installed".into()) } else { Err(reasons.join("; ")) }
}

async fn try_start(podman: &Podman, limits: &Limiter, place: &Path) -> Result<(), String> {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let attempt = format!("{PREFIX}{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
    let directory = place.join(&attempt);
    let made = DirBuilder::new().mode(0o700).create(&directory);
    made.map_err(|error| format!("{} could not be made: {error}", directory.display()))?;
    // Says that it is under way, for as long as this process lives.
    let lock = lock(&directory, true).map_err(|error| format!("{} could not be locked: {error}", directory.display()))?;
    let tried = start(podman, limits, &directory, &attempt).await;
    let cleared = clear(limits, &directory, &attempt).await;
    drop(lock);
    tried.and(cleared)
}

async fn start(podman: &Podman, limits: &Limiter, directory: &Path, attempt: &str) -> Result<(), String> {
    let text = |error: std::io::Error| error.to_string();
    let id = import(&Store::open(directory, attempt, podman).map_err(text)?).await?;
    let [work_dir, logs] = ["work", "logs"].map(|name| directory.join(name));
    for path in [&work_dir, &logs] {
        DirBuilder::new().mode(0o700).create(path).map_err(text)?;
    }
    let execution = Execution {
        host: Host {
            isolation: Confinement::None { reason: String::new() },
            limits: limits.clone(),
            containers: Containers::default(),
        },
        command: Command {
            argv: vec![tiny::PROGRAM.into()],
            env: [].into(),
            work_dir,
            temp_dir: directory.join("temp"),
            mark: Mark::new(attempt, 0).ok_or("no name for a trial")?,
        },
        container: Some(Container {
            podman: podman.clone(),
            image: Image::Local(id),
            network: Network::None,
            attempt_dir: directory.to_owned(),
        }),
        limits: Limits { cores: Some(1), memory_bytes: Some(64 << 20), walltime: Some(PATIENCE), ..Limits::default() },
        isolation: Isolation { need: Need::Off, hide: vec![] },
        logs: logs.clone(),
        progress: watch::Sender::new(Progress::default()),
        cancel: CancellationToken::new(),
        grace: Duration::ZERO,
    };
    // A trial is part of an execution's future only in theory, but the compiler must see an end of the circle.
    let report = Box::pin(execute(execution)).await.map_err(|error| error.to_string())?;
    let said = std::fs::read_to_string(logs.join("stdout")).map_err(text)?;
    match report.end {
        End::Exited { code: tiny::EXITS } if said == tiny::SAYS => Ok(()),
        end => Err(format!("a container ended with {end:?} and said {said:?}")),
    }
}

async fn import(store: &Store) -> Result<String, String> {
    let archive = tiny::archive().ok_or_else(|| format!("no trial is known for {} processors", std::env::consts::ARCH))?;
    let mut command = store.command(&["import", "--quiet", "-"]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    let importing = async {
        let mut child = command.spawn()?;
        if let Some(mut stdin) = child.stdin.take() {
            stdin.write_all(&archive).await?;
        }
        child.wait_with_output().await
    };
    let output = tokio::time::timeout(PATIENCE, importing).await;
    let output = output.map_err(|_| format!("no answer within {} s", PATIENCE.as_secs()))?.map_err(|error| error.to_string())?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    if !output.status.success() {
        return Err(text(&output.stderr));
    }
    Ok(text(&output.stdout).trim_start_matches("sha256:").to_owned())
}

async fn clear(limits: &Limiter, directory: &Path, attempt: &str) -> Result<(), String> {
    let host = Host {
        isolation: Confinement::None { reason: String::new() },
        limits: limits.clone(),
        containers: Containers::default(),
    };
    let swept = sweep(&host, attempt, directory, PATIENCE).await;
    if !swept.is_clean() {
        return Err(format!("what it made could not be removed: {:?} {}", swept.left, swept.stuck.join("; ")));
    }
    std::fs::remove_dir_all(directory).map_err(|error| format!("{} could not be removed: {error}", directory.display()))
}

/// Removes what trials of processes that were killed have left.
pub(in crate::execute) async fn clear_trials(limits: &Limiter, place: &Path, cleared: &mut Cleared) {
    let Ok(entries) = std::fs::read_dir(place) else { return };
    for entry in entries.flatten() {
        let (name, path) = (entry.file_name().to_string_lossy().into_owned(), entry.path());
        if !name.starts_with(PREFIX) || !path.is_dir() {
            continue;
        }
        // Held while it is cleared: nobody else need try it.
        let lock = match lock(&path, false) {
            Ok(Some(lock)) => Some(lock),
            // An older version of this program has none.
            Err(error) if error.kind() == ErrorKind::NotFound && !trier_lives(&name) => None,
            _ => continue,
        };
        if !cleared.is_old(&path) {
            continue;
        }
        match clear(limits, &path, &name).await {
            Ok(()) => cleared.trials += 1,
            Err(reason) => tracing::warn!(reason, "the rest of an old trial stays"),
        }
        drop(lock);
    }
}

/// None when somebody else has it.
fn lock(directory: &Path, create: bool) -> std::io::Result<Option<File>> {
    let lock = OpenOptions::new().write(true).create(create).truncate(false).mode(0o600).open(directory.join("lock"))?;
    match flock(&lock, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(Some(lock)),
        Err(Errno::WOULDBLOCK) => Ok(None),
        Err(errno) => Err(errno.into()),
    }
}
