//! The ownership mark: what every remote thing of ours carries from the request that creates it.

use crate::id::{AttemptId, DeploymentId, RunId};
use serde::{Deserialize, Serialize};

/// Which part of an attempt a remote thing is: `pilot-0`, `work`. Short, so that names stay below 63 characters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Slot(String);

impl Slot {
    pub fn new(kind: &str, number: u16) -> Self {
        Self(format!("{kind}-{number}"))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Proof of ownership. A thing is ours only when all of it agrees.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    pub deployment: DeploymentId,
    pub run: RunId,
    pub attempt: AttemptId,
    pub slot: Slot,
}

impl Mark {
    /// The name the remote thing gets: derived, so that looking for it needs no memory of having made it.
    pub fn name(&self) -> String {
        let id = self.attempt.as_str().trim_start_matches("att-");
        format!("rs-{id}-{}", self.slot.as_str())
    }
}
