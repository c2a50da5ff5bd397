//! What nobody here was told: decisions of other gateways about the pilots whose connections end here, and room that came
//! free.

use crate::Runs;
use db::{DbError, args};
use model::Timestamp;
use model::id::{PilotId, RunId};
use pilot::protocol::{FromGateway, Held};
use std::collections::{HashMap, HashSet};
use std::time::Duration;

/// How soon a pilot hears what another gateway decided.
const EVERY: Duration = Duration::from_millis(500);
/// Of the looks, every other one writes down that this gateway is there.
const SIGN_EVERY: u32 = 2;
/// And every twentieth looks for work of people who may not come in.
const SUSPENDED_EVERY: u32 = 20;

db::statements! {
    FORGET_CONNECTIONS = "UPDATE pilot SET gateway = NULL WHERE gateway IS NOT NULL";
    SIGN_OF_LIFE = "UPDATE gateway SET seen_at = (SELECT now_ms FROM clock) WHERE id = $1";
    TO_BE_TOLD = "SELECT pilot.id AS id, pilot.gone_at AS gone_at FROM pilot JOIN attempt ON attempt.id = pilot.attempt
        WHERE pilot.gateway = $1 AND (pilot.gone_at IS NOT NULL OR attempt.stop_at IS NOT NULL)";
    STOPPED_OF_RUN = "SELECT pilot, idx, tries FROM element
        WHERE run = $1 AND state IN ('leased', 'staging', 'running', 'collecting') AND stop = 1";
}

impl Runs {
    /// The only gateway of its database begins: whoever the pilots were connected to is dead, and they come back or are
    /// lost.
    pub async fn forget_connections(&self) -> Result<(), DbError> {
        if self.0.db.is_shared() {
            return Ok(());
        }
        let mut tx = self.0.db.begin().await?;
        tx.execute(&FORGET_CONNECTIONS, args![]).await?;
        tx.commit().await
    }

    /// Looks from time to time, for ever.
    pub async fn patrol(&self) {
        for look in (0..SUSPENDED_EVERY).cycle() {
            tokio::time::sleep(EVERY).await;
            if self.0.db.is_shared()
                && let Err(error) = self.look_around(look % SIGN_EVERY == 0).await
            {
                tracing::debug!(%error, "the database did not answer");
            }
            if let Err(error) = self.repeat_stops().await {
                tracing::debug!(%error, "the database did not answer");
            }
            if look == 0
                && let Err(error) = self.end_work_of_suspended().await
            {
                tracing::warn!(%error, "work of suspended people could not be ended");
            }
            // Room that came free without a word of a pilot here: an attempt was released, or its pilot died.
            for service in self.0.desk.services() {
                if let Err(error) = self.deal(&service).await {
                    tracing::debug!(%error, service, "nothing could be leased");
                }
            }
        }
    }

    /// One element may be cancelled at a gateway that its pilot is not connected to, or before the pilot was granted it.
    async fn repeat_stops(&self) -> Result<(), DbError> {
        let runs: HashSet<RunId> = self.0.desk.lines().values().map(|line| line.run.clone()).collect();
        for run in runs {
            let mut stopped: HashMap<PilotId, Vec<Held>> = HashMap::new();
            for row in self.0.db.rows(&STOPPED_OF_RUN, args![run.as_str()]).await? {
                let held = Held { index: row.get("idx")?, attempt: row.get("tries")? };
                stopped.entry(row.parse("pilot")?).or_default().push(held);
            }
            for (pilot, elements) in stopped {
                self.0.desk.say(&pilot, FromGateway::Stop { elements });
            }
        }
        Ok(())
    }

    async fn look_around(&self, with_sign: bool) -> Result<(), DbError> {
        if with_sign {
            self.0.db.write(&SIGN_OF_LIFE, args![self.0.settings.gateway.as_str()]).await?;
        }
        let rows = self.0.db.rows(&TO_BE_TOLD, args![self.0.settings.gateway.as_str()]).await?;
        for row in rows {
            let pilot: PilotId = row.parse("id")?;
            let dismissed = row.get::<Option<Timestamp>>("gone_at")?.is_some();
            let words = if dismissed { FromGateway::Finish } else { FromGateway::Stop { elements: Vec::new() } };
            self.0.desk.say(&pilot, words);
        }
        Ok(())
    }
}
