//! What every kind of service can do for an attempt.

use async_trait::async_trait;
use model::mark::{Mark, Slot};
use model::offer::{Offer, Service, Size};
use model::request::RunRequest;
use model::{Problem, Secret};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Something that an attempt owns at a service, from the intent to its confirmed absence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Thing {
    pub kind: ThingKind,
    pub slot: Slot,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ThingKind {
    /// A place for the files of the attempt.
    Directory,
    /// A process that runs beside the work.
    Pilot,
}

impl ThingKind {
    pub fn as_str(self) -> &'static str {
        match self {
            ThingKind::Directory => "directory",
            ThingKind::Pilot => "pilot",
        }
    }
}

/// What a pilot needs to begin: only things of kind [`ThingKind::Pilot`] get one.
pub struct Start {
    pub pilot: model::id::PilotId,
    pub enrolment: Secret,
    /// How many elements it may execute at once.
    pub width: u32,
    /// In containers: finding out how takes its time, and most runs do not need to know.
    pub containers: bool,
}

/// How well somebody wants to know a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// What is known, and what can be found out at once.
    Quick,
    /// Container engines too, which are tried first if they were not lately.
    Thorough,
}

/// The thing exists: found or made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Created {
    pub remote_id: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Removal {
    /// It is not there any more; how we know.
    Gone { evidence: String },
    /// It is going; look again.
    Going { look_again: Duration },
}

#[derive(Debug, thiserror::Error)]
pub enum DriverError {
    #[error("{}", .0.detail)]
    Passing(Problem),
    #[error("{}", .0.detail)]
    Final(Problem),
}

#[async_trait]
pub trait Driver: Send + Sync + 'static {
    /// The service's name, unique in this gateway.
    fn name(&self) -> &str;

    /// Flows of this service can be carried out on this host only.
    fn runs_on(&self) -> Option<String>;

    /// The service as it is now.
    async fn service(&self, look: Look) -> Service;

    /// The whole of what is shared out among runs.
    async fn size(&self) -> Size;

    /// What an attempt at this offer will own, in the order of creation. `width` elements can be executed at once.
    fn things(&self, request: &RunRequest, offer: &Offer, width: u32) -> Vec<Thing>;

    /// How many elements of this run could be executed here at once.
    fn width(&self, request: &RunRequest) -> u32;

    /// Finds the thing by its mark, or makes it.
    async fn create(&self, mark: &Mark, thing: &Thing, start: Option<Start>) -> Result<Created, DriverError>;

    /// Whether a thing that was created is still there.
    async fn exists(&self, mark: &Mark, thing: &Thing) -> Result<bool, DriverError>;

    /// Removes it, if it is ours, until its absence is confirmed.
    async fn remove(&self, mark: &Mark, thing: &Thing) -> Result<Removal, DriverError>;
}
