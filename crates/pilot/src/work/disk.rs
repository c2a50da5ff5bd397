//! How much of the disk an element takes, looked at from time to time.
//!
//! Neither quotas nor a file system of its own can be had by an ordinary user everywhere, so the directories are walked.
//! What counts is what a disk counts: blocks, so that holes in files take none, and a file with several names once. A file
//! that has lost all its names while it is open, and what lies deeper than [`DEEPEST`], is not seen: the limit protects
//! the neighbours from mistakes.
//!
//! A walk must not cost more than the work: all elements of a pilot take turns at a [`Scale`], which rests nine times as
//! long as it worked, and while the file system has as much room as it had, nothing is walked.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use rustix::fd::BorrowedFd;
use rustix::fs::{AtFlags, CWD, Dir, FileType, Mode, OFlags, Stat};
use rustix::path::Arg;
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;
use tokio::time::{Instant, sleep};

use super::directory::ElementDirectory;

const FIRST_LOOK: Duration = Duration::from_secs(1);
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// Although nothing seems to have changed: others may have freed what was written.
const LOOK_ANYWAY: Duration = Duration::from_secs(30);
/// Rests for each part of work: a tenth of a processor in all.
const RESTS: u32 = 9;
/// Entries that are looked at without a rest: some milliseconds.
const PIECE: usize = 5_000;
/// And after the end, when a look is the last.
const LAST_PIECE: usize = 20_000;
/// As deep as outputs are looked for.
const DEEPEST: usize = 64;
const BLOCK: u64 = 512;

/// One for all elements of a pilot.
pub(super) struct Scale(Semaphore);

impl Default for Scale {
    fn default() -> Self {
        Self(Semaphore::new(1))
    }
}

pub(super) struct Disk<'a> {
    scale: &'a Scale,
    places: [PathBuf; 2],
    limit: u64,
    /// Negative until the first look.
    peak: AtomicI64,
}

impl<'a> Disk<'a> {
    pub fn new(scale: &'a Scale, own: &ElementDirectory, limit: u64) -> Self {
        Self { scale, places: [own.work(), own.temp()], limit, peak: AtomicI64::new(-1) }
    }

    /// The most that was seen.
    pub fn peak(&self) -> Option<u64> {
        u64::try_from(self.peak.load(Ordering::Relaxed)).ok()
    }

    /// Returns when more than the limit is taken: how much was seen of it.
    pub async fn exceeded(&self) -> u64 {
        let mut pause = FIRST_LOOK;
        let mut seen: Option<(Room, Instant)> = None;
        loop {
            sleep(pause).await;
            pause = LOOK_EVERY;
            let place = self.places[0].clone();
            // On a thread of its own, since the disk may be a network away.
            let now = spawn_blocking(move || Room::of(&place)).await.ok().flatten();
            if seen.is_some_and(|(room, at)| now == Some(room) && at.elapsed() < LOOK_ANYWAY) {
                continue;
            }
            match self.look().await {
                Ok(bytes) if bytes > self.limit => return bytes,
                Ok(_) => seen = now.map(|room| (room, Instant::now())),
                Err(error) => tracing::debug!(%error, "the size of a work directory is not known"),
            }
        }
    }

    /// After the command ended: a short one may never have been looked at. It waits for nobody's rest.
    pub async fn last_look(&self) -> Option<u64> {
        let walk = Walk::new(self.places.to_vec());
        let (walk, _) = self.go_on(walk, LAST_PIECE).await.ok()?;
        Some(walk.bytes).filter(|bytes| *bytes > self.limit)
    }

    async fn look(&self) -> io::Result<u64> {
        let mut walk = Walk::new(self.places.to_vec());
        while !walk.is_done() && walk.bytes <= self.limit {
            // Held during the rest too.
            let _turn = self.scale.0.acquire().await.map_err(io::Error::other)?;
            let worked;
            (walk, worked) = self.go_on(walk, PIECE).await?;
            if walk.bytes <= self.limit {
                sleep(worked * RESTS).await;
            }
        }
        Ok(walk.bytes)
    }

    async fn go_on(&self, mut walk: Walk, entries: usize) -> io::Result<(Walk, Duration)> {
        let limit = self.limit;
        let piece = spawn_blocking(move || {
            let begun = Instant::now();
            walk.go_on(entries, limit);
            (walk, begun.elapsed())
        });
        let (walk, worked) = piece.await.map_err(io::Error::other)?;
        self.peak.fetch_max(i64::try_from(walk.bytes).unwrap_or(i64::MAX), Ordering::Relaxed);
        Ok((walk, worked))
    }
}

/// What is free of a file system; the same twice means that hardly anything was written.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Room {
    blocks: u64,
    files: u64,
}

