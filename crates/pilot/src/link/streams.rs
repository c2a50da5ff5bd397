//! The byte streams: files that grow, shipped as fast as the gateway gives credit.
//!
//! Nothing is buffered: what a stream is about to send lies in its file, and a piece of it is in memory only on its way
//! out. After a reconnect the gateway says what it has, and the stream goes on there.

use std::collections::BTreeMap;
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::oneshot;

use crate::protocol::{Credit, FIRST_CREDIT, Frame, Kind, Opened};

const LARGEST_PIECE: u64 = 64 * 1024;

#[derive(Default)]
pub(super) struct Streams {
    all: BTreeMap<u32, Stream>,
    last: u32,
    /// Whose turn it was.
    turn: u32,
}

struct Stream {
    opened: Opened,
    file: Arc<File>,
    /// In the file, complete or not.
    bytes: u64,
    /// Set when there will be no more; told when all of it is stored.
    stored: Option<oneshot::Sender<()>>,
    wire: Wire,
    sent: u64,
    until: u64,
    was_opened: bool,
}

/// How far a stream got on the present connection.
#[derive(PartialEq, Eq)]
enum Wire {
    Unopened,
    /// Opened again: only the gateway knows where it goes on.
    AwaitingCredit,
    Flowing,
    Closed,
}

pub(super) enum Piece {
    Frame(Frame),
    Read(Part),
}

pub(super) struct Part {
    pub channel: u32,
    file: Arc<File>,
    offset: u64,
    length: usize,
}

impl Streams {
    pub fn open(&mut self, opened: Opened, file: File) -> u32 {
        self.last += 1;
        let stream = Stream {
            opened,
            file: Arc::new(file),
            bytes: 0,
            stored: None,
            wire: Wire::Unopened,
            sent: 0,
            until: FIRST_CREDIT,
            was_opened: false,
        };
        self.all.insert(self.last, stream);
        self.last
    }

    pub fn grow(&mut self, channel: u32, bytes: u64) {
        if let Some(stream) = self.all.get_mut(&channel) {
            stream.bytes = stream.bytes.max(bytes);
        }
    }

    /// `stored` is told when the gateway has everything.
    pub fn close(&mut self, channel: u32, stored: oneshot::Sender<()>) {
        if let Some(stream) = self.all.get_mut(&channel) {
            stream.stored = Some(stored);
        }
    }

    /// The file cannot be read any further: the stream ends with what was sent.
    pub fn cut(&mut self, channel: u32) {
        if let Some(stream) = self.all.get_mut(&channel) {
            stream.bytes = stream.sent;
        }
    }

    pub fn credit(&mut self, channel: u32, credit: Credit) {
        let Some(stream) = self.all.get_mut(&channel) else { return };
        if stream.wire == Wire::AwaitingCredit {
            stream.sent = credit.stored.min(stream.bytes);
            stream.until = credit.until;
            stream.wire = Wire::Flowing;
        }
        stream.until = stream.until.max(credit.until);
    }

    /// The gateway has everything up to `offset` and knows that there is no more.
    pub fn acknowledge(&mut self, channel: u32, offset: u64) {
        let whole = |stream: &Stream| stream.stored.is_some() && offset >= stream.bytes;
        if self.all.get(&channel).is_some_and(whole)
            && let Some(stored) = self.all.remove(&channel).and_then(|stream| stream.stored)
        {
            // Nobody waits any more when the pilot is on its way out.
            let _ = stored.send(());
        }
    }

    pub fn reconnect(&mut self) {
        for stream in self.all.values_mut() {
            stream.wire = Wire::Unopened;
        }
    }

    /// What to send next, one stream after the other.
    pub fn next(&mut self) -> Option<Piece> {
        let after = self.all.range(self.turn.saturating_add(1)..);
        let order: Vec<u32> = after.chain(self.all.range(..=self.turn)).map(|(channel, _)| *channel).collect();
        order.into_iter().find_map(|channel| {
            let piece = self.all.get_mut(&channel)?.next(channel)?;
            self.turn = channel;
            Some(piece)
        })
    }
}

impl Stream {
    fn next(&mut self, channel: u32) -> Option<Piece> {
        match self.wire {
            Wire::Unopened => {
                self.wire = if self.was_opened { Wire::AwaitingCredit } else { Wire::Flowing };
                self.was_opened = true;
                Some(Piece::Frame(Frame::json(Kind::Open, channel, 0, &self.opened)))
            }
            Wire::Flowing if self.sent < self.bytes.min(self.until) => {
                let offset = self.sent;
                let length = (self.bytes.min(self.until) - offset).min(LARGEST_PIECE);
                self.sent += length;
                Some(Piece::Read(Part { channel, file: Arc::clone(&self.file), offset, length: length as usize }))
            }
            Wire::Flowing if self.sent == self.bytes && self.stored.is_some() => {
                self.wire = Wire::Closed;
                Some(Piece::Frame(Frame::new(Kind::Close, channel, self.bytes, Bytes::new())))
            }
            Wire::Flowing | Wire::AwaitingCredit | Wire::Closed => None,
        }
    }
}

impl Part {
    /// On a thread of its own, since the disk may be a network away.
    pub async fn read(self) -> std::io::Result<Frame> {
        let read = move || {
            let mut bytes = vec![0; self.length];
            self.file.read_exact_at(&mut bytes, self.offset)?;
            Ok(Frame::new(Kind::Data, self.channel, self.offset, bytes))
        };
        tokio::task::spawn_blocking(read).await.map_err(std::io::Error::other)?
    }
}
