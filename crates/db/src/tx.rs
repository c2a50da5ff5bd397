//! A transaction that writes.

use crate::sqlite::SqliteTx;
use crate::value::{bind_postgres, bind_sqlite};
use crate::{DbError, Row, Statement, Value};
use sqlx::{Executor, Postgres, SqlSafeStr, Transaction};

type AfterCommit = Box<dyn FnOnce() + Send>;

pub struct Tx {
    inner: Inner,
    after_commit: Vec<AfterCommit>,
}

enum Inner {
    Sqlite(SqliteTx),
    Pg(Transaction<'static, Postgres>),
}

impl Tx {
    pub(crate) fn sqlite(inner: SqliteTx) -> Self {
        Self { inner: Inner::Sqlite(inner), after_commit: Vec::new() }
    }

    pub(crate) fn postgres(inner: Transaction<'static, Postgres>) -> Self {
        Self { inner: Inner::Pg(inner), after_commit: Vec::new() }
    }

    /// How many rows a statement changed.
    pub async fn execute(&mut self, statement: &Statement, values: Vec<Value>) -> Result<u64, DbError> {
        match &mut self.inner {
            Inner::Sqlite(tx) => Ok(bind_sqlite(statement, values).execute(tx.connection()?).await?.rows_affected()),
            Inner::Pg(tx) => Ok(bind_postgres(statement, values).execute(&mut **tx).await?.rows_affected()),
        }
    }

    pub async fn rows(&mut self, statement: &Statement, values: Vec<Value>) -> Result<Vec<Row>, DbError> {
        match &mut self.inner {
            Inner::Sqlite(tx) => {
                let rows = bind_sqlite(statement, values).fetch_all(tx.connection()?).await?;
                Ok(rows.into_iter().map(Row::Sqlite).collect())
            }
            Inner::Pg(tx) => {
                let rows = bind_postgres(statement, values).fetch_all(&mut **tx).await?;
                Ok(rows.into_iter().map(Row::Pg).collect())
            }
        }
    }

    /// Not `fetch_optional`: SQLite must step an `UPDATE … RETURNING` to its end for the change to be whole.
    pub async fn row(&mut self, statement: &Statement, values: Vec<Value>) -> Result<Option<Row>, DbError> {
        Ok(self.rows(statement, values).await?.into_iter().next())
    }

    /// Several statements without values, as migrations are.
    pub(crate) async fn script(&mut self, sql: &'static str) -> Result<(), DbError> {
        let script = sqlx::raw_sql(sql.into_sql_str());
        match &mut self.inner {
            Inner::Sqlite(tx) => tx.connection()?.execute(script).await.map(|_| ())?,
            Inner::Pg(tx) => tx.execute(script).await.map(|_| ())?,
        }
        Ok(())
    }

    /// Something to do once the commit is durable: wake whoever waits for it.
    pub fn after_commit(&mut self, act: impl FnOnce() + Send + 'static) {
        self.after_commit.push(Box::new(act));
    }

    pub async fn commit(self) -> Result<(), DbError> {
        match self.inner {
            Inner::Sqlite(tx) => tx.commit().await?,
            Inner::Pg(tx) => tx.commit().await?,
        }
        self.after_commit.into_iter().for_each(|act| act());
        Ok(())
    }
}
