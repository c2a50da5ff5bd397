//! What runs now uses, as the pilots last said.
//!
//! It is kept with the connection that it came over, in memory: it is said every other second and worth nothing a minute
//! later. A gateway that shares its database writes it down when it writes down that the pilot is there, so that the
//! others can show it too, some seconds late.

use super::Desk;
use crate::Inner;
use db::{DbError, args};
use model::Timestamp;
use model::id::{PilotId, RunId};
use model::run::{Element, ElementState, Using};
use pilot::protocol::{FromPilot, Held};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Of a gateway that died it may be there for ever.
const OLDEST: Duration = Duration::from_secs(60);

/// Of one pilot: more than any computer executes at once.
const MOST: usize = 1_024;

db::statements! {
    OF_OTHERS = "SELECT pilot.id AS id, pilot.usage AS usage FROM pilot JOIN attempt ON attempt.id = pilot.attempt
        WHERE attempt.run = $1 AND pilot.gateway <> $2 AND pilot.gone_at IS NULL AND pilot.usage IS NOT NULL";
}

/// One element that a pilot executes.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) struct Live {
    pub held: Held,
    pub using: Using,
}

impl Desk {
    /// Takes what a pilot says to what it said before.
    pub(super) fn note_using(&self, pilot: &PilotId, message: &FromPilot, now: Timestamp) {
        let mut lines = self.lines();
        let Some(line) = lines.get_mut(pilot) else { return };
        match message {
            FromPilot::Using { held, usage, cores } => {
                line.using.retain(|live| live.held != *held);
                if line.using.len() < MOST {
                    line.using.push(Live { held: *held, using: Using { cores: *cores, so_far: *usage, at: now } });
                }
            }
            // The command has not begun, or has ended.
            FromPilot::Progress { held, state: Some(state), .. } if *state != ElementState::Running => {
                line.using.retain(|live| live.held != *held);
            }
            FromPilot::Ended { held, .. } | FromPilot::Returned { held } => line.using.retain(|live| live.held != *held),
            FromPilot::Progress { .. }
            | FromPilot::Want { .. }
            | FromPilot::Computer { .. }
            | FromPilot::Answer { .. }
            | FromPilot::Unknown => {}
        }
    }

    /// What a pilot here said, as it is written down for other gateways.
    pub(super) fn using_text(&self, pilot: &PilotId) -> Option<String> {
        let lines = self.lines();
        let using = &lines.get(pilot)?.using;
        if using.is_empty() { None } else { serde_json::to_string(using).ok() }
    }

    fn using_of(&self, run: &RunId) -> Vec<Live> {
        self.lines().values().filter(|line| line.run == *run).flat_map(|line| line.using.iter().copied()).collect()
    }
}

impl Inner {
    async fn live(&self, run: &RunId) -> Result<Vec<Live>, DbError> {
        let mut all = self.desk.using_of(run);
        if self.db.is_shared() {
            let rows = self.db.rows(&OF_OTHERS, args![run.as_str(), self.settings.gateway.as_str()]).await?;
            for row in rows {
                all.extend(row.json::<Vec<Live>>("usage")?);
            }
        }
        let now = self.now();
        all.retain(|live| now.since(live.using.at) < OLDEST);
        Ok(all)
    }

    /// What all elements of a run use together; none while nothing is known.
    pub(crate) async fn using(&self, run: &RunId) -> Result<Option<Using>, DbError> {
        Ok(self.live(run).await?.into_iter().map(|live| live.using).reduce(Using::and))
    }

    /// Adds what is known to elements that run.
    pub(crate) async fn add_using(&self, run: &RunId, elements: &mut [Element]) -> Result<(), DbError> {
        if !elements.iter().any(|element| element.state == ElementState::Running) {
            return Ok(());
        }
        let live = self.live(run).await?;
        for element in elements.iter_mut().filter(|element| element.state == ElementState::Running) {
            let held = Held { index: element.index, attempt: element.tries };
            element.using = live.iter().find(|live| live.held == held).map(|live| live.using);
        }
        Ok(())
    }
}
