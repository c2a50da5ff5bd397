//! Logins and sessions that are kept: how many the site sees, and when they are made anew.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use model::time::{Clock, SystemClock};
use sites::openstack::inventory::{ComputeLimits, NetworkQuotas};
use sites::openstack::{BearerError, Cloud, Error, Inventory, Refusal, Session, Sessions};
use testkit::OpenStack;

use crate::fake::Fake;
use crate::world::{Hands, Told, account, keystone, limits, person};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_hundred_who_need_the_same_are_one_login_and_one_session() {
    let fake = Fake::start().await;
    let keystone = Arc::new(fake.keystone(limits()));
    let bearers = Told::new("first");
    let sessions = Arc::new(Sessions::new(bearers.clone(), Arc::new(SystemClock)));
    let ask = |project: &'static str, number: u8| {
        let (sessions, keystone) = (Arc::clone(&sessions), Arc::clone(&keystone));
        tokio::spawn(async move { sessions.session(&person(number), &keystone, project).await.expect("a session") })
    };
    let all: Vec<_> = (0..100).map(|_| ask("one", 1)).collect();
    for one in all {
        assert_eq!(one.await.unwrap().project.id, "one");
    }
    assert_eq!((fake.logins(), fake.sessions()), (1, 1));
    // Another project is another session of the same login; another person is somebody else.
    ask("two", 1).await.unwrap();
    assert_eq!((fake.logins(), fake.sessions()), (1, 2));
    ask("one", 2).await.unwrap();
    assert_eq!((fake.logins(), fake.sessions()), (2, 3));
    // A new bearer works at once, and what was made of the old one is not used any more.
    bearers.now(Ok("second"));
    ask("one", 1).await.unwrap();
    ask("two", 1).await.unwrap();
    ask("two", 1).await.unwrap();
    assert_eq!((fake.logins(), fake.sessions()), (3, 5));
}

#[tokio::test]
async fn what_the_site_forgot_is_renewed_once_and_what_ends_is_replaced_before() {
    let fake = Fake::start().await;
    let keystone = fake.keystone(limits());
    let hands = Arc::new(Hands(Mutex::new(SystemClock.now())));
    let sessions = Sessions::new(Told::new("bearer"), hands.clone());
    let alice = person(1);
    let first = sessions.session(&alice, &keystone, "one").await.expect("a session");
    // Refused by some service: the login behind it is not trusted either.
    let second = sessions.renewed(&alice, &keystone, &first).await.expect("a session");
    assert_eq!((fake.logins(), fake.sessions()), (2, 2));
    // Two who were refused with the same session make one.
    let third = sessions.renewed(&alice, &keystone, &first).await.expect("a session");
    assert!(Arc::ptr_eq(&second, &third));
    // The login is forgotten at the site: found out and mended within one call.
    fake.forget("login-1-");
    let other = sessions.session(&alice, &keystone, "two").await.expect("a session");
    assert_eq!((other.project.id.as_str(), fake.logins()), ("two", 3));
    fake.forget("login-2-");
    assert_eq!(sessions.projects(&alice, &keystone).await.expect("projects").len(), 1);
    assert_eq!(fake.logins(), 4);
    // A forgotten person is refused after one new login, not after many.
    fake.forget("login-");
    let refused = sessions.session(&alice, &keystone, "three").await.err();
    assert!(matches!(&refused, Some(Error::Refused { refusal: Refusal::NotYourProject { .. }, .. })), "{refused:?}");
    assert_eq!(fake.logins(), 5);
    // Its end comes nearer than a request may take.
    let end = first.expires.minus(Duration::from_secs(30));
    *hands.0.lock().unwrap() = end;
    let _ = sessions.session(&alice, &keystone, "one").await;
    assert!(fake.logins() > 5);
}

#[tokio::test]
async fn an_issuer_out_of_order_takes_nothing_away_and_a_suspension_everything() {
    let fake = Fake::start().await;
    let keystone = fake.keystone(limits());
    let bearers = Told::new("bearer");
    let sessions = Sessions::new(bearers.clone(), Arc::new(SystemClock));
    let alice = person(1);
    let down = || BearerError::Unavailable { why: "no connection".to_owned() };
    bearers.now(Err(down()));
    assert_eq!(sessions.session(&alice, &keystone, "one").await.err(), Some(Error::Bearer(down())));
    bearers.now(Ok("bearer"));
    sessions.session(&alice, &keystone, "one").await.expect("a session");
    bearers.now(Err(down()));
    sessions.session(&alice, &keystone, "one").await.expect("the same session");
    sessions.session(&alice, &keystone, "two").await.expect("another session of the same login");
    assert_eq!((fake.logins(), fake.sessions()), (1, 2));
    let suspended = BearerError::Forbidden { why: "suspended".to_owned() };
    bearers.now(Err(suspended.clone()));
    for project in ["one", "two"] {
        assert_eq!(sessions.session(&alice, &keystone, project).await.err(), Some(Error::Bearer(suspended.clone())));
    }
    // And nothing is left over for when the issuer is out of order again.
    bearers.now(Err(down()));
    assert_eq!(sessions.session(&alice, &keystone, "one").await.err(), Some(Error::Bearer(down())));
    assert_eq!(bearers.asked(), 7);
}

