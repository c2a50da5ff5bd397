//! How operations at services went: whether, how long they took, and what was wrong.

use crate::{Inner, Runs};
use db::{DbError, args};
use model::Problem;
use model::weather::{Failure, Weather};
use std::collections::BTreeMap;
use std::time::Duration;

db::statements! {
    NOTE = "INSERT INTO weather (service, operation, at, took, problem) VALUES ($1, $2, $3, $4, $5)";
    SINCE = "SELECT service, operation, at, took, problem FROM weather WHERE at > $1 ORDER BY service, operation, at DESC LIMIT 20000";
    FORGET = "DELETE FROM weather WHERE at < $1";
}

/// What is counted, and kept.
const LOOKED_BACK: Duration = Duration::from_secs(7 * 86_400);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operation {
    /// All that a machine needs was made.
    Create,
    /// From the request to a machine that can be used.
    Boot,
    /// Until nothing was left.
    Remove,
}

impl Operation {
    fn as_str(self) -> &'static str {
        match self {
            Operation::Create => "create",
            Operation::Boot => "boot",
            Operation::Remove => "remove",
        }
    }
}

impl Inner {
    /// The weather is worth no failure: what cannot be written down is forgotten.
    pub(crate) async fn note_weather(&self, service: &str, operation: Operation, took: Duration, problem: Option<&Problem>) {
        let took = i64::try_from(took.as_millis()).unwrap_or(i64::MAX);
        let problem = problem.map(|problem| problem.detail.clone());
        if let Err(error) = self.db.write(&NOTE, args![service, operation.as_str(), self.now(), took, problem]).await {
            tracing::warn!(service, %error, "how it went there could not be written down");
        }
    }
}

impl Runs {
    /// What is too old to say anything of how it goes now.
    pub async fn forget_weather(&self) -> Result<(), DbError> {
        self.0.db.write(&FORGET, args![self.0.now().minus(LOOKED_BACK)]).await?;
        self.0.forget_exclusions().await
    }

    /// By service and operation, of the last days.
    pub async fn weather(&self) -> Result<Vec<Weather>, DbError> {
        let rows = self.0.db.rows(&SINCE, args![self.0.now().minus(LOOKED_BACK)]).await?;
        let mut all: BTreeMap<(String, String), (Vec<u64>, Weather)> = BTreeMap::new();
        for row in rows {
            let (service, operation): (String, String) = (row.get("service")?, row.get("operation")?);
            let (took, problem): (i64, Option<String>) = (row.get("took")?, row.get("problem")?);
            let at = row.get("at")?;
            let new = || (Vec::new(), Weather::none(&service, &operation));
            let (times, weather) = all.entry((service.clone(), operation.clone())).or_insert_with(new);
            weather.tries += 1;
            match problem {
                None => {
                    weather.successes += 1;
                    weather.succeeded_at.get_or_insert(at);
                    times.push(u64::try_from(took).unwrap_or_default());
                }
                Some(cause) => {
                    // The newest come first: as long as nothing succeeded since, it is the beginning of the trouble.
                    if weather.succeeded_at.is_none() {
                        weather.failing_since = Some(at);
                    }
                    weather.last_failure.get_or_insert(Failure { at, cause });
                }
            }
        }
        let finished = all.into_values().map(|(mut times, weather)| {
            times.sort_unstable();
            let at = |share: f64| times.get(((times.len().saturating_sub(1)) as f64 * share).round() as usize).copied();
            Weather { p50_millis: at(0.5), p95_millis: at(0.95), ..weather }
        });
        Ok(finished.collect())
    }
}
