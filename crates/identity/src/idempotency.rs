//! Creations that happen once, however often a person asks for them.

use db::{Db, DbError, Row, Tx, Value, args};
use model::id::PersonId;
use model::{Code, Problem, Timestamp};

/// What makes two requests the same one.
#[derive(Clone, Debug)]
pub struct Idempotency {
    pub operation: &'static str,
    pub key: String,
    pub body_hash: [u8; 32],
}

#[derive(Debug, thiserror::Error)]
pub enum IdempotencyError {
    #[error("this Idempotency-Key was used within the last day for a request with another body")]
    OtherRequest,
    #[error(transparent)]
    Db(#[from] DbError),
}

impl From<IdempotencyError> for Problem {
    fn from(error: IdempotencyError) -> Self {
        match error {
            IdempotencyError::OtherRequest => Problem::new(
                Code::IdempotencyConflict,
                "This Idempotency-Key was used within the last day for a request with another body.",
                "Take a new key for a new request; use the old one only to repeat the same request.",
            ),
            IdempotencyError::Db(error) => error.into(),
        }
    }
}

db::statements! {
    CLAIM = "INSERT INTO idempotency (person, operation, key, body_hash, resource, created_at) VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (person, operation, key) DO NOTHING";
    LOOK_UP = "SELECT body_hash, resource FROM idempotency WHERE person = $1 AND operation = $2 AND key = $3";
}

impl Idempotency {
    /// What an earlier request with this key created.
    pub async fn look_up(&self, db: &Db, person: &PersonId) -> Result<Option<String>, IdempotencyError> {
        let row = db.row(&LOOK_UP, self.name(person)).await?;
        row.map(|row| self.same_request(&row)).transpose()
    }

    /// Takes the key for `resource`, or says what it was taken for. The answer is looked for through the same
    /// transaction, which sees what is committed together with it and not yet durable for readers; so it must be
    /// committed before anyone is told.
    pub async fn claim(
        &self,
        tx: &mut Tx,
        person: &PersonId,
        resource: &str,
        now: Timestamp,
    ) -> Result<Option<String>, IdempotencyError> {
        let mut values = self.name(person);
        values.extend(args![self.body_hash.as_slice(), resource, now]);
        if tx.execute(&CLAIM, values).await? == 1 {
            return Ok(None);
        }
        let row = tx.row(&LOOK_UP, self.name(person)).await?.ok_or(DbError::NoRow)?;
        self.same_request(&row).map(Some)
    }

    fn name(&self, person: &PersonId) -> Vec<Value> {
        args![person.as_str(), self.operation, self.key.as_str()]
    }

    fn same_request(&self, row: &Row) -> Result<String, IdempotencyError> {
        if row.get::<Vec<u8>>("body_hash")? == self.body_hash {
            return Ok(row.get("resource")?);
        }
        Err(IdempotencyError::OtherRequest)
    }
}
