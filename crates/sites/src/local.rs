//! The `local` driver: work runs on the gateway's own computer, as child processes of nobody.
//!
//! An attempt owns one directory, marked with `owner.json`, and its pilots: processes of this same program that outlive
//! the gateway. A pilot holds a lock in the directory for as long as it lives; that lock, and not the database, is what
//! keeps a gateway that slept past its lease from starting a second one.

mod capacity;
mod directory;
mod engines;
mod process;

use crate::driver::{Created, Driver, DriverError, Ground, Look, Memory, Readiness, Removal, Start, Thing, ThingKind};
use crate::kept;
use async_trait::async_trait;
use directory::Directory;
use engines::{Engines, Known};
use model::mark::Mark;
use model::offer::{Fact, Offer, Service, ServiceUsage, Size};
use model::request::RunRequest;
use model::time::{Clock, SystemClock};
use model::{ByteCount, Code, Problem};
use pilot::execute::{Cleared, Confinement, Host, Limiter};
use pilot::recipe::Gateway;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::OnceCell;

pub struct Local {
    settings: Settings,
    size: Size,
    /// Found out by trying, once, when first needed: trials take longer than everything else at a start.
    host: OnceCell<Host>,
    engines: Arc<Engines>,
}

#[derive(Clone, Debug)]
pub struct Settings {
    pub site: String,
    pub service: String,
    /// Directories of attempts are made below it.
    pub root: PathBuf,
    /// This program.
    pub program: PathBuf,
    /// How pilots find it.
    pub gateway: Gateway,
    /// Names this computer among those that share the database.
    pub host_name: String,
    /// How much of the computer may be used; all of it when not said.
    pub cores: Option<f64>,
    pub memory: Option<ByteCount>,
    /// How long a pilot goes on without a gateway.
    pub patience: Duration,
}

impl Local {
    pub fn new(settings: Settings) -> Self {
        let size = capacity::of_this_computer(settings.cores, settings.memory, &settings.root);
        let engines = Arc::new(Engines::remembered_beside(&settings.root));
        Self { settings, size, host: OnceCell::new(), engines }
    }

    /// What really works on this computer.
    pub async fn host(&self) -> &Host {
        self.host.get_or_init(|| async { Host::detect(&pilot::execute::Settings::default()).await }).await
    }

    /// Finds out what works here, then removes what killed gateways have left, until there is nothing to come back for.
    pub async fn settle(&self) {
        let host = self.host().await;
        loop {
            let cleared = self.engines.clear_leftovers(&host.limits).await;
            if !cleared.is_nothing() {
                tracing::info!(?cleared, "removed what killed gateways had left");
            }
            if !cleared.too_young {
                return;
            }
            tokio::time::sleep(Cleared::AFTER).await;
        }
    }

    fn directory(&self, mark: &Mark) -> Directory {
        Directory::of(&self.settings.root, mark)
    }
}

fn facts(host: &Host, engines: Option<&Known>) -> Vec<Fact> {
    let fact = |name: &str, value: String| Fact { name: name.into(), value, source: "tried on this computer".into() };
    let isolation = match &host.isolation {
        Confinement::Bubblewrap { program } => format!("bubblewrap ({})", program.display()),
        Confinement::None { reason } => format!("none: {reason}"),
    };
    let limits = match &host.limits {
        Limiter::CgroupV2 { .. } => "control groups, version 2".to_owned(),
        Limiter::CgroupV1 { .. } => "control groups, version 1".to_owned(),
        Limiter::Sampling { reason } => format!("by watching the processes: {reason}"),
    };
    let containers = engines.map(Known::told).unwrap_or_default().into_iter().map(|told| fact("containers", told));
    [fact("isolation", isolation), fact("limits", limits)].into_iter().chain(containers).collect()
}

#[async_trait]
impl Driver for Local {
    fn name(&self) -> &str {
        &self.settings.service
    }

    fn runs_on(&self) -> Option<String> {
        Some(self.settings.host_name.clone())
    }

    async fn service(&self, look: Look) -> Service {
        let host = self.host().await;
        let engines = match look {
            Look::Quick => self.engines.remembered(),
            Look::Thorough => Some(self.engines.get(host).await),
        };
        Service {
            name: self.settings.service.clone(),
            site: self.settings.site.clone(),
            driver: "local".into(),
            sizes: vec![self.size().await],
            facts: facts(host, engines.as_ref()),
            container_engines: engines.as_ref().map(Known::names).unwrap_or_default(),
            multi_node: false,
            usage: ServiceUsage::default(),
            standing: None,
            seen_at: SystemClock.now(),
        }
    }

    async fn size(&self) -> Size {
        Size { disk: capacity::free_disk(&self.settings.root), ..self.size.clone() }
    }

    fn width(&self, request: &RunRequest) -> u32 {
        kept::width(&self.size, request)
    }

    fn things(&self, _request: &RunRequest, _offer: &Offer, width: u32) -> Vec<Thing> {
        kept::things(width)
    }
}

#[async_trait]
impl Ground for Local {
    async fn create(&self, mark: &Mark, thing: &Thing, start: Option<Start>, _: &Memory) -> Result<Created, DriverError> {
        let directory = self.directory(mark);
        match (thing.kind, start) {
            (ThingKind::Directory, _) => directory.create().await,
            (ThingKind::Pilot, Some(start)) => {
                let host = self.host().await;
                let mut host = host.clone();
                if start.containers {
                    host.containers = self.engines.get(&host).await.containers;
                }
                process::start(&self.settings, &host, &directory, mark, start).await
            }
            _ => Err(DriverError::Final(Problem::internal())),
        }
    }

    async fn readiness(&self, _: &Mark) -> Result<Readiness, DriverError> {
        Ok(Readiness::Ready(None))
    }

    async fn exists(&self, mark: &Mark, thing: &Thing) -> Result<bool, DriverError> {
        let directory = self.directory(mark);
        match thing.kind {
            ThingKind::Directory => Ok(directory.is_ours()),
            ThingKind::Pilot => process::is_aboard(&directory, &thing.slot),
            _ => Err(DriverError::Final(Problem::internal())),
        }
    }

    async fn remove(&self, mark: &Mark, thing: &Thing, _: &Memory) -> Result<Removal, DriverError> {
        let directory = self.directory(mark);
        match thing.kind {
            ThingKind::Directory => directory.remove(self.host().await).await,
            ThingKind::Pilot => process::end(&directory, &thing.slot).await,
            _ => Err(DriverError::Final(Problem::internal())),
        }
    }
}

/// A failure of this computer's own files or processes.
fn trouble(what: &str, error: &std::io::Error) -> DriverError {
    let problem = Problem::new(
        if error.kind() == std::io::ErrorKind::StorageFull { Code::StorageFull } else { Code::ProvisionFailed },
        format!("{what}: {error}."),
        "Check the disk and the permissions of the gateway's data directory; it is tried again by itself.",
    );
    DriverError::Passing(problem)
}
