//! Why a token is not made.

use crate::{IdempotencyError, Scope};
use db::DbError;
use model::id::TokenId;
use model::problem::FieldProblem;
use model::{Code, Problem, Timestamp};

#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    #[error("must be 1 to 120 printable characters on one line")]
    InvalidName,
    #[error("must name at least one of read, run and admin")]
    NoScope,
    #[error("lies in the past")]
    AlreadyExpired,
    #[error("must not be later than {latest}, 366 days from now")]
    ExpiresTooLate { latest: Timestamp },
    #[error("must not be later than {latest}, when the token that makes it expires")]
    Outlives { latest: Timestamp },
    #[error("the token that makes it lacks the scope {}", scope.as_str())]
    MoreThanOwn { scope: Scope },
    #[error("only administrators can have tokens with the scope admin")]
    NotAdministrator,
    #[error("there is no such person")]
    NoSuchPerson,
    #[error("the person is suspended")]
    Suspended,
    /// By the same request; its text was in that answer, and nobody has it any more.
    #[error("this request has made the token {id} before")]
    MadeBefore { id: TokenId },
    #[error(transparent)]
    Idempotency(#[from] IdempotencyError),
    #[error(transparent)]
    Db(#[from] DbError),
}

impl From<TokenError> for Problem {
    fn from(error: TokenError) -> Self {
        let detail = error.to_string();
        match error {
            TokenError::InvalidName => wrong_field("name", detail),
            TokenError::NoScope => wrong_field("scopes", detail),
            TokenError::AlreadyExpired | TokenError::ExpiresTooLate { .. } | TokenError::Outlives { .. } => {
                wrong_field("expires_at", detail)
            }
            TokenError::MoreThanOwn { .. } => Problem::new(
                Code::Forbidden,
                format!("A token cannot make one that may do more than itself: {detail}."),
                "Leave that scope out, or use a token that has it.",
            ),
            TokenError::NotAdministrator => {
                let detail = "Only administrators can have tokens with the scope `admin`.";
                Problem::new(Code::Forbidden, detail, "Leave out the scope `admin`.")
            }
            TokenError::NoSuchPerson => Problem::new(Code::NotFound, "There is no such person.", "Check the identifier."),
            TokenError::Suspended => {
                let detail = "You are suspended at this gateway: there is no token for you.";
                Problem::new(Code::Forbidden, detail, "Ask the administrator of this gateway.")
            }
            TokenError::MadeBefore { id } => Problem::new(
                Code::StateConflict,
                format!("This request has made the token {id} before, and the text of a token is shown once."),
                format!(
                    "If you do not have its text, revoke it (`DELETE /api/v1/tokens/{id}`, `roadstead tokens revoke {id}`) \
                     and make another one with a new Idempotency-Key."
                ),
            ),
            TokenError::Idempotency(error) => error.into(),
            TokenError::Db(error) => error.into(),
        }
    }
}

fn wrong_field(field: &str, detail: String) -> Problem {
    Problem::new(Code::InvalidField, format!("`{field}` of the token {detail}."), "Change that field and ask again.")
        .with_fields(vec![FieldProblem { field: field.to_owned(), detail }])
}
