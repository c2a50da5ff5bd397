//! The one connection that writes, and commits shared by those who wait for it.
//!
//! Whoever holds the desk has the connection to itself, and finds no savepoint on it but the finished one of whoever
//! came before. Every change of that is made on a task of its own, because callers may give up at any moment: one that
//! was cancelled half way would leave it unknown whether a savepoint, or a transaction, is open.
//!
//! A savepoint is released together with the next one's beginning, or by the COMMIT: each time the connection is spoken
//! to costs a change of threads, which is dearer than most statements.

use crate::DbError;
use sqlx::sqlite::SqliteConnection;
use sqlx::{Connection, SqlSafeStr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::runtime::Handle;
use tokio::sync::{Mutex, OwnedMutexGuard, oneshot};

/// More would make the first of a batch wait too long for the last.
const LARGEST_BATCH: usize = 64;

pub(crate) struct Writer {
    desk: Arc<Mutex<Desk>>,
    /// Odd while a commit is under way.
    generation: AtomicU64,
    /// A transaction may be dropped anywhere, also outside the runtime.
    runtime: Handle,
}

struct Desk {
    /// None once closed.
    connection: Option<SqliteConnection>,
    /// Whether a SQLite transaction is open.
    open: bool,
    /// Whether the savepoint of a finished transaction is still there.
    finished: bool,
    /// Those whose work is in the open transaction, as finished savepoints, and who wait to hear that it is durable.
    /// Each of them also queues for the desk to commit, so a batch never waits for someone who may give up.
    batch: Vec<oneshot::Sender<Result<(), String>>>,
}

/// One transaction: a savepoint in the batch.
pub(crate) struct SqliteTx {
    writer: Arc<Writer>,
    /// None once it was committed or given up.
    desk: Option<OwnedMutexGuard<Desk>>,
}

impl Writer {
    pub(super) fn new(connection: SqliteConnection) -> Self {
        let desk = Desk { connection: Some(connection), open: false, finished: false, batch: Vec::new() };
        Self { desk: Arc::new(Mutex::new(desk)), generation: AtomicU64::new(0), runtime: Handle::current() }
    }

    pub(super) async fn begin(self: &Arc<Self>) -> Result<SqliteTx, DbError> {
        let mut desk = self.desk.clone().lock_owned().await;
        let writer = self.clone();
        let begun = self.runtime.spawn(async move {
            desk.begin().await?;
            Ok(SqliteTx { writer, desk: Some(desk) })
        });
        begun.await.unwrap_or_else(|_| Err(DbError::stopping()))
    }

    pub(super) fn generation(&self) -> Option<u64> {
        let now = self.generation.load(Ordering::SeqCst);
        now.is_multiple_of(2).then_some(now)
    }

    pub(super) async fn close(&self) {
        let mut desk = self.desk.lock().await;
        self.commit_batch(&mut desk).await;
        if let Some(connection) = desk.connection.take()
            && let Err(error) = connection.close().await
        {
            tracing::warn!(%error, "the database did not close cleanly");
        }
    }

    /// Makes the batch durable and tells everyone in it.
    async fn commit_batch(&self, desk: &mut Desk) {
        if !desk.open {
            return;
        }
        self.generation.fetch_add(1, Ordering::SeqCst);
        let committed = desk.run("COMMIT").await;
        self.generation.fetch_add(1, Ordering::SeqCst);
        match committed {
            Ok(()) => {
                desk.open = false;
                desk.finished = false;
                desk.batch.drain(..).for_each(|waiter| drop(waiter.send(Ok(()))));
            }
            Err(error) => desk.abandon(&error).await,
        }
    }
}

impl Desk {
    fn connection(&mut self) -> Result<&mut SqliteConnection, DbError> {
        self.connection.as_mut().ok_or(DbError::Engine(sqlx::Error::PoolClosed))
    }

    async fn run(&mut self, sql: &'static str) -> Result<(), DbError> {
        sqlx::Executor::execute(self.connection()?, sqlx::raw_sql(sql.into_sql_str())).await?;
        Ok(())
    }

    async fn begin(&mut self) -> Result<(), DbError> {
        let begun = match (self.open, self.finished) {
            (false, _) => self.run("BEGIN IMMEDIATE; SAVEPOINT one").await,
            (true, false) => self.run("SAVEPOINT one").await,
            (true, true) => self.run("RELEASE one; SAVEPOINT one").await,
        };
        match &begun {
            Ok(()) => (self.open, self.finished) = (true, false),
            // Half of it may have been done.
            Err(error) => self.abandon(error).await,
        }
        begun
    }

    /// Undoes a savepoint that was given up.
    async fn undo(&mut self) {
        if self.batch.is_empty() {
            // It is alone: nobody would come to commit what is left.
            let _ = self.run("ROLLBACK").await;
            self.open = false;
        } else if let Err(error) = self.run("ROLLBACK TO one; RELEASE one").await {
            self.abandon(&error).await;
        }
    }

    /// SQLite gave the whole transaction up by itself (a full disk): nobody's work in it is there.
    async fn abandon(&mut self, error: &DbError) {
        tracing::error!(%error, transactions = self.batch.len(), "transactions were lost together");
        // It may still be open, and nothing of it may be committed by the next one.
        let _ = self.run("ROLLBACK").await;
        self.open = false;
        self.finished = false;
        self.batch.drain(..).for_each(|waiter| drop(waiter.send(Err(error.to_string()))));
    }
}

impl SqliteTx {
    pub(crate) fn connection(&mut self) -> Result<&mut SqliteConnection, DbError> {
        self.desk.as_mut().ok_or(DbError::NoRow)?.connection()
    }

    /// Must not be cancelled half way: [`crate::Tx::commit`] runs it on a task of its own.
    pub(crate) async fn commit(mut self) -> Result<(), DbError> {
        let Some(mut desk) = self.desk.take() else { return Err(DbError::NoRow) };
        desk.finished = true;
        let (told, mut durable) = oneshot::channel();
        desk.batch.push(told);
        if desk.batch.len() >= LARGEST_BATCH {
            self.writer.commit_batch(&mut desk).await;
        }
        drop(desk);
        // Whoever queued by now comes before us and adds to the batch; then the first in the queue commits for all.
        tokio::select! {
            biased;
            told = &mut durable => return committed(told),
            mut desk = self.writer.desk.lock() => self.writer.commit_batch(&mut desk).await,
        }
        committed(durable.await)
    }
}

fn committed(told: Result<Result<(), String>, oneshot::error::RecvError>) -> Result<(), DbError> {
    told.map_err(|_| DbError::stopping())?.map_err(DbError::Batch)
}

impl Drop for SqliteTx {
    fn drop(&mut self) {
        if let Some(mut desk) = self.desk.take() {
            self.writer.runtime.spawn(async move { desk.undo().await });
        }
    }
}
