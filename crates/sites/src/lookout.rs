//! What every service offers to whom, as last seen.
//!
//! Two things are kept apart. *Access*, of a person at a service: whether it lets them in, and to which projects. It always
//! comes from the person's own token. *Snapshots*, of a project at a service: what there is. One look serves all who are
//! entitled to the project, whoever's eyes it was made with.
//!
//! - Readers get what is kept, with its age, and never wait ([`Lookout::seen`]). Whoever wants it newer asks for a look
//!   ([`Lookout::look`]) and may wait for it, or not.
//! - However many want the same looked at, the service is asked once. A look belongs to nobody: it goes on when whoever
//!   asked for it has gone.
//! - Each service is asked in its own time, and its failures are its own. What was seen before stays, with what went
//!   wrong since.
//! - A service sees a bounded number of sign-ins in an hour ([`budget`]), however many people there are.
//!
//! All of it is in memory: after a restart people are signed in anew, which takes as long as the slowest service that
//! answers. Nothing here knows OpenStack, or what a federation's sources say: [`Eyes`] does the looking.

mod access;
mod budget;
mod diary;
mod rounds;
mod slot;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use async_trait::async_trait;
use model::Timestamp;
use model::access::{Access, AccessState, Help, Project};
use model::id::PersonId;
use model::offer::Snapshot;
use model::time::Clock;
use tokio::task::JoinSet;

use access::Known;
use budget::Budget;
use diary::Diary;
pub use diary::{Glance, Looked};
use slot::Slot;

/// Looks at services: signs in, lists, concludes.
#[async_trait]
pub trait Eyes: Send + Sync + 'static {
    /// Where the viewer may work at the service.
    async fn projects(&self, viewer: &Viewer, service: &str) -> Result<Vec<Project>, Blind>;

    /// What is there.
    async fn snapshot(&self, viewer: &Viewer, service: &str, project: &Project) -> Result<Snapshot, Blind>;
}

/// With whose token.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Viewer {
    Person(PersonId),
    /// Credentials that the administrator configured for the service.
    Operator,
}

/// Nothing was seen.
#[derive(Clone, Debug)]
pub enum Blind {
    /// The service, or the issuer before it, knows who asks and says no. What was seen before does not count any more.
    Refused(Help),
    /// It did not answer, or not as it should. What was seen before may still be so.
    Unreachable(Help),
}

/// A service that is looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Watched {
    pub service: String,
    /// Whom it serves.
    pub communities: Vec<String>,
    /// It may be shown anybody's token. Otherwise one of which nobody says whom it serves is shown none: a registry lists
    /// whoever registered.
    pub is_open: bool,
    /// It can be looked at without anybody's token.
    pub has_operator: bool,
}

#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// What is younger than this is not looked at again.
    pub fresh: Duration,
    /// How soon after a failure it may be tried again.
    pub again: Duration,
    /// One look at one service.
    pub deadline: Duration,
    pub sign_ins_per_hour: u32,
    /// A person who was here so lately keeps the snapshots of their projects young.
    pub active: Duration,
    /// What nobody could look at for so long is not shown any more.
    pub forgotten: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            fresh: Duration::from_secs(600),
            again: Duration::from_secs(60),
            deadline: Duration::from_secs(20),
            sign_ins_per_hour: 600,
            active: Duration::from_secs(24 * 3_600),
            forgotten: Duration::from_secs(24 * 3_600),
        }
    }
}

/// Cheap to clone.
#[derive(Clone)]
pub struct Lookout(Arc<Inner>);

/// Of one person.
#[derive(Clone, Copy)]
struct Visit {
    /// The last one.
    at: Timestamp,
    /// When a look in the background was last begun.
    looked_at: Option<Timestamp>,
}

/// Between two looks in the background for one person: each has a task for each service.
const PAUSE: Duration = Duration::from_secs(2);

type Slots<K, T> = Mutex<HashMap<K, Arc<Slot<T>>>>;

struct Inner {
    eyes: Arc<dyn Eyes>,
    clock: Arc<dyn Clock>,
    settings: Settings,
    watched: RwLock<Arc<Vec<Watched>>>,
    /// By viewer and service.
    access: Slots<(Viewer, String), Known>,
    /// By service and project.
    snapshots: Slots<(String, String), Snapshot>,
    people: Mutex<HashMap<PersonId, Visit>>,
    budget: Budget,
    diary: Diary,
}

/// Who wants to see.
#[derive(Clone, Debug)]
pub struct Visitor {
    pub person: PersonId,
    /// Of which they are members: services of others are not shown their tokens.
    pub communities: Vec<String>,
}

