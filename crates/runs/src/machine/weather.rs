//! How operations at services went: whether, how long they took, and what was wrong. Those of machines, and the looks that
//! the survey takes anyhow. Of each operation at a service the last hundred count.

use crate::{Inner, Runs};
use db::{DbError, args};
use model::weather::{Failure, Weather};
use model::{Problem, Timestamp};
use sites::lookout::Glance;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

db::statements! {
    NOTE = "INSERT INTO weather (service, operation, at, took, problem) VALUES ($1, $2, $3, $4, $5)";
    SINCE = "SELECT service, operation, at, took, problem FROM (
            SELECT service, operation, at, took, problem, ROW_NUMBER() OVER (PARTITION BY service, operation ORDER BY at DESC) AS number
            FROM weather WHERE at > $1) AS lately
        WHERE number <= 100 ORDER BY service, operation, at DESC";
    FORGET = "DELETE FROM weather WHERE at < $1";
}

/// What is counted, and kept.
const LOOKED_BACK: Duration = Duration::from_secs(7 * 86_400);

/// Plans are made more often than the weather changes.
const REMEMBERED: Duration = Duration::from_secs(15);

/// The weather as it was read last.
#[derive(Default)]
pub(crate) struct Forecast(Mutex<Option<(Timestamp, Arc<Vec<Weather>>)>>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operation {
    SignIn,
    List,
    /// An address that is reached from outside.
    Address,
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
            Operation::SignIn => "sign_in",
            Operation::List => "list",
            Operation::Address => "address",
            Operation::Create => "create",
            Operation::Boot => "boot",
            Operation::Remove => "remove",
        }
    }
}

impl Inner {
    /// The weather is worth no failure: what cannot be written down is forgotten.
    pub(crate) async fn note_weather(&self, service: &str, operation: Operation, took: Duration, problem: Option<&Problem>) {
        self.note(service, operation, self.now(), took, problem.map(|problem| problem.detail.clone())).await;
    }

    async fn note(&self, service: &str, operation: Operation, at: Timestamp, took: Duration, problem: Option<String>) {
        let took = i64::try_from(took.as_millis()).unwrap_or(i64::MAX);
        if let Err(error) = self.db.write(&NOTE, args![service, operation.as_str(), at, took, problem]).await {
            tracing::warn!(service, %error, "how it went there could not be written down");
        }
    }

    /// For plans: as it was a moment ago.
    pub(crate) async fn forecast(&self) -> Result<Arc<Vec<Weather>>, DbError> {
        let now = self.now();
        let known = || self.forecast.0.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = known().clone().filter(|(at, _)| now.since(*at) < REMEMBERED);
        if let Some((_, weather)) = kept {
            return Ok(weather);
        }
        let weather = Arc::new(self.weather().await?);
        *known() = Some((now, Arc::clone(&weather)));
        Ok(weather)
    }

    /// By service and operation, of the last days.
    async fn weather(&self) -> Result<Vec<Weather>, DbError> {
        let rows = self.db.rows(&SINCE, args![self.now().minus(LOOKED_BACK)]).await?;
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

impl Runs {
    /// What is too old to say anything of how it goes now.
    pub async fn forget_weather(&self) -> Result<(), DbError> {
        self.0.db.write(&FORGET, args![self.0.now().minus(LOOKED_BACK)]).await?;
        self.0.forget_exclusions().await
    }

    /// Writes down how the survey's looks went since the last time.
    pub async fn note_looks(&self) {
        for look in self.0.sites.survey().map(sites::Survey::looked).unwrap_or_default() {
            let operation = match look.glance {
                Glance::SignIn => Operation::SignIn,
                Glance::List => Operation::List,
            };
            self.0.note(&look.service, operation, look.at, look.took, look.trouble).await;
        }
    }

    /// By service and operation, of the last days.
    pub async fn weather(&self) -> Result<Vec<Weather>, DbError> {
        self.0.weather().await
    }
}
