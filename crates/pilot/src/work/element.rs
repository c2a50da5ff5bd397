//! One element, from its grant to the acknowledged end.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use data::place::Directory;
use model::request::{BadImage, Resources, with_index};
use model::run::{ContainerUsed, ElementState, Outcome, Report, StreamSummary, Usage};
use model::time::{Clock, SystemClock};
use model::{Code, Timestamp};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::cause::{self, Failure};
use super::collecting::Collector;
use super::directory::ElementDirectory;
use super::disk::{Disk, Scale};
use super::host::LazyHost;
use super::logs::Logs;
use super::pace::{Pace, Place};
use super::staging::Stager;
use super::teller::Teller;
use super::turns::Turns;
use crate::bulk::Bulk;
use crate::execute::{
    self, Command, Confinement, Container, End, Execution, Host, ImageUsed, Isolation, Limiter, Limits, Mark, Need, Prepared,
    Progress,
};
use crate::link::Link;
use crate::protocol::{Assignment, FromPilot, Held};

/// Between asking a command to end and killing it.
pub(super) const GRACE: Duration = Duration::from_secs(10);

/// What all elements share.
pub(super) struct Workshop {
    /// The attempt's.
    pub directory: PathBuf,
    pub assignment: Arc<Assignment>,
    pub stager: Stager,
    pub link: Arc<Link>,
    pub bulk: Arc<Bulk>,
    pub pace: Arc<Pace>,
    pub turns: Turns,
    pub lanes: Arc<Semaphore>,
    /// Where the directories of all are weighed.
    pub scale: Arc<Scale>,
    pub host: Arc<LazyHost>,
    /// The pilot was told to end: what has not begun goes back instead of ending as cancelled.
    pub leaving: CancellationToken,
}

pub(super) struct Element {
    pub workshop: Arc<Workshop>,
    pub held: Held,
    pub cancel: CancellationToken,
}

/// What is known so far.
#[derive(Default)]
struct Record {
    report: Report,
    started_at: Option<Timestamp>,
    logs: Option<Logs>,
}

/// A command that waits for its turn.
struct Ready {
    prepared: Prepared,
    seen: watch::Receiver<Progress>,
    /// Ends this command only.
    stop: CancellationToken,
}

impl Element {
    pub async fn carry(self, place: Place) {
        let Workshop { directory, link, host, .. } = &*self.workshop;
        let mut record = Record::default();
        record.report.host = host.name().to_owned();
        record.report.pilot_version = env!("CARGO_PKG_VERSION").to_owned();
        let made = ElementDirectory::create(directory, self.held).await;
        let (own, result) = match made {
            Ok(Some(own)) => {
                let result = self.work(&own, place, &mut record).await;
                (Some(own), result)
            }
            // Begun before, by a pilot that is no more: nobody knows how far it got.
            Ok(None) => (None, Err(Failure::Returned)),
            Err(error) => (None, Err(Failure::of_disk("its directory could not be made", &error, Code::ExecutionFailed))),
        };
        // Whoever sees the element as ended sees its logs whole.
        if let Some(logs) = record.logs.take() {
            logs.finish().await;
        }
        link.deliver(self.last_word(record, result)).await;
        if let Some(own) = own
            && let Err(error) = own.remove().await
        {
            tracing::warn!(element = self.held.index, %error, "the directory of an ended element could not be removed");
        }
    }

    fn last_word(&self, record: Record, result: Result<(), Failure>) -> FromPilot {
        let held = self.held;
        let (outcome, cause) = match result {
            Ok(()) => (Outcome::Done, None),
            Err(Failure::Returned) => return FromPilot::Returned { held },
            Err(Failure::Cancelled) => (Outcome::Cancelled, Some(cause::cancelled())),
            Err(Failure::Caused(problem)) => (Outcome::Failed, Some(problem)),
        };
        let report = Box::new(record.report);
        FromPilot::Ended { held, outcome, cause, report, started_at: record.started_at, ended_at: SystemClock.now() }
    }

