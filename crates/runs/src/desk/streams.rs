//! The byte streams of a connection: stored where they say they begin, once.

use crate::files;
use db::blobs::{BlobError, Blobs, Key};
use model::id::RunId;
use model::{Code, Problem};
use pilot::protocol::{Credit, Frame, Kind, Opened};
use std::collections::HashMap;

/// How far ahead of what is stored a pilot may send.
const WINDOW: u64 = 1 << 20;
/// Two streams for each element that a pilot may hold.
const MOST: usize = 4_096;

pub(super) struct Streams {
    blobs: Blobs,
    cap: u64,
    open: HashMap<u32, Stream>,
}

struct Stream {
    key: Key,
    element: u32,
    stored: u64,
    credited: u64,
}

impl Streams {
    pub(super) fn new(blobs: Blobs, cap: u64) -> Self {
        Self { blobs, cap, open: HashMap::new() }
    }

    /// The answers, and the element whose log grew.
    pub(super) async fn receive(&mut self, run: &RunId, frame: Frame) -> Result<(Vec<Frame>, Option<u32>), Problem> {
        match frame.kind {
            Kind::Open => self.begin(run, &frame).map(|answer| (vec![answer], None)),
            Kind::Data => self.store(frame).await,
            _ => self.end(&frame),
        }
    }

    fn begin(&mut self, run: &RunId, frame: &Frame) -> Result<Frame, Problem> {
        let opened: Opened = frame.read().map_err(|_| broken("a stream was opened with words that are not understood"))?;
        if self.open.len() >= MOST {
            return Err(broken("too many streams are open"));
        }
        let (held, stream) = match opened {
            Opened::Stdout { held } => (held, files::Stream::Stdout),
            Opened::Stderr { held } => (held, files::Stream::Stderr),
        };
        let key = files::log_key(run, held.index, held.attempt, stream);
        let stored = self.blobs.len(&key)?.unwrap_or(0);
        let credited = stored + WINDOW;
        self.open.insert(frame.channel, Stream { key, element: held.index, stored, credited });
        Ok(Frame::json(Kind::Credit, frame.channel, 0, &Credit { stored, until: credited }))
    }

    async fn store(&mut self, frame: Frame) -> Result<(Vec<Frame>, Option<u32>), Problem> {
        // Closed, or never opened on this connection: what matters comes again after an `Open`.
        let Some(stream) = self.open.get_mut(&frame.channel) else { return Ok((Vec::new(), None)) };
        let end = frame.seq.saturating_add(frame.payload.len() as u64);
        if end > stream.credited || end > self.cap {
            return Err(broken("more was sent than there was credit for"));
        }
        let (blobs, key) = (self.blobs.clone(), stream.key.clone());
        let appended = tokio::task::spawn_blocking(move || blobs.append(&key, frame.seq, &frame.payload)).await;
        stream.stored = match appended {
            Ok(Ok(appended)) => appended.now,
            Ok(Err(BlobError::WrongOffset { .. })) => return Err(broken("a stream has a gap")),
            Ok(Err(BlobError::Io(error))) => return Err(error.into()),
            Err(_) => return Err(Problem::internal()),
        };
        if stream.credited - stream.stored > WINDOW / 2 {
            return Ok((Vec::new(), Some(stream.element)));
        }
        stream.credited = stream.stored + WINDOW;
        let credit = Credit { stored: stream.stored, until: stream.credited };
        Ok((vec![Frame::json(Kind::Credit, frame.channel, 0, &credit)], Some(stream.element)))
    }

    fn end(&mut self, frame: &Frame) -> Result<(Vec<Frame>, Option<u32>), Problem> {
        let Some(stream) = self.open.remove(&frame.channel) else { return Ok((Vec::new(), None)) };
        if stream.stored != frame.seq {
            return Err(broken("a stream ended at another offset than it was stored to"));
        }
        Ok((vec![Frame::new(Kind::Ack, frame.channel, stream.stored, bytes::Bytes::new())], Some(stream.element)))
    }
}

fn broken(detail: &str) -> Problem {
    Problem::new(
        Code::ProtocolMismatch,
        format!("The pilot's connection is broken: {detail}."),
        "The connection is closed; the pilot tries again.",
    )
}
