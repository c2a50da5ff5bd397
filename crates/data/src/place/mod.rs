//! Where bytes are put and taken: names below a directory that is held open.
//!
//! Every walk goes part by part, each opened relative to its parent's descriptor with `O_NOFOLLOW`. A symbolic
//! link that a payload leaves (or swaps in during the walk) is an error, never a way out. The same walk could
//! be one `openat2` call with `RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS`, but kernels and container filters
//! without that call would need this one as well, and two ways to be safe are harder to trust than one.

mod path;
mod slot;

use std::fs::File;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::Path;

use rustix::fs::{AtFlags, FileType, Mode, OFlags, Stat};
use rustix::io::Errno;

pub(crate) use path::printable;
pub use path::{BadPath, MOST_PART_BYTES, MOST_PATH_BYTES, RelativePath};
pub(crate) use slot::Part;
pub use slot::Slot;

/// Why something inside a work directory cannot be opened or made.
#[derive(Debug, thiserror::Error)]
pub enum PlaceError {
    #[error("{path} does not exist")]
    Missing { path: String },
    #[error("{path} leads over a symbolic link, which is never followed in a work directory")]
    Symlink { path: String },
    #[error("a part of {path} is not a directory")]
    NotADirectory { path: String },
    #[error("{path} is {kind}, not a regular file")]
    NotAFile { path: String, kind: Kind },
    #[error("{path} is a hard link to a file of another user")]
    ForeignLink { path: String },
    #[error("{path} is being written by another transfer")]
    Busy { path: String },
    /// `NAME.part` is there and is not the beginning of this file: taking it would destroy something.
    #[error("{path} exists and is not the rest of an earlier transfer")]
    PartTaken { path: String },
    #[error("{doing} {path}: {source}")]
    Io { doing: &'static str, path: String, source: io::Error },
}

impl PlaceError {
    pub(crate) fn io(doing: &'static str, path: &(impl ToString + ?Sized)) -> impl FnOnce(io::Error) -> PlaceError {
        let path = path.to_string();
        move |source| PlaceError::Io { doing, path, source }
    }
}

/// What a directory entry is when it is not what was wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    File,
    Directory,
    Symlink,
    Fifo,
    Socket,
    Device,
    Unknown,
}

impl Kind {
    pub(crate) fn of(stat: &Stat) -> Kind {
        match FileType::from_raw_mode(stat.st_mode) {
            FileType::RegularFile => Kind::File,
            FileType::Directory => Kind::Directory,
            FileType::Symlink => Kind::Symlink,
            FileType::Fifo => Kind::Fifo,
            FileType::Socket => Kind::Socket,
            FileType::CharacterDevice | FileType::BlockDevice => Kind::Device,
            FileType::Unknown => Kind::Unknown,
        }
    }
}

impl std::fmt::Display for Kind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Kind::File => "a regular file",
            Kind::Directory => "a directory",
            Kind::Symlink => "a symbolic link",
            Kind::Fifo => "a named pipe",
            Kind::Socket => "a socket",
            Kind::Device => "a device",
            Kind::Unknown => "of an unknown kind",
        })
    }
}

/// A directory held open. Renaming or replacing its path afterwards changes nothing for the holder.
pub struct Directory {
    fd: OwnedFd,
    owner: u32,
}

const DIRECTORY: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

impl Directory {
    /// The directory itself may be reached over symbolic links: its path is the operator's, not a payload's.
    pub fn open(path: &Path) -> Result<Directory, PlaceError> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let failed = |errno: Errno| PlaceError::io("opening", &path.display())(errno.into());
        let fd = rustix::fs::open(path, flags, Mode::empty()).map_err(failed)?;
        let owner = rustix::fs::fstat(&fd).map_err(failed)?.st_uid;
        Ok(Directory { fd, owner })
    }

    /// Opens a regular file for reading. Opened without blocking, so that a named pipe put in its place does
    /// not hang the reader before its kind can be seen.
    pub fn open_file(&self, path: &RelativePath) -> Result<File, PlaceError> {
        let parent = self.parent(path, false)?;
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY;
        let fd = rustix::fs::openat(&parent, path.name(), flags, Mode::empty())
            .map_err(|errno| walk_error(errno, &parent, path.name(), path))?;
        let stat = rustix::fs::fstat(&fd).map_err(|errno| PlaceError::io("reading", path)(errno.into()))?;
        match Kind::of(&stat) {
            Kind::File if self.is_foreign_link(&stat) => Err(PlaceError::ForeignLink { path: path.to_string() }),
            Kind::File => Ok(File::from(fd)),
            kind => Err(PlaceError::NotAFile { path: path.to_string(), kind }),
        }
    }

    /// A place for a new file, its parent directories made when they are missing.
    pub fn slot(&self, path: &RelativePath) -> Result<Slot, PlaceError> {
        Ok(Slot::new(self.parent(path, true)?, path.clone()))
    }

    /// A file with several names that belongs to somebody else than the directory does: on systems without
    /// protected hard links a payload can give such a name to a file it may not even read. With the same owner
    /// a link shows nothing that a copy would not.
    pub(crate) fn is_foreign_link(&self, stat: &Stat) -> bool {
        stat.st_nlink > 1 && stat.st_uid != self.owner
    }

    pub(crate) fn fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }

    fn parent(&self, path: &RelativePath, make: bool) -> Result<OwnedFd, PlaceError> {
        let failed = |errno: Errno| PlaceError::io("opening", path)(errno.into());
        let mut current = self.fd.try_clone().map_err(PlaceError::io("opening", path))?;
        let mut parts = path.parts();
        parts.next_back();
        for part in parts {
            if make {
                match rustix::fs::mkdirat(&current, part, Mode::from_raw_mode(0o755)) {
                    Ok(()) | Err(Errno::EXIST) => {}
                    Err(errno) => return Err(failed(errno)),
                }
            }
            current = open_directory(current.as_fd(), part).map_err(|errno| walk_error(errno, &current, part, path))?;
        }
        Ok(current)
    }
}

/// One step down, never over a symbolic link.
pub(crate) fn open_directory(parent: BorrowedFd<'_>, name: impl rustix::path::Arg) -> Result<OwnedFd, Errno> {
    rustix::fs::openat(parent, name, DIRECTORY, Mode::empty())
}

pub(crate) fn look(parent: impl AsFd, name: impl rustix::path::Arg) -> Result<Stat, Errno> {
    rustix::fs::statat(parent, name, AtFlags::SYMLINK_NOFOLLOW)
}

/// The kernel answers ENOTDIR for a link where a directory was wanted and ENXIO for a socket; a second look
/// tells which. Only for the message: by now the walk has failed whatever the second look finds.
fn walk_error(errno: Errno, parent: impl AsFd, name: &str, path: &RelativePath) -> PlaceError {
    let kind = look(parent, name).map(|stat| Kind::of(&stat));
    let path = path.to_string();
    match (errno, kind) {
        (Errno::NOENT, _) => PlaceError::Missing { path },
        (Errno::LOOP | Errno::NOTDIR, Ok(Kind::Symlink)) | (Errno::LOOP, _) => PlaceError::Symlink { path },
        (Errno::NOTDIR, _) => PlaceError::NotADirectory { path },
        (_, Ok(kind @ (Kind::Socket | Kind::Device | Kind::Fifo))) => PlaceError::NotAFile { path, kind },
        _ => PlaceError::Io { doing: "opening", path, source: errno.into() },
    }
}
