//! The one connection that writes, and commits shared by those who wait for it.
//!
//! Whoever holds the desk has the connection to itself, and finds no savepoint on it but the finished one of whoever
//! came before. Nothing is awaited between finding it so and leaving it so, because callers may give up at any moment: one
//! that did so half way would leave it unknown whether a savepoint, or a transaction, is open. Commits wait for the disk:
//! they take the desk with them to a thread that may wait, and are carried through whoever gives up meanwhile.

use super::connection::Connection;
use crate::DbError;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::sync::{Mutex, OwnedMutexGuard, oneshot};

/// More would make the first of a batch wait too long for the last.
const LARGEST_BATCH: usize = 64;

pub(crate) struct Writer {
    desk: Arc<Mutex<Desk>>,
    /// Odd while a commit is under way.
    generation: AtomicU64,
}

struct Desk {
    /// None once closed.
    connection: Option<Connection>,
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
    pub(super) fn new(connection: Connection) -> Self {
        let desk = Desk { connection: Some(connection), open: false, finished: false, batch: Vec::new() };
        Self { desk: Arc::new(Mutex::new(desk)), generation: AtomicU64::new(0) }
    }

    pub(super) async fn begin(self: &Arc<Self>) -> Result<SqliteTx, DbError> {
        let mut desk = self.desk.clone().lock_owned().await;
        desk.begin()?;
        Ok(SqliteTx { writer: self.clone(), desk: Some(desk) })
    }

    pub(super) fn generation(&self) -> Option<u64> {
        let now = self.generation.load(Ordering::SeqCst);
        now.is_multiple_of(2).then_some(now)
    }

    pub(super) async fn close(self: &Arc<Self>) {
        let desk = self.desk.clone().lock_owned().await;
        let writer = self.clone();
        let closed = tokio::task::spawn_blocking(move || {
            let mut desk = desk;
            writer.commit_batch(&mut desk);
            desk.connection.take().map_or(Ok(()), Connection::close)
        });
        if let Ok(Err(error)) = closed.await {
            tracing::warn!(%error, "the database did not close cleanly");
        }
    }

    /// Where waiting for the disk keeps nobody from their turn.
    async fn commit_elsewhere(self: &Arc<Self>, mut desk: OwnedMutexGuard<Desk>) {
        if desk.open {
            let writer = self.clone();
            // Nobody is left to tell when the runtime is gone.
            let _ = tokio::task::spawn_blocking(move || writer.commit_batch(&mut desk)).await;
        }
    }

    /// Makes the batch durable and tells everyone in it.
    fn commit_batch(&self, desk: &mut Desk) {
        if !desk.open {
            return;
        }
        self.generation.fetch_add(1, Ordering::SeqCst);
        let committed = desk.run("COMMIT");
        self.generation.fetch_add(1, Ordering::SeqCst);
        match committed {
            Ok(()) => {
                desk.open = false;
                desk.finished = false;
                desk.batch.drain(..).for_each(|waiter| drop(waiter.send(Ok(()))));
            }
            Err(error) => desk.abandon(&error),
        }
    }
}

impl Desk {
    fn connection(&mut self) -> Result<&mut Connection, DbError> {
        self.connection.as_mut().ok_or(DbError::Closed)
    }

    fn run(&mut self, command: &'static str) -> Result<(), DbError> {
        self.connection()?.command(command)
    }

    fn begin(&mut self) -> Result<(), DbError> {
        let begun = self.begin_savepoint();
        match &begun {
            Ok(()) => (self.open, self.finished) = (true, false),
            // Half of it may have been done.
            Err(error) => self.abandon(error),
        }
        begun
    }

    fn begin_savepoint(&mut self) -> Result<(), DbError> {
        if !self.open {
            self.run("BEGIN IMMEDIATE")?;
        } else if self.finished {
            self.run("RELEASE one")?;
        }
        self.run("SAVEPOINT one")
    }

    /// Undoes a savepoint that was given up.
    fn undo(&mut self) {
        if self.batch.is_empty() {
            // It is alone: nobody would come to commit what is left.
            let _ = self.run("ROLLBACK");
            self.open = false;
        } else if let Err(error) = self.run("ROLLBACK TO one").and_then(|()| self.run("RELEASE one")) {
            self.abandon(&error);
        }
    }

    /// SQLite gave the whole transaction up by itself (a full disk): nobody's work in it is there.
    fn abandon(&mut self, error: &DbError) {
        tracing::error!(%error, transactions = self.batch.len(), "transactions were lost together");
        // It may still be open, and nothing of it may be committed by the next one.
        let _ = self.run("ROLLBACK");
        self.open = false;
        self.finished = false;
        self.batch.drain(..).for_each(|waiter| drop(waiter.send(Err(error.to_string()))));
    }
}

impl SqliteTx {
    pub(crate) fn connection(&mut self) -> Result<&mut Connection, DbError> {
        self.desk.as_mut().ok_or(DbError::NoRow)?.connection()
    }

    /// Must not be cancelled half way: [`crate::Tx::commit`] runs it on a task of its own.
    pub(crate) async fn commit(mut self) -> Result<(), DbError> {
        let Some(mut desk) = self.desk.take() else { return Err(DbError::NoRow) };
        desk.finished = true;
        let (told, mut durable) = oneshot::channel();
        desk.batch.push(told);
        if desk.batch.len() >= LARGEST_BATCH {
            self.writer.commit_elsewhere(desk).await;
        } else {
            drop(desk);
        }
        // Whoever queued by now comes before us and adds to the batch; then the first in the queue commits for all.
        tokio::select! {
            biased;
            told = &mut durable => return committed(told),
            desk = self.writer.desk.clone().lock_owned() => self.writer.commit_elsewhere(desk).await,
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
            desk.undo();
        }
    }
}
