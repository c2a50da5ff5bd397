//! Fetching an output into a directory: resumed, checked, and never written outside that directory.
//!
//! The names come from the gateway, which has them from a stranger's command. A name must be a relative path without
//! `..` ([`RelativePath`]), and each directory on the way is opened without following links, so that neither a name
//! nor a link that somebody put there leads elsewhere.

use super::{Client, of_transport};
use data::place::RelativePath;
use data::{Hasher, Sha256};
use model::id::RunId;
use model::run::CollectedFile;
use model::{Code, Problem};
use rustix::fs::{AtFlags, Mode, OFlags};
use rustix::io::Errno;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::os::fd::OwnedFd;
use std::path::Path;
use std::time::Duration;

/// A directory that downloads go to.
pub struct Target {
    directory: OwnedFd,
    shown: String,
}

/// What came of a download.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Download {
    Fetched,
    /// The same bytes were there.
    AlreadyThere,
}

const DIRECTORY: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

impl Target {
    /// The directory is made when it is missing. Its own path is the caller's, and may go over links.
    pub fn open(path: &Path) -> Result<Self, Problem> {
        let shown = path.display().to_string();
        let failed = |error: std::io::Error| unwritable(&shown, &error.to_string());
        std::fs::create_dir_all(path).map_err(failed)?;
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let directory = rustix::fs::open(path, flags, Mode::empty()).map_err(|errno| failed(errno.into()))?;
        Ok(Self { directory, shown })
    }

    fn parent(&self, path: &RelativePath) -> Result<OwnedFd, Problem> {
        let failed = |errno: Errno| match errno {
            Errno::LOOP | Errno::NOTDIR => refused(path.as_str(), "on its way is a link, or something that is no directory"),
            errno => unwritable(&format!("{}/{path}", self.shown), &std::io::Error::from(errno).to_string()),
        };
        let mut current = self.directory.try_clone().map_err(|error| unwritable(&self.shown, &error.to_string()))?;
        let mut parts = path.parts();
        parts.next_back();
        for part in parts {
            match rustix::fs::mkdirat(&current, part, Mode::from_raw_mode(0o777)) {
                Ok(()) | Err(Errno::EXIST) => {}
                Err(errno) => return Err(failed(errno)),
            }
            current = rustix::fs::openat(&current, part, DIRECTORY, Mode::empty()).map_err(failed)?;
        }
        Ok(current)
    }
}

impl Client {
    /// Fetches one output. `at` is where it goes below the directory.
    pub async fn download(
        &self,
        run: &RunId,
        element: u32,
        file: &CollectedFile,
        target: &Target,
        at: &str,
        progress: impl Fn(u64),
    ) -> Result<Download, Problem> {
        let path: RelativePath = at.parse().map_err(|why: data::place::BadPath| refused(at, &why.to_string()))?;
        let wanted: Sha256 = file.sha256.parse().map_err(|_| super::answer::not_understood("an output has no checksum"))?;
        let parent = target.parent(&path)?;
        let is_same = |found: Option<(Sha256, u64)>| found == Some((wanted, file.bytes));
        if is_same(hash_of(&parent, path.name())?) {
            progress(file.bytes);
            return Ok(Download::AlreadyThere);
        }
        // The checksum is part of the name: what is continued is the beginning of the same file.
        let part_name = format!(".{}.part", &wanted.to_string()[..32]);
        let mut part =
            open_part(&parent, &part_name).map_err(|errno| unwritable(at, &std::io::Error::from(errno).to_string()))?;
        let mut attempts = 0;
        loop {
            let (mut hasher, mut offset) =
                hash_begun(&mut part, file.bytes).map_err(|error| unwritable(at, &error.to_string()))?;
            match self.fetch(run, element, file, &mut part, &mut hasher, &mut offset, &progress).await {
                Ok(()) if offset == file.bytes && hasher.finish() == wanted => break,
                // The wrong bytes: begin again once, for the beginning may be at fault.
                Ok(()) if attempts == 0 => part.set_len(0).map_err(|error| unwritable(at, &error.to_string()))?,
                Ok(()) => {
                    let _ = rustix::fs::unlinkat(&parent, &part_name, AtFlags::empty());
                    return Err(differs(at));
                }
                Err(problem) if problem.code == Code::GatewayUnreachable && attempts < 4 => {
                    tokio::time::sleep(Duration::from_millis(300 << attempts)).await;
                }
                Err(problem) => return Err(problem),
            }
            attempts += 1;
        }
        let finished = part.sync_all().map_err(|error| error.to_string()).and_then(|()| {
            rustix::fs::renameat(&parent, &part_name, &parent, path.name())
                .map_err(|errno| std::io::Error::from(errno).to_string())
        });
        finished.map_err(|why| unwritable(at, &why))?;
        Ok(Download::Fetched)
    }

