//! One execution from its start to its verdict.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::time::{Instant, sleep_until};

use super::cgroup::Group;
use super::container::{Launch, Nest};
use super::keeper::{Keeper, Meter};
use super::process::{self, Process};
use super::sandbox::{self, Sandbox};
use super::start::{Child, Start, Status};
use super::streams::{Pump, create};
use super::tree::{self, Tree};
use super::verdict::{reap, verdict};
use super::{Command, Confinement, End, Error, Execution, Need, Report, Usage};

/// Commands shorter than this are measured at their end only.
const REPORT_EVERY: Duration = Duration::from_millis(500);
/// Without a control group nobody else watches the memory.
const WATCH_EVERY: Duration = Duration::from_millis(100);
/// The engine removes a container's control group, and with it the kernel's word for a kill, within 0.1 s of its end.
const LOOK_FOR_KILLS_EVERY: Duration = Duration::from_millis(20);

pub(super) async fn run(execution: Execution) -> Result<Report, Error> {
    execution.command.check(execution.container.is_some())?;
    let bubblewrap = if execution.container.is_some() { None } else { bubblewrap(&execution)? };
    let work_dir = canonical(&execution.command.work_dir)?;
    std::fs::create_dir_all(&execution.command.temp_dir).map_err(|error| unusable(&execution.command.temp_dir, &error))?;
    let temp_dir = canonical(&execution.command.temp_dir)?;
    let status = execution.logs.join(".status");
    let places = Places { work_dir: &work_dir, temp_dir: &temp_dir, status: &status };
    let outcome = supervise(&execution, bubblewrap, &places).await;
    // Best effort: both lie in directories that the caller removes.
    let _ = std::fs::remove_file(&status);
    if std::fs::remove_dir(&temp_dir).is_err() {
        let _ = tokio::fs::remove_dir_all(&temp_dir).await;
    }
    outcome
}

fn bubblewrap(execution: &Execution) -> Result<Option<&Path>, Error> {
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

struct Places<'a> {
    work_dir: &'a Path,
    temp_dir: &'a Path,
    status: &'a Path,
}

async fn supervise(execution: &Execution, bubblewrap: Option<&Path>, places: &Places<'_>) -> Result<Report, Error> {
    let command = &execution.command;
    let stdout = create(&execution.logs.join("stdout"))?;
    let stderr = create(&execution.logs.join("stderr"))?;
    // Before the start, or the news of a very short command's end would be missed.
    let mut endings = signal(SignalKind::child()).map_err(Error::Start)?;
    let vehicle = Vehicle::make(execution, places).await?;
    if vehicle.has_orphans(bubblewrap.is_some()) {
        tree::adopt_orphans().map_err(Error::Start)?;
    }
    let begun = Instant::now();
    let child = match vehicle.start(command, bubblewrap, &execution.isolation.hide, places).await {
        Ok(child) => child,
        Err(error) => {
            // Nobody joined it.
            vehicle.discard();
            return Err(Error::Start(error));
        }
    };
    let main = child.pid;
    let (keeper, launch) = vehicle.keep(|| Tree::new(main, command.mark.clone(), places.work_dir.to_owned()));
    let cap = execution.limits.stream_cap_bytes;
    let out = Pump::start(child.stdout, stdout, cap, |all| &mut all.stdout, execution.progress.clone());
    let err = Pump::start(child.stderr, stderr, cap, |all| &mut all.stderr, execution.progress.clone());

    let outer = bubblewrap.map(|_| main);
    let mut running = Running { execution, keeper, meter: Meter::default(), main, outer, begun };
    if out.is_err() || err.is_err() {
        running.keeper.kill();
    }
    let stopped = running.until_ended(&mut endings).await;
    running.meter.count(&running.keeper);
    let killed = running.keeper.killed_for_memory();
    let status = Status::read(places.status);
    // bwrap ends without waiting for the first process of its namespace, which is ours then.
    if let Some(init) = status.init {
        tree::awaited().enter_init(init);
    }
    let elapsed = begun.elapsed();
    let ended = match &launch {
        Some(launch) => Some(launch.finish(main_exit(main)).await),
        None => None,
    };
    let all_ended = running.keeper.end(status.init, &mut endings).await;
    let zombies: Vec<Process> = [Some(main), status.init].into_iter().flatten().filter_map(own_zombie).collect();
    let usage = running.meter.finish(if launch.is_some() { &[] } else { &zombies });
    let exit = reap(main);
    status.init.map(reap);
    all_ended?;
    let stdout = out?.finish().await?;
    let stderr = err?.finish().await?;
    let killed = killed.or_else(|| running.keeper.was_full(&usage, &exit, &execution.limits));
    let log = execution.logs.join("stderr");
    let end = match (stopped, killed, &launch, &ended) {
        (Some(end), ..) => end,
        (None, Some(killed), ..) => End::OutOfMemory { limit_bytes: execution.limits.memory_bytes.filter(|_| killed.at_limit) },
        (None, None, Some(launch), Some(ended)) => launch.verdict(command, exit, &status.said, ended, &log)?,
        (None, None, ..) => verdict(command, bubblewrap.is_some(), exit, &status.said, &log)?,
    };
    let isolated = bubblewrap.is_some() || launch.is_some();
    Ok(Report { end, elapsed, usage, stdout, stderr, isolated, image: launch.map(|launch| launch.used) })
}

