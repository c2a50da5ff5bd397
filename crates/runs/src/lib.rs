//! A run's life: planned, provisioned, staged, executed, collected, released.
//!
//! [`Runs`] is what the doors (HTTP, later others) call: it checks who may do what, writes what is asked for, and reads
//! what is known. [`attempt`] is the flow that carries one attempt out at one service, with undo. [`desk`] is where
//! pilots report: it leases elements to them and commits what they say.
//!
//! [`machine`] makes computers at sites, and watches over them; [`kept`] makes them services.
//!
//! [`quotas`] say how much of a person's and of a community's may be in flight.
//!
//! The shape of the data: a run is one row whose `doc` is what the API shows; its elements are rows; logs, outputs and
//! long reports are blobs. Whatever changes a run appends to its timeline in the same transaction. Nothing here waits
//! for a service or a pilot while a transaction is open.

mod attempt;
mod capacity;
mod control;
mod create;
mod credentials;
pub mod desk;
mod elements;
mod files;
mod idempotency;
mod kept;
mod life;
mod machine;
mod machines;
mod matches;
mod object;
mod overview;
mod places;
mod plan;
mod program;
mod query;
mod quotas;
mod recipes;
mod reference;
mod report;
mod retention;
mod settings;
mod store;
mod suspended;
pub mod uploads;

pub use create::Created;
pub use credentials::{Credential, CredentialFilter, Held as HeldCredential};
pub use files::{Log, Stream};
pub use machine::MachineSettings;
pub use machines::MachineFilter;
pub use matches::{LogMatch, LogMatches, Search};
pub use object::{ResearchObject, media_type};
pub use overview::Overview;
pub use query::{ElementFilter, Page, RunDetail, RunFilter};
pub use quotas::{Decided, Defaults, Holder, InFlight, Quota, QuotaView};
pub use retention::Retention;
pub use settings::{PilotSettings, Settings, TokenHost};
pub use uploads::Uploads;

use attempt::AttemptFlow;
use db::blobs::Blobs;
use db::{Db, DbError};
use delegation::Delegation;
use desk::Desk;
use flow::{Engine, Timeline};
use machine::SearchFlow;
use model::time::Clock;
use sites::Sites;
use std::sync::{Arc, OnceLock};
use tokio::sync::Semaphore;

/// Everything a person can do with runs. Cheap to clone.
#[derive(Clone)]
pub struct Runs(pub(crate) Arc<Inner>);

pub(crate) struct Inner {
    pub db: Db,
    pub blobs: Blobs,
    pub timeline: Timeline,
    pub sites: Sites,
    pub delegation: Delegation,
    pub clock: Arc<dyn Clock>,
    pub settings: Settings,
    pub desk: Desk,
    pub stocks: places::Stocks,
    /// Held by whoever chooses where a machine is made, until that is written down.
    pub ordering: tokio::sync::Mutex<()>,
    pub program: program::Program,
    pub forecast: machine::weather::Forecast,
    /// Logs that are searched at the same time.
    pub searches: Arc<Semaphore>,
    /// When this gateway began.
    pub started_at: model::Timestamp,
    /// Set once, right after the engine was made: the engine carries out flows that need the engine.
    engine: OnceLock<Engine>,
}

impl Runs {
    pub fn new(
        db: Db,
        blobs: Blobs,
        sites: Sites,
        delegation: Delegation,
        clock: Arc<dyn Clock>,
        settings: Settings,
        options: flow::Options,
    ) -> Self {
        let timeline = Timeline::new(db.clone());
        let inner = Arc::new(Inner {
            db: db.clone(),
            blobs,
            timeline: timeline.clone(),
            sites,
            delegation,
            started_at: clock.now(),
            clock,
            program: program::Program::at(settings.pilots.program.clone()),
            settings,
            desk: Desk::default(),
            searches: Arc::new(Semaphore::new(2)),
            stocks: places::Stocks::default(),
            ordering: tokio::sync::Mutex::default(),
            forecast: machine::weather::Forecast::default(),
            engine: OnceLock::new(),
        });
        let engine = Engine::new(
            db,
            timeline,
            options,
            vec![Arc::new(AttemptFlow(inner.clone())) as Arc<dyn flow::Flow>, Arc::new(SearchFlow(inner.clone()))],
        );
        inner.engine.get_or_init(|| engine);
        Self(inner)
    }

    /// What carries the runs out; to be run and stopped by whoever runs the gateway.
    pub fn engine(&self) -> Result<&Engine, DbError> {
        self.0.engine()
    }

    pub fn timeline(&self) -> &Timeline {
        &self.0.timeline
    }

    pub fn sites(&self) -> &Sites {
        &self.0.sites
    }
}

impl Inner {
    pub(crate) fn engine(&self) -> Result<&Engine, DbError> {
        self.engine.get().ok_or(DbError::NoRow)
    }
}

/// Every statement of this crate, for the test that prepares each on both engines.
pub fn all_statements() -> Vec<db::Statement> {
    let mut all = desk::all_statements();
    all.extend(attempt::all_statements());
    all.extend(machine::all_statements());
    all.extend(quotas::all_statements());
    all.extend(
        [
            kept::STATEMENTS,
            capacity::STATEMENTS,
            control::STATEMENTS,
            create::STATEMENTS,
            credentials::STATEMENTS,
            elements::STATEMENTS,
            idempotency::STATEMENTS,
            machines::STATEMENTS,
            object::STATEMENTS,
            overview::STATEMENTS,
            query::STATEMENTS,
            reference::STATEMENTS,
            retention::STATEMENTS,
            store::STATEMENTS,
            suspended::STATEMENTS,
            uploads::STATEMENTS,
        ]
        .concat(),
    );
    all
}