    async fn work(&self, own: &ElementDirectory, place: Place, record: &mut Record) -> Result<(), Failure> {
        let Workshop { assignment, stager, turns, pace, .. } = &*self.workshop;
        let request = &assignment.request;
        let work = own.work();
        // Held open, so that whatever the command does to its path, the outputs are looked for in this one.
        let work_directory =
            Directory::open(&work).map_err(|error| Failure::new(Code::ExecutionFailed, error.to_string(), "Retry it."))?;
        if !request.inputs.is_empty() {
            self.say(ElementState::Staging);
            let begun = Instant::now();
            let staged = stager.stage(self.held, &work, &self.cancel).await;
            record.report.inputs = staged.map_err(|failure| self.unbegun(failure))?;
            pace.staged(begun.elapsed());
        }
        let ready = self.prepare(own, &mut record.report).await?;
        // Where nothing holds an element to its limits at once, a heavy one in the place of another would take from all.
        let limited = !matches!(self.workshop.host.get().await.limits, Limiter::Sampling { .. });
        let permit = self.cancel.run_until_cancelled(turns.take(limited.then(|| pace.light()))).await;
        let Some(Some(permit)) = permit else { return Err(self.unbegun(Failure::Cancelled)) };
        let begun = Instant::now();
        let executed = self.execute(own, ready, permit, record).await;
        let took = begun.elapsed();
        pace.executed(took);
        pace.used(share(&record.report.usage, &request.resources, took));
        drop(place);
        match executed {
            Err(Failure::Cancelled) => return Err(Failure::Cancelled),
            Err(failure) if record.report.exit_code.is_none() && record.report.signal.is_none() => return Err(failure),
            _ => {}
        }
        if !request.outputs.is_empty() {
            self.say(ElementState::Collecting);
        }
        let collector = Collector {
            bulk: &self.workshop.bulk,
            held: self.held,
            work: Arc::new(work_directory),
            cap_bytes: assignment.output_cap_bytes,
            cancel: &self.cancel,
            lanes: &self.workshop.lanes,
        };
        let collected = collector.collect(&request.outputs, &mut record.report.outputs).await;
        // What a failed command did not write is no news.
        executed.and(collected)
    }

    /// What was cancelled before its command began goes back when it is only this pilot that ends.
    fn unbegun(&self, failure: Failure) -> Failure {
        match failure {
            Failure::Cancelled if self.workshop.leaving.is_cancelled() => Failure::Returned,
            failure => failure,
        }
    }

    async fn prepare(&self, own: &ElementDirectory, report: &mut Report) -> Result<Ready, Failure> {
        let host = self.workshop.host.get().await;
        let contained = self.workshop.assignment.request.container.is_some();
        let (progress, seen) = watch::channel(Progress::default());
        // Below the element's own: what takes too much disk is ended like what was cancelled, for another reason.
        let stop = self.cancel.child_token();
        let execution = self.execution(own, host.clone(), progress, stop.clone());
        let container = execution.as_ref().ok().and_then(|execution| execution.container.as_ref());
        describe(host, container.map(|container| container.engine.describe()), report);
        let prepared = execute::prepare(execution?).map_err(|error| cause::of_error(&error, contained))?;
        Ok(Ready { prepared, seen, stop })
    }

