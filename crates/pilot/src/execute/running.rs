//! One execution from its start to its verdict.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::time::{Instant, sleep_until};

use super::cgroup::Group;
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

pub(super) async fn run(execution: Execution) -> Result<Report, Error> {
    execution.command.check()?;
    let bubblewrap = bubblewrap(&execution)?;
    let work_dir = canonical(&execution.command.work_dir)?;
    std::fs::create_dir_all(&execution.command.temp_dir).map_err(|error| unusable(&execution.command.temp_dir, &error))?;
    let temp_dir = canonical(&execution.command.temp_dir)?;
    let status = execution.logs.join(".status");
    let outcome = supervise(&execution, bubblewrap, &work_dir, &temp_dir, &status).await;
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

async fn supervise(
    execution: &Execution,
    bubblewrap: Option<&Path>,
    work_dir: &Path,
    temp_dir: &Path,
    status: &Path,
) -> Result<Report, Error> {
    let command = &execution.command;
    let stdout = create(&execution.logs.join("stdout"))?;
    let stderr = create(&execution.logs.join("stderr"))?;
    // Before the start, or the news of a very short command's end would be missed.
    let mut endings = signal(SignalKind::child()).map_err(Error::Start)?;
    let group = Group::create(&execution.host.limits, &command.mark, &execution.limits)?;
    if group.is_none() || bubblewrap.is_some() {
        tree::adopt_orphans().map_err(Error::Start)?;
    }
    let begun = Instant::now();
    let started = start(command, bubblewrap, &execution.isolation.hide, work_dir, temp_dir, group.as_ref(), status).await;
    let child = match started {
        Ok(child) => child,
        Err(error) => {
            // Nobody joined it.
            let _ = group.map(|group| group.remove());
            return Err(Error::Start(error));
        }
    };
    let main = child.pid;
    let keeper = group.map_or_else(|| Keeper::Tree(Tree::new(main, command.mark.clone(), work_dir.to_owned())), Keeper::Group);
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
    let status = Status::read(status);
    // bwrap ends without waiting for the first process of its namespace, which is ours then.
    if let Some(init) = status.init {
        tree::awaited().enter_init(init);
    }
    let all_ended = running.keeper.end(status.init, &mut endings).await;
    let ended: Vec<Process> = [Some(main), status.init].into_iter().flatten().filter_map(own_zombie).collect();
    let usage = running.meter.finish(&ended);
    let exit = reap(main);
    status.init.map(reap);
    all_ended?;
    let stdout = out?.finish().await?;
    let stderr = err?.finish().await?;
    let end = match (stopped, killed) {
        (Some(end), _) => end,
        (None, Some(killed)) => End::OutOfMemory { limit_bytes: execution.limits.memory_bytes.filter(|_| killed.at_limit) },
        (None, None) => verdict(command, bubblewrap.is_some(), exit, &status.said, &execution.logs.join("stderr"))?,
    };
    Ok(Report { end, elapsed: begun.elapsed(), usage, stdout, stderr, isolated: bubblewrap.is_some() })
}

async fn start(
    command: &Command,
    bubblewrap: Option<&Path>,
    hide: &[PathBuf],
    work_dir: &Path,
    temp_dir: &Path,
    group: Option<&Group>,
    status: &Path,
) -> std::io::Result<Child> {
    let inside_temp_dir = if bubblewrap.is_some() { Path::new(sandbox::TEMP) } else { temp_dir };
    let environment = command.environment(work_dir, inside_temp_dir);
    let bubblewrap = bubblewrap.map(|program| {
        let hide: Vec<PathBuf> = hide.iter().filter_map(|path| path.canonicalize().ok()).collect();
        let sandbox = Sandbox { work_dir, temp_dir, hide: &hide, environment: &environment };
        (program, sandbox.arguments())
    });
    let environment = if bubblewrap.is_some() { command.mark.variables().into() } else { environment };
    let doors = group.map_or_else(Vec::new, Group::doors);
    Start { argv: &command.argv, environment, work_dir, doors, status, bubblewrap }.start().await
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

fn own_zombie(pid: i32) -> Option<Process> {
    let me = std::process::id() as i32;
    process::find(pid).filter(|process| process.zombie && process.parent == me)
}