/// What the payload is put into.
enum Vehicle {
    Plain(Option<Group>),
    Container(Nest, Box<Launch>),
}

impl Vehicle {
    async fn make(execution: &Execution, places: &Places<'_>) -> Result<Self, Error> {
        let (mark, limits) = (&execution.command.mark, &execution.limits);
        let Some(container) = &execution.container else {
            return Ok(Self::Plain(Group::create(&execution.host.limits, mark, limits)?));
        };
        // First: where there is none, nobody looks for the groups.
        let store = container.open_store(mark)?;
        let nest = Nest::create(&execution.host.limits, mark, limits)?;
        match Launch::prepare(execution, container, store, &nest, places.work_dir, places.temp_dir).await {
            Ok(launch) => Ok(Self::Container(nest, Box::new(launch))),
            Err(error) => {
                // Nobody joined it.
                let _ = nest.remove();
                Err(error)
            }
        }
    }

    fn has_orphans(&self, confined: bool) -> bool {
        matches!(self, Self::Plain(None)) || confined
    }

    async fn start(
        &self,
        command: &Command,
        bubblewrap: Option<&Path>,
        hide: &[PathBuf],
        places: &Places<'_>,
    ) -> std::io::Result<Child> {
        let Places { work_dir, temp_dir, status } = *places;
        let group = match self {
            Self::Plain(group) => group,
            Self::Container(nest, launch) => {
                let (argv, environment) = (&launch.argv, launch.environment(command));
                let work_dir = launch.directory();
                return Start { argv, environment, work_dir, doors: nest.doors(), status, bubblewrap: None }.start().await;
            }
        };
        let inside_temp_dir = if bubblewrap.is_some() { Path::new(sandbox::TEMP) } else { temp_dir };
        let environment = command.environment(work_dir, inside_temp_dir);
        let bubblewrap = bubblewrap.map(|program| {
            let hide: Vec<PathBuf> = hide.iter().filter_map(|path| path.canonicalize().ok()).collect();
            let sandbox = Sandbox { work_dir, temp_dir, hide: &hide, environment: &environment };
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
        };
    }

    fn keep(self, tree: impl FnOnce() -> Tree) -> (Keeper, Option<Box<Launch>>) {
        match self {
            Self::Plain(group) => (group.map_or_else(|| Keeper::Tree(tree()), Keeper::Group), None),
            Self::Container(nest, launch) => (Keeper::Nest(nest), Some(launch)),
        }
    }
}

struct Running<'a> {
    execution: &'a Execution,
    keeper: Keeper,
    meter: Meter,
    main: i32,
    /// bwrap, when there is one.
    outer: Option<i32>,
    begun: Instant,
}

