//! A service whose pilots are started by nobody: the test is the pilot.

use async_trait::async_trait;
use model::ByteCount;
use model::mark::{Mark, Slot};
use model::offer::{Offer, Service, ServiceUsage, Size};
use model::request::RunRequest;
use model::time::{Clock, SystemClock};
use sites::{Created, Driver, DriverError, Ground, Look, Memory, Readiness, Removal, Start, Thing, ThingKind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

#[derive(Default)]
pub struct Bench {
    started: Mutex<Vec<(Mark, Start)>>,
    /// Whoever asks about the service meets a defect.
    pub is_broken: AtomicBool,
}

impl Bench {
    /// The pilot that the gateway wanted to be started for this run.
    pub fn take(&self, run: &str) -> Option<Start> {
        let mut started = self.started.lock().expect("not poisoned");
        let found = started.iter().position(|(mark, _)| mark.run.as_str() == run)?;
        Some(started.remove(found).1)
    }
}

#[async_trait]
impl Driver for Bench {
    fn name(&self) -> &str {
        "bench"
    }

    fn runs_on(&self) -> Option<String> {
        None
    }

    async fn size(&self) -> Size {
        assert!(!self.is_broken.load(Ordering::SeqCst), "secret details of a defect");
        Size {
            name: "all".into(),
            cores: 64.0,
            memory: ByteCount::gibi(256),
            disk: ByteCount::gibi(256),
            divisible: true,
            ..Size::default()
        }
    }

    async fn service(&self, _look: Look) -> Service {
        Service {
            name: "bench".into(),
            site: "here".into(),
            driver: "bench".into(),
            sizes: vec![self.size().await],
            facts: vec![],
            container_engines: vec![],
            multi_node: false,
            usage: ServiceUsage::default(),
            standing: None,
            seen_at: SystemClock.now(),
        }
    }

    fn things(&self, _: &RunRequest, _: &Offer, _: u32) -> Vec<Thing> {
        vec![Thing { kind: ThingKind::Pilot, slot: Slot::new("pilot", 0) }]
    }

    fn width(&self, _: &RunRequest) -> u32 {
        1
    }
}

#[async_trait]
impl Ground for Bench {
    async fn create(&self, mark: &Mark, _: &Thing, start: Option<Start>, _: &Memory) -> Result<Created, DriverError> {
        if let Some(start) = start {
            self.started.lock().expect("not poisoned").push((mark.clone(), start));
        }
        Ok(Created { remote_id: mark.run.to_string() })
    }

    async fn readiness(&self, _: &Mark) -> Result<Readiness, DriverError> {
        Ok(Readiness::Ready(None))
    }

    async fn exists(&self, _: &Mark, _: &Thing) -> Result<bool, DriverError> {
        Ok(true)
    }

    async fn remove(&self, _: &Mark, _: &Thing, _: &Memory) -> Result<Removal, DriverError> {
        Ok(Removal::Gone { evidence: "nothing was made".into() })
    }
}
