//! Looking at OpenStack services, with a person's token or the operator's.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use async_trait::async_trait;
use model::access::{Help, Project};
use model::federation::{CommunityProject, FederatedService};
use model::id::PersonId;
use model::offer::{Named, Snapshot};
use model::time::Clock;

use super::{Given, Login, Settings, Worker};
use crate::lookout::{self, Blind, Viewer};
use crate::openstack::evidence::{self, About, Hints, Override, Past, Told};
use crate::openstack::yard::Entry;
use crate::openstack::{
    Account, Advice, Bearers, Cloud, Error, Http, HttpCloud, Inventory, Keystone, Purpose, Session, Sessions, Unreachable, Yard,
};

pub(super) struct Eyes {
    sessions: Arc<Sessions>,
    http: Http,
    clock: Arc<dyn Clock>,
    settings: Settings,
    spots: RwLock<HashMap<String, Spot>>,
    given: RwLock<Vec<Given>>,
}

/// A service that is known: cheap to clone, and the same as long as what is published of it is.
#[derive(Clone)]
struct Spot {
    published: Arc<FederatedService>,
    client: Result<Arc<Client>, Help>,
}

/// A session, and how it was come by.
pub(super) struct Entered {
    pub(super) session: Arc<Session>,
    pub(super) auth_url: String,
    pub(super) protocol: Option<String>,
}

struct Client {
    keystone: Arc<Keystone>,
    cloud: HttpCloud,
    /// For making things.
    patient: Http,
}

impl Eyes {
    pub(super) fn new(bearers: Arc<dyn Bearers>, http: Http, clock: Arc<dyn Clock>, settings: Settings) -> Self {
        let sessions = Arc::new(Sessions::new(bearers, Arc::clone(&clock)));
        Self { sessions, http, clock, settings, spots: RwLock::default(), given: RwLock::default() }
    }

    pub(super) fn has_operator(&self, service: &str) -> bool {
        self.settings.operators.iter().any(|operator| operator.service == service)
    }

    /// From now on these. What was found out about those that did not change is kept.
    pub(super) fn know<'a>(&self, services: impl Iterator<Item = &'a FederatedService>) {
        let mut spots = self.spots.write().unwrap_or_else(PoisonError::into_inner);
        let mut before = std::mem::take(&mut *spots);
        for service in services {
            let same = before.remove(&service.name).filter(|spot| *spot.published == *service);
            let spot = same.unwrap_or_else(|| Spot { published: Arc::new(service.clone()), client: self.client(service) });
            spots.insert(service.name.clone(), spot);
        }
    }

    async fn projects_of(&self, person: &PersonId, service: &str) -> Result<Vec<Project>, Blind> {
        let (published, client) = self.client_of(service)?;
        let projects = self.sessions.projects(person, &client.keystone).await.map_err(|error| self.blind(&error))?;
        Ok(projects.into_iter().filter(|project| project.enabled).map(|project| project_at(&published, project)).collect())
    }

    pub(super) async fn enter(&self, person: &PersonId, service: &str, project: &str) -> Result<Entered, Blind> {
        let (_, client) = self.client_of(service)?;
        let entered = async {
            let session = self.sessions.session(person, &client.keystone, project).await?;
            let auth_url = client.keystone.address().await?;
            Ok(Entered { session, auth_url, protocol: client.keystone.protocol() })
        };
        entered.await.map_err(|error| self.blind(&error))
    }

    /// Into a project, to make and remove things there. Whoever may not work any more still has their things removed; when
    /// not even that is possible with their token, the operator's credentials do it, where there are some.
    pub(super) async fn yard(&self, worker: &Worker, service: &str, project: &str) -> Result<Yard, Error> {
        let unknown = || Error::Unreachable {
            service: service.to_owned(),
            why: Unreachable::Connect { why: "it is not in the federation any more".to_owned() },
        };
        let (_, client) = self.client_of(service).map_err(|_| unknown())?;
        let enter = |entry| Yard::enter(Arc::clone(&client.keystone), client.patient.clone(), entry, project);
        let entry =
            Entry::Person { sessions: Arc::clone(&self.sessions), person: worker.person.clone(), purpose: worker.purpose };
        let refused = match enter(entry).await {
            Err(error) if error.is_refusal() && worker.purpose == Purpose::Release => error,
            entered => return entered,
        };
        let operator = self.settings.operators.iter().find(|operator| operator.service == service).ok_or(refused)?;
        let Login::ApplicationCredential { id, secret } = operator.login.clone();
        enter(Entry::ApplicationCredential { id, secret }).await
    }

    async fn operators_session(&self, service: &str) -> Result<(Arc<FederatedService>, Arc<Client>, Session), Blind> {
        let (published, client) = self.client_of(service)?;
        let operator = self.settings.operators.iter().find(|operator| operator.service == service);
        let Some(operator) = operator else { return Err(Blind::Refused(no_people())) };
        let Login::ApplicationCredential { id, secret } = &operator.login;
        let session = client.keystone.session_of_application_credential(id, secret).await.map_err(|error| self.blind(&error))?;
        Ok((published, client, session))
    }

    fn client_of(&self, service: &str) -> Result<(Arc<FederatedService>, Arc<Client>), Blind> {
        let spots = self.spots.read().unwrap_or_else(PoisonError::into_inner);
        let spot = spots.get(service).ok_or_else(|| Blind::Unreachable(gone(service)))?;
        let client = spot.client.clone().map_err(Blind::Unreachable)?;
        Ok((Arc::clone(&spot.published), client))
    }

    fn client(&self, service: &FederatedService) -> Result<Arc<Client>, Help> {
        let http = match &service.authority {
            None => self.http.clone(),
            Some(file) => {
                let wrong = |why: String| {
                    Help::new(
                        format!("{file}, the authority of {}: {why}", service.name),
                        "Tell the administrator of this gateway.",
                    )
                };
                let authority = std::fs::read(file).map_err(|error| wrong(error.to_string()))?;
                self.http.believing(&authority).map_err(|error| wrong(error.to_string()))?
            }
        };
        let account = Account::from(service);
        let keystone = Arc::new(Keystone::new(account.clone(), http.clone(), Arc::clone(&self.clock)));
        let patient = http.with_deadline(self.settings.answer_within);
        let cloud = HttpCloud::new(account, http, Arc::clone(&self.clock));
        Ok(Arc::new(Client { keystone, cloud, patient }))
    }

    fn blind(&self, error: &Error) -> Blind {
        let help = error.help(Advice { join: self.settings.join.as_deref() });
        if error.is_refusal() { Blind::Refused(help) } else { Blind::Unreachable(help) }
    }

    fn snapshot_of(&self, service: &FederatedService, project: &Project, seen: &Inventory, seen_with: &str) -> Snapshot {
        let about = About {
            service: service.name.clone(),
            site: service.site.clone(),
            project: project.project.clone(),
            community: project.community.clone(),
            seen_with: seen_with.to_owned(),
        };
        evidence::interpret(about, seen, &self.hints(service, Some(project)))
    }

    pub(super) fn recall(&self, given: Vec<Given>) {
        *self.given.write().unwrap_or_else(PoisonError::into_inner) = given;
    }

    /// Whatever project it is.
    pub(super) fn hints_of(&self, service: &str) -> Hints {
        let spots = self.spots.read().unwrap_or_else(PoisonError::into_inner);
        let published = spots.get(service).map(|spot| Arc::clone(&spot.published));
        drop(spots);
        published.map(|published| self.hints(&published, None)).unwrap_or_default()
    }

    fn past(&self, service: &str) -> Vec<Past> {
        let given = self.given.read().unwrap_or_else(PoisonError::into_inner);
        let here = given.iter().filter(|one| one.service == service);
        here.map(|one| Past::Gave { network: one.network.id.clone(), address: one.address, at: one.at }).collect()
    }

    fn hints(&self, service: &FederatedService, project: Option<&Project>) -> Hints {
        let (public, private) = (&self.settings.public_ranges, &self.settings.private_ranges);
        let here = |rule: &&super::NetworkRule| rule.service == service.name;
        let overrides = self.settings.networks.iter().filter(here);
        let mut told = Vec::new();
        if let Some(published) = project.and_then(|project| entry(service, project)) {
            let source = || "the federation's sources".to_owned();
            told.extend(published.public_network_hint.clone().map(|network| Told::PublicNetwork { network, source: source() }));
            told.extend(published.network_hint.clone().map(|kind| Told::DefaultNetwork { kind, source: source() }));
        }
        Hints {
            // Those that cannot be read were complained of where they stand.
            public_ranges: public
                .iter()
                .copied()
                .chain(service.public_ranges.iter().filter_map(|text| text.parse().ok()))
                .collect(),
            private_ranges: private.clone(),
            overrides: overrides.map(|rule| Override { network: rule.network.clone(), role: rule.role }).collect(),
            told,
            past: self.past(&service.name),
        }
    }
}

