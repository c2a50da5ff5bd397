//! What happens to a run, as its timeline and its event stream tell it.

use crate::id::RunId;
use crate::run::{Counts, Outcome, State, Waiting};
use crate::{Problem, Timestamp};
use serde::{Deserialize, Serialize};

/// One entry of a run's timeline. `seq` counts per run, without gaps, in the order of the commits.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Event {
    pub run: RunId,
    pub seq: i64,
    pub at: Timestamp,
    #[serde(flatten)]
    pub what: Happening,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Happening {
    Created {
        name: String,
        elements: u32,
    },
    State {
        state: State,
    },
    Waiting {
        waiting_for: Waiting,
    },
    /// What it waited for came.
    Resumed {},
    AttemptStarted {
        number: u32,
        service: String,
    },
    AttemptEnded {
        number: u32,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        cause: Option<Problem>,
    },
    /// Something of the run was created, or is confirmed gone.
    Owned {
        name: String,
        created: bool,
    },
    Elements {
        elements: Counts,
    },
    CancelRequested {
        by: String,
    },
    RetryRequested {
        by: String,
        elements: u32,
    },
    Outcome {
        outcome: Outcome,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        cause: Option<Problem>,
    },
    Attention {
        problem: Problem,
    },
    /// When a machine is deleted: as a warning, or because somebody changed it.
    Lifetime {
        ends_at: Timestamp,
    },
    /// A step of the flow behind the run: for the timeline's details.
    Step {
        step: String,
        direction: i8,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        error: Option<String>,
    },
}
