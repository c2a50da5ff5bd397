//! Protocol v1 between pilot and gateway: one WebSocket that the pilot opens, carrying frames.
//!
//! A frame is a kind (1 byte), a channel (4 bytes), a sequence number (8 bytes, all big-endian) and a payload.
//! Kinds that a side does not know are ignored, and so are unknown fields of a JSON payload: so a pilot and a gateway of
//! adjacent releases understand each other.
//!
//! Channel 0 carries messages, several to a frame as one JSON array. The pilot's are numbered from 1 (the sequence number
//! of a frame is that of its first message; the others follow), and kept by it until the gateway acknowledges that their effect
//! is committed, with an `Ack` on channel 0 whose sequence number is the last one committed: after a reconnect it sends
//! again what was not, and the gateway passes over what it already applied. What the gateway says is derived from its
//! database, so it is simply said again; its frames carry sequence number 0.
//!
//! Other channels carry a byte stream each. `Open` says which; the sequence number of `Data` is the offset of its first
//! byte, so that bytes which arrive twice are stored once; `Credit` says up to which offset the sender may send;
//! `Close` ends it at an offset, and is acknowledged, on that channel and with that offset, when all of it is stored.
//! After a reconnect a stream is opened again under its old channel number, and goes on from what the first `Credit` says
//! is stored.
//!
//! What the next release adds has to be such that this one may pass over it: messages, streams and states that need not be
//! understood; fields of a request that are left out when they ask for nothing. Two conversations in `tests/conversations`
//! hold both sides to it: one with all that may be new, one with nothing that may be missing.
//!
//! Large files travel beside the WebSocket, as ranged HTTP requests with the same credential (see [`paths`]).

mod orders;
mod reading;

pub use orders::{Answer, Code as EnrolmentCode, Deed, Order, What};

use model::id::{AttemptId, PilotId, RunId};
use model::machine::Computer;
use model::request::RunRequest;
use model::run::{ElementState, Outcome, Report, Usage};
use model::{Problem, Timestamp};
use serde::{Deserialize, Serialize};

pub const VERSION: u16 = 1;
/// The oldest version that this release still speaks.
pub const OLDEST: u16 = 1;

/// What a sender may send on a stream before the first `Credit` arrives.
pub const FIRST_CREDIT: u64 = 64 * 1024;
/// A larger frame ends the connection. The largest are a `Welcome` with a request of ten thousand inputs, and the report
/// on an element that had them.
pub const LARGEST_FRAME: usize = 8 << 20;
pub const HEADER: usize = 13;

/// Where a pilot finds things at the gateway, below its address.
pub mod paths {
    pub const CONNECT: &str = "/pilot/v1/connect";
    /// `GET …?element=I&input=N`: one input that the gateway holds. Ranges work.
    pub const INPUT: &str = "/pilot/v1/input";
    /// `GET …?element=I&input=N[&refused=SHA256]`: `{"token": T}`, another than the refused one, to fetch an input with whose address is among the assignment's
    /// `token_hosts`. A problem with the code RS-2010 or RS-2006 says to ask again later.
    pub const TOKEN: &str = "/pilot/v1/token";
    /// `PUT …?element=I&try=T&path=P` with `Content-Range: bytes A-B/TOTAL` (`bytes */0` for an empty file): a part of an
    /// output, at most 4 MiB; `GET` with the same query answers `{"bytes": N}`, how much is there. A part that does not
    /// begin there is answered 409, and 401 or 410 say that the attempt is over.
    pub const OUTPUT: &str = "/pilot/v1/output";
    /// `GET …[?sha256=DIGEST]`: the gateway's own program, which is a pilot too, for whoever asks.
    pub const PROGRAM: &str = "/pilot/v1/program";
    /// Sent with the first contact only; `Authorization: Bearer` carries the credential that the pilot made itself.
    pub const ENROLMENT_HEADER: &str = "roadstead-enrolment";
}

