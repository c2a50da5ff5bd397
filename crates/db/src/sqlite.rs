//! The embedded engine: WAL, one writer, every commit on disk before it is answered.
//!
//! Writers queue for the one connection. A finished transaction stays in the open SQLite transaction as a released
//! savepoint and queues once more, to commit: whoever waited already comes first and adds its own work, then one fsync
//! pays for all. Nothing is answered before it is durable; a crash loses the whole batch, of which nobody was told.
//!
//! Statements are carried out by the thread that asks, since a change of threads is dearer than most of them; only commits,
//! which wait for the disk, and long reads go to threads that may be kept waiting.

mod connection;
mod directory;
mod readers;
mod writer;

pub use connection::SqliteRow;
pub(crate) use writer::SqliteTx;

use crate::value::Value;
use crate::{DbError, Statement};
use connection::Connection;
use directory::Lock;
use readers::Readers;
use std::path::Path;
use std::sync::Arc;
use writer::Writer;

#[derive(Clone)]
pub(crate) struct Sqlite {
    readers: Arc<Readers>,
    writer: Arc<Writer>,
    /// Held as long as the database is open: a second gateway on this directory is refused.
    _lock: Arc<Lock>,
}

impl Sqlite {
    pub(crate) async fn open(directory: &Path) -> Result<Self, DbError> {
        let lock = directory::claim(directory)?;
        let file = directory.join("roadstead.db");
        directory::make_private(&file)?;
        let writer = Connection::open(&file, false)?;
        Ok(Self { readers: Arc::new(Readers::of(file)), writer: Arc::new(Writer::new(writer)), _lock: Arc::new(lock) })
    }

    pub(crate) async fn rows(&self, statement: &Statement, values: Vec<Value>) -> Result<Vec<SqliteRow>, DbError> {
        self.readers.rows(*statement, values).await
    }

    pub(crate) fn check(&self, statement: &Statement) -> Result<(), DbError> {
        self.readers.check(statement)
    }

    pub(crate) async fn begin(&self) -> Result<SqliteTx, DbError> {
        self.writer.begin().await
    }

    pub(crate) fn generation(&self) -> Option<u64> {
        self.writer.generation()
    }

    pub(crate) async fn close(&self) {
        self.readers.close();
        self.writer.close().await;
    }
}
