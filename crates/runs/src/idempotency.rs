//! How long the keys are remembered by which creations happen once.

use crate::Runs;
use db::{DbError, args};

db::statements! {
    FORGET = "DELETE FROM idempotency WHERE created_at < $1";
}

const DAY_MILLIS: i64 = 86_400_000;

impl Runs {
    /// Keys are remembered for a day.
    pub async fn forget_keys(&self) -> Result<(), DbError> {
        let mut tx = self.0.db.begin().await?;
        tx.execute(&FORGET, args![self.0.now().millis() - DAY_MILLIS]).await?;
        tx.commit().await
    }
}
