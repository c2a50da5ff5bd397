//! Sizes that a machine which is there could have instead: what the broker finds of its project as if the machine were not
//! there, with a disk that is no smaller than the one that it has.

use super::row::Standing;
use crate::Inner;
use crate::places::{Planner, Roles};
use crate::store::AttemptRow;
use broker::{Access, Facts, Place, Question, Stock};
use db::{DbError, seed};
use model::id::PlanId;
use model::machine::Machine;
use model::offer::{Offer, Quota, Reach, Size, Snapshot, Wish};
use model::request::{self, Resources, RunKind, Where};
use model::{ByteCount, Code, Problem};
use sites::lookout::Visitor;
use std::sync::Arc;
use std::time::Duration;

/// Somebody waits for the answer.
const LOOK_FOR: Duration = Duration::from_secs(10);

/// Of the machine: what it has, and what it could have.
pub(crate) struct Sizes {
    pub has: Size,
    /// The smallest first.
    pub fitting: Vec<Size>,
}

impl Inner {
    /// As its project was last seen, with the eyes of its owner.
    pub(super) async fn project_of(
        &self,
        machine: &Machine,
        standing: &Standing,
        offer: &Offer,
    ) -> Result<Arc<Snapshot>, Problem> {
        let visitor = Visitor { person: machine.person.clone(), communities: standing.communities.clone() };
        let (survey, project) = (self.survey()?, offer.project.as_deref().unwrap_or_default());
        let is_it = |one: &Arc<Snapshot>| one.service == offer.service && one.project.id == project;
        let seen = || survey.snapshots(&visitor).into_iter().find(is_it);
        let mut found = seen();
        if found.is_none() {
            // A gateway that has just started has looked at nothing yet.
            survey.look(&visitor, Some(LOOK_FOR)).await;
            found = seen();
        }
        found.ok_or_else(|| {
            let detail = format!("It is not known now what {} has for you.", offer.service);
            Problem::new(Code::SiteUnreachable, detail, "Try again in a minute: it is looked at by itself.")
        })
    }

    pub(super) async fn sizes_for(&self, machine: &Machine, standing: Standing, attempt: &AttemptRow) -> Result<Sizes, Problem> {
        let snapshot = self.project_of(machine, &standing, &attempt.offer).await?;
        let has = size_of(machine, &attempt.offer, &snapshot);
        let without = without(machine, &has, &attempt.offer, &snapshot);
        let mut fitting = self.fitting(without, machine, &has, standing).await?.0;
        fitting.retain(|size| size.name != has.name);
        fitting.sort_by(|a, b| a.cores.total_cmp(&b.cores).then_with(|| (a.memory, &a.name).cmp(&(b.memory, &b.name))));
        Ok(Sizes { has, fitting })
    }

    /// The size of this name, if the machine can have it; with the one that it has.
    pub(super) async fn size_for(
        &self,
        machine: &Machine,
        standing: Standing,
        attempt: &AttemptRow,
        wanted: &str,
    ) -> Result<(Size, Size), Problem> {
        let snapshot = self.project_of(machine, &standing, &attempt.offer).await?;
        let has = size_of(machine, &attempt.offer, &snapshot);
        let refused = |why: String| {
            let detail = format!("The machine cannot become {wanted}: {why}.");
            Problem::new(Code::NotThisSize, detail, "`roadstead machines sizes` lists the sizes that it could have.")
        };
        let left = without(machine, &has, &attempt.offer, &snapshot);
        let found = left.sizes.iter().find(|size| size.name == wanted || size.id.as_deref() == Some(wanted)).cloned();
        let found = found.ok_or_else(|| refused(format!("{} has no such size", machine.site)))?;
        if found.name == has.name {
            return Err(refused("it has that size".to_owned()));
        }
        if found.from_volume && !has.from_volume {
            return Err(refused("it has a disk of its own, and that size does not".to_owned()));
        }
        let (fitting, why) = self.fitting(Snapshot { sizes: vec![found], ..left }, machine, &has, standing).await?;
        fitting.into_iter().next().map(|size| (has, size)).ok_or_else(|| refused(why))
    }

    /// What fits of a snapshot, and what rules the rest out.
    async fn fitting(
        &self,
        snapshot: Snapshot,
        machine: &Machine,
        has: &Size,
        standing: Standing,
    ) -> Result<(Vec<Size>, String), DbError> {
        let planner = Planner { person: &machine.person, communities: standing.communities, roles: Roles::Then(standing.role) };
        let access = Access::Granted { roles: planner.roles(snapshot.community.as_deref()) };
        let keep = snapshot.sizes.len();
        let image = snapshot.images.first().map(|image| image.id.clone());
        let place = Place { stock: Arc::new(Stock::of_project(Arc::new(snapshot))), access };
        let resources = Resources { cores: 0.0, memory: ByteCount::new(0), disk: has.disk, ..Resources::default() };
        let wanted = request::Machine { image, ..request::Machine::default() };
        let here = Where::default();
        let wish =
            Wish { kind: Some(RunKind::Machine), resources: &resources, place: &here, container: None, machine: Some(&wanted) };
        let (now, downtimes) = (self.now(), self.downtimes());
        let exclusions = self.exclusions(&machine.person).await?;
        let facts = Facts { exclusions: &exclusions, downtimes: &downtimes, policies: &self.settings.policies, weather: &[] };
        let plan = broker::plan(Question { id: PlanId::new(seed(now)?), now, wish, keep }, &[place], &facts);
        let reasons = plan.rejections.iter().flat_map(|rejection| &rejection.reasons).map(ToString::to_string);
        let why = reasons.collect::<Vec<_>>().join("; ");
        let sizes = plan.offers.into_iter().map(|offer| offer.size).filter(|size| size.from_volume == has.from_volume);
        Ok((sizes.collect(), why))
    }
}

/// Its size as its project shows it now. What starts from a volume has that instead of a disk, whatever its size is.
fn size_of(machine: &Machine, offer: &Offer, snapshot: &Snapshot) -> Size {
    let known = snapshot.sizes.iter().find(|size| size.name == machine.size).unwrap_or(&offer.size).clone();
    let Size { from_volume, disk, .. } = offer.size;
    if from_volume { Size { from_volume, disk, ..known } } else { known }
}

/// The project without the machine, and with nothing to decide but its size: it has its image and its way to the network.
fn without(machine: &Machine, has: &Size, offer: &Offer, snapshot: &Snapshot) -> Snapshot {
    let is_counted = machine.ready_at.is_some_and(|at| snapshot.seen_at >= at);
    let less = |quota: Option<Quota>, by: u64| {
        quota.map(|quota| Quota { used: quota.used.saturating_sub(if is_counted { by } else { 0 }), ..quota })
    };
    let mut left = snapshot.clone();
    left.quotas.cores = less(left.quotas.cores, has.cores as u64);
    left.quotas.memory = less(left.quotas.memory, has.memory.get());
    (left.quotas.instances, left.quotas.ports) = (None, None);
    // It keeps the volume that it has, and gets none instead of a disk.
    (left.quotas.volumes, left.quotas.volume_bytes) = (has.from_volume.then_some(Quota { used: 0, limit: None }), None);
    for size in left.sizes.iter_mut().filter(|_| has.from_volume) {
        size.from_volume = true;
    }
    left.images = offer.image.iter().cloned().collect();
    let ways: Vec<_> = offer.attachment.iter().cloned().collect();
    left.reach = Reach {
        public: ways.clone(),
        private: ways,
        untried: Vec::new(),
        spare_addresses: Vec::new(),
        obstacles: Vec::new(),
        confidence: snapshot.reach.confidence,
    };
    left
}