/// One service, as somebody may see it.
#[derive(Clone, Debug)]
pub struct Seen {
    pub service: String,
    pub access: Access,
    /// Of the projects that they are entitled to, as far as they were looked at.
    pub snapshots: Vec<Arc<Snapshot>>,
    /// How often it was signed in at within the last hour.
    pub sign_ins: u32,
}

impl Lookout {
    pub fn new(eyes: Arc<dyn Eyes>, clock: Arc<dyn Clock>, settings: Settings) -> Self {
        Self(Arc::new(Inner {
            eyes,
            clock,
            settings,
            watched: RwLock::default(),
            access: Mutex::default(),
            snapshots: Mutex::default(),
            people: Mutex::default(),
            budget: Budget::default(),
            diary: Diary::default(),
        }))
    }

    /// From now on these and no others. What was seen of those that stay is kept.
    pub fn watch(&self, services: Vec<Watched>) {
        let is_watched = |service: &str| services.iter().any(|one| one.service == service);
        lock(&self.0.access).retain(|(_, service), _| is_watched(service));
        lock(&self.0.snapshots).retain(|(service, _), _| is_watched(service));
        self.0.diary.forget(is_watched);
        *self.0.watched.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(services);
    }

    /// What is known now. It waits for nobody.
    pub fn seen(&self, visitor: &Visitor) -> Vec<Seen> {
        self.0.visited(visitor);
        self.0.watched().iter().map(|watched| self.0.seen_at(visitor, watched)).collect()
    }

    /// How looks went since this was last asked: a few of each service.
    pub fn looked(&self) -> Vec<Looked> {
        self.0.diary.take()
    }

    /// Looks at all that is not fresh, for at most so long; what takes longer goes on without the caller.
    pub async fn look(&self, visitor: &Visitor, patience: Duration) {
        self.0.visited(visitor);
        let mut looks = JoinSet::new();
        for watched in self.0.watched().iter().filter(|watched| watched.may_serve(&visitor.communities)) {
            let viewer = Viewer::Person(visitor.person.clone());
            let (inner, service) = (Arc::clone(&self.0), watched.service.clone());
            looks.spawn(async move { inner.look_at(&viewer, &service).await });
        }
        // A set that is dropped ends what is in it.
        let all = tokio::spawn(async move { while looks.join_next().await.is_some() {} });
        let _ = tokio::time::timeout(patience, all).await;
    }

    /// Looks at one service, if the visitor may be served there.
    pub async fn look_at(&self, visitor: &Visitor, service: &str) {
        self.0.visited(visitor);
        let watched = self.0.watched();
        let may = |one: &&Watched| one.service == service && one.may_serve(&visitor.communities);
        if watched.iter().find(may).is_some() {
            let (inner, service) = (Arc::clone(&self.0), service.to_owned());
            let viewer = Viewer::Person(visitor.person.clone());
            let _ = tokio::spawn(async move { inner.look_at(&viewer, &service).await }).await;
        }
    }

    /// As [`Self::look`], without waiting.
    pub fn look_later(&self, visitor: &Visitor) {
        if self.0.is_due(visitor) {
            let (lookout, visitor) = (self.clone(), visitor.clone());
            tokio::spawn(async move { lookout.look(&visitor, Duration::from_secs(3_600)).await });
        }
    }
}

impl Watched {
    fn may_serve(&self, communities: &[String]) -> bool {
        self.is_open || self.communities.iter().any(|one| communities.contains(one))
    }
}

