//! A stream of the command into its log: bytes as they are, up to the cap, never holding the command up.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::fd::OwnedFd;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::AsyncReadExt;
use tokio::net::unix::pipe;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::{Error, Progress, Stream};

/// As much as a pipe holds.
const CHUNK: usize = 64 * 1024;

/// After the last process of the command ended only someone to whom it *sent* the pipe can still hold it open.
const END: Duration = Duration::from_secs(5);

pub(super) type Part = fn(&mut Progress) -> &mut Stream;

pub(super) struct Pump {
    task: JoinHandle<io::Result<()>>,
    part: Part,
}

pub(super) fn create(path: &Path) -> Result<File, Error> {
    let made = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path);
    made.map_err(Error::Log)
}

impl Pump {
    pub fn start(pipe: OwnedFd, file: File, cap: u64, part: Part, progress: watch::Sender<Progress>) -> Result<Self, Error> {
        let pipe = pipe::Receiver::from_owned_fd(pipe).map_err(Error::Start)?;
        Ok(Self { task: tokio::spawn(pump(pipe, file, cap, part, progress)), part })
    }

    /// To be called when all writers have ended.
    pub async fn finish(mut self, progress: &watch::Sender<Progress>) -> Result<Stream, Error> {
        match tokio::time::timeout(END, &mut self.task).await {
            Ok(Ok(written)) => written.map_err(Error::Log)?,
            Ok(Err(lost)) => return Err(Error::Interrupted(lost.to_string())),
            Err(_) => self.task.abort(),
        }
        Ok(*(self.part)(&mut progress.borrow().clone()))
    }
}

async fn pump(mut pipe: pipe::Receiver, file: File, cap: u64, part: Part, progress: watch::Sender<Progress>) -> io::Result<()> {
    let file = Arc::new(file);
    let mut buffer = Vec::with_capacity(CHUNK);
    let mut stream = Stream::default();
    // A full disk must not hold the command up either: it is reported in the end, and until then bytes are dropped.
    let mut written = Ok(());
    loop {
        buffer.clear();
        if pipe.read_buf(&mut buffer).await? == 0 {
            return written;
        }
        let room = usize::try_from(cap - stream.bytes).unwrap_or(usize::MAX);
        let kept = if written.is_ok() { buffer.len().min(room) } else { 0 };
        let before = stream;
        if kept > 0 {
            (buffer, written) = write(&file, buffer, kept).await?;
            if written.is_ok() {
                stream.bytes += kept as u64;
            }
        }
        stream.truncated |= kept < buffer.len();
        if stream != before {
            progress.send_modify(|all| *part(all) = stream);
        }
    }
}

/// On a thread of its own, since the disk may be a network away.
async fn write(file: &Arc<File>, buffer: Vec<u8>, kept: usize) -> io::Result<(Vec<u8>, io::Result<()>)> {
    let file = Arc::clone(file);
    let work = move || {
        let written = (&*file).write_all(buffer.get(..kept).unwrap_or_default());
        (buffer, written)
    };
    tokio::task::spawn_blocking(work).await.map_err(io::Error::other)
}
