//! What can be wrong with the key and with what it sealed.

use super::SealedId;
use db::DbError;
use model::{Code, Problem};
use std::path::PathBuf;

#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    #[error("{path}: {source}")]
    Io { path: PathBuf, source: std::io::Error },
    #[error("{path} can be read by others (mode {mode:03o})")]
    NotPrivate { path: PathBuf, mode: u32 },
    #[error("{path} belongs to user {owner}, not to user {us} who runs the gateway")]
    NotOurs { path: PathBuf, owner: u32, us: u32 },
    #[error("{path} does not hold a key")]
    NotAKey { path: PathBuf },
    #[error("{path} holds keys of many changes that were not completed")]
    TooMany { path: PathBuf },
    #[error("{path} is gone, and the database has secrets that need it")]
    Lost { path: PathBuf },
    #[error("{path} holds key {found}; the database needs key {needed}")]
    OtherKey { path: PathBuf, found: String, needed: String },
    #[error(transparent)]
    Db(#[from] DbError),
}

#[derive(Debug, thiserror::Error)]
pub enum SealingError {
    #[error("there is no sealed secret {id} for this purpose")]
    Missing { id: SealedId },
    #[error("the sealed secret {id} needs key {needed}, which this gateway does not have")]
    OtherKey { id: SealedId, needed: String },
    #[error("the sealed secret {id} was changed since it was sealed")]
    Broken { id: SealedId },
    #[error("the secret could not be sealed")]
    NotSealed,
    #[error("not the id of a sealed secret")]
    NotAnId,
    #[error(transparent)]
    Db(#[from] DbError),
}

impl From<SealingError> for Problem {
    fn from(error: SealingError) -> Self {
        match error {
            SealingError::Db(error) => error.into(),
            other => {
                tracing::error!(error = %other, "a sealed secret could not be used");
                Problem::internal()
            }
        }
    }
}

impl From<KeyError> for Problem {
    fn from(error: KeyError) -> Self {
        let remedy = match &error {
            KeyError::Io { .. } => "Check that its directory exists and belongs to the user who runs the gateway.".to_owned(),
            KeyError::NotPrivate { path, .. } => {
                format!("Others may have read the key. If that cannot be, take their right away: chmod 600 {}", path.display())
            }
            KeyError::NotOurs { us, path, .. } => {
                format!("Give it to the user who runs the gateway: chown {us} {}", path.display())
            }
            KeyError::TooMany { .. } => {
                "A kept secret cannot be opened, so that no change of the key is completed: the gateway's log names it."
                    .to_owned()
            }
            KeyError::NotAKey { .. } | KeyError::Lost { .. } => {
                "Put the file back from a backup. Without it the secrets kept in the database cannot be read.".to_owned()
            }
            KeyError::OtherKey { .. } => {
                "Gateways that share a database share the key: copy the file from the gateway that was first, or from a backup."
                    .to_owned()
            }
            KeyError::Db(_) => String::new(),
        };
        match error {
            KeyError::Db(error) => error.into(),
            error => {
                Problem::new(Code::ConfigurationInvalid, format!("The key that seals secrets is not usable: {error}."), remedy)
            }
        }
    }
}
