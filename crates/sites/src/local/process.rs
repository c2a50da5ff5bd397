//! Pilot processes: found by the lock they hold, started with their recipe on standard input, ended by process id and
//! start time.

use super::directory::Directory;
use super::{Settings, trouble};
use crate::driver::{Created, DriverError, Removal, Start};
use model::mark::{Mark, Slot};
use pilot::execute::Host;
use pilot::recipe::{RecipeText, Role};
use rustix::fs::{FlockOperation, flock};
use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};
use serde::Deserialize;
use std::fs::OpenOptions;
use std::io::ErrorKind;
use std::os::unix::fs::OpenOptionsExt;
use std::process::Stdio;
use std::time::Duration;
use tokio::io::AsyncWriteExt;

/// What a pilot writes beside its lock.
#[derive(Deserialize)]
struct Aboard {
    pid: i32,
    start_time: u64,
}

/// A pilot that was asked to end may finish what it reports.
const GRACE: Duration = Duration::from_secs(4);
/// One that has nothing left to do ends within milliseconds. Its place among those aboard is free only then, so that
/// this decides how many short runs there can be in a second.
const LOOK_EVERY: Duration = Duration::from_millis(4);
const LOOKS: u32 = 25;

pub(super) async fn start(
    settings: &Settings,
    host: &Host,
    directory: &Directory,
    mark: &Mark,
    start: Start,
) -> Result<Created, DriverError> {
    let slot = &mark.slot;
    // Also when another one, started before a crash, holds the lock: its enrolment code was replaced by this one's, so
    // it will be refused and end, and the new one waits for its lock.
    let log = OpenOptions::new()
        .create(true)
        .append(true)
        .mode(0o600)
        .open(directory.file(slot, "log"))
        .map_err(|error| trouble("the pilot's log could not be opened", &error))?;
    let errors = log.try_clone().map_err(|error| trouble("the pilot's log could not be opened", &error))?;
    let mut command = tokio::process::Command::new(&settings.program);
    command
        .arg("pilot")
        .env_clear()
        // What sweeps look for; nothing secret.
        .env("RS_ATTEMPT", mark.attempt.as_str())
        .current_dir(directory.path())
        .stdin(Stdio::piped())
        .stdout(log)
        .stderr(errors)
        .process_group(0);
    for kept in ["PATH", "LANG", "TZ", "SSL_CERT_FILE", "ROADSTEAD_LOG", "ROADSTEAD_PILOT_FAULT"] {
        if let Some(value) = std::env::var_os(kept) {
            command.env(kept, value);
        }
    }
    let mut child = command.spawn().map_err(|error| trouble("the pilot could not be started", &error))?;
    let recipe = RecipeText {
        deployment: &mark.deployment,
        run: &mark.run,
        attempt: &mark.attempt,
        pilot: &start.pilot,
        slot: slot.as_str(),
        directory: directory.path(),
        width: start.width,
        enrolment: start.enrolment.expose(),
        gateway: &settings.gateway,
        patience_seconds: settings.patience.as_secs(),
        role: Role::Work,
        host: Some(host),
    };
    let recipe = serde_json::to_vec(&recipe).map_err(|error| trouble("the recipe could not be written", &error.into()))?;
    let pid = child.id().unwrap_or_default();
    if let Some(mut stdin) = child.stdin.take()
        && let Err(error) = stdin.write_all(&recipe).await
    {
        return Err(trouble("the pilot did not take its recipe", &error));
    }
    // Waited for only so that it does not stay a zombie; it outlives this gateway otherwise.
    tokio::spawn(async move { child.wait().await });
    Ok(Created { remote_id: format!("pid {pid}") })
}

/// Whether a pilot of this slot lives: it holds its lock.
pub(super) fn is_aboard(directory: &Directory, slot: &Slot) -> Result<bool, DriverError> {
    let path = directory.file(slot, "lock");
    let file = match OpenOptions::new().write(true).open(&path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(trouble("the pilot's lock could not be looked at", &error)),
    };
    match flock(&file, FlockOperation::NonBlockingLockShared) {
        Ok(()) => Ok(false),
        Err(rustix::io::Errno::WOULDBLOCK) => Ok(true),
        Err(error) => Err(trouble("the pilot's lock could not be looked at", &error.into())),
    }
}

fn read(directory: &Directory, slot: &Slot) -> Option<Aboard> {
    serde_json::from_slice(&std::fs::read(directory.file(slot, "json")).ok()?).ok()
}

/// Asks the pilot to end, then makes it; gone when nobody holds the lock.
pub(super) async fn end(directory: &Directory, slot: &Slot) -> Result<Removal, DriverError> {
    let gone = |how: &str| Ok(Removal::Gone { evidence: how.to_owned() });
    if !directory.path().exists() {
        return gone("its directory does not exist, so it cannot live");
    }
    if !directory.is_ours() {
        return gone("its directory is not ours, so it was never started");
    }
    if !is_aboard(directory, slot)? {
        return gone("nobody holds its lock");
    }
    let asked = directory.file(slot, "asked");
    let since_asked = std::fs::metadata(&asked).and_then(|metadata| metadata.modified()).ok().and_then(|at| at.elapsed().ok());
    let signal = match since_asked {
        None => {
            std::fs::write(&asked, b"").map_err(|error| trouble("the pilot could not be asked to end", &error))?;
            Some(Signal::TERM)
        }
        Some(since) if since > GRACE => Some(Signal::KILL),
        Some(_) => None,
    };
    if let (Some(signal), Some(aboard)) = (signal, read(directory, slot)) {
        send(&aboard, signal);
    }
    for _ in 0..LOOKS {
        tokio::time::sleep(LOOK_EVERY).await;
        if !is_aboard(directory, slot)? {
            return gone("nobody holds its lock any more");
        }
    }
    Ok(Removal::Going { look_again: Duration::from_millis(100) })
}

/// Signals the very process that wrote its id and start time; a reused id is somebody else's.
fn send(aboard: &Aboard, signal: Signal) {
    let Some(pid) = Pid::from_raw(aboard.pid) else { return };
    let Ok(handle) = pidfd_open(pid, PidfdFlags::empty()) else { return };
    // The handle is held before the start time is compared, so the id cannot change hands in between.
    if start_time(aboard.pid) == Some(aboard.start_time)
        && let Err(error) = pidfd_send_signal(&handle, signal)
    {
        tracing::debug!(pid = aboard.pid, %error, "the pilot could not be signalled");
    }
}

/// Field 22 of `/proc/PID/stat`. The second field may hold anything, so reading begins behind its last parenthesis.
fn start_time(pid: i32) -> Option<u64> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    stat.rsplit_once(')')?.1.split_whitespace().nth(19)?.parse().ok()
}
