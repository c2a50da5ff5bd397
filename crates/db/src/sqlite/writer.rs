//! The one connection that writes, and commits shared by those who wait for it.

use crate::DbError;
use sqlx::sqlite::SqliteConnection;
use sqlx::{Connection, SqlSafeStr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use tokio::sync::{Mutex, OwnedMutexGuard, oneshot};

/// More would make the first of a batch wait too long for the last.
const LARGEST_BATCH: usize = 64;

pub(crate) struct Writer {
    desk: Arc<Mutex<Desk>>,
    waiting: AtomicUsize,
    /// Odd while a commit is under way.
    generation: AtomicU64,
}

struct Desk {
    /// None once closed.
    connection: Option<SqliteConnection>,
    /// Whether a SQLite transaction is open with released savepoints in it.
    open: bool,
    /// Those whose work is in the open transaction and who wait to hear that it is durable.
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
        let desk = Desk { connection: Some(connection), open: false, batch: Vec::new() };
        Self { desk: Arc::new(Mutex::new(desk)), waiting: AtomicUsize::new(0), generation: AtomicU64::new(0) }
    }

    pub(super) async fn begin(self: &Arc<Self>) -> Result<SqliteTx, DbError> {
        let queued = Queued::new(&self.waiting);
        let mut desk = self.desk.clone().lock_owned().await;
        drop(queued);
        let begin = if desk.open { "SAVEPOINT one" } else { "BEGIN IMMEDIATE; SAVEPOINT one" };
        desk.open = true;
        // The transaction exists before its first statement: when the caller gives up here, dropping it tidies up.
        let mut tx = SqliteTx { writer: self.clone(), desk: Some(desk) };
        tx.run(begin).await?;
        Ok(tx)
    }

    pub(super) fn generation(&self) -> Option<u64> {
        let now = self.generation.load(Ordering::SeqCst);
        now.is_multiple_of(2).then_some(now)
    }

    pub(super) async fn close(&self) {
        let mut desk = self.desk.lock().await;
        if let Some(connection) = desk.connection.take()
            && let Err(error) = connection.close().await
        {
            tracing::warn!(%error, "the database did not close cleanly");
        }
    }

    /// Makes the batch durable and tells everyone in it.
    async fn commit_batch(&self, desk: &mut Desk) -> Result<(), DbError> {
        self.generation.fetch_add(1, Ordering::SeqCst);
        let committed = desk.run("COMMIT").await;
        if committed.is_err() {
            // Nothing of the batch is there; leave no transaction open behind it.
            let _ = desk.run("ROLLBACK").await;
        }
        self.generation.fetch_add(1, Ordering::SeqCst);
        desk.open = false;
        let told = committed.as_ref().map(|_| ()).map_err(ToString::to_string);
        desk.batch.drain(..).for_each(|waiter| drop(waiter.send(told.clone())));
        committed
    }

    /// After a savepoint was released or undone: commit now, unless someone else is about to add to the batch.
    async fn settle(&self, desk: &mut Desk) -> Result<(), DbError> {
        if self.waiting.load(Ordering::SeqCst) > 0 && desk.batch.len() < LARGEST_BATCH {
            Ok(())
        } else {
            self.commit_batch(desk).await
        }
    }
}

/// Counts one waiter, also when the waiting is given up.
struct Queued<'a>(&'a AtomicUsize);

impl<'a> Queued<'a> {
    fn new(waiting: &'a AtomicUsize) -> Self {
        waiting.fetch_add(1, Ordering::SeqCst);
        Self(waiting)
    }
}

impl Drop for Queued<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
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
}

impl SqliteTx {
    pub(crate) fn connection(&mut self) -> Result<&mut SqliteConnection, DbError> {
        self.desk.as_mut().ok_or(DbError::NoRow)?.connection()
    }

    async fn run(&mut self, sql: &'static str) -> Result<(), DbError> {
        self.desk.as_mut().ok_or(DbError::NoRow)?.run(sql).await
    }

    pub(crate) async fn commit(mut self) -> Result<(), DbError> {
        self.run("RELEASE one").await?;
        let Some(mut desk) = self.desk.take() else { return Err(DbError::NoRow) };
        let writer = self.writer.clone();
        let (told, durable) = oneshot::channel();
        desk.batch.push(told);
        // On its own task: a caller who stops waiting must not leave the batch half committed.
        tokio::spawn(async move {
            if let Err(error) = writer.settle(&mut desk).await {
                tracing::error!(%error, "a commit failed");
            }
        });
        match durable.await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(DbError::Batch(error)),
            Err(_) => Err(DbError::Batch("the gateway is stopping".to_owned())),
        }
    }
}

impl Drop for SqliteTx {
    fn drop(&mut self) {
        let Some(mut desk) = self.desk.take() else { return };
        let writer = self.writer.clone();
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        runtime.spawn(async move {
            let undone = desk.run("ROLLBACK TO one; RELEASE one").await;
            if let Err(error) = undone {
                // SQLite itself gave the whole transaction up (a full disk): so nobody's work in it is there.
                tracing::error!(%error, "a transaction could not be undone alone");
            }
            if let Err(error) = writer.settle(&mut desk).await {
                tracing::error!(%error, "a commit failed");
            }
        });
    }
}