impl Inner {
    fn watched(&self) -> Arc<Vec<Watched>> {
        Arc::clone(&self.watched.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn visited(&self, visitor: &Visitor) {
        let at = self.clock.now();
        lock(&self.people).entry(visitor.person.clone()).or_insert(Visit { at, looked_at: None }).at = at;
    }

    fn is_due(&self, visitor: &Visitor) -> bool {
        let now = self.clock.now();
        let mut people = lock(&self.people);
        let visit = people.entry(visitor.person.clone()).or_insert(Visit { at: now, looked_at: None });
        let is_due = visit.looked_at.is_none_or(|at| now.since(at) >= PAUSE);
        if is_due {
            visit.looked_at = Some(now);
        }
        is_due
    }

    fn seen_at(&self, visitor: &Visitor, watched: &Watched) -> Seen {
        let (service, now) = (&watched.service, self.clock.now());
        let mut seen = Seen {
            service: service.clone(),
            access: Access { state: AccessState::Unknown, seen_at: None, looking: false, trouble: None },
            snapshots: Vec::new(),
            sign_ins: self.budget.spent(service, now),
        };
        if !watched.may_serve(&visitor.communities) {
            seen.access.state = AccessState::NotYours { help: not_yours(&watched.communities) };
            return seen;
        }
        let key = (Viewer::Person(visitor.person.clone()), service.clone());
        let Some(slot) = lock(&self.access).get(&key).cloned() else { return seen };
        seen.access = slot.read(|kept| access::shown(kept, now, self.settings.forgotten));
        if let AccessState::Open { projects } = &seen.access.state {
            let snapshots = lock(&self.snapshots);
            let of = |project: &Project| snapshots.get(&(service.clone(), project.project.id.clone())).cloned();
            let slots: Vec<_> = projects.iter().filter_map(of).collect();
            drop(snapshots);
            let is_kept = |snapshot: &Arc<Snapshot>| now.since(snapshot.seen_at) < self.settings.forgotten;
            seen.snapshots = slots.iter().filter_map(|slot| slot.value()).filter(is_kept).collect();
            seen.access.looking |= slots.iter().any(|slot| slot.read(|kept| kept.looking));
            let trouble = || slots.iter().find_map(|slot| slot.read(slot::Kept::trouble));
            seen.access.trouble = seen.access.trouble.or_else(trouble);
        }
        seen
    }

    /// Where the viewer may work, then the snapshots of these projects.
    async fn look_at(self: Arc<Self>, viewer: &Viewer, service: &str) {
        let slot = Arc::clone(lock(&self.access).entry((viewer.clone(), service.to_owned())).or_default());
        let asked = self.ask_for_projects(viewer, service);
        let Some(known) = slot.refresh(self.clock.as_ref(), &self.settings, asked).await else { return };
        let mut looks = JoinSet::new();
        for project in &known.projects {
            let (inner, viewer, service, project) = (Arc::clone(&self), viewer.clone(), service.to_owned(), project.clone());
            looks.spawn(async move { inner.look_into(&viewer, &service, &project).await });
        }
        while looks.join_next().await.is_some() {}
    }

    async fn ask_for_projects(&self, viewer: &Viewer, service: &str) -> Result<Known, Blind> {
        let now = self.clock.now();
        if !self.budget.spend(service, now, self.settings.sign_ins_per_hour) {
            return Err(Blind::Unreachable(too_many(service, self.settings.sign_ins_per_hour)));
        }
        let asked = self.eyes.projects(viewer, service);
        let projects = self.in_time(service, Glance::SignIn, asked).await?;
        Ok(Known { projects, since: now })
    }

    async fn look_into(&self, viewer: &Viewer, service: &str, project: &Project) {
        let key = (service.to_owned(), project.project.id.clone());
        let slot = Arc::clone(lock(&self.snapshots).entry(key).or_default());
        let look = self.in_time(service, Glance::List, self.eyes.snapshot(viewer, service, project));
        slot.refresh(self.clock.as_ref(), &self.settings, look).await;
    }

    async fn in_time<T>(&self, service: &str, glance: Glance, look: impl Future<Output = Result<T, Blind>>) -> Result<T, Blind> {
        let (limit, begun) = (self.settings.deadline, self.clock.now());
        let looked = tokio::time::timeout(limit, look).await;
        let looked = looked.unwrap_or_else(|_| Err(Blind::Unreachable(too_slow(service, limit))));
        let trouble = match &looked {
            Err(Blind::Unreachable(help)) => Some(help.why.clone()),
            Ok(_) | Err(Blind::Refused(_)) => None,
        };
        let (at, service) = (self.clock.now(), service.to_owned());
        self.diary.note(Looked { service, glance, at, took: at.since(begun), trouble });
        looked
    }
}

fn not_yours(communities: &[String]) -> Help {
    if communities.is_empty() {
        let remedy =
            "The administrator of this gateway can say which communities it serves, or whose tokens it takes (`[[sites]]`).";
        return Help::new("nobody says whom it serves, so it is shown no token", remedy);
    }
    let served = communities.join(", ");
    Help::new(format!("it serves {served}, of which you are no member"), "Join one of them, if your work belongs there.")
}

fn too_many(service: &str, most: u32) -> Help {
    let why = format!("{service} was signed in at {most} times within the last hour, which is as often as this gateway may");
    Help::new(why, "Try again later, or ask the administrator for a higher limit.")
}

fn too_slow(service: &str, limit: Duration) -> Help {
    let why = format!("{service} did not answer within {limit:?}");
    Help::new(why, "It is tried again by itself. Other sites are not affected.")
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
