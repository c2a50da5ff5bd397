//! A file that does not exist yet: written as `NAME.part`, and given its name when it is whole.
//!
//! Beside it lies `NAME.part.json`, written first and removed last. It says whose beginning the part is, so a
//! later attempt knows whether it may continue; a `NAME.part` without it was put there by somebody else (as
//! an input of that very name) and is left alone.

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::OwnedFd;

use rustix::fs::{AtFlags, FlockOperation, Mode, OFlags};
use rustix::io::Errno;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Kind, MOST_PART_BYTES, PlaceError, RelativePath, look};
use crate::sha256::Hasher;
use crate::{Received, Sha256};

pub struct Slot {
    parent: OwnedFd,
    path: RelativePath,
    part: String,
    note: String,
    note_new: String,
}

/// A note that is longer than this was not written here.
const MOST_NOTE_BYTES: u64 = 64 * 1024;

impl Slot {
    pub(super) fn new(parent: OwnedFd, path: RelativePath) -> Slot {
        let name = path.name();
        let longest = ".part.json.new".len();
        let stem = if name.len() + longest <= MOST_PART_BYTES {
            name.to_owned()
        } else {
            let mut hasher = Hasher::new();
            hasher.update(name.as_bytes());
            hasher.finish().to_string()
        };
        let [part, note, note_new] = [".part", ".part.json", ".part.json.new"].map(|suffix| format!("{stem}{suffix}"));
        Slot { parent, path, part, note, note_new }
    }

    pub fn path(&self) -> &RelativePath {
        &self.path
    }

    /// Opens `NAME.part`, keeping what an earlier attempt wrote, and locks it against a second writer.
    pub(crate) fn begin(self) -> Result<Part, PlaceError> {
        let ours = self.has_note()?;
        let flags = OFlags::RDWR | OFlags::CREATE | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY;
        let flags = if ours { flags } else { flags | OFlags::EXCL };
        if !ours {
            self.write_note(&())?;
        }
        let fd = match rustix::fs::openat(&self.parent, &self.part, flags, Mode::from_raw_mode(0o644)) {
            Ok(fd) => fd,
            Err(errno) => {
                if !ours {
                    self.remove_note();
                }
                return Err(match errno {
                    Errno::EXIST | Errno::LOOP | Errno::ISDIR | Errno::NXIO => {
                        PlaceError::PartTaken { path: self.display_part() }
                    }
                    errno => self.failed("creating")(errno.into()),
                });
            }
        };
        let stat = rustix::fs::fstat(&fd).map_err(|errno| self.failed("creating")(errno.into()))?;
        // A second name means that emptying the part would empty somebody else's file.
        if Kind::of(&stat) != Kind::File || stat.st_nlink != 1 {
            return Err(PlaceError::PartTaken { path: self.display_part() });
        }
        let file = File::from(fd);
        match rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {}
            Err(Errno::WOULDBLOCK) => return Err(PlaceError::Busy { path: self.path.to_string() }),
            Err(errno) => return Err(self.failed("locking")(errno.into())),
        }
        let part = Part { slot: self, file, hasher: Hasher::new(), bytes: 0 };
        // The former holder of the lock may have renamed the file between our opening and our locking it.
        part.ensure_in_place()?;
        Ok(part)
    }

    fn has_note(&self) -> Result<bool, PlaceError> {
        match look(&self.parent, &self.note) {
            Ok(stat) => Ok(Kind::of(&stat) == Kind::File),
            Err(Errno::NOENT) => Ok(false),
            Err(errno) => Err(self.failed("looking for")(errno.into())),
        }
    }

    fn write_note(&self, note: &impl Serialize) -> Result<(), PlaceError> {
        let text = serde_json::to_vec(note).map_err(|error| self.failed("describing")(error.into()))?;
        self.replace_note(&text).map_err(self.failed("writing beside"))
    }

    /// Written under another name and renamed, so that a note is never half there.
    fn replace_note(&self, text: &[u8]) -> io::Result<()> {
        match rustix::fs::unlinkat(&self.parent, &self.note_new, AtFlags::empty()) {
            Ok(()) | Err(Errno::NOENT) => {}
            Err(errno) => return Err(errno.into()),
        }
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let fd = rustix::fs::openat(&self.parent, &self.note_new, flags, Mode::from_raw_mode(0o600))?;
        File::from(fd).write_all(text)?;
        Ok(rustix::fs::renameat(&self.parent, &self.note_new, &self.parent, &self.note)?)
    }

    fn read_note<T: DeserializeOwned>(&self) -> Option<T> {
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK;
        let fd = rustix::fs::openat(&self.parent, &self.note, flags, Mode::empty()).ok()?;
        let mut text = Vec::new();
        File::from(fd).take(MOST_NOTE_BYTES).read_to_end(&mut text).ok()?;
        // Unreadable means that nothing is known about the part, which is then written anew.
        serde_json::from_slice(&text).ok()
    }

    fn remove_note(&self) {
        // What stays behind is a note without a part: harmless, and overwritten by the next attempt.
        let _ = rustix::fs::unlinkat(&self.parent, &self.note, AtFlags::empty());
    }

    fn display_part(&self) -> String {
        let (directory, _) = self.path.as_str().rsplit_once('/').unwrap_or_default();
        if directory.is_empty() { self.part.clone() } else { format!("{directory}/{}", self.part) }
    }

    fn failed(&self, doing: &'static str) -> impl FnOnce(io::Error) -> PlaceError {
        PlaceError::io(doing, &self.path)
    }
}

