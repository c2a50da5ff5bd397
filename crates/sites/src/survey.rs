//! The federation as it really is: what its sources say there should be, and what its services show to whom.
//!
//! The sources ([`crate::federation`]) are read again and again; each service that they tell of is looked at with the eyes
//! of those who may ([`crate::lookout`]), through the client of its kind ([`eyes`]). Here the two meet: a site as somebody
//! sees it, the snapshots that they may have, a session at a service for whoever needs one now.

mod eyes;
mod settings;

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use model::Timestamp;
use model::access::{AccessState, Help};
use model::federation::FederatedService;
use model::id::PersonId;
use model::offer::{Named, ProjectSummary, Service, ServiceStanding, ServiceToken, ServiceUsage, Site, Snapshot};
use model::time::Clock;

use crate::federation::{Federation, Sources};
use crate::lookout::{Blind, Looked, Lookout, Seen, Visitor, Watched};
use crate::openstack::evidence::Hints;
use crate::openstack::{Bearers, Error, Http, Purpose, Yard};
use eyes::Eyes;
pub use settings::{Login, NetworkRule, OperatorLogin, Settings};

/// Cheap to clone.
#[derive(Clone)]
pub struct Survey(Arc<Inner>);

struct Inner {
    sources: Sources,
    federation: RwLock<Federation>,
    eyes: Arc<Eyes>,
    lookout: Lookout,
}

impl Survey {
    /// `http`: for all services that have no authority of their own.
    pub fn new(sources: Sources, bearers: Arc<dyn Bearers>, http: Http, clock: Arc<dyn Clock>, settings: Settings) -> Self {
        let (look, now) = (settings.look, clock.now());
        let eyes = Arc::new(Eyes::new(bearers, http, Arc::clone(&clock), settings));
        let lookout = Lookout::new(Arc::clone(&eyes) as _, clock, look);
        Self(Arc::new(Inner { sources, federation: RwLock::new(Federation::empty(now)), eyes, lookout }))
    }

    /// Reads the sources, and looks at what they tell of from now on.
    pub async fn read(&self) {
        let federation = self.0.sources.read().await;
        let watched = federation.services().map(|service| Watched {
            service: service.name.clone(),
            communities: service.communities.iter().map(|one| one.community.clone()).collect(),
            // Only the administrator can say that, in so many words.
            is_open: service.communities.is_empty() && !service.issuers.is_empty(),
            has_operator: self.0.eyes.has_operator(&service.name),
        });
        let watched: Vec<Watched> = watched.collect();
        self.0.eyes.know(federation.services());
        *self.0.federation.write().unwrap_or_else(PoisonError::into_inner) = federation;
        self.0.lookout.watch(watched);
    }

    /// Keeps what was seen young. See [`Lookout::go_round`].
    pub async fn go_round(&self) {
        self.0.lookout.go_round().await;
    }

    /// How looks went since this was last asked.
    pub fn looked(&self) -> Vec<Looked> {
        self.0.lookout.looked()
    }

