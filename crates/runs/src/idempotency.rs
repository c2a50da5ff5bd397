//! Creations that happen once, however often they are asked for.

use crate::Runs;
use db::{Db, DbError, Row, Tx, args};
use identity::Caller;
use model::{Code, Problem, Timestamp};

/// What makes two requests the same one.
#[derive(Clone, Debug)]
pub struct Idempotency {
    pub operation: &'static str,
    pub key: String,
    pub body_hash: [u8; 32],
}

db::statements! {
    CLAIM = "INSERT INTO idempotency (person, operation, key, body_hash, resource, created_at) VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (person, operation, key) DO NOTHING";
    LOOK_UP = "SELECT body_hash, resource FROM idempotency WHERE person = $1 AND operation = $2 AND key = $3";
    FORGET = "DELETE FROM idempotency WHERE created_at < $1";
}

const DAY_MILLIS: i64 = 86_400_000;

impl Idempotency {
    /// What an earlier request with this key created.
    pub(crate) async fn look_up(&self, db: &Db, caller: &Caller) -> Result<Option<String>, Problem> {
        let row = db.row(&LOOK_UP, self.name(caller)).await?;
        row.map(|row| self.same_request(&row)).transpose()
    }

    /// Takes the key for `resource`, or says what it was taken for. The answer is looked for through the same
    /// transaction, which sees what is committed together with it and not yet durable for readers; so it must be
    /// committed before anyone is told.
    pub(crate) async fn claim(
        &self,
        tx: &mut Tx,
        caller: &Caller,
        resource: &str,
        now: Timestamp,
    ) -> Result<Option<String>, Problem> {
        let mut values = self.name(caller);
        values.extend(args![self.body_hash.as_slice(), resource, now]);
        if tx.execute(&CLAIM, values).await? == 1 {
            return Ok(None);
        }
        let row = tx.row(&LOOK_UP, self.name(caller)).await?.ok_or(DbError::NoRow)?;
        self.same_request(&row).map(Some)
    }

    fn name(&self, caller: &Caller) -> Vec<db::Value> {
        args![caller.person().as_str(), self.operation, self.key.as_str()]
    }

    fn same_request(&self, row: &Row) -> Result<String, Problem> {
        if row.get::<Vec<u8>>("body_hash")? == self.body_hash {
            return Ok(row.get("resource")?);
        }
        Err(Problem::new(
            Code::IdempotencyConflict,
            "This Idempotency-Key was used within the last day for a request with another body.",
            "Take a new key for a new request; use the old one only to repeat the same request.",
        ))
    }
}

impl Runs {
    /// Keys are remembered for a day.
    pub async fn forget_keys(&self) -> Result<(), DbError> {
        let mut tx = self.0.db.begin().await?;
        tx.execute(&FORGET, args![self.0.now().millis() - DAY_MILLIS]).await?;
        tx.commit().await
    }
}
