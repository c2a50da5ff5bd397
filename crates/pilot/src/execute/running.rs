//! One execution from its start to its verdict.

use std::fs::File;
use std::path::Path;
use std::time::Duration;

use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};
use tokio::signal::unix::Signal;
use tokio::time::{Instant, sleep_until};

use super::container::{Cabin, Launch};
use super::keeper::{Keeper, Meter};
use super::prepared::{Places, Vehicle};
use super::process::{self, Process};
use super::start::{Child, Said, Status};
use super::streams::{Beginning, Pump};
use super::tree::{self, Tree};
use super::verdict::{Exit, reap, verdict};
use super::{End, Error, Execution, Report, Usage};

/// Commands shorter than this are measured at their end only.
const REPORT_EVERY: Duration = Duration::from_millis(500);
/// Without a control group nobody else watches the memory.
const WATCH_EVERY: Duration = Duration::from_millis(100);
/// The engine removes a container's control group, and with it the kernel's word for a kill, within 0.1 s of its end.
const LOOK_FOR_KILLS_EVERY: Duration = Duration::from_millis(20);

/// A command that runs.
pub(super) struct Started {
    pub vehicle: Vehicle,
    pub child: Child,
    /// Where what it writes goes.
    pub stdout: File,
    pub stderr: File,
    /// Told of the end of any child since before this one was born.
    pub endings: Signal,
    pub last_try: bool,
}

/// What runs in a container, and by whom.
pub(super) enum Contained {
    Podman(Box<Launch>),
    Indoor(Box<Cabin>),
}

pub(super) enum Ended {
    Finally(Box<Report>),
    /// Through no fault of anybody here: see [`fleeting`](super::fleeting).
    BeforeItBegan,
}

pub(super) async fn supervise(
    execution: &Execution,
    bubblewrap: Option<&Path>,
    places: &Places,
    started: Started,
    turn: &mut Option<impl Send>,
) -> Result<Ended, Error> {
    let Started { vehicle, child, stdout, stderr, mut endings, last_try } = started;
    let (command, begun) = (&execution.command, Instant::now());
    let main = child.pid;
    let (keeper, contained) = vehicle.keep(|| Tree::new(main, command.mark.clone(), places.work_dir.clone()));
    let cap = execution.limits.stream_cap_bytes;
    let out = Pump::start(child.stdout, stdout, cap, |all| &mut all.stdout, execution.progress.clone(), Beginning::Payload);
    let begins = if bubblewrap.is_some() { Beginning::PerhapsSandbox } else { Beginning::Payload };
    let err = Pump::start(child.stderr, stderr, cap, |all| &mut all.stderr, execution.progress.clone(), begins);

    let outer = bubblewrap.map(|_| main);
    let mut running = Running { execution, keeper, meter: Meter::default(), main, outer, begun };
    if out.is_err() || err.is_err() {
        running.keeper.kill();
    }
    let stopped = running.until_ended(&mut endings).await;
    running.meter.count(&running.keeper);
    let killed = running.keeper.killed_for_memory();
    let status = Status::read(&places.status);
    // bwrap ends without waiting for the first process of its namespace, which is ours then.
    if let Some(init) = status.init {
        tree::awaited().enter_init(init);
    }
    let elapsed = begun.elapsed();
    let ended = match &contained {
        Some(Contained::Podman(launch)) => Some(launch.finish(main_exit(main)).await),
        Some(Contained::Indoor(_)) | None => None,
    };
    let all_ended = running.keeper.end(status.init, &mut endings).await;
    let zombies: Vec<Process> = [Some(main), status.init].into_iter().flatten().filter_map(own_zombie).collect();
    let usage = running.meter.finish(if ended.is_some() { &[] } else { &zombies });
    let exit = reap(main);
    status.init.map(reap);
    if let Some(Contained::Indoor(cabin)) = &contained {
        cabin.remove().await;
    }
    all_ended?;
    let never_began = matches!((&status.said, &exit), (Said::Nothing, Exit::Code(_))) && stopped.is_none() && killed.is_none();
    if !(never_began && bubblewrap.is_some()) {
        turn.take();
    }
    let stdout = out?.drain().await?.finish().await?;
    let stderr = err?.drain().await?;
    if never_began && !last_try && stderr.is_fleeting() {
        return Ok(Ended::BeforeItBegan);
    }
    let stderr = stderr.finish().await?;
    let killed = killed.or_else(|| running.keeper.was_full(&usage, &exit, &execution.limits));
    let log = execution.logs.join("stderr");
    let end = match (stopped, killed, &contained, &ended) {
        (Some(end), ..) => end,
        (None, Some(killed), ..) => End::OutOfMemory { limit_bytes: execution.limits.memory_bytes.filter(|_| killed.at_limit) },
        (None, None, Some(Contained::Podman(launch)), Some(ended)) => launch.verdict(command, exit, &status.said, ended, &log)?,
        (None, None, Some(Contained::Indoor(cabin)), _) => {
            let end = verdict(command, bubblewrap.is_some(), exit, &status.said, &log)?;
            cabin.verdict(command, end, &log, &places.temp_dir)?
        }
        (None, None, ..) => verdict(command, bubblewrap.is_some(), exit, &status.said, &log)?,
    };
    let isolated = bubblewrap.is_some() || contained.is_some();
    let image = contained.map(|contained| match contained {
        Contained::Podman(launch) => launch.used,
        Contained::Indoor(cabin) => cabin.used,
    });
    Ok(Ended::Finally(Box::new(Report { end, elapsed, usage, stdout, stderr, isolated, image })))
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
