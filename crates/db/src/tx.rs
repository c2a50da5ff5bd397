//! A transaction that writes.

use crate::sqlite::SqliteTx;
use crate::value::bind_postgres;
use crate::{DbError, Row, Statement, Value};
use futures_util::future::BoxFuture;
use sqlx::{Executor, Postgres, SqlSafeStr, Transaction};

type BeforeCommit = Box<dyn for<'a> FnOnce(&'a mut Tx) -> BoxFuture<'a, Result<(), DbError>> + Send>;
type AfterCommit = Box<dyn FnOnce() + Send>;

/// What is read through it may belong to a batch that is not durable yet: answer nobody before the commit, also when
/// nothing was changed.
pub struct Tx {
    inner: Inner,
    /// A statement failed, or was given up before its end was known. PostgreSQL then refuses the rest and "commits"
    /// nothing; SQLite would commit the rest. So that both do the same, nothing more is possible here.
    spoiled: bool,
    before_commit: Vec<BeforeCommit>,
    after_commit: Vec<AfterCommit>,
}

enum Inner {
    Sqlite(SqliteTx),
    Pg(Transaction<'static, Postgres>),
}

impl Tx {
    pub(crate) fn sqlite(inner: SqliteTx) -> Self {
        Self { inner: Inner::Sqlite(inner), spoiled: false, before_commit: Vec::new(), after_commit: Vec::new() }
    }

    pub(crate) fn postgres(inner: Transaction<'static, Postgres>) -> Self {
        Self { inner: Inner::Pg(inner), spoiled: false, before_commit: Vec::new(), after_commit: Vec::new() }
    }

    /// How many rows a statement changed.
    pub async fn execute(&mut self, statement: &Statement, values: Vec<Value>) -> Result<u64, DbError> {
        let changed = match self.spoil_unless_done()? {
            Inner::Sqlite(tx) => tx.connection()?.execute(statement, &values)?,
            Inner::Pg(tx) => bind_postgres(statement, values).execute(&mut **tx).await?.rows_affected(),
        };
        self.spoiled = false;
        Ok(changed)
    }

    pub async fn rows(&mut self, statement: &Statement, values: Vec<Value>) -> Result<Vec<Row>, DbError> {
        let rows = match self.spoil_unless_done()? {
            Inner::Sqlite(tx) => tx.connection()?.rows(statement, &values)?.into_iter().map(Row::Sqlite).collect(),
            Inner::Pg(tx) => {
                let rows = bind_postgres(statement, values).fetch_all(&mut **tx).await?;
                rows.into_iter().map(Row::Pg).collect()
            }
        };
        self.spoiled = false;
        Ok(rows)
    }

    pub async fn row(&mut self, statement: &Statement, values: Vec<Value>) -> Result<Option<Row>, DbError> {
        Ok(self.rows(statement, values).await?.into_iter().next())
    }

    /// Several statements without values, as migrations are.
    pub(crate) async fn script(&mut self, sql: &'static str) -> Result<(), DbError> {
        match self.spoil_unless_done()? {
            Inner::Sqlite(tx) => tx.connection()?.script(sql)?,
            Inner::Pg(tx) => tx.execute(sqlx::raw_sql(sql.into_sql_str())).await.map(|_| ())?,
        }
        self.spoiled = false;
        Ok(())
    }

    /// Spoiled until the statement that follows has succeeded: whoever drops it half way leaves it so.
    fn spoil_unless_done(&mut self) -> Result<&mut Inner, DbError> {
        if self.spoiled {
            return Err(DbError::Spoiled);
        }
        self.spoiled = true;
        Ok(&mut self.inner)
    }

    /// Statements for the end of the transaction: rows that everyone locks (counters) are locked last and for the
    /// shortest time, whatever order their callers have.
    pub fn before_commit(&mut self, act: impl for<'a> FnOnce(&'a mut Tx) -> BoxFuture<'a, Result<(), DbError>> + Send + 'static) {
        self.before_commit.push(Box::new(act));
    }

    /// Something to do once the commit is durable: wake whoever waits for it. It must not block.
    pub fn after_commit(&mut self, act: impl FnOnce() + Send + 'static) {
        self.after_commit.push(Box::new(act));
    }

    /// Once it was polled, the commit takes place, and what follows it too, even if the caller gives up: a commit
    /// whose waiters are never woken would be as bad as a lost one.
    pub async fn commit(mut self) -> Result<(), DbError> {
        if self.spoiled {
            return Err(DbError::Spoiled);
        }
        let committed = tokio::spawn(async move {
            for act in std::mem::take(&mut self.before_commit) {
                act(&mut self).await?;
            }
            match self.inner {
                Inner::Sqlite(tx) => tx.commit().await?,
                Inner::Pg(tx) => tx.commit().await?,
            }
            self.after_commit.into_iter().for_each(|act| act());
            Ok(())
        });
        committed.await.unwrap_or_else(|_| Err(DbError::stopping()))
    }
}
