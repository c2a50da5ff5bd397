//! A run: where it is, how it ended, what it waits for.
//!
//! Three things that other systems mix into one word are kept apart: `state` says where the run is, `outcome`
//! says how it went (fixed before anything is released, and never changed afterwards), and `waiting_for` lies over
//! both and is never an end.

use crate::id::{AttemptId, PersonId, RunId, TeamId};
use crate::request::RunKind;
use crate::{Problem, Timestamp};
use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// A plan exists; nothing was created yet.
    Planned,
    /// The place to run is being made ready.
    Provisioning,
    /// Inputs are brought there.
    Staging,
    /// The command runs.
    Running,
    /// Results are brought back.
    Collecting,
    /// What was created is being removed.
    Releasing,
    /// Nothing is left to do.
    Ended,
}

/// What can move a run from one state to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    Provision,
    Stage,
    Execute,
    Collect,
    Release,
    /// This attempt failed and the run will be tried again.
    Replan,
    End,
    /// Failed or cancelled elements are to be executed again.
    Retry,
}

impl State {
    /// The state after a step. Total: a step that says nothing new (elements of an array go through the same
    /// states at different times) leaves the state as it is.
    pub fn after(self, step: Step) -> State {
        use State::*;
        match (self, step) {
            (Planned, Step::Provision) => Provisioning,
            (Planned | Provisioning, Step::Stage) => Staging,
            (Planned | Provisioning | Staging, Step::Execute) => Running,
            (Planned | Provisioning | Staging | Running, Step::Collect) => Collecting,
            (Planned | Provisioning | Staging | Running | Collecting, Step::Release) => Releasing,
            (Provisioning | Staging | Running | Collecting | Releasing, Step::Replan) => Planned,
            (_, Step::End) => Ended,
            (Ended, Step::Retry) => Planned,
            (unchanged, _) => unchanged,
        }
    }

    pub fn as_str(self) -> &'static str {
        match self {
            State::Planned => "planned",
            State::Provisioning => "provisioning",
            State::Staging => "staging",
            State::Running => "running",
            State::Collecting => "collecting",
            State::Releasing => "releasing",
            State::Ended => "ended",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    Done,
    Failed,
    Cancelled,
}

impl Outcome {
    pub fn as_str(self) -> &'static str {
        match self {
            Outcome::Done => "done",
            Outcome::Failed => "failed",
            Outcome::Cancelled => "cancelled",
        }
    }
}

/// A run that waits for something or someone: never an end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Waiting {
    pub reason: WaitingReason,
    pub detail: String,
    pub since: Timestamp,
    /// When it is looked at again, or given up, when that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    pub remedy: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WaitingReason {
    /// Runs named in `after` have not ended.
    Predecessors,
    /// Everything that could run it is in use.
    Capacity,
    /// The owner has to sign in at a login service, which has not permitted to act for them any longer.
    SignIn,
    /// As much as the person or the community may have in flight is in flight.
    Quota,
    /// The pilot's connection is gone; it may come back.
    Pilot,
    /// Something failed in passing and is tried again.
    Retry,
    /// Nothing that exists could carry it out now.
    Offer,
}

/// How many elements are where.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Counts {
    pub total: u32,
    pub queued: u32,
    pub active: u32,
    pub done: u32,
    pub failed: u32,
    pub cancelled: u32,
}

impl Counts {
    pub fn queued(total: u32) -> Self {
        Self { total, queued: total, ..Self::default() }
    }

    pub fn ended(&self) -> u32 {
        self.done + self.failed + self.cancelled
    }

    pub fn all_ended(&self) -> bool {
        self.ended() >= self.total
    }
}

/// One run, as lists show it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Run {
    pub id: RunId,
    pub name: String,
    pub kind: RunKind,
    pub person: PersonId,
    /// In whose name it runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub community: Option<String>,
    /// The team that may see it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team: Option<TeamId>,
    pub state: State,
    /// Null until it is decided; then it never changes.
    pub outcome: Option<Outcome>,
    /// Why it did not end as done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<Problem>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiting_for: Option<Waiting>,
    /// Trouble that somebody should look at and that does not change the outcome.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attention: Option<Problem>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
    /// Somebody asked to cancel it.
    #[serde(default)]
    pub cancelling: bool,
    pub elements: Counts,
    pub created_at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Timestamp>,
}

/// One element of an array; a run that is no array has one, with index 0.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Element {
    pub index: u32,
    pub state: ElementState,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Outcome>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<Problem>,
    /// How often it was started.
    pub tries: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Timestamp>,
    /// While its command runs; the final figures are in the report.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub using: Option<Using>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub report: Option<Report>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ElementState {
    Queued,
    /// Leased by a pilot.
    Leased,
    Staging,
    Running,
    Collecting,
    Ended,
}

impl ElementState {
    pub fn as_str(self) -> &'static str {
        match self {
            ElementState::Queued => "queued",
            ElementState::Leased => "leased",
            ElementState::Staging => "staging",
            ElementState::Running => "running",
            ElementState::Collecting => "collecting",
            ElementState::Ended => "ended",
        }
    }
}

/// What the pilot says about one executed element.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default)]
pub struct Report {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exit_code: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signal: Option<i32>,
    pub usage: Usage,
    /// How the command was confined, and how its limits were kept.
    pub isolation: String,
    pub limits: String,
    pub host: String,
    pub pilot_version: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub container: Option<ContainerUsed>,
    pub inputs: Vec<StagedFile>,
    pub outputs: Vec<CollectedFile>,
    pub stdout: StreamSummary,
    pub stderr: StreamSummary,
}

