//! Local files as inputs: copied into a work directory, from allowed roots only.
//!
//! The file is opened before it is judged and judged by its descriptor, so what was judged is what is read:
//! first as a bare reference (`O_PATH`, which neither waits for a pipe nor rewinds a tape), then, when it is a
//! regular file whose real path lies within a root, for reading through that same reference. Copying by
//! `copy_file_range` would save little and lose the guarantee that the checksum is of the bytes written.

use std::fs::File;
use std::io::{self, Read};
use std::ops::ControlFlow;
use std::os::fd::{AsRawFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use rustix::fs::{Mode, OFlags};

use crate::place::{Kind, Part, PlaceError, Slot};
use crate::{Declared, Mismatch, Received};

#[derive(Debug, thiserror::Error)]
pub enum FileError {
    #[error("{path} does not exist")]
    Missing { path: PathBuf },
    #[error("{path} may not be read by the user that the gateway or pilot runs as")]
    Denied { path: PathBuf },
    #[error("{path} must be an absolute path")]
    NotAbsolute { path: PathBuf },
    #[error("{path} is not within a directory that inputs may come from")]
    OutsideRoots { path: PathBuf },
    #[error("{path} is {kind}, not a regular file")]
    NotAFile { path: PathBuf, kind: Kind },
    #[error("{path} is made up by the kernel (/proc or /sys), not stored data")]
    NotStored { path: PathBuf },
    #[error("{path} has {bytes} bytes, the limit is {limit}")]
    TooLarge { path: PathBuf, bytes: u64, limit: u64 },
    #[error("{path} changed while it was being copied")]
    Changed { path: PathBuf },
    #[error("{path}: {mismatch}")]
    Mismatch { path: PathBuf, mismatch: Mismatch },
    #[error("copying {path} was stopped")]
    Stopped { path: PathBuf },
    #[error(transparent)]
    Place(#[from] PlaceError),
    #[error("reading {path}: {source}")]
    Io { path: PathBuf, source: io::Error },
}

impl FileError {
    fn io(path: &Path) -> impl Fn(io::Error) -> FileError {
        move |source| {
            let path = path.to_owned();
            match source.kind() {
                io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => FileError::Missing { path },
                io::ErrorKind::PermissionDenied => FileError::Denied { path },
                _ => FileError::Io { path, source },
            }
        }
    }
}

/// Directories, with all symbolic links in their own paths resolved, that local inputs may come from.
#[derive(Debug, Clone, Default)]
pub struct AllowedRoots(Vec<PathBuf>);

impl AllowedRoots {
    pub fn resolve<P: AsRef<Path>>(roots: impl IntoIterator<Item = P>) -> Result<AllowedRoots, FileError> {
        let resolve = |root: P| {
            let root = root.as_ref();
            if !root.is_absolute() {
                return Err(FileError::NotAbsolute { path: root.to_owned() });
            }
            std::fs::canonicalize(root).map_err(FileError::io(root))
        };
        roots.into_iter().map(resolve).collect::<Result<_, _>>().map(AllowedRoots)
    }

    /// Opens a regular file for reading. `path` may lead over symbolic links; where it ends is what counts.
    pub fn open(&self, path: &Path) -> Result<File, FileError> {
        if !path.is_absolute() {
            return Err(FileError::NotAbsolute { path: path.to_owned() });
        }
        let failed = FileError::io(path);
        let errno = |errno: rustix::io::Errno| FileError::io(path)(errno.into());
        let reference = rustix::fs::open(path, OFlags::PATH | OFlags::CLOEXEC, Mode::empty()).map_err(errno)?;
        let itself = format!("/proc/self/fd/{}", reference.as_raw_fd());
        let real = std::fs::read_link(&itself).map_err(&failed)?;
        // First the place, then the kind: whoever may not look outside must not learn what is there.
        if !self.0.iter().any(|root| real.starts_with(root)) {
            return Err(FileError::OutsideRoots { path: path.to_owned() });
        }
        let stat = rustix::fs::fstat(&reference).map_err(errno)?;
        match Kind::of(&stat) {
            Kind::File => {}
            kind => return Err(FileError::NotAFile { path: path.to_owned(), kind }),
        }
        if is_made_up(&reference).map_err(errno)? {
            return Err(FileError::NotStored { path: path.to_owned() });
        }
        File::open(itself).map_err(failed)
    }
}

/// Files of /proc pass for regular ones, and /proc/self/environ, mem and fd are the reader's own insides.
fn is_made_up(file: &OwnedFd) -> Result<bool, rustix::io::Errno> {
    const PROC: u32 = 0x9fa0;
    const SYSFS: u32 = 0x6265_6572;
    let magic = rustix::fs::fstatfs(file)?.f_type;
    Ok(u32::try_from(magic).is_ok_and(|magic| matches!(magic, PROC | SYSFS)))
}

/// Copies `from` into `slot`. Blocks; `progress` is told the bytes so far and may end the copying.
pub fn copy_in(
    roots: &AllowedRoots,
    from: &Path,
    slot: Slot,
    declared: &Declared,
    limit: u64,
    mut progress: impl FnMut(u64) -> ControlFlow<()>,
) -> Result<Received, FileError> {
    let mut source = roots.open(from)?;
    let before = state(&source).map_err(FileError::io(from))?;
    if before.0 > limit {
        return Err(FileError::TooLarge { path: from.to_owned(), bytes: before.0, limit });
    }
    if let Some(bytes) = declared.bytes.filter(|bytes| *bytes != before.0) {
        let mismatch = Mismatch::Bytes { declared: bytes, actual: before.0 };
        return Err(FileError::Mismatch { path: from.to_owned(), mismatch });
    }
    let mut part = slot.begin()?;
    part.restart()?;
    let copied = copy(from, &mut source, &mut part, before.0, &mut progress).and_then(|()| {
        if state(&source).map_err(FileError::io(from))? != before || part.bytes() != before.0 {
            return Err(FileError::Changed { path: from.to_owned() });
        }
        let mismatch = |mismatch| FileError::Mismatch { path: from.to_owned(), mismatch };
        declared.verify(&part.received()).map_err(mismatch)
    });
    match copied {
        Ok(()) => Ok(part.finish()?),
        Err(error) => {
            // The first error is the one to tell; a part that stays behind is emptied by the next attempt.
            let _ = part.discard();
            Err(error)
        }
    }
}

/// Reads one byte past `bytes` at most, so that a file that grows forever is noticed, not followed.
fn copy(
    from: &Path,
    source: &mut File,
    part: &mut Part,
    bytes: u64,
    progress: &mut impl FnMut(u64) -> ControlFlow<()>,
) -> Result<(), FileError> {
    let mut source = source.take(bytes.saturating_add(1));
    let mut buffer = vec![0; 1024 * 1024];
    loop {
        match source.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(read) => part.append(buffer.get(..read).unwrap_or_default())?,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(FileError::io(from)(error)),
        }
        if progress(part.bytes()).is_break() {
            return Err(FileError::Stopped { path: from.to_owned() });
        }
    }
}

fn state(file: &File) -> io::Result<(u64, SystemTime)> {
    let metadata = file.metadata()?;
    Ok((metadata.len(), metadata.modified()?))
}
