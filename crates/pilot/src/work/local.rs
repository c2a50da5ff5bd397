//! `file:` inputs. The gateway's own user may name any file, but a command must not get as its input what is hidden from
//! it: the gateway's token and keys.
//!
//! What is judged is the file that was opened, not its path: a directory in the path may be exchanged for a link at any
//! moment, also after the gateway looked. The copy is made through the same open file.

use std::ffi::OsString;
use std::ops::ControlFlow;
use std::os::fd::AsRawFd;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

use data::file::{AllowedRoots, FileError, copy_in};
use data::place::Slot;
use data::{Declared, Received};
use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;

#[derive(Clone)]
pub(super) struct Reach {
    pub roots: AllowedRoots,
    pub hide: Vec<PathBuf>,
    /// The element's own directory: open to it although it lies within one that is hidden.
    pub work: PathBuf,
}

impl Reach {
    /// Blocks.
    pub fn copy(
        &self,
        from: &Path,
        slot: Slot,
        declared: &Declared,
        limit: u64,
        progress: impl FnMut(u64) -> ControlFlow<()>,
    ) -> Result<Received, FileError> {
        if !from.is_absolute() {
            return Err(FileError::NotAbsolute { path: from.to_owned() });
        }
        // A bare reference: opening a pipe for reading would wait.
        let reference = rustix::fs::open(from, OFlags::PATH | OFlags::CLOEXEC, Mode::empty());
        let reference = reference.map_err(|errno| of_open(from, errno))?;
        let opened = PathBuf::from(format!("/proc/self/fd/{}", reference.as_raw_fd()));
        let real = std::fs::read_link(&opened).map_err(|source| FileError::Io { path: from.to_owned(), source })?;
        if self.hides(&real) {
            return Err(FileError::OutsideRoots { path: from.to_owned() });
        }
        copy_in(&self.roots, &opened, slot, declared, limit, progress).map_err(|error| named(error, from))
    }

    fn hides(&self, real: &Path) -> bool {
        let real = without_mark(real);
        // Asked anew each time, since directories come and go. One that is not there may be back when the file is read.
        let resolve = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
        self.hide.iter().any(|hidden| real.starts_with(resolve(hidden))) && !real.starts_with(resolve(&self.work))
    }
}

/// The kernel's words after the path of a file that was removed while it is open, such as a key that is just replaced.
fn without_mark(real: &Path) -> PathBuf {
    let bytes = real.as_os_str().as_bytes();
    OsString::from_vec(bytes.strip_suffix(b" (deleted)").unwrap_or(bytes).to_vec()).into()
}

fn of_open(path: &Path, errno: Errno) -> FileError {
    let path = path.to_owned();
    match errno {
        Errno::NOENT | Errno::NOTDIR => FileError::Missing { path },
        Errno::ACCESS | Errno::PERM => FileError::Denied { path },
        errno => FileError::Io { path, source: errno.into() },
    }
}

/// Says the path that the person knows instead of the number of the open file.
fn named(mut error: FileError, from: &Path) -> FileError {
    match &mut error {
        FileError::Missing { path }
        | FileError::Denied { path }
        | FileError::NotAbsolute { path }
        | FileError::OutsideRoots { path }
        | FileError::NotAFile { path, .. }
        | FileError::NotStored { path }
        | FileError::TooLarge { path, .. }
        | FileError::Changed { path }
        | FileError::Mismatch { path, .. }
        | FileError::Stopped { path }
        | FileError::Io { path, .. } => *path = from.to_owned(),
        FileError::Place(_) => {}
    }
    error
}

#[cfg(test)]
mod tests {
    use super::*;
    use data::place::Directory;
    use std::fs::{create_dir_all, read, write};
    use std::os::unix::fs::symlink;

    #[test]
    fn what_is_hidden_is_no_input_however_it_is_named() {
        let temp = tempfile::tempdir().unwrap();
        let root = temp.path().canonicalize().unwrap();
        let work = root.join("state/runs/0-1/work");
        create_dir_all(&work).unwrap();
        create_dir_all(root.join("stated")).unwrap();
        for (name, text) in [("state/token", "t"), ("state/runs/0-1/lock", "l"), ("stated/open", "o"), ("key", "k")] {
            write(root.join(name), text).unwrap();
        }
        write(work.join("own"), "own").unwrap();
        symlink("state/token", root.join("link")).unwrap();
        symlink("state", root.join("exchanged")).unwrap();
        symlink(root.join("key"), root.join("to-key")).unwrap();
        symlink("stated", root.join("hidden-as-a-link")).unwrap();
        let reach = |hide: &[&str]| Reach {
            roots: AllowedRoots::resolve(["/"]).unwrap(),
            hide: hide.iter().map(|name| root.join(name)).collect(),
            work: work.clone(),
        };
        let copy = |reach: &Reach, from: &str, limit| {
            let slot = Directory::open(&work).unwrap().slot(&"in".parse().unwrap()).unwrap();
            let go_on = |_| ControlFlow::Continue(());
            reach.copy(&root.join(from), slot, &Declared::default(), limit, go_on)
        };
        let hiding = reach(&["exchanged", "key", "not-there"]);
        for from in
            ["state/token", "link", "exchanged/token", "stated/../state/token", "state", "key", "to-key", "state/runs/0-1/lock"]
        {
            let refused = copy(&hiding, from, 100);
            assert!(matches!(&refused, Err(FileError::OutsideRoots { path }) if *path == root.join(from)), "{from}: {refused:?}");
            assert!(!work.join("in").exists());
        }
        for (from, text) in [("stated/open", "o"), ("state/runs/0-1/work/own", "own"), ("exchanged/runs/0-1/work/own", "own")] {
            assert_eq!(copy(&hiding, from, 100).unwrap().bytes, text.len() as u64);
            assert_eq!(read(work.join("in")).unwrap(), text.as_bytes());
            std::fs::remove_file(work.join("in")).unwrap();
        }
        assert!(matches!(copy(&reach(&["hidden-as-a-link"]), "stated/open", 100), Err(FileError::OutsideRoots { .. })));
        // The mistakes of the person's own files are told with their names.
        let large = copy(&hiding, "state/runs/0-1/work/own", 2).unwrap_err();
        assert!(matches!(&large, FileError::TooLarge { path, .. } if *path == work.join("own")), "{large:?}");
        assert!(matches!(copy(&hiding, "stated", 100), Err(FileError::NotAFile { .. })));
        assert!(matches!(copy(&hiding, "none", 100), Err(FileError::Missing { .. })));
    }

    #[test]
    fn a_removed_file_is_judged_by_where_it_was() {
        let reach = Reach { roots: AllowedRoots::default(), hide: vec!["/no/key".into()], work: "/no/work".into() };
        assert!(reach.hides(Path::new("/no/key (deleted)")) && reach.hides(Path::new("/no/key/below (deleted)")));
        assert!(!reach.hides(Path::new("/no/keys (deleted)")) && !reach.hides(Path::new("/no")));
    }
}
