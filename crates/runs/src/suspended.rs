//! The work of people who may not come in any more: it ends, whoever suspended them and whatever died in between.

use crate::Runs;
use db::{DbError, args};
use model::id::RunId;

/// Shown as who asked for the end.
const BY: &str = "the administration";
const PAGE: u32 = 200;

db::statements! {
    /// From the few who are suspended to what they have: nobody else's runs are read.
    WORK = "SELECT run.id AS id FROM person JOIN run ON run.person = person.id
        WHERE person.suspended_at IS NOT NULL AND run.outcome IS NULL AND run.id > $1 ORDER BY run.id LIMIT $2";
}

impl Runs {
    /// What was ended already is passed over; the credentials of pilots are refused from the suspension on.
    pub async fn end_work_of_suspended(&self) -> Result<(), DbError> {
        let mut last = String::new();
        loop {
            let rows = self.0.db.rows(&WORK, args![last.as_str(), PAGE]).await?;
            for row in &rows {
                let run: RunId = row.parse("id")?;
                // One that cannot be ended now keeps no other from it.
                if let Err(problem) = db::again(|| self.end_run(&run, BY)).await {
                    tracing::warn!(%run, code = %problem.code, detail = problem.detail, "a run of a suspended person goes on");
                }
                last = run.as_str().to_owned();
            }
            if rows.len() < PAGE as usize {
                return Ok(());
            }
        }
    }
}
