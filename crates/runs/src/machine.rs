//! Machines: runs that are a computer of one's own, at a site of the federation.
//!
//! An attempt at an offer makes what the machine needs there ([`build`]), thing after thing: the intent was committed
//! before, that it is asked for is committed before each request, and its identifier after it. So whoever comes after a crash
//! knows what may be there, and looks for it by its mark before asking again. What fails is removed by the attempt's undo, while
//! the next offer is tried already ([`search`]): the run has ended when nothing of any attempt is left. What a failure says of
//! the place is kept for those who plan next ([`aside`]).
//!
//! While it is there, its flow looks on ([`serve`]), until it is deleted or its time is over. The machine's row is what
//! people see; the site has the last word on it. A change that takes more than one request (another size, an address more or
//! less) is written down there ([`undertake`]) and done by the same flow ([`carry`]): only one ever acts upon a machine's things.

mod aside;
mod build;
mod carry;
pub(crate) mod deed;
mod held;
mod order;
mod pools;
mod resize;
mod room;
mod row;
mod search;
mod serve;
mod sizes;
mod sweep;
mod undertake;
mod volumes;
pub(crate) mod weather;
pub(crate) mod words;

pub(crate) use row::{Edit, forget};
pub(crate) use search::SearchFlow;
pub(crate) use undertake::Wanted;

use crate::Inner;
use crate::store::{self, AttemptRow, Owned};
use db::{DbError, args};
use flow::StepError;
use model::id::PersonId;
use model::{Code, Problem};
use sites::openstack::{Berth, Blueprint, Purpose};
use sites::survey::Worker;
use sites::{DriverError, Survey};
use std::sync::Arc;
use std::time::Duration;

/// Every statement of this module, for the test that prepares each on both engines.
pub(crate) fn all_statements() -> Vec<db::Statement> {
    [
        aside::STATEMENTS,
        build::STATEMENTS,
        held::STATEMENTS,
        order::STATEMENTS,
        pools::STATEMENTS,
        room::STATEMENTS,
        row::STATEMENTS,
        search::STATEMENTS,
        serve::STATEMENTS,
        sweep::STATEMENTS,
        undertake::STATEMENTS,
        weather::STATEMENTS,
    ]
    .concat()
}

/// What the administrator decided about machines.
#[derive(Clone, Debug)]
pub struct MachineSettings {
    /// Of a machine for which none was asked.
    pub lifetime: Duration,
    /// Nobody gets more at once; it can be extended again and again.
    pub longest_lifetime: Duration,
    /// So long before its end its owner is warned.
    pub warn_before: Duration,
    /// A machine that does not start within this is given up.
    pub boot_within: Duration,
    /// How many offers are tried for one machine.
    pub attempts: u32,
    /// How often a site is asked how a machine is.
    pub look_again: Duration,
}

impl Default for MachineSettings {
    fn default() -> Self {
        Self {
            lifetime: Duration::from_secs(8 * 3_600),
            longest_lifetime: Duration::from_secs(30 * 86_400),
            warn_before: Duration::from_secs(1_800),
            boot_within: Duration::from_secs(900),
            attempts: 10,
            look_again: Duration::from_secs(60),
        }
    }
}

impl Inner {
    pub(crate) fn survey(&self) -> Result<&Survey, Problem> {
        self.sites.survey().ok_or_else(|| {
            Problem::new(Code::SiteUnreachable, "This gateway knows no federation.", "Ask its administrator to configure one.")
        })
    }

    /// Where the things of an attempt at a machine are made and removed. Inside: why nobody is let in there.
    pub(crate) async fn berth(
        self: &Arc<Self>,
        attempt: &AttemptRow,
        purpose: Purpose,
        owned: &[Owned],
    ) -> Result<Result<Berth, DriverError>, StepError> {
        let row = self.db.row(&store::RUN_REQUEST, args![attempt.run.as_str()]).await?.ok_or(DbError::NoRow)?;
        let (request, person) = store::request_of(&row)?;
        let offer = &attempt.offer;
        let Some(attachment) = offer.attachment.clone() else { return Err(StepError::Final(Problem::internal())) };
        let words = match purpose {
            Purpose::Work => Some(words::Words::of(self, attempt).await?),
            Purpose::Release => None,
        };
        let size = &offer.size;
        let blueprint = Blueprint {
            attachment,
            size: size.id.clone().unwrap_or_else(|| size.name.clone()),
            image: offer.image.as_ref().map(|image| image.id.clone()).unwrap_or_default(),
            volume_gibibytes: size.from_volume.then(|| size.disk.get().div_ceil(1 << 30).max(1)),
            public: request.machine.as_ref().is_some_and(|machine| machine.public),
            open: request.machine.map(|machine| machine.open).unwrap_or_default(),
            pool: None,
            data_gibibytes: None,
        };
        let made = owned.iter().filter_map(|one| Some((one.thing.kind, one.remote_id.clone()?))).collect();
        let hints = self.survey().map_err(StepError::Passing)?.hints(&offer.service);
        let entered = self.yard(person, purpose, &offer.service, offer.project.as_deref().unwrap_or_default()).await?;
        Ok(entered.map(|yard| {
            let berth = Berth::new(yard, blueprint, hints, made);
            match words {
                Some(words) => berth.told(Arc::new(words)),
                None => berth,
            }
        }))
    }

    /// In a project, in somebody's name.
    pub(crate) async fn yard(
        &self,
        person: PersonId,
        purpose: Purpose,
        service: &str,
        project: &str,
    ) -> Result<Result<sites::openstack::Yard, DriverError>, StepError> {
        let survey = self.survey().map_err(StepError::Passing)?;
        let entered = survey.yard(&Worker { person, purpose }, service, project).await;
        Ok(entered.map_err(|error| sites::openstack::trouble::at_the_door(&error)))
    }
}
