//! At real OpenStack sites: what people let this gateway do opens Keystone for them, also when the first tokens have ended.

use crate::world::{Gateway, act_at};
use async_trait::async_trait;
use data::guard::{HostPort, UrlGuard};
use db::Db;
use delegation::{Delegation, Need, Trouble};
use issuers::{Polled, Settings};
use model::Secret;
use sites::openstack::{Account, Bearer, BearerError, BearerNeed, Bearers, Error, Http, Keystone, Limits, Sessions};
use std::sync::Arc;
use std::time::Duration;
use testkit::{MovedClock, OpenStack};

struct Delegated(Delegation);

#[async_trait]
impl Bearers for Delegated {
    async fn bearer(&self, need: &BearerNeed<'_>) -> Result<Bearer, BearerError> {
        let need = Need {
            person: need.person,
            issuer: "checkin",
            audience: need.audience,
            scopes: &[],
            refused: None,
            to_release: false,
        };
        match self.0.token(&need).await {
            Ok(pass) => Ok(Bearer { token: pass.token, expires: pass.expires_at }),
            Err(Trouble::SignIn { why, .. }) => Err(BearerError::SignIn { why: why.to_string() }),
            Err(other) => Err(BearerError::Unavailable { why: other.to_string() }),
        }
    }
}

fn keystone(bed: &OpenStack, key: &str, clock: &MovedClock) -> Keystone {
    let site = bed.site(key);
    let address: HostPort = site.auth_url.split('/').nth(2).expect("a host and port").parse().expect("host:port");
    // The machine may be busy with other tests.
    let limits = Limits { deadline: Duration::from_secs(120), ..Limits::default() };
    let authority = std::fs::read(bed.authority()).expect("the authority");
    let http = Http::new(UrlGuard::new(vec![address]), limits, Some(&authority)).expect("a client");
    let account = Account { audience: site.audience.clone(), ..Account::new(site.name.clone(), site.auth_url.clone()) };
    Keystone::new(account, http, Arc::new(clock.clone()))
}

#[tokio::test(flavor = "multi_thread")]
async fn sites_take_the_token_of_who_signed_in_and_the_next_one_when_it_has_ended() {
    let bed = OpenStack::shared();
    let clock = MovedClock::default();
    let directory = tempfile::tempdir().expect("a directory");
    let db = Db::open_sqlite(&directory.path().join("data")).await.expect("SQLite");
    let mut settings = Settings::new("checkin", bed.issuer(), "gateway", &["https://gateway.example"]);
    settings.client_secret = Some(Secret::new("gateway-secret".to_owned()));
    settings.scopes.extend(["offline_access".to_owned(), "eduperson_entitlement".to_owned()]);
    settings.authority = Some(std::fs::read(bed.authority()).expect("the authority"));
    settings.exchange = true;
    let gateway: Gateway = act_at(&db, &clock, directory.path(), settings).await;
    let issuer = gateway.issuers.by_name("checkin").expect("the issuer");
    let mut device = issuer.begin_device().await.expect("a device code");
    bed.open("approve", &[("user_code", &device.user_code), ("user", "alice")]);
    let Ok(Polled::SignedIn(signed_in)) = issuer.poll_device(&mut device.waiting).await else { panic!("not signed in") };
    let alice = gateway.came_in(*signed_in).await;

    let sessions = Sessions::new(Arc::new(Delegated(gateway.delegation.clone())), Arc::new(clock.clone()));
    let exchanged = || bed.open("counts", &[])["exchanges"].as_u64().expect("a number");
    // `a` asks the issuer about tokens; `b` reads them by itself, and takes only those that are meant for it.
    for key in ["a", "b"] {
        let keystone = keystone(&bed, key, &clock);
        let projects = sessions.projects(&alice, &keystone).await.unwrap_or_else(|error| panic!("{key}: {error}"));
        let project = projects.first().unwrap_or_else(|| panic!("{key}: no project")).id.clone();
        let first = sessions.session(&alice, &keystone, &project).await.unwrap_or_else(|error| panic!("{key}: {error}"));
        assert_eq!(first.project.id, project);

        // Everybody's hour is over: the gateway's token, and the site's.
        let before = exchanged();
        clock.forward(Duration::from_secs(3_545));
        let second = sessions.session(&alice, &keystone, &project).await.unwrap_or_else(|error| panic!("{key}: {error}"));
        assert!(!Arc::ptr_eq(&first, &second), "{key}: another session");
        assert_eq!(exchanged() > before, keystone.account().audience.is_some(), "{key}: exchanged where the site demands it");
        clock.back();
    }

    gateway.delegation.withdraw(&alice, "checkin").await.expect("withdrawn");
    let refused = sessions.session(&alice, &keystone(&bed, "a", &clock), "any").await.err();
    assert!(matches!(&refused, Some(Error::Bearer(BearerError::SignIn { .. }))), "{refused:?}");
}
