//! The services that can carry work out, each behind a [`Driver`].
//!
//! A driver says what its service is now, makes the things that an attempt needs (find-or-create, by the ownership
//! mark) and removes them until it can confirm that they are gone. It decides nothing: which service, how often, and
//! what a failure means is the business of whoever calls it. It never touches what does not carry our mark.
//!
//! What exists elsewhere is told by the sources of a [`federation`]; [`openstack`] speaks with it. What a new machine is told at
//! its first boot is put together in [`cloud_init`].

pub mod cloud_init;
pub mod driver;
pub mod federation;
pub mod kept;
pub mod local;
pub mod lookout;
pub mod openstack;
pub mod survey;

pub use driver::{Aside, Created, Driver, DriverError, Ground, Look, Memory, Readiness, Removal, Sight, Start, Thing, ThingKind};
pub use local::Local;
pub use lookout::Visitor;
pub use survey::Survey;

use std::sync::Arc;

/// All services that this gateway knows.
#[derive(Clone)]
pub struct Sites {
    drivers: Vec<Arc<dyn Driver>>,
    survey: Option<Survey>,
}

impl Sites {
    /// Those of this gateway alone.
    pub fn new(drivers: Vec<Arc<dyn Driver>>) -> Self {
        Self { drivers, survey: None }
    }

    /// And a federation's.
    pub fn with_survey(self, survey: Survey) -> Self {
        Self { survey: Some(survey), ..self }
    }

    pub fn driver(&self, service: &str) -> Option<&Arc<dyn Driver>> {
        self.drivers.iter().find(|driver| driver.name() == service)
    }

    pub fn drivers(&self) -> &[Arc<dyn Driver>] {
        &self.drivers
    }

    pub fn survey(&self) -> Option<&Survey> {
        self.survey.as_ref()
    }
}