/// The same at a real site: a bearer that is refused, then a good one, then a session that was revoked.
#[tokio::test]
async fn a_person_is_let_in_as_soon_as_they_have_a_good_token() {
    let bed = OpenStack::shared();
    let keystone = keystone(&bed, account(&bed, "a"));
    let bearers = Told::new(&bed.token(&[("user", "dave")]));
    let sessions = Sessions::new(bearers.clone(), Arc::new(SystemClock));
    let (dave, project) = (person(4), bed.site("a").projects["vo.access.egi.eu"].clone());
    let refused = sessions.session(&dave, &keystone, &project).await.err();
    assert!(matches!(&refused, Some(Error::Refused { refusal: Refusal::NoRole { .. }, .. })), "{refused:?}");
    bearers.now(Ok(&bed.token(&[("user", "alice")])));
    let first = sessions.session(&dave, &keystone, &project).await.expect("a session");
    let revoke = |token: &str| {
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let request = client.delete(format!("{}/auth/tokens", bed.site("a").auth_url)).header("X-Auth-Token", token);
        request.header("X-Subject-Token", token).send()
    };
    assert_eq!(revoke(first.token.expose()).await.unwrap().status(), 204);
    let second = sessions.renewed(&dave, &keystone, &first).await.expect("another session");
    assert_ne!(first.token.expose(), second.token.expose());
    assert_eq!(sessions.projects(&dave, &keystone).await.expect("projects").len(), 2);
}

/// Sees what it was told to see: a session that has ended, until it is another one.
struct Double {
    dead: Mutex<Vec<String>>,
    looks: Mutex<Vec<String>>,
}

#[async_trait]
impl Cloud for Double {
    async fn inventory(&self, session: &Session, _within: Duration) -> Inventory {
        let token = session.token.expose().to_owned();
        let is_dead = self.dead.lock().unwrap().contains(&token);
        self.looks.lock().unwrap().push(token);
        let ended = || Error::Refused { service: "FAKE".to_owned(), refusal: Refusal::SessionEnded };
        Inventory {
            project: session.project.id.clone(),
            flavors: Ok(Vec::new()),
            images: Ok(Vec::new()),
            networks: Ok(Vec::new()),
            subnets: Ok(Vec::new()),
            routers: Ok(Vec::new()),
            ports: Ok(Vec::new()),
            floating_ips: Ok(Vec::new()),
            security_groups: Ok(Vec::new()),
            compute_limits: Ok(ComputeLimits::default()),
            network_quotas: Ok(NetworkQuotas::default()),
            volume_limits: Ok(None),
            // One component is enough: it was asked last.
            zones: if is_dead { Err(ended()) } else { Ok(Vec::new()) },
            seen_at: SystemClock.now(),
        }
    }
}

#[tokio::test]
async fn whoever_looks_with_a_session_that_has_ended_looks_once_more_with_another() {
    let fake = Fake::start().await;
    let keystone = fake.keystone(limits());
    let sessions = Sessions::new(Told::new("bearer"), Arc::new(SystemClock));
    let (alice, within) = (person(1), Duration::from_secs(1));
    let double = Double { dead: Mutex::new(vec!["session-0-".to_owned()]), looks: Mutex::default() };
    let seen = sessions.look(&alice, &keystone, &double, "one", within).await.expect("a look");
    assert!(!seen.session_has_ended() && seen.project == "one");
    assert_eq!((fake.logins(), fake.sessions()), (2, 2));
    sessions.look(&alice, &keystone, &double, "one", within).await.expect("a look");
    assert_eq!(*double.looks.lock().unwrap(), ["session-0-", "session-1-", "session-1-"]);
    // A component that believes no session is not asked for ever.
    double.dead.lock().unwrap().extend(["session-1-".to_owned(), "session-2-".to_owned()]);
    let seen = sessions.look(&alice, &keystone, &double, "one", within).await.expect("a look");
    assert!(seen.session_has_ended() && seen.failures().len() == 1);
    assert_eq!(fake.logins(), 3);
}
