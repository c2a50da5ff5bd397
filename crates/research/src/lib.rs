//! Research objects out: an ended run, described plainly, becomes an RO-Crate that anyone can open without us.
//!
//! What lives here: the mapping from a [`RunRecord`] to RO-Crate 1.1 with Process Run Crate 0.5, and the zip
//! file that carries it. What never does: a database, the network, a clock. Whoever calls has the record and the
//! bytes already; everything here is a function of those, so that the same run always gives the same zip, byte
//! for byte.
//!
//! The shape of the data going through [`write_crate`]:
//!
//! ```text
//! RunRecord -> Layout   every problem with the record is found here, before a byte is written
//!           -> files    streamed into the zip one at a time, measured and compared with the record
//!           -> graph    ro-crate-metadata.json, written last since only now is it known what the crate holds
//!           -> preview  ro-crate-preview.html, the same for people
//! ```
//!
//! Inside the zip: `outputs/PATH` (or `outputs/ELEMENT/PATH` for an array), `inputs/PATH` (or
//! `inputs/SHA256/PATH`, so that what ten thousand elements share is kept once), `logs/stdout` (or
//! `logs/ELEMENT/stdout`), `workflow/PATH` of a workflow's run, the request as submitted, the metadata and the preview.

mod archive;
mod describe;
mod entity;
mod error;
mod graph;
mod layout;
mod media;
mod moment;
mod names;
mod preview;
mod record;
mod workflow;

pub use archive::write_crate;
pub use error::{Error, PathFault};
pub use layout::{Member, Part};
pub use record::{
    ContainerImage, Element, Exit, Input, Language, License, Log, Outcome, Output, Person, Place, Request, RunRecord, Stream,
    Usage, Workflow,
};
