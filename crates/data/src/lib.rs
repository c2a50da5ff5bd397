//! Bytes: where they may come from, where they may be put, and proof that they are the right ones.
//!
//! A run's inputs flow through this crate in one direction. A string from a request becomes a
//! [`guard::GuardedUrl`] (or a local path inside [`file::AllowedRoots`]); its bytes are streamed, hashed on
//! the way, into a [`place::Slot`], which is a name inside a directory held open; and only when length and
//! checksum agree does the file appear under its own name. A run's outputs flow the other way: patterns
//! select regular files under the same directory handle ([`outputs`]), and each is opened again through that
//! handle, never through a path that the payload could have exchanged meanwhile.
//!
//! Three things are never trusted here: a name server (the address that was checked is the address that is
//! connected to), a web server (its lengths, ranges and redirects are claims to be compared with what was
//! received), and the tree that a payload leaves behind (no symbolic link is ever followed below a work
//! directory).
//!
//! What never lives here: who may read something, the database, retry policy of a whole run, anything that
//! knows what a run is. Memory use does not grow with the size of a file.

pub mod fetch;
pub mod file;
pub mod guard;
pub mod outputs;
pub mod place;
mod sha256;

pub use sha256::{BadSha256, Hasher, Sha256, hash_reader};

/// What the caller was told about a file before a byte of it was read. Anything stated is verified.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Declared {
    pub bytes: Option<u64>,
    pub sha256: Option<Sha256>,
}

/// What was really received and written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Received {
    pub bytes: u64,
    pub sha256: Sha256,
}

/// The bytes that arrived are not the ones that were declared. Both values, so that a message can show them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Mismatch {
    #[error("{declared} bytes were declared, {actual} arrived")]
    Bytes { declared: u64, actual: u64 },
    #[error("the declared sha-256 is {declared}, the file's is {actual}")]
    Sha256 { declared: Sha256, actual: Sha256 },
}

impl Declared {
    /// The length is compared first: a file of another length needs no talk of checksums.
    pub fn verify(&self, received: &Received) -> Result<(), Mismatch> {
        match self.bytes {
            Some(declared) if declared != received.bytes => {
                return Err(Mismatch::Bytes { declared, actual: received.bytes });
            }
            _ => {}
        }
        match self.sha256 {
            Some(declared) if declared != received.sha256 => Err(Mismatch::Sha256 { declared, actual: received.sha256 }),
            _ => Ok(()),
        }
    }
}
