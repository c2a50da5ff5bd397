//! Why a token or a session does not make a caller.

use db::DbError;
use model::{Code, Problem, Timestamp};

#[derive(Debug, thiserror::Error)]
pub enum Denied {
    #[error("neither a token nor a session was given")]
    Missing,
    #[error("the text is not that of a token")]
    Malformed,
    #[error("no such token was ever made, or it was deleted")]
    Unknown,
    #[error("the token expired at {0}")]
    Expired(Timestamp),
    #[error("the token was revoked")]
    Revoked,
    #[error("the session is over, or there never was one")]
    SessionOver,
    #[error("the person is suspended")]
    Suspended,
    /// Nothing is known about the token: the database did not answer.
    #[error(transparent)]
    Db(#[from] DbError),
}

const MAKE_ANOTHER: &str = "Make a new token with `roadstead tokens create`, or ask the administrator of this gateway for one.";

impl From<Denied> for Problem {
    fn from(denied: Denied) -> Self {
        match denied {
            Denied::Missing => Problem::new(
                Code::NotSignedIn,
                "The request carries neither a token nor the cookie of a session.",
                "In a browser, open the link that `roadstead open` prints. A program sends a token in the header \
                 `Authorization: Bearer rst_…`; `roadstead tokens create` makes one.",
            ),
            Denied::Malformed => Problem::new(
                Code::BadCredential,
                "What was sent is not the whole text of a token: a character is missing or wrong.",
                "Copy the token again, from `rst_` to its last character.",
            ),
            // One answer to both: who found a revoked token somewhere must not learn that it was a real one.
            Denied::Unknown | Denied::Revoked => {
                Problem::new(Code::BadCredential, "This gateway does not accept this token.", MAKE_ANOTHER)
            }
            Denied::Expired(at) => Problem::new(Code::BadCredential, format!("The token was valid until {at}."), MAKE_ANOTHER),
            Denied::SessionOver => Problem::new(
                Code::SessionOver,
                "This browser is not signed in any more: the session was ended, or it expired.",
                "Run `roadstead open` again and open the link it prints.",
            ),
            Denied::Suspended => Problem::new(
                Code::BadCredential,
                "The person to whom this token or session belongs is suspended.",
                "Ask the administrator of this gateway.",
            ),
            Denied::Db(error) => error.into(),
        }
    }
}
