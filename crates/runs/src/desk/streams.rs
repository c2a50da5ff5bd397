//! The byte streams of a connection: stored where they say they begin, once.

use crate::files;
use db::blobs::{BlobError, Blobs, Key};
use model::id::RunId;
use model::{Code, Problem};
use pilot::protocol::{Credit, Frame, Held, Kind, Opened};
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
    /// None for one that a later release knows: taken and thrown away, so that its pilot does not wait for ever.
    place: Option<(Key, u32)>,
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
        let place = |held: Held, stream| (files::log_key(run, held.index, held.attempt, stream), held.index);
        let place = match opened {
            Opened::Stdout { held } => Some(place(held, files::Stream::Stdout)),
            Opened::Stderr { held } => Some(place(held, files::Stream::Stderr)),
            Opened::Unknown => None,
        };
        let stored = place.as_ref().map_or(Ok(None), |(key, _)| self.blobs.len(key))?.unwrap_or(0);
        let credited = stored + WINDOW;
        self.open.insert(frame.channel, Stream { place, stored, credited });
        Ok(Frame::json(Kind::Credit, frame.channel, 0, &Credit { stored, until: credited }))
    }

    async fn store(&mut self, frame: Frame) -> Result<(Vec<Frame>, Option<u32>), Problem> {
        // Closed, or never opened on this connection: what matters comes again after an `Open`.
        let Some(stream) = self.open.get_mut(&frame.channel) else { return Ok((Vec::new(), None)) };
        let end = frame.seq.saturating_add(frame.payload.len() as u64);
        if end > stream.credited || end > self.cap {
            return Err(broken("more was sent than there was credit for"));
        }
        let (channel, element) = (frame.channel, stream.element());
        stream.stored = match &stream.place {
            None => end,
            Some((key, _)) => append(self.blobs.clone(), key.clone(), frame).await?,
        };
        if stream.credited - stream.stored > WINDOW / 2 {
            return Ok((Vec::new(), element));
        }
        stream.credited = stream.stored + WINDOW;
        let credit = Credit { stored: stream.stored, until: stream.credited };
        Ok((vec![Frame::json(Kind::Credit, channel, 0, &credit)], element))
    }

    fn end(&mut self, frame: &Frame) -> Result<(Vec<Frame>, Option<u32>), Problem> {
        let Some(stream) = self.open.remove(&frame.channel) else { return Ok((Vec::new(), None)) };
        if stream.stored != frame.seq {
            return Err(broken("a stream ended at another offset than it was stored to"));
        }
        Ok((vec![Frame::new(Kind::Ack, frame.channel, stream.stored, bytes::Bytes::new())], stream.element()))
    }
}

impl Stream {
    fn element(&self) -> Option<u32> {
        self.place.as_ref().map(|(_, element)| *element)
    }
}

/// Returns how much there is now.
async fn append(blobs: Blobs, key: Key, frame: Frame) -> Result<u64, Problem> {
    match tokio::task::spawn_blocking(move || blobs.append(&key, frame.seq, &frame.payload)).await {
        Ok(Ok(appended)) => Ok(appended.now),
        Ok(Err(BlobError::WrongOffset { .. })) => Err(broken("a stream has a gap")),
        Ok(Err(BlobError::Io(error))) => Err(error.into()),
        Err(_) => Err(Problem::internal()),
    }
}

fn broken(detail: &str) -> Problem {
    Problem::new(
        Code::ProtocolMismatch,
        format!("The pilot's connection is broken: {detail}."),
        "The connection is closed; the pilot tries again.",
    )
}
