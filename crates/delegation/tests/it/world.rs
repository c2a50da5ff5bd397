//! A person who signed in at a real provider, and gateways that act for them.

use db::Db;
use delegation::{Delegation, Need, Pass, Trouble};
use identity::sealing::Vault;
use identity::{Caller, Identity, NewToken, Scope, Vouched};
use issuers::{Issuers, Limits, Polled, Settings, SignedIn};
use model::Secret;
use model::id::PersonId;
use std::path::Path;
use std::sync::Arc;
use testkit::{Flavour, MovedClock, OpenIdProvider, Postgres};

pub const SITE: &str = "https://keystone.site-a.example";

pub struct World {
    pub provider: OpenIdProvider,
    pub db: Db,
    pub clock: MovedClock,
    pub directory: tempfile::TempDir,
}

/// As much of a gateway as acts for people.
pub struct Gateway {
    pub identity: Identity,
    pub issuers: Issuers,
    pub delegation: Delegation,
}

impl World {
    pub async fn sqlite() -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let db = Db::open_sqlite(&directory.path().join("data")).await.expect("SQLite");
        Self::new(db, directory)
    }

    pub async fn postgres() -> Self {
        let db = Db::open_postgres(&Postgres::shared().database()).await.expect("PostgreSQL");
        Self::new(db, tempfile::tempdir().expect("a directory"))
    }

    fn new(db: Db, directory: tempfile::TempDir) -> Self {
        Self {
            provider: OpenIdProvider::start_with(Flavour::Egi, &["--lifetime", "600"]),
            db,
            clock: MovedClock::default(),
            directory,
        }
    }

    pub async fn gateway(&self) -> Gateway {
        let mut settings = Settings::new("checkin", self.provider.issuer(), "gateway", &[self.provider.audience()]);
        settings.client_secret = Some(Secret::new("gateway-secret".to_owned()));
        settings.scopes.push("offline_access".to_owned());
        (settings.exchange, settings.plain_http_on_loopback) = (true, true);
        act_at(&self.db, &self.clock, self.directory.path(), settings).await
    }

    pub fn asked(&self, end: &str) -> u64 {
        let counts = self.provider.open("counts", &[]);
        let requests = counts["requests"].as_object().expect("counts");
        requests.iter().filter(|(path, _)| path.ends_with(end)).filter_map(|(_, count)| count.as_u64()).sum()
    }

    pub fn exchanges(&self) -> u64 {
        self.provider.open("counts", &[])["exchanges"].as_u64().expect("a number")
    }

    /// Whether any file of the embedded database holds this text.
    pub fn is_on_disk(&self, text: &str) -> bool {
        let files = std::fs::read_dir(self.directory.path().join("data")).expect("the database's directory");
        let files = files.map(|file| file.expect("a file").path()).filter(|path| path.is_file());
        files.map(|path| std::fs::read(path).expect("bytes")).any(|bytes| bytes.windows(text.len()).any(|w| w == text.as_bytes()))
    }
}

/// As much of a gateway as acts for people of this issuer.
pub async fn act_at(db: &Db, clock: &MovedClock, directory: &Path, settings: Settings) -> Gateway {
    let clock = Arc::new(clock.clone());
    let issuers = Issuers::new(vec![settings], Vec::new(), Limits::default(), clock.clone()).expect("sound settings");
    let vault = Vault::open(db.clone(), clock.clone(), &directory.join("key")).await.expect("a vault");
    let delegation = Delegation::new(db.clone(), clock.clone(), vault, issuers.clone());
    Gateway { identity: Identity::new(db.clone(), clock), issuers, delegation }
}

impl Gateway {
    /// Signs somebody in by device, and keeps what the issuer gives. Returns the refresh token as well, as a thief would have it.
    pub async fn sign_in(&self, world: &World, name: &str) -> (PersonId, Secret) {
        let issuer = self.issuers.by_name("checkin").expect("the issuer");
        let mut device = issuer.begin_device().await.expect("a device code");
        world.provider.approve(&device.user_code, name);
        let Ok(Polled::SignedIn(signed_in)) = issuer.poll_device(&mut device.waiting).await else { panic!("not signed in") };
        let refresh = signed_in.tokens.refresh.clone().expect("a refresh token");
        (self.came_in(*signed_in).await, refresh)
    }

    pub async fn came_in(&self, signed_in: SignedIn) -> PersonId {
        let vouched =
            Vouched { issuer: &signed_in.issuer, subject: signed_in.subject.as_str(), claims: signed_in.claims.as_map() };
        let admitted = self.identity.admit(&vouched).await.expect("admitted");
        self.delegation.keep(&admitted, &signed_in.tokens).await.expect("kept");
        admitted.person
    }

    pub async fn administrator(&self) -> Caller {
        let person = self.identity.add_person("root", true).await.expect("a person");
        let asked = NewToken { name: "test".to_owned(), scopes: [Scope::Admin].into(), expires_at: None };
        let (_, secret) = self.identity.issue_token(&person.id, asked).await.expect("a token");
        self.identity.verify(&secret).await.expect("a caller")
    }

    pub async fn token(&self, person: &PersonId, audience: Option<&str>) -> Result<Pass, Trouble> {
        self.delegation.token(&Need { person, issuer: "checkin", audience, scopes: &[], refused: None, to_release: false }).await
    }
}

/// What a token says, unverified.
pub fn claims(pass: &Pass) -> serde_json::Value {
    let payload = pass.token.expose().split('.').nth(1).expect("a JWT");
    serde_json::from_slice(&data_encoding::BASE64URL_NOPAD.decode(payload.as_bytes()).expect("base64")).expect("JSON")
}
