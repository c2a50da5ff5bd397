//! The nouns of Roadstead: identifiers, requests, runs, offers, plans, events and problems.
//!
//! Everything here is plain data with the rules that make it valid. No I/O, no clock, no randomness: time and
//! random bytes are passed in. What goes over the API is defined here too (with its schema), so that the
//! gateway which writes a run and the command line which reads it share one definition.

pub mod access;
pub mod bytes;
pub mod code;
pub mod event;
pub mod federation;
pub mod id;
pub mod machine;
pub mod mark;
pub mod offer;
pub mod policy;
pub mod problem;
pub mod recipe;
pub mod request;
pub mod run;
pub mod secret;
pub mod span;
pub mod time;
pub mod weather;

pub use bytes::ByteCount;
pub use code::Code;
pub use problem::Problem;
pub use secret::Secret;
pub use span::Span;
pub use time::Timestamp;
