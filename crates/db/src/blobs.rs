//! What is too large for a row: logs, outputs, uploads, plans, research objects.
//!
//! One directory of one computer now; the interface is small enough for a shared storage later. A key is a path of
//! plain parts. Names that people choose never become keys: they are hashed first ([`Key::named`]).

use crate::{DbError, sha256};
use std::os::unix::fs::{DirBuilderExt, FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

#[derive(Clone, Debug)]
pub struct Blobs {
    root: PathBuf,
}

/// Where a blob is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key(String);

impl Key {
    /// Everything that belongs to one owner: a run, an upload.
    pub fn of(owner: &str) -> Self {
        Self(plain(owner, "-"))
    }

    /// A part that the program itself names.
    pub fn part(&self, part: &str) -> Self {
        Self(format!("{}/{}", self.0, plain(part, "-_.")))
    }

    /// A part that a person named, whatever it holds.
    pub fn named(&self, name: &str) -> Self {
        let digest: String = sha256(name.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
        Self(format!("{}/{digest}", self.0))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Never empty and never with a dot in front: an empty first part would make the key an absolute path.
fn plain(text: &str, marks: &str) -> String {
    let kept: String = text.chars().filter(|c| c.is_ascii_alphanumeric() || marks.contains(*c)).collect();
    match kept.trim_start_matches('.') {
        "" => "_".to_owned(),
        plain => plain.to_owned(),
    }
}

/// How long a blob was, and is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Appended {
    pub before: u64,
    pub now: u64,
}

#[derive(Debug, thiserror::Error)]
pub enum BlobError {
    #[error(transparent)]
    Io(#[from] DbError),
    #[error("bytes were offered at {offered}; the blob has {present}")]
    WrongOffset { offered: u64, present: u64 },
}

impl Blobs {
    pub fn open(root: &Path) -> Result<Self, DbError> {
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(root).map_err(DbError::io(root))?;
        Ok(Self { root: root.to_owned() })
    }

    pub fn path(&self, key: &Key) -> PathBuf {
        self.root.join(&key.0)
    }

    /// How many bytes are there; none when the blob does not exist.
    pub fn len(&self, key: &Key) -> Result<Option<u64>, DbError> {
        let path = self.path(key);
        match std::fs::metadata(&path) {
            Ok(metadata) => Ok(Some(metadata.len())),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(DbError::io(path)(error)),
        }
    }

    /// Adds bytes that begin at `offset`. Bytes that are already there are passed over, so that a sender who does not
    /// know what arrived may send again; a gap is refused. Returns the new length.
    pub fn append(&self, key: &Key, offset: u64, bytes: &[u8]) -> Result<Appended, BlobError> {
        let path = self.path(key);
        let file = self.open_for_writing(&path)?;
        let present = file.metadata().map_err(DbError::io(&path))?.len();
        let end = offset.saturating_add(bytes.len() as u64);
        if offset > present {
            return Err(BlobError::WrongOffset { offered: offset, present });
        }
        if end <= present {
            return Ok(Appended { before: present, now: present });
        }
        let known = usize::try_from(present - offset).unwrap_or(usize::MAX);
        // At its place and not at the end: whoever sends the same bytes at the same time writes them there too.
        file.write_all_at(bytes.get(known..).unwrap_or_default(), present).map_err(DbError::io(&path))?;
        Ok(Appended { before: present, now: end })
    }

    fn open_for_writing(&self, path: &Path) -> Result<std::fs::File, DbError> {
        let open = || std::fs::OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(path);
        match open() {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let parent = path.parent().unwrap_or(&self.root);
                std::fs::DirBuilder::new().recursive(true).mode(0o700).create(parent).map_err(DbError::io(parent))?;
                open().map_err(DbError::io(path))
            }
            opened => opened.map_err(DbError::io(path)),
        }
    }

    /// Makes what was appended survive a loss of power.
    pub fn sync(&self, key: &Key) -> Result<(), DbError> {
        let path = self.path(key);
        std::fs::File::open(&path).and_then(|file| file.sync_all()).and_then(|()| sync_name(&path)).map_err(DbError::io(&path))
    }

    /// Puts a whole blob there at once: readers see the old one or the new one.
    pub fn write(&self, key: &Key, fill: impl FnOnce(&mut std::fs::File) -> std::io::Result<()>) -> Result<(), DbError> {
        let path = self.path(key);
        // Added to the name, not in place of its extension: `crate.json` and `crate.zip` may be written at once.
        let partial = path.with_file_name(format!("{}.partial", path.file_name().unwrap_or_default().to_string_lossy()));
        match std::fs::remove_file(&partial) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(DbError::io(&partial)(error)),
            _ => {}
        }
        drop(self.open_for_writing(&partial)?);
        let mut file = std::fs::OpenOptions::new().read(true).write(true).open(&partial).map_err(DbError::io(&partial))?;
        fill(&mut file).and_then(|()| file.sync_all()).map_err(DbError::io(&partial))?;
        std::fs::rename(&partial, &path).and_then(|()| sync_name(&path)).map_err(DbError::io(&path))
    }

    /// Removes the parts of these names two levels below a key (element, try). Nothing there is fine.
    pub fn remove_parts(&self, key: &Key, parts: &[&str]) -> Result<(), DbError> {
        for element in entries(&self.path(key))? {
            for attempt in entries(&element)? {
                for part in parts {
                    remove_path(&attempt.join(part))?;
                }
            }
        }
        Ok(())
    }

    /// Removes a blob or everything below a key. Nothing there is fine.
    pub fn remove(&self, key: &Key) -> Result<(), DbError> {
        remove_path(&self.path(key))
    }
}

fn remove_path(path: &Path) -> Result<(), DbError> {
    let removed = match std::fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_dir() => std::fs::remove_dir_all(path),
        Ok(_) => std::fs::remove_file(path),
        Err(error) => Err(error),
    };
    match removed {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(DbError::io(path)(error)),
        _ => Ok(()),
    }
}

/// What is in a directory; nothing when there is none.
fn entries(directory: &Path) -> Result<Vec<PathBuf>, DbError> {
    match std::fs::read_dir(directory) {
        Ok(entries) => entries.map(|entry| entry.map(|entry| entry.path()).map_err(DbError::io(directory))).collect(),
        Err(error) if matches!(error.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory) => Ok(Vec::new()),
        Err(error) => Err(DbError::io(directory)(error)),
    }
}

/// A file is only found again after a loss of power when its directory was written too.
fn sync_name(path: &Path) -> std::io::Result<()> {
    path.parent().map_or(Ok(()), |parent| std::fs::File::open(parent)?.sync_all())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn bytes_arrive_once_whatever_is_sent_again_and_names_cannot_escape() {
        let root = tempfile::tempdir().expect("a directory");
        let blobs = Blobs::open(root.path()).expect("open");
        let key = Key::of("run-1").part("stdout");
        assert_eq!(blobs.append(&key, 0, b"hello").expect("first").now, 5);
        assert_eq!(blobs.append(&key, 0, b"hello").expect("again").now, 5);
        assert_eq!(blobs.append(&key, 3, b"lo world").expect("overlapping"), Appended { before: 5, now: 11 });
        assert!(matches!(blobs.append(&key, 20, b"x"), Err(BlobError::WrongOffset { present: 11, .. })));
        assert_eq!(std::fs::read(blobs.path(&key)).expect("read"), b"hello world");
        let shared = Key::of("run-1").part("shared");
        let whole: Vec<u8> = (0..4_000_000u32).map(|i| (i % 251) as u8).collect();
        std::thread::scope(|scope| {
            for _ in 0..6 {
                scope.spawn(|| blobs.append(&shared, 0, &whole).expect("sent by several at once"));
            }
        });
        assert!(std::fs::read(blobs.path(&shared)).expect("read") == whole, "bytes that several sent are there once");
        for hostile in ["../../etc/passwd", "/etc/passwd", "..", "a\0b", "", "/"] {
            assert!(blobs.path(&Key::of("run-1").named(hostile)).starts_with(root.path().join("run-1")));
            let part = blobs.path(&Key::of(hostile).part(hostile));
            assert!(part.starts_with(root.path()) && part != root.path(), "{part:?}");
            assert!(!part.to_string_lossy().contains(".."), "{part:?}");
        }
        blobs.write(&key, |file| file.write_all(b"new")).expect("write");
        assert_eq!(blobs.len(&key).expect("len"), Some(3));
        let log = Key::of("run-1").part("e0").part("t1").part("stdout");
        let output = Key::of("run-1").part("e0").part("t1").part("outputs").named("a.csv");
        for kept in [&log, &output] {
            blobs.append(kept, 0, b"x").expect("append");
        }
        blobs.remove_parts(&Key::of("run-1"), &["stdout", "stderr"]).expect("remove the logs");
        assert_eq!((blobs.len(&log).expect("len"), blobs.len(&output).expect("len")), (None, Some(1)));
        blobs.remove(&Key::of("run-1")).expect("remove");
        blobs.remove(&Key::of("run-1")).expect("remove nothing");
        assert_eq!(blobs.len(&key).expect("len"), None);
    }
}
