//! Rows that come back.

use crate::DbError;
use crate::sqlite::SqliteRow;
use model::Timestamp;
use rusqlite::types::FromSql;
use sqlx::{Decode, Postgres, Row as _, Type};

pub enum Row {
    Sqlite(SqliteRow),
    Pg(sqlx::postgres::PgRow),
}

/// What a column can be read as, on either engine.
pub trait Column: Sized {
    type Stored: FromSql + for<'r> Decode<'r, Postgres> + Type<Postgres>;
    fn from_stored(stored: Self::Stored) -> Self;
}

macro_rules! columns {
    ($($read:ty = $stored:ty: $convert:expr;)*) => {$(
        impl Column for $read {
            type Stored = $stored;
            fn from_stored(stored: $stored) -> Self {
                let convert: fn($stored) -> $read = $convert;
                convert(stored)
            }
        }
        impl Column for Option<$read> {
            type Stored = Option<$stored>;
            fn from_stored(stored: Option<$stored>) -> Self {
                stored.map(<$read>::from_stored)
            }
        }
    )*};
}

columns! {
    i64 = i64: |stored| stored;
    // A count of rows never exceeds it; a negative number in such a column would be a bug of ours, shown as 0.
    u32 = i64: |stored| u32::try_from(stored).unwrap_or(0);
    bool = i64: |stored| stored != 0;
    Timestamp = i64: Timestamp::from_millis;
    f64 = f64: |stored| stored;
    String = String: |stored| stored;
    Vec<u8> = Vec<u8>: |stored| stored;
}

impl Row {
    pub fn get<C: Column>(&self, name: &str) -> Result<C, DbError> {
        let stored = match self {
            Row::Sqlite(row) => row.get::<C::Stored>(name)?,
            Row::Pg(row) => row.try_get::<C::Stored, _>(name)?,
        };
        Ok(C::from_stored(stored))
    }

    /// A text column that parses: an identifier, an enumeration.
    pub fn parse<T: std::str::FromStr<Err: std::fmt::Display>>(&self, name: &str) -> Result<T, DbError> {
        let text: String = self.get(name)?;
        text.parse().map_err(|error: T::Err| DbError::Unreadable { column: name.to_owned(), detail: error.to_string() })
    }

    /// A text column that parses, or is empty.
    pub fn parse_optional<T: std::str::FromStr<Err: std::fmt::Display>>(&self, name: &str) -> Result<Option<T>, DbError> {
        let text: Option<String> = self.get(name)?;
        let parsed = text.map(|text| text.parse()).transpose();
        parsed.map_err(|error: T::Err| DbError::Unreadable { column: name.to_owned(), detail: error.to_string() })
    }

    /// A text column that holds JSON.
    pub fn json<T: serde::de::DeserializeOwned>(&self, name: &str) -> Result<T, DbError> {
        let text: String = self.get(name)?;
        serde_json::from_str(&text).map_err(|error| DbError::Unreadable { column: name.to_owned(), detail: error.to_string() })
    }

    /// A text column that holds JSON or nothing.
    pub fn json_or_null<T: serde::de::DeserializeOwned>(&self, name: &str) -> Result<Option<T>, DbError> {
        let text: Option<String> = self.get(name)?;
        let parsed = text.map(|text| serde_json::from_str(&text)).transpose();
        parsed.map_err(|error| DbError::Unreadable { column: name.to_owned(), detail: error.to_string() })
    }
}
