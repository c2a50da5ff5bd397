//! Finding a run's outputs in the tree that its payload left behind.
//!
//! The payload is not trusted: it may leave symbolic links, pipes, names that are no text, a million files or
//! a chain of ten thousand directories. Nothing is followed, everything is counted, and whatever a pattern
//! would have matched but is not taken is reported with its reason. A limit that is reached is an error, never
//! a shorter list. Files found here are read through [`Directory::open_file`], which looks at their kind again.

mod pattern;

use std::collections::BTreeSet;
use std::ffi::{CStr, CString};
use std::os::fd::{AsFd, BorrowedFd};

use rustix::fs::Dir;
use rustix::io::Errno;

use crate::place::{BadPath, Directory, Kind, RelativePath, look, open_directory, printable};
pub use pattern::{BadPattern, MOST_PATTERN_BYTES, MOST_PATTERN_PARTS, MOST_PATTERNS, Patterns};
use pattern::{Expected, Step};

#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Directory entries looked at.
    pub entries: usize,
    /// Directories below each other.
    pub depth: usize,
    /// Sum of the sizes of all matched files.
    pub bytes: u64,
    /// Comparisons of a name with a part of a pattern: what bounds the time.
    pub comparisons: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { entries: 200_000, depth: 64, bytes: 1 << 40, comparisons: 20_000_000 }
    }
}

/// More skipped entries than these are counted, not listed.
pub const MOST_SKIPPED: usize = 1000;