    pub fn federation(&self) -> Federation {
        self.0.federation.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Looks at all that is not fresh; none: in the background, and without the caller.
    pub async fn look(&self, visitor: &Visitor, patience: Option<Duration>) {
        match patience {
            Some(patience) => self.0.lookout.look(visitor, patience).await,
            None => self.0.lookout.look_later(visitor),
        }
    }

    /// The sites of the federation, as the visitor sees them now.
    pub fn sites(&self, visitor: &Visitor) -> Vec<Site> {
        let federation = self.federation();
        let mut seen = self.by_service(visitor);
        let sites = federation.sites().iter().map(|published| {
            let standing: Vec<_> =
                published.services.iter().filter_map(|service| Some(standing(service, &seen.remove(&service.name)?))).collect();
            Site {
                name: published.name.clone(),
                description: published.title.clone().unwrap_or_default(),
                services: published.services.iter().map(|service| service.name.clone()).collect(),
                standing,
                published: Some(published.clone()),
            }
        });
        sites.collect()
    }

    /// What the visitor may see of services.
    pub fn snapshots(&self, visitor: &Visitor) -> Vec<Arc<Snapshot>> {
        self.0.lookout.seen(visitor).into_iter().flat_map(|seen| seen.snapshots).collect()
    }

    /// Each service as the visitor stands there.
    pub fn seen(&self, visitor: &Visitor) -> Vec<Seen> {
        self.0.lookout.seen(visitor)
    }

    /// Those of the federation, as services of this gateway are told of.
    pub fn services(&self, visitor: &Visitor) -> Vec<Service> {
        let federation = self.federation();
        let mut seen = self.by_service(visitor);
        let services = federation.services().map(|published| Service {
            name: published.name.clone(),
            site: published.site.clone(),
            driver: published.driver.clone(),
            sizes: Vec::new(),
            facts: published.facts.clone(),
            container_engines: Vec::new(),
            multi_node: false,
            usage: ServiceUsage::default(),
            standing: seen.remove(&published.name).map(|seen| standing(published, &seen)),
            seen_at: federation.read_at(),
        });
        services.collect()
    }

    /// Signs the visitor in at a service, for another program of theirs.
    pub async fn enter(&self, visitor: &Visitor, service: &str, wanted: &Wanted<'_>) -> Result<ServiceToken, Closed> {
        let federation = self.federation();
        let published = federation.service(service).ok_or(Closed::NoService)?;
        let is_unknown = |seen: &Seen| matches!(seen.access.state, AccessState::Unknown);
        if self.by_service(visitor).get(service).is_some_and(is_unknown) {
            self.0.lookout.look_at(visitor, service).await;
        }
        let seen = self.by_service(visitor).remove(service).ok_or(Closed::NoService)?;
        let projects = match seen.access.state {
            AccessState::Open { projects } => projects,
            AccessState::NotYours { help } | AccessState::Closed { help } => return Err(Closed::Refused(help)),
            AccessState::Unreachable { help } => return Err(Closed::Unreachable(help)),
            AccessState::Unknown => return Err(Closed::NoProject),
        };
        let mut fitting = projects.into_iter().filter(|project| wanted.fits(project));
        let project = fitting.next().ok_or(Closed::NoProject)?;
        let others: Vec<String> = fitting.map(|other| other.project.name).collect();
        if !others.is_empty() {
            return Err(Closed::Several([vec![project.project.name], others].concat()));
        }
        let entered = self.0.eyes.enter(&visitor.person, service, &project.project.id).await?;
        Ok(ServiceToken {
            service: service.to_owned(),
            site: published.site.clone(),
            project: project.project,
            community: project.community,
            auth_url: entered.auth_url,
            region: published.region.clone(),
            identity_provider: published.identity_provider.clone(),
            protocol: entered.protocol,
            token: entered.session.token.expose().to_owned(),
            expires_at: entered.session.expires,
        })
    }

    /// Into a project, to make things there, change them and remove them.
    pub async fn yard(&self, worker: &Worker, service: &str, project: &str) -> Result<Yard, Error> {
        self.0.eyes.yard(worker, service, project).await
    }

    /// What tells whether an address there is reached from outside.
    pub fn hints(&self, service: &str) -> Hints {
        self.0.eyes.hints_of(service)
    }

    /// What pools gave, as far as anybody remembers.
    pub fn recall(&self, given: Vec<Given>) {
        self.0.eyes.recall(given);
    }

    fn by_service(&self, visitor: &Visitor) -> BTreeMap<String, Seen> {
        self.0.lookout.seen(visitor).into_iter().map(|seen| (seen.service.clone(), seen)).collect()
    }
}

/// An address that a pool gave to a machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Given {
    pub service: String,
    pub network: Named,
    pub address: IpAddr,
    pub at: Timestamp,
}

/// In whose name something is made or removed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Worker {
    pub person: PersonId,
    pub purpose: Purpose,
}

/// Which of somebody's projects at a service.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wanted<'a> {
    pub community: Option<&'a str>,
    /// Its identifier or its name.
    pub project: Option<&'a str>,
}

impl Wanted<'_> {
    fn fits(&self, project: &model::access::Project) -> bool {
        let is_community = |wanted: &str| project.community.as_deref() == Some(wanted);
        let is_project = |wanted: &str| project.project.id == wanted || project.project.name == wanted;
        self.community.is_none_or(is_community) && self.project.is_none_or(is_project)
    }
}

/// Why somebody does not get in.
#[derive(Clone, Debug)]
pub enum Closed {
    NoService,
    /// None of theirs there is what was asked for.
    NoProject,
    /// More than one is.
    Several(Vec<String>),
    Refused(Help),
    Unreachable(Help),
}

impl From<Blind> for Closed {
    fn from(blind: Blind) -> Self {
        match blind {
            Blind::Refused(help) => Self::Refused(help),
            Blind::Unreachable(help) => Self::Unreachable(help),
        }
    }
}

fn standing(service: &FederatedService, seen: &Seen) -> ServiceStanding {
    ServiceStanding {
        service: service.name.clone(),
        communities: service.communities.iter().map(|one| one.community.clone()).collect(),
        access: seen.access.clone(),
        snapshots: seen.snapshots.iter().map(|snapshot| ProjectSummary::of(snapshot)).collect(),
        sign_ins: seen.sign_ins,
    }
}