impl Running<'_> {
    /// Waits for the end of the main process, and tells why it was made to end, if it was.
    async fn until_ended(&mut self, endings: &mut Signal) -> Option<End> {
        let limits = &self.execution.limits;
        let walltime = limits.walltime.map(|walltime| self.begun + walltime);
        let watch = matches!(self.keeper, Keeper::Tree(_)) && limits.memory_bytes.is_some();
        let mut look_for_kills = matches!(self.keeper, Keeper::Nest(_)).then(|| self.begun + LOOK_FOR_KILLS_EVERY);
        let mut look_again = self.begun + if watch { WATCH_EVERY } else { REPORT_EVERY };
        let mut report_next = self.begun + REPORT_EVERY;
        let mut stopped: Option<End> = None;
        let mut kill_at: Option<Instant> = None;
        loop {
            if has_ended(self.main) {
                return stopped;
            }
            let mut stop = None;
            tokio::select! {
                _ = endings.recv() => {}
                () = self.execution.cancel.cancelled(), if stopped.is_none() => stop = Some(End::Cancelled),
                () = until(walltime), if stopped.is_none() => stop = Some(End::Walltime),
                () = until(kill_at) => {
                    self.keeper.kill();
                    // Again: between two looks a process may have been born.
                    kill_at = Some(Instant::now() + WATCH_EVERY);
                }
                () = sleep_until(look_again) => {
                    let (usage, above) = self.meter.sample(&mut self.keeper, limits.memory_bytes);
                    let now = Instant::now();
                    if now >= report_next {
                        self.report(usage);
                        report_next = now + REPORT_EVERY;
                    }
                    look_again = if watch { now + WATCH_EVERY } else { report_next };
                    let killed = self.keeper.killed_for_memory();
                    if stopped.is_none() && (above || killed.is_some()) {
                        let own = killed.is_none_or(|killed| killed.at_limit);
                        stopped = Some(End::OutOfMemory { limit_bytes: limits.memory_bytes.filter(|_| own) });
                        kill_at = Some(now);
                    }
                }
                () = until(look_for_kills) => {
                    look_for_kills = Some(Instant::now() + LOOK_FOR_KILLS_EVERY);
                    if let Some(killed) = self.keeper.killed_for_memory().filter(|_| stopped.is_none()) {
                        stopped = Some(End::OutOfMemory { limit_bytes: limits.memory_bytes.filter(|_| killed.at_limit) });
                        kill_at = Some(Instant::now());
                    }
                }
            }
            if stop.is_some() {
                stopped = stop;
                self.keeper.terminate(self.outer);
                kill_at = Some(Instant::now() + self.execution.grace);
            }
        }
    }

    fn report(&self, usage: Usage) {
        self.execution.progress.send_modify(|progress| progress.usage = Some(usage));
    }
}

async fn until(time: Option<Instant>) {
    match time {
        Some(time) => sleep_until(time).await,
        None => std::future::pending().await,
    }
}

/// Looks without reaping: the kernel's accounts of a process last until it is reaped.
fn has_ended(pid: i32) -> bool {
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
    Pid::from_raw(pid).is_none_or(|pid| !matches!(waitid(WaitId::Pid(pid), options), Ok(None)))
}

/// What the exit status will be, without taking it: the process id must stay the main process's own.
fn main_exit(pid: i32) -> Option<i32> {
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
    waitid(WaitId::Pid(Pid::from_raw(pid)?), options).ok().flatten()?.exit_status()
}

fn own_zombie(pid: i32) -> Option<Process> {
    let me = std::process::id() as i32;
    process::find(pid).filter(|process| process.zombie && process.parent == me)
}
