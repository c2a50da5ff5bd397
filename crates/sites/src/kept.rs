//! A machine as a service: what the `local` driver does on the gateway's own computer, done on another one by its pilot.
//!
//! The gateway's orders come to the machine's [`Steward`], which has a [`Local`] of its own. What is the same wherever work is
//! done, how wide a run can be and what its attempt owns, is [`width`] and [`things`].

use crate::driver::{Driver, DriverError, Ground, Look, Memory, Removal, Start, Thing, ThingKind};
use crate::local::{Local, Settings};
use async_trait::async_trait;
use model::machine::Computer;
use model::mark::{Mark, Slot};
use model::offer::{Service, Size};
use model::request::RunRequest;
use model::{Problem, Secret};
use pilot::keep;
use pilot::protocol::{Answer, Deed, What};
use pilot::recipe::Recipe;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// One pilot serves so many elements at once; wider arrays get more pilots.
const WIDTH_OF_A_PILOT: u32 = 8;

/// Below the directory of the pilot that keeps the service.
const ATTEMPTS: &str = "attempts";

/// How many elements could be executed at once.
pub fn width(size: &Size, request: &RunRequest) -> u32 {
    let by_cores = (size.cores / request.resources.cores).floor();
    let by_memory = (size.memory.get() / request.resources.memory.get().max(1)) as f64;
    let width = by_cores.min(by_memory).min(f64::from(request.elements()));
    // From 1 to the number of elements: fits.
    width.max(1.0) as u32
}

/// What an attempt owns where its pilots are processes, in the order of creation.
pub fn things(width: u32) -> Vec<Thing> {
    let directory = Thing { kind: ThingKind::Directory, slot: Slot::new("work", 0) };
    let pilots = u16::try_from(width.div_ceil(WIDTH_OF_A_PILOT)).unwrap_or(u16::MAX);
    let pilots = (0..pilots).map(|number| Thing { kind: ThingKind::Pilot, slot: Slot::new("pilot", number) });
    std::iter::once(directory).chain(pilots).collect()
}

/// Does on this computer what the gateway orders.
pub struct Steward(Arc<Local>);

impl Steward {
    /// `program`: this one.
    pub fn of(recipe: &Recipe, program: PathBuf) -> Self {
        Self(Arc::new(Local::new(Settings {
            site: String::new(),
            service: String::new(),
            root: recipe.directory.join(ATTEMPTS),
            program,
            gateway: recipe.gateway.clone(),
            host_name: String::new(),
            cores: None,
            memory: None,
            patience: Duration::from_secs(recipe.patience_seconds),
        })))
    }

    /// Removes what was left when this computer, or this program, stopped all at once.
    pub async fn settle(&self) {
        self.0.settle().await;
    }

    async fn do_it(&self, mark: &Mark, deed: Deed) -> Result<Answer, DriverError> {
        let thing = |what| Thing { kind: kind_of(what), slot: mark.slot.clone() };
        let memory = Memory::default();
        match deed {
            Deed::MakeDirectory => {
                let created = self.0.create(mark, &thing(What::Directory), None, &memory).await?;
                Ok(Answer::Made { remote_id: created.remote_id })
            }
            Deed::StartPilot { pilot, enrolment, width, containers } => {
                let start = Start { pilot, enrolment: Secret::new(enrolment.0), width, containers };
                let created = self.0.create(mark, &thing(What::Pilot), Some(start), &memory).await?;
                Ok(Answer::Made { remote_id: created.remote_id })
            }
            Deed::IsThere { what } => Ok(Answer::There { is_there: self.0.exists(mark, &thing(what)).await? }),
            Deed::Remove { what } => Ok(match self.0.remove(mark, &thing(what), &memory).await? {
                Removal::Gone { evidence } => Answer::Gone { evidence },
                Removal::Going { look_again } => going(look_again),
                Removal::Stuck { why, .. } => Answer::Failed { problem: why, is_passing: true },
            }),
            Deed::Unknown => Ok(Answer::Unknown),
        }
    }
}

#[async_trait]
impl keep::Steward for Steward {
    async fn computer(&self) -> Computer {
        computer_of(self.0.service(Look::Quick).await)
    }

    async fn whole_computer(&self) -> Computer {
        computer_of(self.0.service(Look::Thorough).await)
    }

    async fn carry_out(&self, mark: &Mark, deed: Deed) -> Answer {
        match self.do_it(mark, deed).await {
            Ok(answer) => answer,
            Err(DriverError::Passing(problem)) => Answer::Failed { problem, is_passing: true },
            Err(DriverError::Final(problem) | DriverError::Unfit { problem, .. }) => {
                Answer::Failed { problem, is_passing: false }
            }
            Err(DriverError::NotYetSeen { look_again }) => going(look_again),
        }
    }
}

fn going(look_again: Duration) -> Answer {
    Answer::Going { look_again_ms: u64::try_from(look_again.as_millis()).unwrap_or(u64::MAX) }
}

fn kind_of(what: What) -> ThingKind {
    match what {
        What::Directory => ThingKind::Directory,
        What::Pilot => ThingKind::Pilot,
    }
}

fn computer_of(service: Service) -> Computer {
    let size = service.sizes.into_iter().next().unwrap_or_default();
    let Size { cores, memory, disk, .. } = size;
    Computer { cores, memory, disk, container_engines: service.container_engines, facts: service.facts }
}

/// What a machine that is a service tells of itself, as an order's answer tells it.
pub fn result_of(answer: Answer) -> Result<Answer, DriverError> {
    match answer {
        Answer::Failed { problem, is_passing: true } => Err(DriverError::Passing(problem)),
        Answer::Failed { problem, is_passing: false } => Err(DriverError::Final(problem)),
        Answer::Unknown => Err(DriverError::Final(Problem::internal())),
        told => Ok(told),
    }
}