    async fn execute(
        &self,
        own: &ElementDirectory,
        ready: Ready,
        turn: OwnedSemaphorePermit,
        record: &mut Record,
    ) -> Result<(), Failure> {
        let Ready { prepared, mut seen, stop } = ready;
        let resources = &self.workshop.assignment.request.resources;
        let disk = Disk::new(&self.workshop.scale, own, resources.disk.get());
        let mut logs = Logs::new(&self.workshop.link, &own.logs(), self.held);
        record.started_at = Some(SystemClock.now());
        self.say(ElementState::Running);
        let mut teller = Teller::begin(Instant::now().into_std());
        let mut taken = None;
        let mut executing = std::pin::pin!(prepared.run(turn));
        let mut exceeding = std::pin::pin!(disk.exceeded());
        let ended = loop {
            tokio::select! {
                ended = &mut executing => break ended,
                Ok(()) = seen.changed() => {
                    let progress = *seen.borrow_and_update();
                    logs.grow(&progress);
                    let now = Instant::now().into_std();
                    if let Some(usage) = progress.usage.filter(|_| teller.is_time(now)) {
                        let usage = figures(&usage, disk.peak());
                        let cores = teller.cores(&usage, now);
                        self.workshop.link.say(FromPilot::Using { held: self.held, usage, cores });
                    }
                }
                bytes = &mut exceeding, if taken.is_none() => {
                    taken = Some(bytes);
                    stop.cancel();
                }
            }
        };
        // The last growth may have come together with the end. Also of a command that never ran something may be there to
        // read: why.
        let last = *seen.borrow();
        logs.grow(&last);
        record.logs = Some(logs);
        record.report.stdout = summary(last.stdout);
        record.report.stderr = summary(last.stderr);
        if taken.is_none() {
            taken = disk.last_look().await;
        }
        let too_large = taken.map(|bytes| cause::too_large(bytes, resources));
        let report = &mut record.report;
        report.usage.disk_peak_bytes = disk.peak();
        let ended = match (ended, too_large) {
            (Ok(ended), too_large) => Ok((ended, too_large)),
            (Err(execute::Error::Stopped), Some(too_large)) => Err(too_large),
            (Err(error), _) => Err(cause::of_error(&error, self.workshop.assignment.request.container.is_some())),
        };
        let (ended, too_large) = ended?;
        report.container = ended.image.map(|image| self.used(image));
        report.usage = figures(&ended.usage, disk.peak());
        report.stdout = summary(ended.stdout);
        report.stderr = summary(ended.stderr);
        match ended.end {
            End::Exited { code } => report.exit_code = Some(code),
            End::Signalled { signal } => report.signal = Some(signal),
            End::Walltime | End::OutOfMemory { .. } | End::Cancelled => {}
        }
        let stderr = own.logs().join("stderr");
        too_large.or_else(|| cause::of_end(ended.end, resources, &stderr)).map_or(Ok(()), Err)
    }

    fn execution(
        &self,
        own: &ElementDirectory,
        host: Host,
        progress: watch::Sender<Progress>,
        cancel: CancellationToken,
    ) -> Result<Execution, Failure> {
        let Workshop { assignment, directory, .. } = &*self.workshop;
        let unusable = |what: &str| {
            let remedy = "Give it a `command`, or run it at a place that can do what it asks for.";
            Failure::new(Code::ExecutionFailed, what, remedy)
        };
        let request = &assignment.request;
        let container = self.container(&host)?;
        let words = request.container.as_ref().map(|container| &container.command).or(request.command.as_ref());
        let command = words.ok_or_else(|| unusable("there is nothing to run"))?;
        let index = self.held.index;
        let mark =
            Mark::new(assignment.attempt.as_str(), index).ok_or_else(|| unusable("the attempt's name cannot be a mark"))?;
        let mut env: BTreeMap<String, String> =
            request.env.iter().map(|(name, value)| (name.clone(), with_index(value, index))).collect();
        // RS_ATTEMPT and RS_INDEX are the mark.
        env.insert("RS_RUN".to_owned(), assignment.run.to_string());
        env.insert("RS_COUNT".to_owned(), request.elements().to_string());
        let resources = &request.resources;
        Ok(Execution {
            host,
            command: Command {
                argv: command.iter().map(|word| with_index(word, index)).collect(),
                env,
                work_dir: own.work(),
                temp_dir: own.temp(),
                mark,
            },
            container,
            limits: Limits {
                cores: Some(resources.cores.ceil().max(1.0) as u32),
                memory_bytes: Some(resources.memory.get()),
                walltime: Some(resources.walltime.duration()),
                stream_cap_bytes: assignment.stream_cap_bytes,
            },
            isolation: Isolation {
                need: if assignment.isolation_required { Need::Required } else { Need::WhenAvailable },
                hide: hidden(assignment, directory),
            },
            logs: own.logs(),
            progress,
            cancel,
            grace: GRACE,
        })
    }

