//! The database on both engines: what is promised about transactions, durability and starting up.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, reason = "a failing test is a panic")]

mod again;
mod cancelled;
mod durable;
mod generation;
mod long;
mod opening;
mod transactions;

use db::{Db, Statement, args};
use std::time::Duration;
use tempfile::TempDir;
use testkit::Postgres;

/// How long anything may take before the test calls it a stall.
const LIMIT: Duration = Duration::from_secs(30);

const MAKE: Statement = Statement { name: "make", sql: "CREATE TABLE thing (id BIGINT PRIMARY KEY, half BIGINT)" };
const MAKE_OTHER: Statement = Statement { name: "make_other", sql: "CREATE TABLE other (id BIGINT PRIMARY KEY)" };
const PUT: Statement = Statement { name: "put", sql: "INSERT INTO thing (id, half) VALUES ($1, 1)" };
const PUT_OTHER: Statement = Statement { name: "put_other", sql: "INSERT INTO other (id) VALUES ($1)" };
const ALL: Statement = Statement { name: "all", sql: "SELECT id FROM thing ORDER BY id" };
const ALL_OTHER: Statement = Statement { name: "all_other", sql: "SELECT id FROM other ORDER BY id" };

async fn with_tables(db: Db) -> Db {
    let mut tx = db.begin().await.expect("begin");
    tx.execute(&MAKE, args![]).await.expect("make a table");
    tx.execute(&MAKE_OTHER, args![]).await.expect("make another table");
    tx.commit().await.expect("commit");
    db
}

async fn sqlite() -> (Db, TempDir) {
    let directory = tempfile::tempdir().expect("a directory");
    let db = Db::open_sqlite(directory.path()).await.expect("open SQLite");
    (with_tables(db).await, directory)
}

async fn postgres() -> Db {
    let db = Db::open_postgres(&Postgres::shared().database()).await.expect("open PostgreSQL");
    with_tables(db).await
}

async fn numbers(db: &Db, statement: &Statement) -> Vec<i64> {
    let rows = db.rows(statement, args![]).await.expect("read");
    rows.iter().map(|row| row.get("id").expect("a number")).collect()
}

fn random(below: u64) -> u64 {
    u64::from_le_bytes(db::random_bytes().expect("randomness")) % below
}

/// Polls once with nobody to wake: how a test stops a future exactly where it waits.
fn poll_once<F: Future + Unpin>(future: &mut F) -> std::task::Poll<F::Output> {
    std::pin::Pin::new(future).poll(&mut std::task::Context::from_waker(std::task::Waker::noop()))
}
