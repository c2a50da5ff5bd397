//! A stream of the command into its log: bytes as they are, up to the cap, never holding the command up.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::Arc;

use tokio::io::AsyncReadExt;
use tokio::net::unix::pipe;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::{Error, Progress, Stream, fleeting};

/// As much as a pipe holds.
const CHUNK: usize = 64 * 1024;

/// No pipe holds more, so that more than this after the last process ended comes from someone to whom it *sent* the pipe.
const LEFT: u64 = 16 << 20;

pub(super) type Part = fn(&mut Progress) -> &mut Stream;

pub(super) struct Pump {
    task: JoinHandle<io::Result<Log>>,
    writers_ended: CancellationToken,
}

/// Of which streams the beginning may be bwrap's own complaint.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Beginning {
    Payload,
    PerhapsSandbox,
}

pub(super) fn create(path: &Path) -> Result<File, Error> {
    let made = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path);
    made.map_err(Error::Log)
}

impl Pump {
    pub fn start(
        pipe: OwnedFd,
        file: File,
        cap: u64,
        part: Part,
        progress: watch::Sender<Progress>,
        beginning: Beginning,
    ) -> Result<Self, Error> {
        let pipe = pipe::Receiver::from_owned_fd(pipe).map_err(Error::Start)?;
        let held = (beginning == Beginning::PerhapsSandbox).then(Vec::new);
        let log = Log { file: Arc::new(file), cap, stream: Stream::default(), failed: None, part, progress, held };
        let writers_ended = CancellationToken::new();
        Ok(Self { task: tokio::spawn(pump(pipe, log, writers_ended.clone())), writers_ended })
    }

    /// To be called when all writers have ended. Not waiting for the end of the stream: someone else may hold the pipe.
    pub async fn drain(self) -> Result<Log, Error> {
        self.writers_ended.cancel();
        self.task.await.map_err(|lost| Error::Interrupted(lost.to_string()))?.map_err(Error::Log)
    }
}

async fn pump(mut pipe: pipe::Receiver, mut log: Log, writers_ended: CancellationToken) -> io::Result<Log> {
    let mut buffer = Vec::with_capacity(CHUNK);
    loop {
        buffer.clear();
        let read = tokio::select! {
            read = pipe.read_buf(&mut buffer) => read?,
            () = writers_ended.cancelled() => break,
        };
        if read == 0 {
            return Ok(log);
        }
        buffer = log.take(buffer).await?;
    }
    // By the descriptor itself, as tokio may not have heard yet that there is something to read.
    let mut pipe = File::from(pipe.into_nonblocking_fd()?).take(LEFT);
    loop {
        buffer.clear();
        match pipe.by_ref().take(CHUNK as u64).read_to_end(&mut buffer) {
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
        if buffer.is_empty() {
            return Ok(log);
        }
        buffer = log.take(buffer).await?;
    }
}

pub(super) struct Log {
    file: Arc<File>,
    cap: u64,
    stream: Stream,
    /// A full disk must not hold the command up: it is told in the end, and until then bytes are dropped.
    failed: Option<io::Error>,
    part: Part,
    progress: watch::Sender<Progress>,
    /// The beginning, as long as it may be about a [`fleeting`] mount.
    held: Option<Vec<u8>>,
}

impl Log {
    /// Hands the buffer back to be used again.
    async fn take(&mut self, mut buffer: Vec<u8>) -> io::Result<Vec<u8>> {
        if let Some(mut held) = self.held.take() {
            held.append(&mut buffer);
            if fleeting::may_be(&held) {
                self.held = Some(held);
                return Ok(buffer);
            }
            buffer = held;
        }
        self.write(buffer).await
    }

    async fn write(&mut self, mut buffer: Vec<u8>) -> io::Result<Vec<u8>> {
        let before = self.stream;
        let room = usize::try_from(self.cap - before.bytes).unwrap_or(usize::MAX);
        let kept = if self.failed.is_none() { buffer.len().min(room) } else { 0 };
        if kept > 0 {
            let written;
            (buffer, written) = write(&self.file, buffer, kept).await?;
            match written {
                Ok(()) => self.stream.bytes += kept as u64,
                Err(error) => self.failed = Some(error),
            }
        }
        self.stream.truncated |= kept < buffer.len();
        if self.stream != before {
            let (part, stream) = (self.part, self.stream);
            self.progress.send_modify(|all| *part(all) = stream);
        }
        Ok(buffer)
    }

    /// All that was written is about a mount that vanished.
    pub fn is_fleeting(&self) -> bool {
        self.held.as_deref().is_some_and(fleeting::is_said)
    }

    pub async fn finish(mut self) -> Result<Stream, Error> {
        if let Some(held) = self.held.take() {
            self.write(held).await.map_err(Error::Log)?;
        }
        self.failed.map_or(Ok(self.stream), |error| Err(Error::Log(error)))
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