    #[expect(clippy::too_many_arguments, reason = "one transfer's state, used in one place")]
    async fn fetch(
        &self,
        run: &RunId,
        element: u32,
        file: &CollectedFile,
        part: &mut File,
        hasher: &mut Hasher,
        offset: &mut u64,
        progress: &impl Fn(u64),
    ) -> Result<(), Problem> {
        if *offset == file.bytes {
            return Ok(());
        }
        let index = element.to_string();
        // The name is one part of the address, its slashes encoded like everything else in it.
        let path = ["runs", run.as_str(), "outputs", index.as_str(), file.path.as_str()];
        let range = format!("bytes={offset}-");
        let headers: &[(&'static str, &str)] = if *offset > 0 { &[("range", &range)] } else { &[] };
        let mut response = self.open(&path, &[], headers).await?;
        if *offset > 0 && response.status() != reqwest::StatusCode::PARTIAL_CONTENT {
            // It sends the whole file: what was there is written anew.
            (*hasher, *offset) = (Hasher::new(), 0);
            let restarted = part.set_len(0).and_then(|()| part.seek(SeekFrom::Start(0)).map(|_| ()));
            restarted.map_err(|error| unwritable(&file.path, &error.to_string()))?;
        }
        while let Some(piece) = response.chunk().await.map_err(|error| of_transport(&self.address(), &error))? {
            *offset += piece.len() as u64;
            if *offset > file.bytes {
                return Ok(());
            }
            hasher.update(&piece);
            part.write_all(&piece).map_err(|error| unwritable(&file.path, &error.to_string()))?;
            progress(*offset);
        }
        Ok(())
    }
}

fn open_part(parent: &OwnedFd, name: &str) -> Result<File, Errno> {
    let flags = OFlags::RDWR | OFlags::CREATE | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK;
    rustix::fs::openat(parent, name, flags, Mode::from_raw_mode(0o666)).map(File::from)
}

/// The checksum of what is there under this name, when it is a file.
fn hash_of(parent: &OwnedFd, name: &str) -> Result<Option<(Sha256, u64)>, Problem> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK;
    let Ok(fd) = rustix::fs::openat(parent, name, flags, Mode::empty()) else { return Ok(None) };
    let file = File::from(fd);
    match file.metadata() {
        Ok(metadata) if metadata.is_file() => Ok(data::hash_reader(file).ok()),
        _ => Err(refused(name, "something that is no file has this name here")),
    }
}

/// The checksum so far of what an earlier attempt fetched, leaving the file at its end.
fn hash_begun(part: &mut File, most: u64) -> std::io::Result<(Hasher, u64)> {
    if part.metadata()?.len() > most {
        part.set_len(0)?;
    }
    part.seek(SeekFrom::Start(0))?;
    let mut hasher = Hasher::new();
    let mut buffer = vec![0; 256 * 1024];
    let mut bytes = 0;
    loop {
        match part.read(&mut buffer)? {
            0 => return Ok((hasher, bytes)),
            read => {
                hasher.update(buffer.get(..read).unwrap_or_default());
                bytes += read as u64;
            }
        }
    }
}

fn refused(path: &str, why: &str) -> Problem {
    let path: String = path.chars().take(200).collect();
    Problem::new(
        Code::OutputRefused,
        format!("The output `{path}` is not written: {why}."),
        "Fetch it by itself into an empty directory, or read it through the research object (--crate).",
    )
}

fn unwritable(path: &str, why: &str) -> Problem {
    Problem::new(
        Code::FileUnreadable,
        format!("`{path}` cannot be written: {why}."),
        "Choose another directory with --to, or make room; what was fetched is continued next time.",
    )
}

fn differs(path: &str) -> Problem {
    Problem::new(
        Code::ChecksumMismatch,
        format!("The output `{path}` arrived with another checksum than it was collected with."),
        "Try again; if it comes back, tell the gateway's administrator.",
    )
}