    fn container(&self, host: &Host) -> Result<Option<Container>, Failure> {
        let Workshop { assignment, directory, .. } = &*self.workshop;
        let Some(asked) = &assignment.request.container else { return Ok(None) };
        let image = with_index(&asked.image, self.held.index).parse().map_err(|bad: BadImage| {
            Failure::new(Code::ImageUnusable, format!("container.image: {bad}"), "Correct it in the request and run it again.")
        })?;
        let engine = host.containers.choose(&image).cloned().map_err(|detail| {
            Failure::new(Code::ContainerFailed, detail, "Run it without a container, or at a place where such an engine works.")
        })?;
        Ok(Some(Container { engine, image, network: asked.network, attempt_dir: directory.clone() }))
    }

    fn used(&self, image: ImageUsed) -> ContainerUsed {
        let asked = self.workshop.assignment.request.container.as_ref();
        ContainerUsed {
            engine: image.engine,
            image: asked.map(|asked| with_index(&asked.image, self.held.index)).unwrap_or_default(),
            name: image.name,
            digest: image.digest,
            id: image.id,
            command: image.command,
        }
    }

    fn say(&self, state: ElementState) {
        self.workshop.link.say(FromPilot::Progress { held: self.held, state: Some(state), at: SystemClock.now() });
    }
}

/// The attempt's directory too: the other elements in it are nobody's business, and neither is the lock.
fn hidden(assignment: &Assignment, directory: &Path) -> Vec<PathBuf> {
    assignment.hide.iter().map(PathBuf::from).chain([directory.to_owned()]).collect()
}

fn describe(host: &Host, engine: Option<String>, report: &mut Report) {
    report.isolation = match (engine, &host.isolation) {
        (Some(engine), _) => engine,
        (None, Confinement::Bubblewrap { .. }) => "bubblewrap".to_owned(),
        (None, Confinement::None { reason }) => format!("none: {reason}"),
    };
    report.limits = match &host.limits {
        Limiter::CgroupV2 { .. } => "control groups (version 2)".to_owned(),
        Limiter::CgroupV1 { .. } => "control groups (version 1)".to_owned(),
        Limiter::Sampling { reason } => format!("sampling: {reason}"),
    };
}

fn summary(stream: execute::Stream) -> StreamSummary {
    StreamSummary { bytes: stream.bytes, truncated: stream.truncated }
}

/// How much it used of what was set aside for it, as far as that was measured.
fn share(usage: &Usage, resources: &Resources, took: Duration) -> Option<f64> {
    let cores = usage.cpu_millis? as f64 / 1e3 / (took.as_secs_f64() * resources.cores).max(1e-6);
    let memory = usage.memory_peak_bytes? as f64 / (resources.memory.get() as f64).max(1.0);
    Some(cores.max(memory))
}

/// Where each figure comes from is said once, in the report's `limits`.
fn figures(usage: &execute::Usage, disk_peak: Option<u64>) -> Usage {
    let value = |figure: Option<execute::Figure>| figure.map(|figure| figure.value);
    Usage {
        cpu_millis: value(usage.cpu_ms),
        memory_peak_bytes: value(usage.memory_peak_bytes),
        read_bytes: value(usage.read_bytes),
        written_bytes: value(usage.written_bytes),
        disk_peak_bytes: disk_peak,
    }
}