impl Room {
    /// The places of an element are parts of one directory, which we made.
    fn of(place: &Path) -> Option<Self> {
        let stat = rustix::fs::statvfs(place).ok()?;
        Some(Self { blocks: stat.f_bfree, files: stat.f_ffree })
    }
}

/// Goes through directories in pieces. They are held open one below the other, so that a command that exchanges a
/// directory for a link leads it nowhere.
struct Walk {
    left: Vec<PathBuf>,
    open: Vec<Dir>,
    bytes: u64,
}

impl Walk {
    fn new(left: Vec<PathBuf>) -> Self {
        Self { left, open: Vec::new(), bytes: 0 }
    }

    fn is_done(&self) -> bool {
        self.left.is_empty() && self.open.is_empty()
    }

    /// Looks at so many entries more, or until it is known to be too much. What cannot be read (removed just now, or made
    /// unreadable) does not count.
    fn go_on(&mut self, entries: usize, limit: u64) {
        let mut looked = 0;
        while looked < entries && self.bytes <= limit {
            let Some(directory) = self.open.last_mut() else {
                let Some(place) = self.left.pop() else { return };
                self.open.extend(open(CWD, &place));
                looked += 1;
                continue;
            };
            let Some(Ok(entry)) = directory.read() else {
                // The end, or a directory that cannot be read on.
                self.open.pop();
                continue;
            };
            if matches!(entry.file_name().to_bytes(), b"." | b"..") {
                continue;
            }
            looked += 1;
            let Ok(parent) = directory.fd() else { continue };
            let Ok(stat) = rustix::fs::statat(parent, entry.file_name(), AtFlags::SYMLINK_NOFOLLOW) else { continue };
            self.bytes = self.bytes.saturating_add(share(&stat));
            if FileType::from_raw_mode(stat.st_mode) == FileType::Directory
                && self.open.len() < DEEPEST
                && let Some(below) = self.open.last().and_then(|parent| open(parent.fd().ok()?, entry.file_name()))
            {
                self.open.push(below);
            }
        }
    }
}

/// What one name of a file takes: all its names together take what it has.
fn share(stat: &Stat) -> u64 {
    let bytes = u64::try_from(stat.st_blocks).unwrap_or(0).saturating_mul(BLOCK);
    let is_directory = FileType::from_raw_mode(stat.st_mode) == FileType::Directory;
    #[allow(clippy::useless_conversion, reason = "the number is narrower on other processors")]
    let names = if is_directory { 1 } else { u64::from(stat.st_nlink).max(1) };
    bytes / names
}

fn open(parent: BorrowedFd<'_>, name: impl Arg) -> Option<Dir> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let fd = rustix::fs::openat(parent, name, flags, Mode::empty()).ok()?;
    Dir::new(fd).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::{File, create_dir, create_dir_all, hard_link, write};

    fn walked(place: &Path, limit: u64, piece: usize) -> (u64, usize) {
        let mut walk = Walk::new(vec![place.to_owned(), place.join("not-there")]);
        let mut pieces = 0;
        while !walk.is_done() && walk.bytes <= limit {
            walk.go_on(piece, limit);
            pieces += 1;
        }
        (walk.bytes, pieces)
    }

    #[test]
    fn what_counts_is_what_the_disk_counts() {
        // On a disk: other file systems count in their own way.
        let root = tempfile::tempdir_in(env!("CARGO_MANIFEST_DIR")).unwrap();
        let (work, outside) = (root.path().join("work"), root.path().join("outside"));
        create_dir_all(work.join("a/b")).unwrap();
        create_dir(&outside).unwrap();
        let empty = walked(&work, u64::MAX, 100).0;
        let data = vec![7; 1 << 20];
        write(outside.join("large"), &data).unwrap();
        std::os::unix::fs::symlink(&outside, work.join("link")).unwrap();
        File::create(work.join("sparse")).unwrap().set_len(1 << 40).unwrap();
        write(work.join("a/b/one"), &data).unwrap();
        hard_link(work.join("a/b/one"), work.join("a/again")).unwrap();
        let (bytes, _) = walked(&work, u64::MAX, 100);
        assert!((1 << 20..(1 << 20) + 65_536).contains(&(bytes - empty)), "{bytes} - {empty}");

        // In pieces it is the same, and too much is known before the end.
        for number in 0..300 {
            write(work.join(format!("a/{number}")), [1; 5_000]).unwrap();
        }
        let (bytes, pieces) = walked(&work, u64::MAX, 10_000);
        assert!(bytes > (1 << 20) + 300 * 5_000 && pieces == 1, "{bytes} in {pieces}");
        let (same, pieces) = walked(&work, u64::MAX, 10);
        assert!(same == bytes && pieces >= 30, "{same}, {bytes} in {pieces}");
        let (enough, _) = walked(&work, 100_000, 10_000);
        assert!(enough > 100_000 && enough <= 100_000 + (1 << 20) + 65_536, "{enough}");
    }
}
