//! Where a request could be carried out: the places that the person who asks has, put to the broker.

use crate::create::may_act_for;
use crate::places::{Planner, Roles};
use crate::{Inner, Runs, capacity};
use broker::{Facts, Question};
use db::{DbError, seed};
use identity::{Action, Caller, Resource, authorize};
use model::id::PlanId;
use model::offer::{Plan, Service, Wish};
use model::request::{RunKind, RunRequest};
use model::{ByteCount, Problem};
use sites::Look;
use std::sync::Arc;

impl Runs {
    /// What could carry a request out, and why not the rest.
    pub async fn plan(&self, caller: &Caller, request: &RunRequest) -> Result<Plan, Problem> {
        self.offers(caller, request, Some(request.kind), broker::KEPT).await
    }

    /// What has all that a request asks for: of one kind, or whatever it is. `keep` offers are told in full.
    pub async fn offers(
        &self,
        caller: &Caller,
        request: &RunRequest,
        kind: Option<RunKind>,
        keep: usize,
    ) -> Result<Plan, Problem> {
        authorize(caller, Action::PlansCreate, Resource::Of(caller.person())).map_err(Problem::from)?;
        let mut request = request.clone();
        request.spell_out();
        request.check()?;
        may_act_for(caller, request.place.community.as_deref())?;
        self.name_kept(caller, &mut request).await?;
        self.plan_checked(caller, &request, kind, keep).await
    }

    pub(crate) async fn plan_checked(
        &self,
        caller: &Caller,
        request: &RunRequest,
        kind: Option<RunKind>,
        keep: usize,
    ) -> Result<Plan, Problem> {
        let communities = self.visitor(caller).await?.communities;
        let planner = Planner { person: caller.person(), communities, roles: Roles::OfCaller(caller) };
        Ok(self.0.plan_for(&planner, request, kind, keep).await?)
    }

    /// All services of this gateway, with what is in use of them.
    pub async fn services(&self, look: Look) -> Result<Vec<Service>, DbError> {
        self.0.services(look).await
    }

    /// And the machines that are services for the caller.
    pub async fn services_of(&self, caller: &Caller, look: Look) -> Result<Vec<Service>, DbError> {
        let mut services = self.0.services(look).await?;
        services.extend(self.services_kept(caller).await?);
        Ok(services)
    }
}

impl Inner {
    pub(crate) async fn plan_for(
        self: &Arc<Self>,
        planner: &Planner<'_>,
        request: &RunRequest,
        kind: Option<RunKind>,
        keep: usize,
    ) -> Result<Plan, DbError> {
        let look = if request.container.is_some() { Look::Thorough } else { Look::Quick };
        let mut places = self.places(planner, request.place.community.as_deref(), look).await?;
        let wish = Wish {
            kind,
            resources: &request.resources,
            place: &request.place,
            container: request.container.as_ref().map(|container| container.image.as_str()),
            machine: request.machine.as_ref(),
        };
        let now = self.now();
        let mut downtimes = self.downtimes();
        self.add_kept(planner, request.place.community.as_deref(), &mut places, &mut downtimes).await?;
        let mut exclusions = self.exclusions(planner.person).await?;
        if kind != Some(RunKind::Batch) {
            exclusions.extend(self.pools_aside().await?);
        }
        let weather = self.forecast().await?;
        let facts =
            Facts { exclusions: &exclusions, downtimes: &downtimes, policies: &self.settings.policies, weather: &weather };
        Ok(broker::plan(Question { id: PlanId::new(seed(now)?), now, wish, keep }, &places, &facts))
    }

    pub(crate) async fn services(&self, look: Look) -> Result<Vec<Service>, DbError> {
        let mut services = Vec::new();
        for driver in self.sites.drivers() {
            services.push(self.with_usage(driver.service(look).await).await?);
        }
        Ok(services)
    }

    pub(crate) async fn with_usage(&self, mut service: Service) -> Result<Service, DbError> {
        let (cores, memory, running) = capacity::totals(&capacity::usage(&self.db, &service.name).await?);
        service.usage.cores_used = cores;
        service.usage.memory_used = ByteCount::new(memory);
        service.usage.running = running;
        service.usage.waiting = capacity::waiting(&self.db, &service.name).await?;
        Ok(service)
    }
}
