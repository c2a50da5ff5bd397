//! Everything before a command's start: its directories, its log files, the control group or container it is put into.

use std::fs::File;
use std::path::{Path, PathBuf};

use tokio::signal::unix::{SignalKind, signal};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::cgroup::Group;
use super::container::{Cabin, Engine, Launch, Nest};
use super::keeper::Keeper;
use super::running::{Contained, Ended, Started, supervise};
use super::sandbox::{self, Root, Sandbox};
use super::start::{Child, Start};
use super::streams::create;
use super::tree::{self, Tree};
use super::{Command, Confinement, Container, Error, Execution, Need, Report, fleeting};

/// What takes time and no cores was done.
pub(super) struct Prepared {
    execution: Execution,
    bubblewrap: Option<PathBuf>,
    places: Places,
    ready: Ready,
}

pub(super) fn prepare(execution: Execution) -> Result<Prepared, Error> {
    execution.command.check(execution.container.is_some())?;
    let bubblewrap = bubblewrap(&execution)?.map(Path::to_owned);
    let work_dir = canonical(&execution.command.work_dir)?;
    std::fs::create_dir_all(&execution.command.temp_dir).map_err(|error| unusable(&execution.command.temp_dir, &error))?;
    let places = Places { work_dir, temp_dir: canonical(&execution.command.temp_dir)?, status: execution.logs.join(".status") };
    let ready = Ready::make(&execution)?;
    Ok(Prepared { execution, bubblewrap, places, ready })
}

impl Prepared {
    pub fn cancel(&self) -> &CancellationToken {
        &self.execution.cancel
    }

    /// Lets `turn` go as soon as the last process has ended: what is left then keeps nobody from beginning.
    pub async fn run(self, turn: impl Send) -> Result<Report, Error> {
        let Self { execution, bubblewrap, places, mut ready } = self;
        let mut turn = Some(turn);
        let mut tries_left = fleeting::TRIES;
        loop {
            tries_left -= 1;
            let started = ready.start(&execution, bubblewrap.as_deref(), &places, tries_left == 0).await?;
            match supervise(&execution, bubblewrap.as_deref(), &places, started, &mut turn).await? {
                Ended::Finally(report) => return Ok(*report),
                Ended::BeforeItBegan => {
                    sleep(fleeting::PAUSE).await;
                    ready = Ready::make(&execution)?;
                }
            }
        }
    }
}

/// What one start uses up.
struct Ready {
    vehicle: Unjoined,
    stdout: File,
    stderr: File,
}

impl Ready {
    fn make(execution: &Execution) -> Result<Self, Error> {
        let stdout = create(&execution.logs.join("stdout"))?;
        let stderr = create(&execution.logs.join("stderr"))?;
        let (mark, limits) = (&execution.command.mark, &execution.limits);
        let vehicle = match execution.container {
            // A container takes so long to prepare that it waits for its turn.
            Some(_) => None,
            None => Some(Vehicle::Plain(Group::create(&execution.host.limits, mark, limits)?)),
        };
        Ok(Self { vehicle: Unjoined(vehicle), stdout, stderr })
    }

    async fn start(
        self,
        execution: &Execution,
        bubblewrap: Option<&Path>,
        places: &Places,
        last_try: bool,
    ) -> Result<Started, Error> {
        let Self { mut vehicle, stdout, stderr } = self;
        if vehicle.0.is_none() {
            vehicle.0 = Some(Vehicle::contained(execution, bubblewrap, places).await?);
        }
        // Before the start, or the news of a very short command's end would be missed.
        let endings = signal(SignalKind::child()).map_err(Error::Start)?;
        if vehicle.0.as_ref().is_some_and(|vehicle| vehicle.has_orphans(bubblewrap.is_some())) {
            tree::adopt_orphans().map_err(Error::Start)?;
        }
        let (vehicle, child) = vehicle.start(execution, bubblewrap, places).await?;
        Ok(Started { vehicle, child, stdout, stderr, endings, last_try })
    }
}

/// Removed again when nothing is started in it.
struct Unjoined(Option<Vehicle>);

impl Unjoined {
    async fn start(
        mut self,
        execution: &Execution,
        bubblewrap: Option<&Path>,
        places: &Places,
    ) -> Result<(Vehicle, Child), Error> {
        let missing = || Error::Start(std::io::Error::other("there is nothing to start in"));
        let vehicle = self.0.as_ref().ok_or_else(missing)?;
        let child = vehicle.start(&execution.command, bubblewrap, &execution.isolation.hide, places).await?;
        Ok((self.0.take().ok_or_else(missing)?, child))
    }
}

impl Drop for Unjoined {
    fn drop(&mut self) {
        if let Some(vehicle) = self.0.take() {
            vehicle.discard();
        }
    }
}

fn bubblewrap(execution: &Execution) -> Result<Option<&Path>, Error> {
    match (&execution.container, &execution.host.isolation) {
        (None, _) => {}
        (Some(Container { engine: Engine::Podman(_), .. }), _) => return Ok(None),
        (Some(_), Confinement::Bubblewrap { program }) => return Ok(Some(program)),
        (Some(container), Confinement::None { reason }) => {
            let engine = container.engine.name();
            return Err(Error::Container(format!(
                "{engine} is used inside of bubblewrap only, which does not work here: {reason}"
            )));
        }
    }
    match (execution.isolation.need, &execution.host.isolation) {
        (Need::Off, _) | (Need::WhenAvailable, Confinement::None { .. }) => Ok(None),
        (Need::Required, Confinement::None { reason }) => Err(Error::NotIsolated(reason.clone())),
        (Need::Required | Need::WhenAvailable, Confinement::Bubblewrap { program }) => Ok(Some(program)),
    }
}