/// The kinds of frames. 16 to 31 are reserved for tunnels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Kind {
    Hello = 1,
    Welcome = 2,
    Message = 3,
    Ack = 4,
    Open = 5,
    Data = 6,
    Credit = 7,
    Close = 8,
}

impl Kind {
    pub fn of_byte(byte: u8) -> Option<Self> {
        [Kind::Hello, Kind::Welcome, Kind::Message, Kind::Ack, Kind::Open, Kind::Data, Kind::Credit, Kind::Close]
            .into_iter()
            .find(|kind| *kind as u8 == byte)
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    pub kind: Kind,
    pub channel: u32,
    pub seq: u64,
    pub payload: bytes::Bytes,
}

#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum BadFrame {
    #[error("a frame of {0} bytes is too short")]
    Short(usize),
    #[error("a frame of {0} bytes is too long")]
    Long(usize),
}

impl Frame {
    pub fn new(kind: Kind, channel: u32, seq: u64, payload: impl Into<bytes::Bytes>) -> Self {
        Self { kind, channel, seq, payload: payload.into() }
    }

    pub fn json(kind: Kind, channel: u32, seq: u64, payload: &impl Serialize) -> Self {
        // Our own types have nothing that JSON cannot say; an empty payload is refused by the reader, visibly.
        Self::new(kind, channel, seq, serde_json::to_vec(payload).unwrap_or_default())
    }

    pub fn encode(&self) -> bytes::Bytes {
        let mut bytes = Vec::with_capacity(HEADER + self.payload.len());
        bytes.push(self.kind as u8);
        bytes.extend_from_slice(&self.channel.to_be_bytes());
        bytes.extend_from_slice(&self.seq.to_be_bytes());
        bytes.extend_from_slice(&self.payload);
        bytes.into()
    }

    /// None for a kind that is not known here: it is passed over.
    pub fn decode(bytes: bytes::Bytes) -> Result<Option<Self>, BadFrame> {
        if bytes.len() > LARGEST_FRAME {
            return Err(BadFrame::Long(bytes.len()));
        }
        let Some((&[kind, c0, c1, c2, c3, s0, s1, s2, s3, s4, s5, s6, s7], _)) = bytes.split_first_chunk::<HEADER>() else {
            return Err(BadFrame::Short(bytes.len()));
        };
        let channel = u32::from_be_bytes([c0, c1, c2, c3]);
        let seq = u64::from_be_bytes([s0, s1, s2, s3, s4, s5, s6, s7]);
        Ok(Kind::of_byte(kind).map(|kind| Self { kind, channel, seq, payload: bytes.slice(HEADER..) }))
    }

    pub fn read<T: serde::de::DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        serde_json::from_slice(&self.payload)
    }
}

/// The pilot's first frame on each connection.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Hello {
    pub oldest: u16,
    pub newest: u16,
    pub pilot: PilotId,
    /// Of the program.
    #[serde(default)]
    pub version: String,
    #[serde(default)]
    pub host: String,
    /// What it works on: the gateway grants again what it believes leased and is not listed here.
    pub holding: Vec<Held>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Held {
    pub index: u32,
    #[serde(rename = "try")]
    pub attempt: u32,
}

/// The gateway's answer to `Hello`.
///
/// `version` is the newest that both speak. When there is none it is the gateway's own newest, so that the pilot can say
/// what did not fit.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Welcome {
    pub version: u16,
    /// The last message of this pilot whose effect is committed.
    pub applied: u64,
    pub assignment: Assignment,
}

