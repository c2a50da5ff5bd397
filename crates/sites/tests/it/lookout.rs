//! What is kept of services, for whom, and how often they are asked.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use model::access::{AccessState, Help, Project};
use model::offer::{Confidence, Named, Quotas, Reach, Snapshot};
use model::time::Clock;
use sites::lookout::{Blind, Eyes, Glance, Lookout, Seen, Settings, Viewer, Visitor, Watched};
use testkit::MovedClock;

use crate::world::person;

#[derive(Clone)]
enum Does {
    LetsIn(Vec<&'static str>),
    Refuses,
    Fails,
    Hangs,
}

/// Does what it is told, and counts.
struct Told {
    clock: MovedClock,
    does: Mutex<HashMap<(Viewer, String), Does>>,
    asked: Mutex<Vec<String>>,
}

impl Told {
    fn new(clock: &MovedClock) -> Arc<Self> {
        Arc::new(Self { clock: clock.clone(), does: Mutex::default(), asked: Mutex::default() })
    }

    fn now(&self, viewer: &Viewer, service: &str, does: Does) {
        self.does.lock().unwrap().insert((viewer.clone(), service.to_owned()), does);
    }

    /// Since the last time.
    fn asked(&self) -> Vec<String> {
        let mut asked = std::mem::take(&mut *self.asked.lock().unwrap());
        asked.sort();
        asked
    }
}

#[async_trait]
impl Eyes for Told {
    async fn projects(&self, viewer: &Viewer, service: &str) -> Result<Vec<Project>, Blind> {
        self.asked.lock().unwrap().push(service.to_owned());
        let does = self.does.lock().unwrap().get(&(viewer.clone(), service.to_owned())).cloned();
        match does {
            Some(Does::LetsIn(projects)) => Ok(projects.into_iter().map(project).collect()),
            None | Some(Does::Refuses) => Err(Blind::Refused(Help::new("no", "ask"))),
            Some(Does::Fails) => Err(Blind::Unreachable(Help::new("down", "wait"))),
            Some(Does::Hangs) => std::future::pending().await,
        }
    }

    async fn snapshot(&self, _viewer: &Viewer, service: &str, project: &Project) -> Result<Snapshot, Blind> {
        self.asked.lock().unwrap().push(format!("{service}/{}", project.project.id));
        let reach = Reach {
            public: Vec::new(),
            untried: Vec::new(),
            private: Vec::new(),
            spare_addresses: Vec::new(),
            obstacles: Vec::new(),
            confidence: Confidence::Certain,
        };
        Ok(Snapshot {
            service: service.to_owned(),
            site: service.to_owned(),
            project: project.project.clone(),
            community: None,
            sizes: Vec::new(),
            images: Vec::new(),
            networks: Vec::new(),
            reach,
            quotas: Quotas::default(),
            zones: Vec::new(),
            gaps: Vec::new(),
            seen_at: self.clock.now(),
            seen_with: String::new(),
        })
    }
}

fn project(name: &'static str) -> Project {
    Project { project: Named { id: name.to_owned(), name: name.to_owned() }, community: None }
}

fn watched(service: &str) -> Watched {
    Watched { service: service.to_owned(), communities: vec!["physics".to_owned()], is_open: false, has_operator: false }
}

fn visitor(number: u8) -> Visitor {
    Visitor { person: person(number), communities: vec!["physics".to_owned()] }
}

fn eyes_of(number: u8) -> Viewer {
    Viewer::Person(person(number))
}

fn at<'a>(seen: &'a [Seen], service: &str) -> &'a Seen {
    seen.iter().find(|seen| seen.service == service).expect("the service")
}

fn projects(seen: &Seen) -> Vec<&str> {
    let mut all: Vec<&str> = seen.snapshots.iter().map(|snapshot| snapshot.project.id.as_str()).collect();
    all.sort_unstable();
    all
}

