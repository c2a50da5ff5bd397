//! What the tests share: the way to the sites of the test bed, and bearers that are decided by the test.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use data::guard::{HostPort, UrlGuard};
use model::id::{PersonId, Seed};
use model::time::{Clock, SystemClock};
use model::{Secret, Timestamp};
use sites::openstack::{
    Account, Bearer, BearerError, BearerNeed, Bearers, Cloud, Credentials, Expected, Http, HttpCloud, Inventory, Keystone,
    Limits, Session,
};
use testkit::OpenStack;

pub fn limits() -> Limits {
    Limits { deadline: AGES, ..Limits::default() }
}

/// What a federation's sources would know of the site.
pub fn account(bed: &OpenStack, key: &str) -> Account {
    let site = bed.site(key);
    let expected = |community: &str| Expected { community: community.to_owned(), role: Some(site.role.clone()) };
    Account {
        audience: site.audience.clone(),
        issuers: vec![bed.issuer().to_owned()],
        expected: vec![expected("vo.access.egi.eu"), expected("ops")],
        ..Account::new(site.name.clone(), site.auth_url.clone())
    }
}

pub fn keystone(bed: &OpenStack, account: Account) -> Keystone {
    keystone_within(bed, account, limits())
}

pub fn keystone_within(bed: &OpenStack, account: Account, limits: Limits) -> Keystone {
    let authority = std::fs::read(bed.authority()).expect("the authority");
    let http = Http::new(guard(&bed_addresses(bed)), limits, Some(&authority)).expect("a client");
    Keystone::new(account, http, Arc::new(SystemClock))
}

/// A person who has come in at a site, and the way to its components.
pub struct Entered {
    pub account: Account,
    pub session: Session,
    /// Of the site's Nova, Glance and Neutron.
    pub addresses: [String; 3],
    /// Of its Cinder, where there is one.
    volumes: Option<String>,
    authority: Vec<u8>,
}

impl Entered {
    /// alice, in the project of this name.
    pub async fn new(bed: &OpenStack, key: &str, project: &str) -> Self {
        let account = account(bed, key);
        let keystone = keystone(bed, account.clone());
        let login = keystone.login(&Credentials::Bearer(alice(bed, key))).await.expect(key);
        let session = keystone.session(&login, &bed.site(key).projects[project]).await.expect(key);
        let addresses = ["compute", "image", "network"].map(|kind| {
            let endpoint = session.catalogue.public(&[kind], None).expect("an endpoint");
            endpoint.url.split('/').nth(2).expect("a host and port").to_owned()
        });
        let volumes = session.catalogue.public(&["volumev3", "block-storage"], None);
        let volumes = volumes.map(|endpoint| endpoint.url.split('/').nth(2).expect("a host and port").to_owned());
        Self { account, session, addresses, volumes, authority: std::fs::read(bed.authority()).expect("the authority") }
    }

    /// With what is written about its components in the configuration.
    pub fn cloud(&self, endpoints: &[(&str, String)], limits: Limits) -> HttpCloud {
        let written = endpoints.iter().map(|(_, url)| url.split('/').nth(2).expect("a host and port").to_owned());
        let addresses: Vec<String> = self.addresses.iter().cloned().chain(self.volumes.clone()).chain(written).collect();
        let http = Http::new(guard(&addresses), limits, Some(&self.authority)).expect("a client");
        let endpoints = endpoints.iter().map(|(name, url)| ((*name).to_owned(), url.clone())).collect();
        HttpCloud::new(Account { endpoints, ..self.account.clone() }, http, Arc::new(SystemClock))
    }

    pub async fn look(&self) -> Inventory {
        self.cloud(&[], limits()).inventory(&self.session, AGES).await
    }
}

/// The machine may be busy with other tests.
pub const AGES: Duration = Duration::from_secs(120);

/// A deadline that whatever is not hurt keeps, as busy as the machine is: twice of what the same took a moment ago.
pub fn enough(begun: Instant) -> Duration {
    Duration::from_secs(5).max(begun.elapsed() * 2)
}

/// What the administrator allows: loopback is refused otherwise.
fn bed_addresses(bed: &OpenStack) -> Vec<String> {
    let of = |url: &String| url.split('/').nth(2).expect("a host and port").to_owned();
    bed.sites().values().map(|site| of(&site.auth_url)).collect()
}

pub fn guard(addresses: &[String]) -> UrlGuard {
    let allow: Vec<HostPort> = addresses.iter().map(|address| address.parse().expect("host:port")).collect();
    UrlGuard::new(allow)
}

pub fn person(number: u8) -> PersonId {
    PersonId::new(Seed { millis: 1, random: [number; 10] })
}

/// A token of alice's that the site takes.
pub fn alice(bed: &OpenStack, key: &str) -> Secret {
    let mut fields = vec![("user", "alice")];
    if let Some(audience) = &bed.site(key).audience {
        fields.push(("aud", audience));
    }
    Secret::new(bed.token(&fields))
}

/// Gives what it was told to give, and counts.
pub struct Told {
    answer: Mutex<Result<String, BearerError>>,
    asked: AtomicUsize,
}

impl Told {
    pub fn new(token: &str) -> Arc<Self> {
        Arc::new(Self { answer: Mutex::new(Ok(token.to_owned())), asked: AtomicUsize::new(0) })
    }

    pub fn now(&self, answer: Result<&str, BearerError>) {
        *self.answer.lock().unwrap() = answer.map(str::to_owned);
    }

    pub fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

#[async_trait]
impl Bearers for Told {
    async fn bearer(&self, _need: &BearerNeed<'_>) -> Result<Bearer, BearerError> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let expires = SystemClock.now().plus(Duration::from_secs(3600));
        self.answer.lock().unwrap().clone().map(|token| Bearer { token: Secret::new(token), expires })
    }
}

/// A clock that tests put forward.
pub struct Hands(pub Mutex<Timestamp>);

impl Clock for Hands {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
}
