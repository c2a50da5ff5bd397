//! What can go wrong with the database, and what that means to a person.

use model::{Code, Problem};
use std::path::PathBuf;

#[derive(Debug, thiserror::Error)]
pub enum DbError {
    #[error("the database did not answer as expected: {0}")]
    Postgres(#[from] sqlx::Error),
    #[error("the database did not do as it was told: {0}")]
    Sqlite(#[from] rusqlite::Error),
    #[error("the database is closed")]
    Closed,
    #[error("a transaction that was committed together with this one broke it: {0}")]
    Batch(String),
    #[error("an earlier statement of this transaction failed; none of it is kept")]
    Spoiled,
    #[error("{path} is used by another gateway")]
    InUse { path: PathBuf },
    #[error("{path} is on a network file system ({kind})")]
    NetworkFileSystem { path: PathBuf, kind: &'static str },
    #[error("the database has schema {found}; this program knows schema {known}")]
    SchemaNewer { found: i64, known: i64 },
    #[error("column {column} holds something unexpected: {detail}")]
    Unreadable { column: String, detail: String },
    #[error("a row that must exist is missing")]
    NoRow,
    #[error("{path}: {source}")]
    Io { path: PathBuf, source: std::io::Error },
    #[error("the computer gives no random numbers")]
    NoRandomness,
}

/// SQLite's codes for a unique key, or a primary one, that is taken.
const UNIQUE: [i32; 2] = [rusqlite::ffi::SQLITE_CONSTRAINT_UNIQUE, rusqlite::ffi::SQLITE_CONSTRAINT_PRIMARYKEY];

impl DbError {
    pub fn io(path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| DbError::Io { path, source }
    }

    pub(crate) fn stopping() -> Self {
        DbError::Batch("the gateway is stopping".to_owned())
    }

    /// Two transactions met (PostgreSQL): the same work done again will most likely succeed.
    pub fn is_conflict(&self) -> bool {
        let DbError::Postgres(sqlx::Error::Database(error)) = self else { return false };
        matches!(error.code().as_deref(), Some("40001" | "40P01"))
    }

    /// A unique key that is taken.
    pub fn is_duplicate(&self) -> bool {
        match self {
            DbError::Postgres(sqlx::Error::Database(error)) => error.is_unique_violation(),
            DbError::Sqlite(error) => error.sqlite_error().is_some_and(|error| UNIQUE.contains(&error.extended_code)),
            _ => false,
        }
    }
}

impl From<DbError> for Problem {
    fn from(error: DbError) -> Self {
        match &error {
            DbError::InUse { path } => Problem::new(
                Code::DirectoryInUse,
                format!("Another gateway is running on {}.", path.display()),
                "Use that gateway, stop it, or start this one with another --data-dir (or PostgreSQL, which several gateways can share).",
            ),
            DbError::NetworkFileSystem { path, kind } => Problem::new(
                Code::NetworkFileSystem,
                format!("{} is on a network file system ({kind}), on which an embedded database loses data.", path.display()),
                "Choose a directory on a local disk with --data-dir, or use PostgreSQL.",
            ),
            DbError::SchemaNewer { found, known } => Problem::new(
                Code::SchemaNewer,
                format!("The database has schema {found}; this program knows schemas up to {known}."),
                "Install the version of Roadstead that last used this database, or a newer one.",
            ),
            DbError::Io { path, source } if source.kind() == std::io::ErrorKind::StorageFull => Problem::new(
                Code::StorageFull,
                format!("No space is left for {}.", path.display()),
                "Free some space on that disk.",
            ),
            DbError::Io { path, source } => Problem::new(
                Code::DatabaseUnavailable,
                format!("{} cannot be used: {source}.", path.display()),
                "Check that the directory exists and belongs to the user who runs the gateway.",
            ),
            DbError::Sqlite(error) if error.sqlite_error_code() == Some(rusqlite::ErrorCode::DiskFull) => Problem::new(
                Code::StorageFull,
                "No space is left for the gateway's database.",
                "Free some space on its disk; nothing of the request was done.",
            ),
            DbError::Closed | DbError::Postgres(sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed) => {
                Problem::new(
                    Code::DatabaseUnavailable,
                    "The gateway's database does not answer just now.",
                    "Try again in a moment. If it lasts, the administrator should look at the database server.",
                )
            }
            error if error.is_conflict() => Problem::new(
                Code::DatabaseConflict,
                "The request met other changes of the same rows, several times; nothing of it was done.",
                "Send it again in a moment.",
            ),
            DbError::Postgres(_)
            | DbError::Sqlite(_)
            | DbError::Batch(_)
            | DbError::Spoiled
            | DbError::Unreadable { .. }
            | DbError::NoRow
            | DbError::NoRandomness => {
                // The caller is told nothing of it; this is where its cause is found.
                tracing::error!(%error, "the database answered something unexpected");
                Problem::internal()
            }
        }
    }
}