/// The image that really ran. Names can be given to another image at any time, digests cannot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ContainerUsed {
    /// Of the engine and what it starts containers with.
    pub engine: String,
    /// As the request named it.
    pub image: String,
    /// The image's own name, such as `localhost/mine:1`, when it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// `sha256:` of the manifest; of the configuration, or of a `.sif` file, where there is none.
    pub digest: String,
    /// `sha256:` of the configuration, which engines call the image's ID; of a `.sif` file, the file's.
    pub id: String,
    /// What ran: the request's command, or the image's own.
    pub command: Vec<String>,
}

/// What was used. A measure that could not be taken is absent, never zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default)]
pub struct Usage {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cpu_millis: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory_peak_bytes: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub read_bytes: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub written_bytes: Option<u64>,
    /// The most that its work directory and its `/tmp` were seen to take on the disk.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disk_peak_bytes: Option<u64>,
}

/// What runs now, as its pilots last said: of one element, or of all elements of a run together.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Using {
    /// Kept busy in the last few seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cores: Option<f64>,
    #[serde(flatten)]
    pub so_far: Usage,
    /// When the gateway heard it; of several, the oldest.
    pub at: Timestamp,
}

impl Using {
    /// Both together. What is measured of one alone counts: the sum is then a lower bound.
    pub fn and(self, other: Using) -> Using {
        fn both<T>(one: Option<T>, other: Option<T>, add: impl Fn(T, T) -> T) -> Option<T> {
            match (one, other) {
                (Some(one), Some(other)) => Some(add(one, other)),
                (None, only) | (only, None) => only,
            }
        }
        let sum = |one, other| both(one, other, u64::saturating_add);
        let (ours, theirs) = (self.so_far, other.so_far);
        Using {
            cores: both(self.cores, other.cores, |one, other| one + other),
            so_far: Usage {
                cpu_millis: sum(ours.cpu_millis, theirs.cpu_millis),
                memory_peak_bytes: sum(ours.memory_peak_bytes, theirs.memory_peak_bytes),
                read_bytes: sum(ours.read_bytes, theirs.read_bytes),
                written_bytes: sum(ours.written_bytes, theirs.written_bytes),
                disk_peak_bytes: sum(ours.disk_peak_bytes, theirs.disk_peak_bytes),
            },
            at: self.at.min(other.at),
        }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default)]
pub struct StreamSummary {
    pub bytes: u64,
    /// More was written than is kept.
    pub truncated: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct StagedFile {
    pub from: String,
    pub to: String,
    pub bytes: u64,
    pub sha256: String,
}

/// One output file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct CollectedFile {
    pub path: String,
    pub bytes: u64,
    pub sha256: String,
}

/// One attempt to carry a run out at one offer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Attempt {
    pub id: AttemptId,
    pub number: u32,
    pub service: String,
    pub started_at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Timestamp>,
    /// Why this attempt did not carry the run to its end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<Problem>,
}

/// One thing a run created, from the intent to its confirmed absence.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Owned {
    pub attempt: AttemptId,
    pub service: String,
    pub kind: String,
    pub name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remote_id: Option<String>,
    pub intent_at: Timestamp,
    /// When it was last asked for, at somebody else's. Without `created_at`: nobody knows yet what became of that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub released_at: Option<Timestamp>,
    /// How we know that it is gone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_only_go_forward_except_by_replanning_or_retry() {
        use State::*;
        let states = [Planned, Provisioning, Staging, Running, Collecting, Releasing, Ended];
        for state in states {
            for step in [Step::Provision, Step::Stage, Step::Execute, Step::Collect, Step::Release, Step::End] {
                assert!(state.after(step) >= state, "{state:?} {step:?}");
            }
            assert_eq!(state.after(Step::End), Ended);
            assert_eq!(state.after(Step::Retry) == Planned, matches!(state, Ended | Planned));
        }
        assert_eq!(Ended.after(Step::Replan), Ended);
        assert_eq!(Releasing.after(Step::Replan), Planned);
    }

    #[test]
    fn what_was_not_measured_is_not_said_and_not_zero() {
        let measured = Usage { cpu_millis: Some(0), memory_peak_bytes: Some(7), ..Usage::default() };
        let said = serde_json::to_value(measured).unwrap();
        assert_eq!(said, serde_json::json!({ "cpu_millis": 0, "memory_peak_bytes": 7 }));
        assert_eq!(serde_json::from_value::<Usage>(said).unwrap(), measured);

        let at = Timestamp::from_millis;
        let one = Using { cores: Some(0.5), so_far: measured, at: at(2) };
        let other = Using {
            cores: None,
            so_far: Usage { memory_peak_bytes: Some(1), read_bytes: Some(3), ..Usage::default() },
            at: at(1),
        };
        let both = one.and(other);
        assert_eq!((both.cores, both.at), (Some(0.5), at(1)));
        let sum = Usage { memory_peak_bytes: Some(8), read_bytes: Some(3), ..measured };
        assert_eq!(both.so_far, sum);
        assert_eq!(serde_json::to_value(both).unwrap()["read_bytes"], 3);
        assert_eq!(serde_json::from_value::<Using>(serde_json::to_value(both).unwrap()).unwrap(), both);
    }
}
