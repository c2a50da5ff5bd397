//! The checksums of outputs that are on their way: what arrives is hashed as it is stored, so that nothing has to be
//! read again when the pilot says that an output is whole.
//!
//! They are only a memory of what was read: one that is missing (the gateway was restarted, or another one took the
//! beginning) is caught up with by reading the file.
//!
//! So "whole" is said of what arrived. What a disk damages afterwards is noticed by whoever compares it with its checksum:
//! a research object does, while it is written; downloads leave that to who has them.

use data::{Hasher, Sha256};
use db::DbError;
use db::blobs::{Appended, BlobError, Blobs, Key};
use std::collections::HashMap;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A pilot sends few files at a time; when there are more than this, many were never finished.
const MOST: usize = 4_096;
const PIECE: usize = 256 * 1024;

#[derive(Default)]
pub(super) struct Hashes(Mutex<HashMap<String, Arc<Mutex<Hashed>>>>);

/// The checksum of the first bytes of a file.
#[derive(Default)]
struct Hashed {
    hasher: Hasher,
    bytes: u64,
}

impl Hashes {
    /// Adds bytes to an output and to its checksum. It blocks.
    pub(super) fn append(&self, blobs: &Blobs, key: &Key, offset: u64, bytes: &[u8]) -> Result<u64, BlobError> {
        let hashed = self.of(key);
        // Held while it is written: what is sent twice at the same time is hashed once.
        let mut hashed = lock(&hashed);
        let Appended { before, now } = blobs.append(key, offset, bytes)?;
        // What was there before may not be what is sent now, after a loss of power for one: it is read instead.
        if hashed.bytes == before
            && let Some(news) = before.checked_sub(offset).and_then(|known| bytes.get(usize::try_from(known).ok()?..))
        {
            hashed.hasher.update(news);
            hashed.bytes = now;
        }
        Ok(now)
    }

    /// The checksum and length of what is there, made durable. It blocks, and is quick when all was hashed on its way.
    pub(super) fn finish(&self, blobs: &Blobs, key: &Key) -> Result<(Sha256, u64), DbError> {
        let path = blobs.path(key);
        let hashed = self.of(key);
        let mut hashed = lock(&hashed);
        let file = File::open(&path).map_err(DbError::io(&path))?;
        hashed.catch_up(&file).map_err(DbError::io(&path))?;
        blobs.sync(key)?;
        self.all().remove(key.as_str());
        let Hashed { hasher, bytes } = std::mem::take(&mut *hashed);
        Ok((hasher.finish(), bytes))
    }

    fn of(&self, key: &Key) -> Arc<Mutex<Hashed>> {
        let mut all = self.all();
        if all.len() >= MOST && !all.contains_key(key.as_str()) {
            all.clear();
        }
        all.entry(key.as_str().to_owned()).or_default().clone()
    }

    fn all(&self) -> MutexGuard<'_, HashMap<String, Arc<Mutex<Hashed>>>> {
        lock(&self.0)
    }
}

impl Hashed {
    fn catch_up(&mut self, file: &File) -> io::Result<()> {
        let mut buffer = vec![0; PIECE];
        loop {
            match file.read_at(&mut buffer, self.bytes)? {
                0 => return Ok(()),
                read => {
                    self.hasher.update(buffer.get(..read).unwrap_or_default());
                    self.bytes += read as u64;
                }
            }
        }
    }
}

/// A panic while it was held leaves a checksum of fewer bytes than there are, which is caught up with.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_arrived_is_hashed_once_however_it_came() {
        let root = tempfile::tempdir().expect("a directory");
        let blobs = Blobs::open(root.path()).expect("open");
        let key = Key::of("run-1").named("a.fits");
        let bytes: Vec<u8> = (0..700_000u32).map(|i| (i % 251) as u8).collect();
        let (expected, length) = data::hash_reader(&bytes[..]).expect("read");

        let hashes = Hashes::default();
        std::thread::scope(|scope| {
            for _ in 0..4 {
                // The same parts by several at once, and parts that overlap.
                scope.spawn(|| {
                    for (from, to) in [(0, 300_000), (100_000, 500_000), (0, 10), (500_000, 700_000)] {
                        hashes.append(&blobs, &key, from as u64, &bytes[from..to]).expect("stored");
                    }
                });
            }
        });
        assert_eq!(hashes.of(&key).lock().expect("whole").bytes, length, "nothing has to be read again");
        std::fs::write(blobs.path(&key), b"read again").expect("written");
        assert_eq!(hashes.finish(&blobs, &key).expect("finished"), (expected, length));
        assert!(hashes.all().is_empty());

        // A gateway that knows only the end, because another one took the beginning.
        std::fs::write(blobs.path(&key), &bytes[..400_000]).expect("written");
        let hashes = Hashes::default();
        assert_eq!(hashes.append(&blobs, &key, 400_000, &bytes[400_000..]).expect("stored"), length);
        assert_eq!(hashes.finish(&blobs, &key).expect("finished"), (expected, length));
        assert!(matches!(hashes.append(&blobs, &key, length + 1, b"x"), Err(BlobError::WrongOffset { .. })));

        // A beginning that was lost with the power: what is sent again is not what is there.
        std::fs::write(blobs.path(&key), vec![0; 400_000]).expect("written");
        let hashes = Hashes::default();
        assert_eq!(hashes.append(&blobs, &key, 0, &bytes).expect("stored"), length);
        assert_ne!(hashes.finish(&blobs, &key).expect("finished").0, expected, "what is there counts");
    }
}
