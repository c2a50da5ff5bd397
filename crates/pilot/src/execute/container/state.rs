//! An engine's state: on a file system that a restart of the computer empties, so not in the directory of the attempt. It
//! says to which storage it belongs; one whose storage is gone, or has another, is nobody's.

use std::ffi::OsStr;
use std::fs::{self, DirBuilder};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};

use rustix::mount::{UnmountFlags, unmount};
use rustix::process::getuid;
use serde::{Deserialize, Serialize};

use super::Podman;
use super::store::Store;

const PREFIX: &str = "roadstead-";
/// How much of an attempt's identifier the name has.
const TAIL: usize = 14;
const OWNER: &str = "owner.json";

#[derive(Serialize, Deserialize)]
struct Owner {
    attempt: String,
    /// The attempt's directory.
    directory: PathBuf,
}

/// Podman takes no more than 50 characters for its path.
pub(super) fn path(podman: &Podman, attempt: &str) -> PathBuf {
    let tail = attempt.get(attempt.len().saturating_sub(TAIL)..).unwrap_or(attempt);
    let runtime_dir = podman.environment.get("XDG_RUNTIME_DIR");
    place(runtime_dir.map(OsStr::new)).join(format!("{PREFIX}{tail}"))
}

fn place(runtime_dir: Option<&OsStr>) -> PathBuf {
    let own = if getuid().is_root() { Some("/run".into()) } else { runtime_dir.map(PathBuf::from) };
    own.filter(|place| place.is_dir() && place.as_os_str().len() <= 20).unwrap_or_else(|| "/tmp".into())
}

pub(super) fn create(state: &Path, attempt: &str, directory: &Path) -> io::Result<()> {
    make(state)?;
    let owner = Owner { attempt: attempt.to_owned(), directory: directory.to_owned() };
    let new = state.join(format!("{OWNER}.{}.new", std::process::id()));
    fs::write(&new, serde_json::to_vec(&owner)?)?;
    fs::rename(&new, state.join(OWNER))
}

/// Refuses a directory that somebody else put there first.
pub(super) fn make(path: &Path) -> io::Result<()> {
    match DirBuilder::new().mode(0o700).create(path) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            if is_ours(path) {
                Ok(())
            } else {
                Err(io::Error::other(format!("{} is not ours", path.display())))
            }
        }
        made => made,
    }
}

fn is_ours(path: &Path) -> bool {
    let there = fs::symlink_metadata(path);
    there.is_ok_and(|there| there.is_dir() && there.uid() == getuid().as_raw() && there.mode() & 0o022 == 0)
}

/// A state that belongs to no storage, and the attempt that it was made for.
pub(in crate::execute) struct Forgotten {
    pub path: PathBuf,
    /// None when its maker was killed before it could say.
    pub attempt: Option<String>,
}

pub(in crate::execute) fn forgotten() -> Vec<Forgotten> {
    let Ok(entries) = fs::read_dir(place(std::env::var_os("XDG_RUNTIME_DIR").as_deref())) else { return Vec::new() };
    let named = entries.flatten().filter(|entry| entry.file_name().to_string_lossy().starts_with(PREFIX));
    named.map(|entry| entry.path()).filter(|path| is_ours(path)).filter_map(look).collect()
}

fn look(path: PathBuf) -> Option<Forgotten> {
    let owner = match fs::read(path.join(OWNER)) {
        Ok(text) => serde_json::from_slice::<Owner>(&text).ok()?,
        // An empty one can only be removed as such; and not every one of such a name is an engine's.
        Err(error) if error.kind() == ErrorKind::NotFound && is_named_by_us(&path) => {
            return Some(Forgotten { path, attempt: None });
        }
        Err(_) => return None,
    };
    match Store::find(&owner.directory) {
        Ok(Some(store)) if store.state() == path => None,
        Ok(_) => Some(Forgotten { path, attempt: Some(owner.attempt) }),
        Err(_) => None,
    }
}

/// As [`path`] names it: by the end of an attempt's identifier.
fn is_named_by_us(path: &Path) -> bool {
    let tail = path.file_name().and_then(OsStr::to_str).and_then(|name| name.strip_prefix(PREFIX));
    tail.is_some_and(|tail| tail.len() == TAIL && tail.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit()))
}

impl Forgotten {
    pub fn remove(&self) -> io::Result<()> {
        if self.attempt.is_none() {
            return fs::remove_dir(&self.path);
        }
        detach(&self.path)?;
        fs::remove_dir_all(&self.path)
    }
}

/// Unmounts what is mounted below a directory of ours; there is something only where engines could not be apart, or were
/// not. A removal would go through it into what it shows.
pub(super) fn detach(directory: &Path) -> io::Result<()> {
    let mut mounts = mounts_below(directory);
    // The last mounted first, as it may be inside of others.
    mounts.reverse();
    for mount in &mounts {
        // What cannot be unmounted is counted in a moment.
        let _ = unmount(mount, UnmountFlags::DETACH | UnmountFlags::NOFOLLOW);
    }
    match mounts_below(directory).len() {
        0 => Ok(()),
        count => Err(io::Error::other(format!("{count} file systems are still mounted below {}", directory.display()))),
    }
}

fn mounts_below(directory: &Path) -> Vec<PathBuf> {
    let mounts = fs::read("/proc/self/mountinfo").unwrap_or_default();
    let directory = directory.canonicalize().unwrap_or_else(|_| directory.to_owned());
    // Blanks and the like are written as octal numbers there.
    let place = |line: &[u8]| {
        let field = String::from_utf8_lossy(line.split(|byte| *byte == b' ').nth(4)?).into_owned();
        Some(PathBuf::from(field.replace("\\040", " ").replace("\\011", "\t").replace("\\134", "\\")))
    };
    mounts.split(|byte| *byte == b'\n').filter_map(place).filter(|place| place.starts_with(&directory)).collect()
}