/// What all elements of the run have in common: `{index}` is replaced by the pilot.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Assignment {
    pub run: RunId,
    pub attempt: AttemptId,
    #[serde(deserialize_with = "reading::request")]
    pub request: RunRequest,
    /// Addresses (`host:port`) that may be fetched although they are private.
    pub allowed_hosts: Vec<String>,
    /// Addresses (`host:port`) that want a token of the run's owner.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub token_hosts: Vec<String>,
    /// Directories from which `file:` inputs may be read.
    pub file_roots: Vec<String>,
    /// Directories that the command must not see: the gateway's own, and where people keep keys.
    pub hide: Vec<String>,
    /// Refuse to execute without isolation.
    pub isolation_required: bool,
    pub stream_cap_bytes: u64,
    pub input_cap_bytes: u64,
    pub output_cap_bytes: u64,
}

/// Pilot to gateway, numbered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "say", rename_all = "snake_case")]
pub enum FromPilot {
    /// It could begin so many elements now.
    Want { elements: u32 },
    Progress {
        #[serde(flatten)]
        held: Held,
        /// None when it is one that is not known here.
        #[serde(deserialize_with = "reading::state")]
        state: Option<ElementState>,
        at: Timestamp,
    },
    /// How much an element has used so far.
    Using {
        #[serde(flatten)]
        held: Held,
        usage: Usage,
        /// Kept busy since it was said last.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        cores: Option<f64>,
    },
    Ended {
        #[serde(flatten)]
        held: Held,
        outcome: Outcome,
        #[serde(default, deserialize_with = "reading::cause", skip_serializing_if = "Option::is_none")]
        cause: Option<Problem>,
        #[serde(default)]
        report: Box<Report>,
        #[serde(default)]
        started_at: Option<Timestamp>,
        ended_at: Timestamp,
    },
    /// What the computer has that this pilot keeps a service on.
    Computer { computer: Computer },
    /// To an order.
    Answer { number: u64, answer: Answer },
    /// Given back unstarted.
    Returned {
        #[serde(flatten)]
        held: Held,
    },
    #[serde(other)]
    Unknown,
}

/// Gateway to pilot.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "say", rename_all = "snake_case")]
pub enum FromGateway {
    Grant {
        elements: Vec<Held>,
    },
    /// End these elements (all that it holds when the list is empty); they end as cancelled.
    Stop {
        elements: Vec<Held>,
    },
    /// There will be no more work: end when what is held has ended and is acknowledged.
    Finish,
    /// To a pilot that keeps a service.
    Order {
        order: Order,
    },
    #[serde(other)]
    Unknown,
}

/// What a channel carries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "stream", rename_all = "snake_case")]
pub enum Opened {
    Stdout {
        #[serde(flatten)]
        held: Held,
    },
    Stderr {
        #[serde(flatten)]
        held: Held,
    },
    /// Taken and thrown away.
    #[serde(other)]
    Unknown,
}

/// The payload of `Credit`: what is stored already, and up to where may be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Credit {
    pub stored: u64,
    pub until: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_survive_the_wire_and_unknown_words_are_passed_over() {
        let held = Held { index: 7, attempt: 1 };
        let messages = vec![FromPilot::Want { elements: 2 }, FromPilot::Returned { held }];
        let frame = Frame::json(Kind::Message, 0, 9, &messages);
        let read = Frame::decode(frame.encode()).expect("whole").expect("known");
        assert_eq!(read, frame);
        assert_eq!(read.read::<Vec<FromPilot>>().expect("json"), messages);

        let mut newer = frame.encode().to_vec();
        newer[0] = 200;
        assert_eq!(Frame::decode(newer.into()), Ok(None));
        let unknown: FromPilot = serde_json::from_str(r#"{"say":"sing","song":1}"#).expect("passed over");
        assert_eq!(unknown, FromPilot::Unknown);
        let extended: FromGateway = serde_json::from_str(r#"{"say":"stop","elements":[],"because":"x"}"#).expect("passed over");
        assert_eq!(extended, FromGateway::Stop { elements: vec![] });

        assert_eq!(Frame::decode(vec![1, 2, 3].into()), Err(BadFrame::Short(3)));
        assert!(matches!(Frame::decode(vec![3; LARGEST_FRAME + 1].into()), Err(BadFrame::Long(_))));
    }
}
