//! The places that somebody has: this gateway's own services, and those of the federation as they stand there.

use crate::{Inner, Runs};
use broker::{Access, Place, Stock};
use db::DbError;
use identity::Caller;
use model::access::{AccessState, Help, Project};
use model::federation::Severity;
use model::id::PersonId;
use model::offer::{Downtime, Service, Snapshot};
use sites::lookout::Seen;
use sites::{Look, Survey, Visitor};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Snapshots arranged for the broker, made once for each.
#[derive(Default)]
pub(crate) struct Stocks(Mutex<HashMap<Key, Arranged>>);

/// Service and project.
type Key = (String, String);
type Arranged = (Arc<Snapshot>, Arc<Stock>);

/// What is left of snapshots that nobody sees any more is cleared when there are more.
const MANY: usize = 4_096;

impl Stocks {
    fn of(&self, snapshot: &Arc<Snapshot>) -> Arc<Stock> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (snapshot.service.clone(), snapshot.project.id.clone());
        if let Some((of, stock)) = kept.get(&key)
            && Arc::ptr_eq(of, snapshot)
        {
            return Arc::clone(stock);
        }
        if kept.len() > MANY {
            kept.clear();
        }
        let stock = Arc::new(Stock::of_project(Arc::clone(snapshot)));
        kept.insert(key, (Arc::clone(snapshot), Arc::clone(&stock)));
        stock
    }
}

impl Runs {
    /// Who looks at the federation. A community is served to those who are in it by this gateway's mapping, and tried for
    /// those whose login service says that they are in a group of that name: what a site makes of their role, it decides.
    pub async fn visitor(&self, caller: &Caller) -> Result<Visitor, DbError> {
        let mut communities = identity::outermost_groups(&self.0.db, caller).await?;
        communities.extend(caller.communities().map(str::to_owned));
        communities.sort();
        communities.dedup();
        Ok(Visitor { person: caller.person().clone(), communities })
    }
}

/// For whom it is planned: as somebody who asks stands now, or stood when they asked.
pub(crate) struct Planner<'a> {
    pub person: &'a PersonId,
    /// Whose services are tried.
    pub communities: Vec<String>,
    pub roles: Roles<'a>,
}

/// Their roles in each community.
pub(crate) enum Roles<'a> {
    OfCaller(&'a Caller),
    /// Their role in the community of a run, as it was when they asked.
    Then(Option<String>),
}

impl Planner<'_> {
    pub(crate) fn roles(&self, community: Option<&str>) -> Vec<String> {
        match &self.roles {
            Roles::OfCaller(caller) => {
                let role = community.and_then(|name| caller.role_in(name));
                role.map(|role| role.as_str().to_owned()).into_iter().collect()
            }
            Roles::Then(role) => role.iter().cloned().collect(),
        }
    }
}

impl Inner {
    /// Every place that is known, and how somebody stands there, alone or in the name of a community.
    pub(crate) async fn places(&self, planner: &Planner<'_>, community: Option<&str>, look: Look) -> Result<Vec<Place>, DbError> {
        let local = |service: Service| {
            let access = Access::Granted { roles: planner.roles(community) };
            Place { stock: Arc::new(Stock::of_service(service)), access }
        };
        let mut places: Vec<Place> = self.services(look).await?.into_iter().map(local).collect();
        if let Some(survey) = self.sites.survey() {
            let visitor = Visitor { person: planner.person.clone(), communities: planner.communities.clone() };
            survey.look(&visitor, None).await;
            for seen in survey.seen(&visitor) {
                places.extend(self.places_at(survey, &seen, planner));
            }
        }
        Ok(places)
    }

    fn places_at(&self, survey: &Survey, seen: &Seen, planner: &Planner<'_>) -> Vec<Place> {
        let federation = survey.federation();
        let site = federation.service(&seen.service).map_or(seen.service.as_str(), |service| service.site.as_str());
        let closed = |access| vec![Place { stock: Arc::new(Stock::unseen(&seen.service, site, None, None, "")), access }];
        let refused = |help: &Help| Access::Refused { why: help.why.clone(), remedy: help.remedy.clone() };
        match &seen.access.state {
            AccessState::Open { projects } => projects.iter().map(|project| self.place(site, seen, project, planner)).collect(),
            AccessState::NotYours { help } | AccessState::Closed { help } => closed(refused(help)),
            AccessState::Unreachable { help } => closed(Access::Unknown { why: help.why.clone() }),
            AccessState::Unknown => closed(Access::Unknown { why: "it was not looked at yet".to_owned() }),
        }
    }

    fn place(&self, site: &str, seen: &Seen, project: &Project, planner: &Planner<'_>) -> Place {
        let is_it = |snapshot: &&Arc<Snapshot>| snapshot.project.id == project.project.id;
        let stock = match seen.snapshots.iter().find(is_it) {
            Some(snapshot) => self.stocks.of(snapshot),
            None => {
                let trouble = seen.access.trouble.as_ref().map_or("it was not looked into yet", |help| help.why.as_str());
                Arc::new(Stock::unseen(&seen.service, site, Some(project.project.clone()), project.community.clone(), trouble))
            }
        };
        Place { stock, access: Access::Granted { roles: planner.roles(project.community.as_deref()) } }
    }

    /// What sites announced: only what ends their service, not what may disturb it.
    pub(crate) fn downtimes(&self) -> Vec<Downtime> {
        let Some(survey) = self.sites.survey() else { return Vec::new() };
        let federation = survey.federation();
        let of_site = |site: &model::federation::FederatedSite| {
            let outages = site.downtimes.iter().filter(|downtime| downtime.severity == Severity::Outage);
            let known = outages.filter_map(|downtime| {
                // Of something at the site that no service of ours is.
                let service = Some(downtime.service.clone()?);
                let (from, until, why) = (downtime.from, downtime.until, downtime.why.clone());
                Some(Downtime { site: site.name.clone(), service, from, until, why })
            });
            known.collect::<Vec<_>>()
        };
        federation.sites().iter().flat_map(of_site).collect()
    }
}
