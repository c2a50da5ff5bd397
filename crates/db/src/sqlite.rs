//! The embedded engine: WAL, one writer, every commit on disk before it is answered.
//!
//! Writers queue for the one connection. A finished transaction stays in the open SQLite transaction as a released
//! savepoint and queues once more, to commit: whoever waited already comes first and adds its own work, then one fsync
//! pays for all. Nothing is answered before it is durable; a crash loses the whole batch, of which nobody was told.

mod directory;
mod writer;

pub(crate) use writer::SqliteTx;

use crate::DbError;
use directory::Lock;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions, SqlitePool};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use writer::Writer;

#[derive(Clone)]
pub(crate) struct Sqlite {
    readers: SqlitePool,
    writer: Arc<Writer>,
    /// Held as long as the database is open: a second gateway on this directory is refused.
    _lock: Arc<Lock>,
}

impl Sqlite {
    pub(crate) async fn open(directory: &Path) -> Result<Self, DbError> {
        let lock = directory::claim(directory)?;
        let file = directory.join("roadstead.db");
        directory::make_private(&file)?;
        let options = SqliteConnectOptions::new()
            .filename(file)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(Duration::from_secs(10))
            .foreign_keys(true)
            .statement_cache_capacity(400)
            .pragma("cache_size", "-8192");
        let writer = options.connect().await?;
        // Readers never upgrade to writers: a lock upgrade ignores the busy timeout.
        let readers = SqlitePoolOptions::new().min_connections(0).max_connections(4).connect_lazy_with(options.read_only(true));
        Ok(Self { readers, writer: Arc::new(Writer::new(writer)), _lock: Arc::new(lock) })
    }

    pub(crate) fn readers(&self) -> &SqlitePool {
        &self.readers
    }

    pub(crate) async fn begin(&self) -> Result<SqliteTx, DbError> {
        self.writer.begin().await
    }

    pub(crate) fn generation(&self) -> Option<u64> {
        self.writer.generation()
    }

    pub(crate) async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }
}
