//! Finding out whether an engine works: by running a container of a tiny image the very way that payloads are run.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::ErrorKind;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use model::request::{ArchiveKind, Image, Network};
use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;
use tokio::io::AsyncWriteExt;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::{Container, Containers, Engine, Indoor, Podman, Store, Tried, image, tiny};
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
    pub async fn detect(host: &Host, place: &Path) -> Self {
        let limits = &host.limits;
        clear_trials(limits, place, &mut Cleared::default()).await;
        let mut found = Self::default();
        match on_own_path("podman") {
            None => found.note("podman", Err("is not installed".into())),
            Some(program) => found.note("podman", try_podman(&program, limits, place).await.map(Engine::Podman)),
        }
        for name in ["apptainer", "singularity", "udocker"] {
            // Apptainer goes by both names.
            if name == "singularity" && found.engines.iter().any(|engine| engine.name() == "apptainer") {
                continue;
            }
            found.note(name, try_indoor(name, host, place).await.map(Engine::Indoor));
        }
        found
    }

    fn note(&mut self, engine: &str, result: Result<Engine, String>) {
        let works = result.is_ok();
        let detail = match &result {
            Ok(engine) => format!("{} has started a container", engine.describe()),
            Err(reason) => reason.clone(),
        };
        self.engines.extend(result.ok());
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

async fn try_indoor(name: &str, host: &Host, place: &Path) -> Result<Indoor, String> {
    let trial = Trial::begin(place)?;
    let tried = async {
        let installed = Indoor::describe_installed(name, &trial.directory, PATIENCE).await;
        let engine = installed.unwrap_or_else(|| Err("is not installed".into()))?;
        if let Confinement::None { reason } = &host.isolation {
            return Err(format!("is used inside of bubblewrap only, which does not work here: {reason}"));
        }
        let archive = tiny::oci_archive().ok_or_else(no_trial)?;
        let start = async |work_dir: &Path| {
            std::fs::write(work_dir.join("trial.tar"), archive).map_err(|error| error.to_string())?;
            Ok(Image::Archive { kind: ArchiveKind::Oci, path: "trial.tar".into() })
        };
        // Unpacking has the patience that large images need.
        let started = tokio::time::timeout(2 * PATIENCE, trial.start(host, Engine::Indoor(engine.clone()), start)).await;
        match started.unwrap_or_else(|_| Err(format!("no container within {} s", 2 * PATIENCE.as_secs()))) {
            Ok(()) => Ok(engine),
            Err(reason) => Err(format!("{} failed: {}", engine.describe(), reason.trim())),
        }
    };
    let tried = tried.await;
    let cleared = trial.end(&host.limits).await;
    tried.and_then(|engine| cleared.map(|()| engine))
}

fn no_trial() -> String {
    format!("no trial is known for {} processors", std::env::consts::ARCH)
}

async fn try_start(podman: &Podman, limits: &Limiter, place: &Path) -> Result<(), String> {
    let trial = Trial::begin(place)?;
    let (directory, attempt) = (&trial.directory, &trial.attempt);
    let import = async |_: &Path| {
        let store = Store::open(directory, attempt, podman).map_err(|error| error.to_string())?;
        import(&store).await.map(Image::Local)
    };
    let host = Host {
        isolation: Confinement::None { reason: String::new() },
        limits: limits.clone(),
        containers: Containers::default(),
    };
    let tried = trial.start(&host, Engine::Podman(podman.clone()), import).await;
    let cleared = trial.end(limits).await;
    tried.and(cleared)
}

/// A directory in which an engine is tried.
struct Trial {
    directory: PathBuf,
    attempt: String,
    /// Says that it is under way, for as long as this process lives.
    _lock: Option<File>,
}

impl Trial {
    fn begin(place: &Path) -> Result<Self, String> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let attempt = format!("{PREFIX}{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let directory = place.join(&attempt);
        let made = DirBuilder::new().mode(0o700).create(&directory);
        made.map_err(|error| format!("{} could not be made: {error}", directory.display()))?;
        let lock = lock(&directory, true).map_err(|error| format!("{} could not be locked: {error}", directory.display()))?;
        Ok(Self { directory, attempt, _lock: lock })
    }

    async fn end(self, limits: &Limiter) -> Result<(), String> {
        clear(limits, &self.directory, &self.attempt).await
    }

    /// `image` makes what is tried, in the work directory or elsewhere.
    async fn start(
        &self,
        host: &Host,
        engine: Engine,
        image: impl AsyncFnOnce(&Path) -> Result<Image, String>,
    ) -> Result<(), String> {
        let Self { directory, attempt, .. } = self;
        let text = |error: std::io::Error| error.to_string();
        let [work_dir, logs] = ["work", "logs"].map(|name| directory.join(name));
        for path in [&work_dir, &logs] {
            DirBuilder::new().mode(0o700).create(path).map_err(text)?;
        }
        let image = image(&work_dir).await?;
        let execution = Execution {
            host: host.clone(),
            command: Command {
                argv: vec![tiny::PROGRAM.into()],
                env: [].into(),
                work_dir,
                temp_dir: directory.join("temp"),
                mark: Mark::new(attempt, 0).ok_or("no name for a trial")?,
            },
            container: Some(Container { engine, image, network: Network::None, attempt_dir: directory.to_owned() }),
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
}

async fn import(store: &Store) -> Result<String, String> {
    let archive = tiny::archive().ok_or_else(no_trial)?;
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
