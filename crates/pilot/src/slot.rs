//! One pilot per slot: the lock that a second one, started by a gateway that woke from a long sleep, runs against.
//!
//! The lock is a `flock` on a file that the living pilot holds open, so that it ends with the process however that
//! ends. What is written beside it tells a gateway which process to look for; the start time, because process ids are
//! used again, and the boot, because start times are.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::fs::FlockOperation;
use rustix::io::Errno;
use serde::Serialize;
use tokio::time::{Instant, sleep};

const PATIENCE: Duration = Duration::from_secs(10);
const LOOK_EVERY: Duration = Duration::from_millis(50);

#[derive(Debug, thiserror::Error)]
pub enum SlotError {
    #[error("another pilot is aboard in {}", path.display())]
    Taken { path: PathBuf },
    #[error("the attempt was released meanwhile: {} {}", directory.display(), if *gone { "is gone" } else { "says so" })]
    Released { directory: PathBuf, gone: bool },
    #[error("{}: {source}", path.display())]
    Io { path: PathBuf, source: io::Error },
}

/// Held for as long as the pilot lives.
pub(crate) struct Slot {
    _lock: File,
}

#[derive(Serialize)]
struct Aboard {
    pid: u32,
    start_time: u64,
    boot_id: String,
    version: &'static str,
}

/// Waits a while for a predecessor that is just ending.
pub(crate) async fn take(directory: &Path, name: &str) -> Result<Slot, SlotError> {
    let path = directory.join(format!("{name}.lock"));
    let deadline = Instant::now() + PATIENCE;
    let lock = loop {
        refuse_released(directory)?;
        match try_lock(&path)? {
            Some(lock) => break lock,
            None if Instant::now() >= deadline => return Err(SlotError::Taken { path }),
            None => sleep(LOOK_EVERY).await,
        }
    };
    // A release that came between the first look and the lock has either written its mark by now, or will find us.
    refuse_released(directory)?;
    announce(directory, name)?;
    Ok(Slot { _lock: lock })
}

/// The attempt's directory is made by the gateway and by nobody else: a pilot that comes late must not bring back what
/// was removed.
fn refuse_released(directory: &Path) -> Result<(), SlotError> {
    let released = |gone| Err(SlotError::Released { directory: directory.to_owned(), gone });
    if !directory.is_dir() {
        return released(true);
    }
    match directory.join("released").symlink_metadata() {
        Ok(_) => released(false),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(source) => Err(SlotError::Io { path: directory.to_owned(), source }),
    }
}

/// None while another holds it, or when the file was replaced before the lock was had: then it guards nothing.
fn try_lock(path: &Path) -> Result<Option<File>, SlotError> {
    let failed = |source| SlotError::Io { path: path.to_owned(), source };
    let lock = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(path).map_err(failed)?;
    match rustix::fs::flock(&lock, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => {}
        Err(Errno::WOULDBLOCK) => return Ok(None),
        Err(errno) => return Err(failed(errno.into())),
    }
    let held = lock.metadata().map_err(failed)?;
    let same = path.symlink_metadata().is_ok_and(|named| (named.dev(), named.ino()) == (held.dev(), held.ino()));
    Ok(same.then_some(lock))
}

/// Written under another name first: whoever reads it finds all of it or an older one.
fn announce(directory: &Path, name: &str) -> Result<(), SlotError> {
    let path = directory.join(format!("{name}.json"));
    let write = || {
        let aboard = Aboard {
            pid: std::process::id(),
            start_time: start_time(&std::fs::read_to_string("/proc/self/stat")?)?,
            boot_id: std::fs::read_to_string("/proc/sys/kernel/random/boot_id")?.trim().to_owned(),
            version: env!("CARGO_PKG_VERSION"),
        };
        let new = directory.join(format!("{name}.json.new"));
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&new)?;
        file.write_all(&serde_json::to_vec(&aboard)?)?;
        std::fs::rename(&new, &path)
    };
    write().map_err(|source| SlotError::Io { path: path.clone(), source })
}

/// Field 22, counted after the program's name, which may itself contain spaces and parentheses.
fn start_time(stat: &str) -> io::Result<u64> {
    let after_name = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    let field = after_name.split_whitespace().nth(19).and_then(|field| field.parse().ok());
    field.ok_or_else(|| io::Error::other("/proc/self/stat has no start time"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_start_time_is_found_whatever_the_program_is_called() {
        let fields: Vec<String> = (4..=52).map(|field| field.to_string()).collect();
        let stat = format!("17 (a) S (b) S {}\n", fields.join(" "));
        assert_eq!(start_time(&stat).unwrap(), 22);
        assert!(start_time("17 (short) S 1").is_err());
    }

    #[tokio::test]
    async fn a_released_attempt_takes_nobody_aboard_and_stays_away() {
        let root = tempfile::tempdir().unwrap();
        let gone = root.path().join("gone");
        assert!(matches!(take(&gone, "pilot-0").await, Err(SlotError::Released { gone: true, .. })));
        assert!(!gone.exists());

        let slot = take(root.path(), "pilot-0").await.unwrap();
        let text = std::fs::read_to_string(root.path().join("pilot-0.json")).unwrap();
        let aboard: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(aboard["pid"], std::process::id());
        assert!(aboard["start_time"].as_u64().unwrap() > 0 && aboard["boot_id"].as_str().unwrap().len() > 30);
        assert!(try_lock(&root.path().join("pilot-0.lock")).unwrap().is_none());
        drop(slot);
        std::fs::write(root.path().join("released"), "").unwrap();
        assert!(matches!(take(root.path(), "pilot-0").await, Err(SlotError::Released { gone: false, .. })));
    }
}
