//! What exists, by the word of others: site lists, registries, information systems, and the administrator.
//!
//! ```text
//! documents ──read, one by one──> words (with their origin) ──merge──> Federation (sites, services, communities, problems)
//! ```
//!
//! - A [`Source`] is a place with documents; [`Sources::read`] fetches all of them at once, each source within its time.
//!   What cannot be read is a typed problem of that site (or of the source, when no site can be named) and harms nothing
//!   else; what it said when it was last read well is used instead, with its age.
//! - Every word keeps its origin. Where two disagree, the better source is believed (the administrator's own sites, then
//!   site files, GOCDB, what sites publish of themselves), and the conflict is shown.
//! - A [`Federation`] is immutable and cheap to clone. It says what should exist; whether it does, and for whom, is found
//!   by asking the services.
//!
//! Nothing that is read here is trusted further than that: sizes, depths and numbers have limits, and addresses pass the
//! guard when they are asked.

mod account;
mod cloud_info;
mod documents;
mod egi_yaml;
mod element;
pub mod export;
mod gocdb;
mod merge;
pub(crate) mod node;
mod own;
mod source;
mod sources;
mod vo_mappings;
mod word;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use model::Timestamp;
use model::federation::{CommunityProject, Downtime, FederatedService, FederatedSite, FederationSource, SourceProblem};

pub use own::{OwnCommunity, OwnDowntime, OwnSite};
pub use source::{Documents, Place, Source, SourceKind};
pub use sources::Sources;

#[derive(Clone, Debug)]
pub struct Federation {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    sites: Vec<FederatedSite>,
    sources: Vec<FederationSource>,
    read_at: Timestamp,
    site_by_name: HashMap<String, usize>,
    /// Site and service in it.
    service_by_name: HashMap<String, (usize, usize)>,
    /// Site, service, and project in it.
    by_community: BTreeMap<String, Vec<(usize, usize, usize)>>,
}

impl Federation {
    fn new(sites: Vec<FederatedSite>, sources: Vec<FederationSource>, read_at: Timestamp) -> Self {
        let (mut site_by_name, mut service_by_name) = (HashMap::new(), HashMap::new());
        let mut by_community: BTreeMap<String, Vec<_>> = BTreeMap::new();
        for (at, site) in sites.iter().enumerate() {
            site_by_name.insert(site.name.clone(), at);
            for (place, service) in site.services.iter().enumerate() {
                service_by_name.insert(service.name.clone(), (at, place));
                for (number, project) in service.communities.iter().enumerate() {
                    by_community.entry(project.community.clone()).or_default().push((at, place, number));
                }
            }
        }
        Self { inner: Arc::new(Inner { sites, sources, read_at, site_by_name, service_by_name, by_community }) }
    }

    /// Before anything was read.
    pub(crate) fn empty(now: Timestamp) -> Self {
        Self::new(Vec::new(), Vec::new(), now)
    }

    /// By name.
    pub fn sites(&self) -> &[FederatedSite] {
        &self.inner.sites
    }

    pub fn site(&self, name: &str) -> Option<&FederatedSite> {
        self.inner.sites.get(*self.inner.site_by_name.get(name)?)
    }

    pub fn services(&self) -> impl Iterator<Item = &FederatedService> {
        self.inner.sites.iter().flat_map(|site| &site.services)
    }

    pub fn service(&self, name: &str) -> Option<&FederatedService> {
        let (site, service) = self.inner.service_by_name.get(name)?;
        self.inner.sites.get(*site)?.services.get(*service)
    }

    /// Every community that any service is said to have something for, by name.
    pub fn communities(&self) -> impl Iterator<Item = &str> {
        self.inner.by_community.keys().map(String::as_str)
    }

    /// The services that are said to have something for the community, and what.
    pub fn of_community(&self, community: &str) -> impl Iterator<Item = (&FederatedService, &CommunityProject)> {
        self.inner.by_community.get(community).into_iter().flatten().filter_map(|(site, service, project)| {
            let service = self.inner.sites.get(*site)?.services.get(*service)?;
            Some((service, service.communities.get(*project)?))
        })
    }

    /// What the service is said not to do, or to do badly, at that moment.
    pub fn downtimes(&self, service: &str, moment: Timestamp) -> impl Iterator<Item = &Downtime> {
        let site = self.inner.service_by_name.get(service).and_then(|(site, _)| self.inner.sites.get(*site));
        let downtimes = site.into_iter().flat_map(|site| &site.downtimes);
        downtimes.filter(move |downtime| downtime.service.as_deref() == Some(service) && downtime.covers(moment))
    }

    /// In the order of their weight.
    pub fn sources(&self) -> &[FederationSource] {
        &self.inner.sources
    }

    /// All problems: those of a site with its name, then those of sources.
    pub fn problems(&self) -> impl Iterator<Item = (Option<&str>, &SourceProblem)> {
        let of_sites =
            self.inner.sites.iter().flat_map(|site| site.problems.iter().map(|problem| (Some(site.name.as_str()), problem)));
        of_sites.chain(self.inner.sources.iter().flat_map(|source| source.problems.iter().map(|problem| (None, problem))))
    }

    /// When it was put together. What is in it may be older: see its sources.
    pub fn read_at(&self) -> Timestamp {
        self.inner.read_at
    }
}