#[async_trait]
impl lookout::Eyes for Eyes {
    async fn projects(&self, viewer: &Viewer, service: &str) -> Result<Vec<Project>, Blind> {
        match viewer {
            Viewer::Person(person) => self.projects_of(person, service).await,
            Viewer::Operator => {
                let (published, _, session) = self.operators_session(service).await?;
                Ok(vec![project_at(&published, session.project)])
            }
        }
    }

    async fn snapshot(&self, viewer: &Viewer, service: &str, project: &Project) -> Result<Snapshot, Blind> {
        let within = self.settings.within();
        match viewer {
            Viewer::Person(person) => {
                let (published, client) = self.client_of(service)?;
                let looked = self.sessions.look(person, &client.keystone, &client.cloud, &project.project.id, within).await;
                let seen = looked.map_err(|error| self.blind(&error))?;
                Ok(self.snapshot_of(&published, project, &seen, "a person who may work in the project"))
            }
            Viewer::Operator => {
                let (published, client, session) = self.operators_session(service).await?;
                let seen = client.cloud.inventory(&session, within).await;
                Ok(self.snapshot_of(&published, project, &seen, "the operator's credentials"))
            }
        }
    }
}

/// Whose project it is: as the federation publishes it, otherwise as the site says.
fn project_at(service: &FederatedService, project: crate::openstack::Project) -> Project {
    let published = service.communities.iter().find(|one| one.project_id.as_ref() == Some(&project.id));
    let community = published.map(|one| one.community.clone()).or(project.community);
    Project { project: Named { id: project.id, name: project.name }, community }
}

fn entry<'a>(service: &'a FederatedService, project: &Project) -> Option<&'a CommunityProject> {
    let is_it = |one: &&CommunityProject| {
        one.project_id.as_ref() == Some(&project.project.id) || Some(&one.community) == project.community.as_ref()
    };
    service.communities.iter().find(is_it)
}

fn gone(service: &str) -> Help {
    Help::new(format!("{service} is not in the federation any more"), "Look at `roadstead sites`.")
}

fn no_people() -> Help {
    let why = "people do not sign in there: it takes application credentials, and none is configured for it";
    Help::new(why, "Ask the administrator of this gateway.")
}
