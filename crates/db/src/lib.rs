//! One database behind two engines: SQLite inside the gateway's own directory, or PostgreSQL for several gateways.
//!
//! Every statement is written once, in SQL that both engines understand, and declared with [`statements!`], so that a
//! test can prepare each one on both. Callers see [`Db`], [`Tx`], [`Row`] and [`Statement`]; sqlx stays in here.
//! Transactions are short: nothing remote is ever awaited while one is open.
//!
//! Large things (logs, outputs, crates) never become rows: they live in [`blobs`].

mod again;
pub mod blobs;
mod error;
mod migration;
mod postgres;
mod row;
mod seed;
mod sqlite;
mod statement;
mod tx;
mod value;

pub use again::again;
pub use error::DbError;
pub use row::Row;
pub use seed::{random_bytes, seed, sha256};
pub use statement::Statement;
pub use tx::Tx;
pub use value::Value;

use model::id::DeploymentId;
use std::path::Path;

/// The program's database. Cheap to clone.
#[derive(Clone)]
pub struct Db {
    engine: Engine,
    deployment: DeploymentId,
}

#[derive(Clone)]
enum Engine {
    Sqlite(sqlite::Sqlite),
    Pg(sqlx::PgPool),
}

impl Db {
    /// The embedded database in a directory that only this gateway uses.
    pub async fn open_sqlite(directory: &Path) -> Result<Self, DbError> {
        let engine = Engine::Sqlite(sqlite::Sqlite::open(directory).await?);
        Self::prepare(engine).await
    }

    /// A PostgreSQL server that any number of gateways share.
    pub async fn open_postgres(url: &str) -> Result<Self, DbError> {
        let engine = Engine::Pg(postgres::open(url).await?);
        Self::prepare(engine).await
    }

    async fn prepare(engine: Engine) -> Result<Self, DbError> {
        migration::run(&engine).await?;
        let deployment = migration::deployment(&engine).await?;
        Ok(Self { engine, deployment })
    }

    /// Names this database and everything that is created on its behalf.
    pub fn deployment(&self) -> &DeploymentId {
        &self.deployment
    }

    /// Whether other gateways may write to this database too.
    pub fn is_shared(&self) -> bool {
        matches!(self.engine, Engine::Pg(_))
    }

    /// Begins a transaction that writes. Dropping it undoes it.
    pub async fn begin(&self) -> Result<Tx, DbError> {
        match &self.engine {
            Engine::Sqlite(sqlite) => sqlite.begin().await.map(Tx::sqlite),
            Engine::Pg(pool) => Ok(Tx::postgres(pool.begin().await?)),
        }
    }

    /// One statement that writes, committed by itself. On PostgreSQL no transaction is open at any time while this gateway
    /// may be stopped: what it locks is never held longer than the server needs.
    pub async fn write(&self, statement: &Statement, values: Vec<Value>) -> Result<Vec<Row>, DbError> {
        if let Engine::Pg(pool) = &self.engine {
            let rows = value::bind_postgres(statement, values).fetch_all(pool).await?;
            return Ok(rows.into_iter().map(Row::Pg).collect());
        }
        let mut tx = self.begin().await?;
        let rows = tx.rows(statement, values).await?;
        tx.commit().await?;
        Ok(rows)
    }

    /// All rows of a query that only reads.
    pub async fn rows(&self, statement: &Statement, values: Vec<Value>) -> Result<Vec<Row>, DbError> {
        match &self.engine {
            Engine::Sqlite(sqlite) => Ok(sqlite.rows(statement, values).await?.into_iter().map(Row::Sqlite).collect()),
            Engine::Pg(pool) => {
                let rows = value::bind_postgres(statement, values).fetch_all(pool).await?;
                Ok(rows.into_iter().map(Row::Pg).collect())
            }
        }
    }

    /// The row of a query that only reads and gives at most one.
    pub async fn row(&self, statement: &Statement, values: Vec<Value>) -> Result<Option<Row>, DbError> {
        match &self.engine {
            Engine::Sqlite(sqlite) => Ok(sqlite.rows(statement, values).await?.into_iter().next().map(Row::Sqlite)),
            Engine::Pg(pool) => Ok(value::bind_postgres(statement, values).fetch_optional(pool).await?.map(Row::Pg)),
        }
    }

    /// A number that changes with every commit, or none when it cannot be known: another gateway may be writing, or
    /// a commit is under way. What was read while it stayed the same is still true.
    pub fn generation(&self) -> Option<u64> {
        match &self.engine {
            Engine::Sqlite(sqlite) => sqlite.generation(),
            Engine::Pg(_) => None,
        }
    }

    /// The database's own clock, in milliseconds.
    pub async fn now_ms(&self) -> Result<i64, DbError> {
        let row = self.row(&NOW, args![]).await?.ok_or(DbError::NoRow)?;
        row.get("now_ms")
    }

    /// Asks the engine to check a statement without running it.
    pub async fn check(&self, statement: &Statement) -> Result<(), DbError> {
        use sqlx::{Executor, SqlSafeStr};
        match &self.engine {
            Engine::Sqlite(sqlite) => sqlite.check(statement)?,
            Engine::Pg(pool) => pool.prepare(statement.sql.into_sql_str()).await.map(|_| ())?,
        }
        Ok(())
    }

    /// Lets open transactions end and closes the files.
    pub async fn close(&self) {
        match &self.engine {
            Engine::Sqlite(sqlite) => sqlite.close().await,
            Engine::Pg(pool) => pool.close().await,
        }
    }
}

statements! {
    NOW = "SELECT now_ms FROM clock";
}

/// Every statement of this crate, for the test that prepares each on both engines.
pub fn all_statements() -> Vec<Statement> {
    [STATEMENTS, migration::STATEMENTS].concat()
}