fn canonical(path: &Path) -> Result<PathBuf, Error> {
    let canonical = path.canonicalize().map_err(|error| unusable(path, &error))?;
    if canonical.is_dir() {
        Ok(canonical)
    } else {
        Err(Error::Directory { path: canonical, reason: "it is no directory".into() })
    }
}

fn unusable(path: &Path, error: &std::io::Error) -> Error {
    Error::Directory { path: path.to_owned(), reason: error.to_string() }
}

pub(super) struct Places {
    pub work_dir: PathBuf,
    pub temp_dir: PathBuf,
    /// What the starting shell and bubblewrap have to say.
    pub status: PathBuf,
}

impl Drop for Places {
    fn drop(&mut self) {
        // Best effort: both lie in directories that the caller removes.
        let _ = std::fs::remove_file(&self.status);
        let _ = std::fs::remove_dir(&self.temp_dir).or_else(|_| std::fs::remove_dir_all(&self.temp_dir));
    }
}

/// What the payload is put into.
pub(super) enum Vehicle {
    Plain(Option<Group>),
    Container(Nest, Box<Launch>),
    Indoor(Option<Group>, Box<Cabin>),
}

impl Vehicle {
    async fn contained(execution: &Execution, bubblewrap: Option<&Path>, places: &Places) -> Result<Self, Error> {
        let (mark, limits) = (&execution.command.mark, &execution.limits);
        let (podman, container) = match (&execution.container, bubblewrap) {
            (Some(container @ Container { engine: Engine::Podman(podman), .. }), _) => (podman, container),
            (Some(container @ Container { engine: Engine::Indoor(engine), .. }), Some(bubblewrap)) => {
                let cabin = Cabin::prepare(execution, container, engine, bubblewrap, &places.work_dir).await?;
                let made = Group::create(&execution.host.limits, mark, limits);
                if made.is_err() {
                    cabin.remove().await;
                }
                return Ok(Self::Indoor(made?, Box::new(cabin)));
            }
            (Some(_), None) | (None, _) => return Ok(Self::Plain(None)),
        };
        // First: where there is none, nobody looks for the groups.
        let store = container.open_store(podman, mark)?;
        let nest = Nest::create(&execution.host.limits, mark, limits)?;
        match Launch::prepare(execution, container, podman, store, &nest, &places.work_dir, &places.temp_dir).await {
            Ok(launch) => Ok(Self::Container(nest, Box::new(launch))),
            Err(error) => {
                // Nobody joined it.
                let _ = nest.remove();
                Err(error)
            }
        }
    }

    fn has_orphans(&self, confined: bool) -> bool {
        matches!(self, Self::Plain(None) | Self::Indoor(None, _)) || confined
    }

    async fn start(
        &self,
        command: &Command,
        bubblewrap: Option<&Path>,
        hide: &[PathBuf],
        places: &Places,
    ) -> Result<Child, Error> {
        let Places { work_dir, temp_dir, status } = places;
        let hide: Vec<PathBuf> = hide.iter().filter_map(|path| path.canonicalize().ok()).collect();
        let group = match self {
            Self::Plain(group) => group,
            Self::Indoor(group, cabin) => {
                let sandbox = cabin.sandbox(work_dir, temp_dir, &hide);
                let bubblewrap = bubblewrap.map(|program| (program, sandbox.arguments()));
                let environment = command.mark.variables().into();
                let doors = group.as_ref().map_or_else(Vec::new, Group::doors);
                return Start { argv: &cabin.argv, environment, work_dir, doors, status, bubblewrap }.start().await;
            }
            Self::Container(nest, launch) => {
                let (argv, environment) = (&launch.argv, launch.environment(command));
                let work_dir = launch.directory();
                return Start { argv, environment, work_dir, doors: nest.doors(), status, bubblewrap: None }.start().await;
            }
        };
        let inside_temp_dir = if bubblewrap.is_some() { Path::new(sandbox::TEMP) } else { temp_dir.as_path() };
        let environment = command.environment(work_dir, inside_temp_dir);
        let bubblewrap = bubblewrap.map(|program| {
            let (environment, root) = (&environment, Root::Powerless);
            let sandbox = Sandbox { work_dir, temp_dir, hide: &hide, environment, shown: &[], offline: false, root };
            (program, sandbox.arguments())
        });
        let environment = if bubblewrap.is_some() { command.mark.variables().into() } else { environment };
        let doors = group.as_ref().map_or_else(Vec::new, Group::doors);
        Start { argv: &command.argv, environment, work_dir, doors, status, bubblewrap }.start().await
    }

    fn discard(self) {
        // What could not be removed now is found by a sweep.
        let _ = match self {
            Self::Plain(group) => group.map_or(Ok(true), |group| group.remove()),
            Self::Container(nest, _) => nest.remove(),
            Self::Indoor(group, cabin) => {
                cabin.discard();
                group.map_or(Ok(true), |group| group.remove())
            }
        };
    }

    pub fn keep(self, tree: impl FnOnce() -> Tree) -> (Keeper, Option<Contained>) {
        let outside = |group: Option<Group>| group.map_or_else(|| Keeper::Tree(tree()), Keeper::Group);
        match self {
            Self::Plain(group) => (outside(group), None),
            Self::Container(nest, launch) => (Keeper::Nest(nest), Some(Contained::Podman(launch))),
            Self::Indoor(group, cabin) => (outside(group), Some(Contained::Indoor(cabin))),
        }
    }
}