/// `NAME.part`, open, locked, with the checksum of what is in it so far. All methods block.
pub(crate) struct Part {
    slot: Slot,
    file: File,
    hasher: Hasher,
    bytes: u64,
}

impl Part {
    /// How many bytes are written and hashed.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    pub fn note<T: DeserializeOwned>(&self) -> Option<T> {
        self.slot.read_note()
    }

    pub fn set_note(&self, note: &impl Serialize) -> Result<(), PlaceError> {
        self.slot.write_note(note)
    }

    /// Takes over what an earlier attempt wrote, by reading it through once.
    pub fn resume(&mut self) -> Result<(), PlaceError> {
        io::Seek::rewind(&mut self.file).map_err(self.slot.failed("reading"))?;
        self.hasher = Hasher::new();
        self.bytes = 0;
        let mut buffer = vec![0; 256 * 1024];
        loop {
            match self.file.read(&mut buffer) {
                Ok(0) => return Ok(()),
                Ok(read) => {
                    self.hasher.update(buffer.get(..read).unwrap_or_default());
                    self.bytes += read as u64;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(self.slot.failed("reading")(error)),
            }
        }
    }

    /// Throws away what is there.
    pub fn restart(&mut self) -> Result<(), PlaceError> {
        self.file.set_len(0).map_err(self.slot.failed("emptying"))?;
        io::Seek::rewind(&mut self.file).map_err(self.slot.failed("emptying"))?;
        self.hasher = Hasher::new();
        self.bytes = 0;
        Ok(())
    }

    pub fn append(&mut self, bytes: &[u8]) -> Result<(), PlaceError> {
        self.file.write_all(bytes).map_err(self.slot.failed("writing"))?;
        self.hasher.update(bytes);
        self.bytes += bytes.len() as u64;
        Ok(())
    }

    /// The checksum of what is there so far, without ending it.
    pub fn received(&self) -> Received {
        Received { bytes: self.bytes, sha256: self.sha256() }
    }

    fn sha256(&self) -> Sha256 {
        self.hasher.clone().finish()
    }

    /// Gives the file its name. On disk before it is visible, so that a power cut leaves the part or the
    /// whole, never a whole-looking hole.
    pub fn finish(&mut self) -> Result<Received, PlaceError> {
        let received = self.received();
        self.file.sync_data().map_err(self.slot.failed("syncing"))?;
        self.ensure_in_place()?;
        let Slot { parent, path, part, .. } = &self.slot;
        rustix::fs::renameat(parent, part, parent, path.name()).map_err(|errno| self.slot.failed("naming")(errno.into()))?;
        rustix::fs::fsync(parent).map_err(|errno| self.slot.failed("syncing")(errno.into()))?;
        self.slot.remove_note();
        Ok(received)
    }

    /// Removes all traces: these bytes were wrong and nothing could continue from them.
    pub fn discard(&mut self) -> Result<(), PlaceError> {
        self.ensure_in_place()?;
        rustix::fs::unlinkat(&self.slot.parent, &self.slot.part, AtFlags::empty())
            .map_err(|errno| self.slot.failed("removing")(errno.into()))?;
        self.slot.remove_note();
        Ok(())
    }

    /// The name `NAME.part` still means the file that is open here.
    fn ensure_in_place(&self) -> Result<(), PlaceError> {
        let open = rustix::fs::fstat(&self.file);
        let named = look(&self.slot.parent, &self.slot.part);
        match (open, named) {
            (Ok(open), Ok(named)) if (open.st_dev, open.st_ino) == (named.st_dev, named.st_ino) => Ok(()),
            _ => Err(PlaceError::Busy { path: self.slot.path.to_string() }),
        }
    }
}
