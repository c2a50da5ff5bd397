//! What a pilot is told at its start, on its standard input: never in its arguments or its environment, which others on
//! the computer can read.

use crate::execute::Host;
use model::Secret;
use model::id::{AttemptId, DeploymentId, PilotId, RunId};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

#[derive(Clone, Deserialize)]
pub struct Recipe {
    pub deployment: DeploymentId,
    pub run: RunId,
    pub attempt: AttemptId,
    pub pilot: PilotId,
    /// Its part of the attempt: `pilot-0`. Names its lock.
    pub slot: String,
    /// The attempt's directory: everything of the pilot's lives below it.
    pub directory: PathBuf,
    /// How many elements it executes at once.
    pub width: u32,
    /// Good for one first contact, for one service, until it expires.
    pub enrolment: Secret,
    pub gateway: Gateway,
    /// How long it goes on without a gateway before it gives up; one that keeps a service never does, and hands this to
    /// those that work there.
    pub patience_seconds: u64,
    #[serde(default)]
    pub role: Role,
    /// What works on this computer, when the gateway on it already found out.
    pub host: Option<Host>,
}

/// What a pilot is there for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// To execute elements of its run.
    #[default]
    Work,
    /// To make its computer a service, where other pilots work.
    Keep,
}

/// How the gateway is found, again and again.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Gateway {
    /// At one address (with the path prefix it is served under).
    Url(String),
    /// On this computer, by the files that running gateways keep in a directory: one JSON object `{"url": …}` each, on
    /// which the gateway holds an exclusive `flock` for as long as it lives: a file without one is passed over. A gateway
    /// that was restarted has another port.
    Directory(PathBuf),
}

/// As the recipe is written; kept apart from [`Recipe`], which holds a secret and therefore cannot be serialized.
#[derive(Serialize)]
pub struct RecipeText<'a> {
    pub deployment: &'a DeploymentId,
    pub run: &'a RunId,
    pub attempt: &'a AttemptId,
    pub pilot: &'a PilotId,
    pub slot: &'a str,
    pub directory: &'a std::path::Path,
    pub width: u32,
    pub enrolment: &'a str,
    pub gateway: &'a Gateway,
    pub patience_seconds: u64,
    pub role: Role,
    pub host: Option<&'a Host>,
}
