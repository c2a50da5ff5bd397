//! Keeping snapshots young while nobody asks: with the eyes of somebody who was here lately and is entitled to them, or of
//! the service's operator.

use std::sync::Arc;

use model::Timestamp;
use model::access::Project;
use model::id::PersonId;

use super::{Inner, Lookout, Viewer, lock};

impl Lookout {
    /// One round: everything that has grown old is looked at once more, one after the other, so that a service sees a
    /// trickle and never a wave.
    pub async fn go_round(&self) {
        let inner = &self.0;
        inner.forget();
        for watched in inner.watched().iter() {
            if watched.has_operator {
                Arc::clone(inner).look_at(&Viewer::Operator, &watched.service).await;
            }
        }
        for (service, project) in inner.grown_old() {
            if let Some(person) = inner.entitled_lately(&service, &project) {
                Arc::clone(inner).look_at(&Viewer::Person(person), &service).await;
            }
        }
    }
}

impl Inner {
    fn grown_old(&self) -> Vec<(String, String)> {
        let now = self.clock.now();
        let is_old = |at: Option<Timestamp>| at.is_none_or(|at| now.since(at) >= self.settings.fresh);
        lock(&self.snapshots).iter().filter(|(_, slot)| is_old(slot.seen_at())).map(|(key, _)| key.clone()).collect()
    }

    /// Who was here last of those who may work in the project.
    fn entitled_lately(&self, service: &str, project: &str) -> Option<PersonId> {
        let now = self.clock.now();
        let access = lock(&self.access);
        let people = lock(&self.people);
        let entitled = access.iter().filter(|((_, at), slot)| {
            let is_it = |one: &Project| one.project.id == project;
            at == service && slot.value().is_some_and(|known| known.projects.iter().any(is_it))
        });
        let lately = entitled.filter_map(|((viewer, _), _)| {
            let Viewer::Person(person) = viewer else { return None };
            Some((people.get(person)?.at, person))
        });
        let lately = lately.filter(|(at, _)| now.since(*at) < self.settings.active);
        lately.max_by_key(|(at, _)| *at).map(|(_, person)| person.clone())
    }

    /// Those who were not here for long, and what nobody could look at for long.
    fn forget(&self) {
        let (now, forgotten) = (self.clock.now(), self.settings.forgotten);
        let mut people = lock(&self.people);
        people.retain(|_, visit| now.since(visit.at) < forgotten);
        let is_here = |viewer: &Viewer| match viewer {
            Viewer::Person(person) => people.contains_key(person),
            Viewer::Operator => true,
        };
        lock(&self.access).retain(|(viewer, _), _| is_here(viewer));
        lock(&self.snapshots).retain(|_, slot| slot.read(|kept| kept.is_wanted(now, forgotten)));
    }
}