const LONG: Duration = Duration::from_secs(60);

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn however_many_look_a_service_is_asked_once_and_each_sees_what_is_theirs() {
    let clock = MovedClock::default();
    let eyes = Told::new(&clock);
    eyes.now(&eyes_of(1), "s", Does::LetsIn(vec!["shared", "own"]));
    eyes.now(&eyes_of(2), "s", Does::LetsIn(vec!["shared"]));
    let lookout = Lookout::new(eyes.clone(), Arc::new(clock.clone()), Settings::default());
    let of = |service: &str, communities: &[&str], is_open| {
        let communities = communities.iter().map(|one| (*one).to_owned()).collect();
        Watched { communities, is_open, ..watched(service) }
    };
    lookout.watch(vec![watched("s"), of("theirs", &["chemistry"], false), of("unknown", &[], false), of("open", &[], true)]);
    let looks: Vec<_> = (0..60)
        .map(|number| {
            let lookout = lookout.clone();
            tokio::spawn(async move { lookout.look(&visitor(1 + number % 3), LONG).await })
        })
        .collect();
    for look in looks {
        look.await.unwrap();
    }
    // One sign-in of each person, one look into each project: whoever's eyes it was.
    assert_eq!(eyes.asked(), ["open", "open", "open", "s", "s", "s", "s/own", "s/shared"]);
    let one = lookout.seen(&visitor(1));
    assert_eq!(projects(at(&one, "s")), ["own", "shared"]);
    assert_eq!(at(&one, "s").sign_ins, 3);
    assert!(matches!(at(&one, "theirs").access.state, AccessState::NotYours { .. }));
    assert!(matches!(at(&one, "unknown").access.state, AccessState::NotYours { .. }), "nobody's token is shown to it");
    assert_eq!(projects(at(&lookout.seen(&visitor(2)), "s")), ["shared"]);
    let third = lookout.seen(&visitor(3));
    assert!(matches!(at(&third, "s").access.state, AccessState::Closed { .. }) && at(&third, "s").snapshots.is_empty());

    // Refused from now on: nothing is shown any more, to that person.
    eyes.now(&eyes_of(1), "s", Does::Refuses);
    clock.forward(Duration::from_secs(700));
    lookout.look(&visitor(1), LONG).await;
    let one = lookout.seen(&visitor(1));
    assert!(matches!(at(&one, "s").access.state, AccessState::Closed { .. }) && at(&one, "s").snapshots.is_empty());
    assert_eq!(projects(at(&lookout.seen(&visitor(2)), "s")), ["shared"]);

    // A service that is not watched any more is forgotten.
    lookout.watch(vec![watched("other")]);
    assert!(lookout.seen(&visitor(2)).iter().all(|seen| seen.service == "other"));
    lookout.watch(vec![watched("s")]);
    assert!(matches!(at(&lookout.seen(&visitor(2)), "s").access.state, AccessState::Unknown));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_service_that_hangs_is_told_in_time_and_what_was_seen_before_stays_with_its_age() {
    let clock = MovedClock::default();
    let eyes = Told::new(&clock);
    for service in ["good", "bad"] {
        eyes.now(&eyes_of(1), service, Does::LetsIn(vec!["p"]));
    }
    let settings = Settings { deadline: Duration::from_millis(300), ..Settings::default() };
    let lookout = Lookout::new(eyes.clone(), Arc::new(clock.clone()), settings);
    lookout.watch(vec![watched("good"), watched("bad"), watched("never")]);
    eyes.now(&eyes_of(1), "never", Does::Hangs);

    // Who has no patience gets what is there, and the look goes on.
    lookout.look(&visitor(1), Duration::ZERO).await;
    let waiting = Instant::now();
    while at(&lookout.seen(&visitor(1)), "good").snapshots.is_empty() {
        assert!(waiting.elapsed() < LONG);
        tokio::task::yield_now().await;
    }
    lookout.look(&visitor(1), LONG).await;
    let seen = lookout.seen(&visitor(1));
    assert_eq!((projects(at(&seen, "good")), projects(at(&seen, "bad"))), (vec!["p"], vec!["p"]));
    let AccessState::Unreachable { help } = &at(&seen, "never").access.state else { panic!("{seen:?}") };
    assert!(help.why.contains("never did not answer within 300ms"), "{help:?}");
    // Each look is a probe: of what answers, what was tried; of what does not, why.
    let told = |lookout: &Lookout| {
        let mut told: Vec<(String, Glance, Option<String>)> =
            lookout.looked().into_iter().map(|one| (one.service, one.glance, one.trouble)).collect();
        told.sort_by_key(|(service, glance, _)| (service.clone(), *glance == Glance::List));
        told
    };
    let well = |service: &str, glance| (service.to_owned(), glance, None);
    let hung = ("never".to_owned(), Glance::SignIn, Some(help.why.clone()));
    let (sign_in, list) = (Glance::SignIn, Glance::List);
    let all = [well("bad", sign_in), well("bad", list), well("good", sign_in), well("good", list), hung];
    assert_eq!(told(&lookout), all);

    // Now another one fails: what was seen is shown, with what is wrong.
    let first = at(&seen, "bad").access.seen_at;
    eyes.now(&eyes_of(1), "bad", Does::Fails);
    clock.forward(Duration::from_secs(700));
    eyes.asked();
    lookout.look(&visitor(1), LONG).await;
    lookout.look(&visitor(1), LONG).await;
    assert_eq!(eyes.asked(), ["bad", "good", "good/p", "never"], "a failure is not repeated at once");
    let seen = lookout.seen(&visitor(1));
    let bad = at(&seen, "bad");
    assert_eq!((projects(bad), bad.access.seen_at), (vec!["p"], first));
    assert_eq!(bad.access.trouble.as_ref().map(|help| help.why.as_str()), Some("down"));
    assert!(told(&lookout).contains(&("bad".to_owned(), Glance::SignIn, Some("down".to_owned()))));
    assert!(at(&seen, "good").access.trouble.is_none() && at(&seen, "good").access.seen_at > first);

    // For a day, no longer.
    clock.forward(Duration::from_secs(25 * 3_600));
    let seen = lookout.seen(&visitor(1));
    assert!(matches!(at(&seen, "bad").access.state, AccessState::Unreachable { .. }) && at(&seen, "bad").snapshots.is_empty());
}

#[tokio::test]
async fn who_was_here_last_keeps_snapshots_young_and_sign_ins_are_bounded() {
    let clock = MovedClock::default();
    let eyes = Told::new(&clock);
    for number in [1, 2] {
        eyes.now(&eyes_of(number), "s", Does::LetsIn(vec!["p"]));
    }
    eyes.now(&Viewer::Operator, "o", Does::LetsIn(vec!["q"]));
    let settings = Settings { sign_ins_per_hour: 4, ..Settings::default() };
    let lookout = Lookout::new(eyes.clone(), Arc::new(clock.clone()), settings);
    lookout.watch(vec![watched("s"), Watched { has_operator: true, ..watched("o") }]);
    lookout.look(&visitor(1), LONG).await;
    clock.forward(Duration::from_secs(60));
    lookout.look(&visitor(2), LONG).await;
    eyes.asked();
    clock.forward(Duration::from_secs(700));
    lookout.go_round().await;
    assert_eq!(eyes.asked(), ["o", "o/q", "s", "s/p"]);
    lookout.go_round().await;
    assert_eq!(eyes.asked(), Vec::<String>::new(), "all is young");
    // The person who was here last is suspended: the other one's eyes are as good.
    eyes.now(&eyes_of(2), "s", Does::Refuses);
    clock.forward(Duration::from_secs(700));
    lookout.go_round().await;
    clock.forward(Duration::from_secs(60));
    lookout.go_round().await;
    let seen = lookout.seen(&visitor(1));
    assert_eq!(at(&seen, "s").sign_ins, 4);
    // That was the last one of this hour.
    clock.forward(Duration::from_secs(700));
    eyes.asked();
    lookout.look(&visitor(1), LONG).await;
    assert_eq!(eyes.asked(), Vec::<String>::new());
    let seen = lookout.seen(&visitor(1));
    let trouble = at(&seen, "s").access.trouble.clone().expect("trouble");
    assert!(trouble.why.contains("signed in at 4 times"), "{trouble:?}");
    clock.forward(Duration::from_secs(3_600));
    lookout.look(&visitor(1), LONG).await;
    assert!(at(&lookout.seen(&visitor(1)), "s").access.trouble.is_none());
}
