//! One connection, spoken to by the thread that asks.
//!
//! Most statements take microseconds, less than a change of threads, so nothing is handed over here. What may take long
//! (a commit waits for the disk, a read may touch many rows) is for the caller to put elsewhere.

use crate::value::Value;
use crate::{DbError, Statement};
use rusqlite::types::{FromSql, ToSqlOutput, Value as Stored, ValueRef};
use rusqlite::{OpenFlags, ToSql};
use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

/// Every statement of the program.
const PREPARED: usize = 500;
/// So many operations of SQLite's virtual machine are counted at once.
const COUNTED: i32 = 1_000;
const NO_LIMIT: i64 = i64::MAX;

pub(crate) struct Connection {
    inner: rusqlite::Connection,
    /// Names of columns, by the statement's text.
    names: HashMap<&'static str, Arc<[Box<str>]>>,
    /// What is left to the statement, in thousands of operations.
    left: Arc<AtomicI64>,
}

/// One row, with its own copy of everything.
pub struct SqliteRow {
    names: Arc<[Box<str>]>,
    values: Box<[Stored]>,
}

impl Connection {
    pub(super) fn open(file: &Path, read_only: bool) -> Result<Self, DbError> {
        let access = if read_only { OpenFlags::SQLITE_OPEN_READ_ONLY } else { OpenFlags::SQLITE_OPEN_READ_WRITE };
        let mut inner = rusqlite::Connection::open_with_flags(file, access | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
        inner.busy_timeout(Duration::from_secs(10))?;
        inner.set_prepared_statement_cache_capacity(PREPARED);
        inner.pragma_update(None, "cache_size", -8192)?;
        if !read_only {
            inner.pragma_update(None, "journal_mode", "wal")?;
            inner.pragma_update(None, "synchronous", "full")?;
            inner.pragma_update(None, "foreign_keys", true)?;
        }
        let left = Arc::new(AtomicI64::new(NO_LIMIT));
        let counted = left.clone();
        inner.progress_handler(COUNTED, Some(move || counted.fetch_sub(1, Ordering::Relaxed) < 0))?;
        Ok(Self { inner, names: HashMap::new(), left })
    }

    /// One of the few commands that are no statements of the program: `BEGIN` and its like.
    pub(super) fn command(&self, sql: &'static str) -> Result<(), DbError> {
        self.inner.prepare_cached(sql)?.execute([])?;
        Ok(())
    }

    /// Several statements without values.
    pub(crate) fn script(&self, sql: &'static str) -> Result<(), DbError> {
        Ok(self.inner.execute_batch(sql)?)
    }

    pub(super) fn check(&self, statement: &Statement) -> Result<(), DbError> {
        self.inner.prepare(statement.sql)?;
        Ok(())
    }

    /// To its end, whatever it gives, so that the change of an `UPDATE … RETURNING` is whole.
    pub(crate) fn rows(&mut self, statement: &Statement, values: &[Value]) -> Result<Vec<SqliteRow>, DbError> {
        let mut prepared = self.inner.prepare_cached(statement.sql)?;
        bind(&mut prepared, values)?;
        let width = prepared.column_count();
        let known = self.names.get(statement.sql).filter(|names| names.len() == width);
        let names = match known {
            Some(names) => names.clone(),
            None => {
                let names: Arc<[Box<str>]> = prepared.column_names().map(Box::from).collect();
                self.names.insert(statement.sql, names.clone());
                names
            }
        };
        let mut found = Vec::new();
        let mut rows = prepared.raw_query();
        while let Some(row) = rows.next()? {
            let values = (0..width).map(|index| Ok(Stored::try_from(row.get_ref(index)?)?));
            let values = values.collect::<Result<_, rusqlite::Error>>()?;
            found.push(SqliteRow { names: names.clone(), values });
        }
        Ok(found)
    }

    /// The same, given up when it turns out to be long: none.
    pub(super) fn short_read(
        &mut self,
        statement: &Statement,
        values: &[Value],
        thousands: i64,
    ) -> Result<Option<Vec<SqliteRow>>, DbError> {
        self.left.store(thousands, Ordering::Relaxed);
        let read = self.rows(statement, values);
        self.left.store(NO_LIMIT, Ordering::Relaxed);
        match read {
            Err(DbError::Sqlite(error)) if error.sqlite_error_code() == Some(rusqlite::ErrorCode::OperationInterrupted) => {
                Ok(None)
            }
            read => read.map(Some),
        }
    }

    /// How many rows it changes.
    pub(crate) fn execute(&mut self, statement: &Statement, values: &[Value]) -> Result<u64, DbError> {
        let mut prepared = self.inner.prepare_cached(statement.sql)?;
        bind(&mut prepared, values)?;
        let mut rows = prepared.raw_query();
        while rows.next()?.is_some() {}
        Ok(self.inner.changes())
    }

    pub(super) fn close(self) -> Result<(), DbError> {
        self.inner.close().map_err(|(_, error)| error.into())
    }
}

/// `$2` is the second value, wherever it stands: SQLite itself counts names in the order in which they appear.
fn bind(prepared: &mut rusqlite::Statement<'_>, values: &[Value]) -> Result<(), rusqlite::Error> {
    for index in 1..=prepared.parameter_count() {
        let number = prepared.parameter_name(index).and_then(|name| name.strip_prefix('$')?.parse::<usize>().ok());
        let value = number.and_then(|number| values.get(number.checked_sub(1)?));
        let wrong = || rusqlite::Error::InvalidParameterCount(values.len(), index);
        prepared.raw_bind_parameter(index, value.ok_or_else(wrong)?)?;
    }
    Ok(())
}

impl ToSql for Value {
    fn to_sql(&self) -> Result<ToSqlOutput<'_>, rusqlite::Error> {
        let value = match self {
            Value::Int(Some(value)) => ValueRef::Integer(*value),
            Value::Real(Some(value)) => ValueRef::Real(*value),
            Value::Text(Some(value)) => ValueRef::Text(value.as_bytes()),
            Value::Bytes(Some(value)) => ValueRef::Blob(value),
            Value::Int(None) | Value::Real(None) | Value::Text(None) | Value::Bytes(None) => ValueRef::Null,
        };
        Ok(ToSqlOutput::Borrowed(value))
    }
}

impl SqliteRow {
    pub(crate) fn get<T: FromSql>(&self, name: &str) -> Result<T, DbError> {
        let index = self.names.iter().position(|known| **known == *name);
        let value = index.and_then(|index| self.values.get(index));
        let value = value.ok_or_else(|| rusqlite::Error::InvalidColumnName(name.to_owned()))?;
        let read = T::column_result(ValueRef::from(value));
        read.map_err(|error| DbError::Unreadable { column: name.to_owned(), detail: error.to_string() })
    }
}
