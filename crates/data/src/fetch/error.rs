//! What can go wrong on the way from a server to a file, sorted by what the caller can do about it.

use std::error::Error;
use std::time::Duration;

use crate::Mismatch;
use crate::guard::Refused;
use crate::place::PlaceError;

/// The end of a download. All but `GaveUp`, `Deadline` and `Place` would be the same if tried again.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    #[error(transparent)]
    Refused(#[from] Refused),
    #[error("more than {limit} redirects")]
    TooManyRedirects { limit: usize },
    #[error("the server answered {status}")]
    Status { status: u16 },
    /// `announced` is what the server said before any byte was read; without it, the bytes themselves went
    /// over the limit.
    #[error("the file has {} bytes, the limit is {limit}", announced.map_or("more".to_owned(), |bytes| bytes.to_string()))]
    TooLarge { limit: u64, announced: Option<u64> },
    #[error(transparent)]
    Mismatch(Mismatch),
    #[error("the server's answer makes no sense: {why}")]
    Nonsense { why: &'static str },
    #[error("gave up after {attempts} attempts: {last}")]
    GaveUp { attempts: u32, last: Trouble },
    #[error("not finished within {limit:?}; {bytes} bytes are kept for another attempt")]
    Deadline { limit: Duration, bytes: u64 },
    #[error(transparent)]
    Place(#[from] PlaceError),
    /// The process is shutting down.
    #[error("interrupted")]
    Interrupted,
}

/// Trouble that may pass. Only the last is reported.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    #[error(transparent)]
    Unresolved(Refused),
    #[error("no connection: {why}")]
    Connect { why: String },
    #[error("the server sent next to nothing for {waited:?}")]
    Stalled { waited: Duration },
    #[error("the connection broke after {bytes} bytes: {why}")]
    Cut { bytes: u64, why: String },
    #[error("the server answered {status}{}", retry_after.map_or(String::new(), |wait| format!(", try again in {wait:?}")))]
    Status { status: u16, retry_after: Option<Duration> },
    #[error("the server's partial answer is not the requested continuation: {why}")]
    Range { why: &'static str },
}

/// How one attempt ends when it does not end well.
#[derive(Debug)]
pub(super) enum Failure {
    Final(FetchError),
    Again(Trouble),
}

impl<E: Into<FetchError>> From<E> for Failure {
    fn from(error: E) -> Self {
        Failure::Final(error.into())
    }
}

impl Failure {
    /// A refusal by our own resolver comes back wrapped in several layers of the HTTP client's errors.
    pub fn of_request(error: &reqwest::Error) -> Failure {
        let refused = causes(error).find_map(|cause| cause.downcast_ref::<Refused>());
        match refused {
            Some(refused) if refused.is_permanent() => Failure::Final(FetchError::Refused(refused.clone())),
            Some(refused) => Failure::Again(Trouble::Unresolved(refused.clone())),
            None => Failure::Again(Trouble::Connect { why: describe(error) }),
        }
    }
}

fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(error.source(), |cause: &&'a (dyn Error + 'static)| (*cause).source())
}

/// The innermost cause. The outermost text contains the URL, which may contain a signature.
pub(super) fn describe(error: &reqwest::Error) -> String {
    causes(error).last().map_or_else(|| "unknown cause".to_owned(), ToString::to_string)
}
