//! Connections that only read: as many as are used at the same time.

use super::connection::{Connection, SqliteRow};
use crate::value::Value;
use crate::{DbError, Statement};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::Semaphore;

/// A read that takes more (some milliseconds) would keep others from their turn, and begins anew where it may take long.
const SHORT: i64 = 200;
/// Long ones at the same time.
const LONG: usize = 4;
/// Those that are kept for later.
const KEPT: usize = 8;

pub(super) struct Readers {
    file: PathBuf,
    /// None once closed.
    idle: Mutex<Option<Vec<Connection>>>,
    long: Semaphore,
}

impl Readers {
    pub(super) fn of(file: PathBuf) -> Self {
        Self { file, idle: Mutex::new(Some(Vec::new())), long: Semaphore::new(LONG) }
    }

    fn take(&self) -> Result<Connection, DbError> {
        let kept = self.idle.lock().unwrap_or_else(PoisonError::into_inner).as_mut().ok_or(DbError::Closed)?.pop();
        kept.map_or_else(|| Connection::open(&self.file, true), Ok)
    }

    fn put_back(&self, connection: Connection) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(idle) = idle.as_mut().filter(|idle| idle.len() < KEPT) {
            idle.push(connection);
        }
    }

    pub(super) async fn rows(self: &Arc<Self>, statement: Statement, values: Vec<Value>) -> Result<Vec<SqliteRow>, DbError> {
        let mut connection = self.take()?;
        let read = connection.short_read(&statement, &values, SHORT);
        self.put_back(connection);
        match read? {
            Some(rows) => Ok(rows),
            None => self.long_read(statement, values).await,
        }
    }

    async fn long_read(self: &Arc<Self>, statement: Statement, values: Vec<Value>) -> Result<Vec<SqliteRow>, DbError> {
        let _turn = self.long.acquire().await.map_err(|_| DbError::Closed)?;
        let readers = self.clone();
        let read = tokio::task::spawn_blocking(move || {
            let mut connection = readers.take()?;
            let read = connection.rows(&statement, &values);
            readers.put_back(connection);
            read
        });
        read.await.unwrap_or_else(|_| Err(DbError::stopping()))
    }

    pub(super) fn check(&self, statement: &Statement) -> Result<(), DbError> {
        let connection = self.take()?;
        let checked = connection.check(statement);
        self.put_back(connection);
        checked
    }

    /// What is being read is read to its end.
    pub(super) fn close(&self) {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).take();
    }
}