#[derive(Debug, Default)]
pub struct Outputs {
    /// Sorted by path within each directory.
    pub files: Vec<OutputFile>,
    pub skipped: Vec<Skipped>,
    /// How many were skipped in all, those beyond [`MOST_SKIPPED`] included.
    pub skipped_count: usize,
    /// Indices of the patterns that matched no file.
    pub unmatched: Vec<usize>,
    pub bytes: u64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutputFile {
    pub path: RelativePath,
    pub bytes: u64,
    /// Which patterns it matches, by index.
    pub patterns: BTreeSet<usize>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skipped {
    /// For people: bytes that are no text are replaced, control characters escaped.
    pub path: String,
    pub why: Why,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Why {
    #[error("{0}, only regular files are collected")]
    NotAFile(Kind),
    #[error("a hard link to a file of another user")]
    ForeignLink,
    #[error("its name is not valid UTF-8")]
    NotUtf8,
    #[error("{0}")]
    BadName(BadPath),
    #[error("directories are nested deeper than {limit}")]
    TooDeep { limit: usize },
    #[error("it cannot be read: {0}")]
    Unreadable(String),
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OutputsError {
    #[error("more than {limit} directory entries have to be looked at")]
    TooManyEntries { limit: usize },
    #[error("the matched files have more than {limit} bytes")]
    TooManyBytes { limit: u64 },
    #[error("matching takes more than {limit} comparisons; use fewer or plainer patterns")]
    TooMuchMatching { limit: u64 },
    #[error("the work directory cannot be read: {why}")]
    Unreadable { why: String },
}

/// Walks `directory` and returns what matches. Blocks.
pub fn collect(directory: &Directory, patterns: &Patterns, limits: &Limits) -> Result<Outputs, OutputsError> {
    let mut walk = Walk { directory, patterns, limits, entries: 0, comparisons: 0, outputs: Outputs::default() };
    match walk.enter(directory.fd(), "", &patterns.start(), 0)? {
        Ok(()) => {}
        Err(errno) => return Err(OutputsError::Unreadable { why: errno.to_string() }),
    }
    let mut outputs = walk.outputs;
    let matched: BTreeSet<usize> = outputs.files.iter().flat_map(|file| &file.patterns).copied().collect();
    outputs.unmatched = (0..patterns.len()).filter(|index| !matched.contains(index)).collect();
    Ok(outputs)
}

struct Walk<'a> {
    directory: &'a Directory,
    patterns: &'a Patterns,
    limits: &'a Limits,
    entries: usize,
    comparisons: u64,
    outputs: Outputs,
}

impl Walk<'_> {
    /// The outer error ends the walk, the inner one says that this directory cannot be read.
    fn enter(
        &mut self,
        fd: BorrowedFd<'_>,
        prefix: &str,
        expected: &Expected,
        depth: usize,
    ) -> Result<Result<(), Errno>, OutputsError> {
        let names = match self.names(fd)? {
            Ok(names) => names,
            Err(errno) => return Ok(Err(errno)),
        };
        for name in names {
            self.visit(fd, prefix, &name, expected, depth)?;
        }
        Ok(Ok(()))
    }

    /// All names of a directory, sorted, so that the same tree always gives the same list.
    fn names(&mut self, fd: BorrowedFd<'_>) -> Result<Result<Vec<CString>, Errno>, OutputsError> {
        let mut names = Vec::new();
        let entries = match Dir::read_from(fd) {
            Ok(entries) => entries,
            Err(errno) => return Ok(Err(errno)),
        };
        for entry in entries {
            let entry = match entry {
                Ok(entry) => entry,
                Err(errno) => return Ok(Err(errno)),
            };
            if matches!(entry.file_name().to_bytes(), b"." | b"..") {
                continue;
            }
            if self.entries == self.limits.entries {
                return Err(OutputsError::TooManyEntries { limit: self.limits.entries });
            }
            self.entries += 1;
            names.push(entry.file_name().to_owned());
        }
        names.sort_unstable();
        Ok(Ok(names))
    }

    fn visit(
        &mut self,
        parent: BorrowedFd<'_>,
        prefix: &str,
        name: &CStr,
        expected: &Expected,
        depth: usize,
    ) -> Result<(), OutputsError> {
        self.comparisons += expected.len() as u64;
        if self.comparisons > self.limits.comparisons {
            return Err(OutputsError::TooMuchMatching { limit: self.limits.comparisons });
        }
        let text = name.to_string_lossy();
        let step = self.patterns.step(expected, &text);
        if step.matched.is_empty() && step.below.is_empty() {
            return Ok(());
        }
        let path = format!("{prefix}{text}");
        if name.to_str().is_err() {
            self.skip(&path, Why::NotUtf8);
            return Ok(());
        }
        let stat = match look(parent, name) {
            Ok(stat) => stat,
            // Gone since the directory was read: as if it had never been there.
            Err(Errno::NOENT) => return Ok(()),
            Err(errno) => {
                self.skip(&path, Why::Unreadable(errno.to_string()));
                return Ok(());
            }
        };
        match Kind::of(&stat) {
            Kind::File if step.matched.is_empty() => Ok(()),
            Kind::File if self.directory.is_foreign_link(&stat) => {
                self.skip(&path, Why::ForeignLink);
                Ok(())
            }
            Kind::File => self.take(path, u64::try_from(stat.st_size).unwrap_or(0), step.matched),
            Kind::Directory => self.descend(parent, path, name, &step, depth),
            // A link could have been a file or a directory; a pipe only stands in for a file.
            Kind::Symlink => {
                self.skip(&path, Why::NotAFile(Kind::Symlink));
                Ok(())
            }
            kind => {
                if !step.matched.is_empty() {
                    self.skip(&path, Why::NotAFile(kind));
                }
                Ok(())
            }
        }
    }

    fn take(&mut self, path: String, bytes: u64, patterns: BTreeSet<usize>) -> Result<(), OutputsError> {
        let path = match RelativePath::try_from(path.clone()) {
            Ok(path) => path,
            Err(bad) => {
                self.skip(&path, Why::BadName(bad));
                return Ok(());
            }
        };
        self.outputs.bytes = self.outputs.bytes.saturating_add(bytes);
        if self.outputs.bytes > self.limits.bytes {
            return Err(OutputsError::TooManyBytes { limit: self.limits.bytes });
        }
        self.outputs.files.push(OutputFile { path, bytes, patterns });
        Ok(())
    }

    fn descend(
        &mut self,
        parent: BorrowedFd<'_>,
        path: String,
        name: &CStr,
        step: &Step,
        depth: usize,
    ) -> Result<(), OutputsError> {
        if !step.named.is_empty() {
            self.skip(&path, Why::NotAFile(Kind::Directory));
        }
        if step.below.is_empty() {
            return Ok(());
        }
        if depth == self.limits.depth {
            self.skip(&path, Why::TooDeep { limit: self.limits.depth });
            return Ok(());
        }
        let entered = match open_directory(parent, name) {
            Ok(child) => self.enter(child.as_fd(), &format!("{path}/"), &step.below, depth + 1)?,
            Err(errno) => Err(errno),
        };
        match entered {
            Ok(()) => {}
            // Exchanged for something else since it was looked at.
            Err(Errno::NOTDIR | Errno::LOOP) => self.skip(&path, Why::NotAFile(Kind::Symlink)),
            Err(Errno::NOENT) => {}
            Err(errno) => self.skip(&path, Why::Unreadable(errno.to_string())),
        }
        Ok(())
    }

    fn skip(&mut self, path: &str, why: Why) {
        self.outputs.skipped_count += 1;
        if self.outputs.skipped.len() < MOST_SKIPPED {
            self.outputs.skipped.push(Skipped { path: printable(path), why });
        }
    }
}
