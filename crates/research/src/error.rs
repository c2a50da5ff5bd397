//! Why no crate could be made. All but the last three are found before anything is written.

use std::io;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("element {element}: {path:?} cannot be a path in a crate: {fault}")]
    Path { element: u32, path: String, fault: PathFault },
    #[error("element {element}: {path:?} is there twice")]
    Duplicate { element: u32, path: String },
    #[error("element {element} is there twice")]
    DuplicateElement { element: u32 },
    #[error("a run that is no array has one element, this one has {found}")]
    ElementCount { found: usize },
    #[error("element {element} has no command")]
    NoCommand { element: u32 },
    #[error("element {element}: {path:?}: {text:?} is no sha-256, which is 64 lowercase hexadecimal digits")]
    Digest { element: u32, path: String, text: String },
    #[error("{text:?} is no point in time as RFC 3339 writes it")]
    Time { text: String },
    #[error("{path:?} could not be read: {source}")]
    Read { path: String, source: io::Error },
    /// What was read is not what the run recorded; a crate must not vouch for it.
    #[error("{path:?} is not what the run recorded: expected {expected}, found {found}")]
    Changed { path: String, expected: String, found: String },
    #[error("the crate could not be written: {0}")]
    Write(#[from] io::Error),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PathFault {
    #[error("it is empty")]
    Empty,
    #[error("it is absolute")]
    Absolute,
    #[error("it has an empty, \".\" or \"..\" part")]
    Traversal,
    #[error("it has a NUL")]
    Nul,
    #[error("it is longer than {} bytes", crate::names::LONGEST)]
    TooLong,
}
