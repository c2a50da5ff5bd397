//! Why a code does not begin a session.

use db::DbError;
use model::{Code, Problem, Timestamp};

#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    #[error("the text is not that of a code")]
    Malformed,
    /// Used up, or never made: a used code leaves no trace.
    #[error("no such code waits to be used")]
    Unknown,
    #[error("the code expired at {0}")]
    Expired(Timestamp),
    #[error("{0} is signed in with this browser")]
    SignedInAlready(String),
    #[error("the person is suspended")]
    Suspended,
    #[error(transparent)]
    Db(#[from] DbError),
}

impl From<SignInError> for Problem {
    fn from(error: SignInError) -> Self {
        let detail = match error {
            SignInError::Malformed => "What was sent is not the whole of a sign-in code.",
            SignInError::Unknown => "The sign-in code was used already, or was never made by this gateway.",
            SignInError::Expired(_) => "The sign-in code has expired: it works for one minute.",
            SignInError::Suspended => {
                let detail = "The person to whom this code belongs is suspended.";
                return Problem::new(Code::CodeRefused, detail, "Ask the administrator of this gateway.");
            }
            SignInError::SignedInAlready(name) => {
                let detail = format!("This browser is signed in as {name}, and the link is somebody else's.");
                let remedy = "Sign out first if you mean to become them; do not if you do not know who sent the link.";
                return Problem::new(Code::CodeRefused, detail, remedy);
            }
            SignInError::Db(error) => return error.into(),
        };
        Problem::new(Code::CodeRefused, detail, "Run `roadstead open` again: each link works once, for a minute.")
    }
}
