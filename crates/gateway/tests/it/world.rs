//! A gateway on loopback with everything behind it, and the people who use it.

use crate::federation;
use crate::service::Bench;
use db::blobs::Blobs;
use db::{Db, seed};
use delegation::Delegation;
use gateway::{Activity, Gateway, Portal, Settings};
use identity::sealing::Vault;
use identity::{Caller, Credential, Identity, Logins, NewToken, Person, Scope};
use issuers::{Issuers, Limits};
use model::id::{GatewayId, TokenId};
use model::time::{Clock, SystemClock};
use reqwest::{Client, Method, RequestBuilder, Response};
use runs::{Runs, TokenHost};
use serde_json::{Value, json};
use sites::Sites;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

pub struct World {
    pub url: String,
    pub address: SocketAddr,
    pub client: Client,
    pub runs: Runs,
    pub identity: Identity,
    pub bench: Arc<Bench>,
    pub owner: String,
    pub reader: String,
    pub revoked: String,
    pub other: String,
    pub admin: String,
    pub shutdown: CancellationToken,
    pub server: Option<tokio::task::JoinHandle<std::io::Result<()>>>,
    pub activity: Activity,
    pub directory: tempfile::TempDir,
    pub db: Db,
    delegation: Delegation,
}

impl Drop for World {
    fn drop(&mut self) {
        self.shutdown.cancel();
    }
}

pub const BAD_TOKEN: &str = "rst_thisisnotatokenthatanybodyevermade0000000000000000000";

impl World {
    pub async fn new() -> Self {
        Self::with(|settings| settings).await
    }

    pub async fn with(adjust: impl FnOnce(Settings) -> Settings) -> Self {
        Self::with_portal(adjust, Portal::of(std::iter::empty())).await
    }

    pub async fn with_portal(adjust: impl FnOnce(Settings) -> Settings, portal: Portal) -> Self {
        let nobody = Issuers::new(vec![], vec![], Limits::default(), Arc::new(SystemClock)).expect("no issuers");
        Self::with_issuers(adjust, portal, nobody).await
    }

    pub async fn with_issuers(adjust: impl FnOnce(Settings) -> Settings, portal: Portal, issuers: Issuers) -> Self {
        Self::with_delegation(adjust, portal, issuers, vec![], Arc::new(SystemClock)).await
    }

    /// `token_hosts`: where inputs are fetched from with a token of the run's owner.
    pub async fn with_delegation(
        adjust: impl FnOnce(Settings) -> Settings,
        portal: Portal,
        issuers: Issuers,
        token_hosts: Vec<TokenHost>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let db = Db::open_sqlite(directory.path()).await.expect("a database");
        let identity = Identity::new(db.clone(), clock.clone());
        let id = GatewayId::new(seed(clock.now()).expect("random"));
        let options = flow::Options { gateway: id.clone(), host: "here".into(), lease: Duration::from_secs(60), concurrency: 8 };
        let bench = Arc::new(Bench::default());
        let blobs = Blobs::open(&directory.path().join("blobs")).expect("blobs");
        let survey = federation::of_nobody(clock.clone());
        let drivers = Sites::new(vec![bench.clone()]).with_survey(survey.clone());
        let vault = Vault::open(db.clone(), clock.clone(), &directory.path().join("sealing.key")).await.expect("a key");
        let delegation = Delegation::new(db.clone(), clock.clone(), vault.clone(), issuers.clone());
        let settings = run_settings(id, token_hosts);
        let runs = Runs::new(db.clone(), blobs, drivers, delegation.clone(), clock.clone(), settings, options);
        let engine = runs.engine().expect("an engine").clone();
        let shutdown = CancellationToken::new();
        let stop = shutdown.clone();
        tokio::spawn(async move {
            tokio::select! { () = engine.run() => {}, () = stop.cancelled() => {} }
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let settings = adjust(Settings { scratch: directory.path().to_owned(), ..Settings::default() });
        let prefix = settings.prefix();
        let activity = Activity::default();
        let logins_clock = clock.clone();
        let service = Gateway {
            runs: runs.clone(),
            identity: identity.clone(),
            db: db.clone(),
            clock,
            settings,
            activity: activity.clone(),
            portal,
            issuers,
            logins: Logins::new(db.clone(), logins_clock, vault.clone()),
            delegation: delegation.clone(),
            survey,
            vault,
        };
        let server = tokio::spawn(gateway::serve(listener, service, shutdown.clone()));

        let person = |name: &'static str, administrator| {
            let identity = identity.clone();
            async move { identity.add_person(name, administrator).await.expect("a person") }
        };
        let (ada, bob, root) = (person("Ada", false).await, person("Bob", false).await, person("Root", true).await);
        let revoked = token(&identity, &ada, Scope::Run).await;
        let caller = identity.verify(&model::Secret::new(revoked.clone())).await.expect("valid");
        assert!(identity.revoke_token(&caller, token_of(&caller)).await.expect("revoked"));
        Self {
            url: format!("http://{address}{prefix}"),
            address,
            client: Client::builder().redirect(reqwest::redirect::Policy::none()).build().expect("a client"),
            owner: token(&identity, &ada, Scope::Run).await,
            reader: token(&identity, &ada, Scope::Read).await,
            other: token(&identity, &bob, Scope::Run).await,
            admin: token(&identity, &root, Scope::Admin).await,
            revoked,
            runs,
            identity,
            bench,
            shutdown,
            server: Some(server),
            activity,
            delegation,
            directory,
            db,
        }
    }

    /// What another gateway on the same database would do, without its door.
    pub fn another_gateway(&self) -> Runs {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let id = GatewayId::new(seed(clock.now()).expect("random"));
        let options = flow::Options { gateway: id.clone(), host: "there".into(), lease: Duration::from_secs(60), concurrency: 8 };
        let blobs = Blobs::open(&self.directory.path().join("blobs")).expect("blobs");
        let drivers = Sites::new(vec![self.bench.clone()]);
        Runs::new(self.db.clone(), blobs, drivers, self.delegation.clone(), clock, run_settings(id, vec![]), options)
    }

    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}{path}", self.url))
    }

    /// Names the database, and the cookies of its browsers.
    pub fn deployment(&self) -> String {
        self.db.deployment().to_string()
    }

    /// Asks for a path as it is written, which clients would tidy up first, and returns all of the answer.
    pub async fn raw_get(&self, path: &str) -> String {
        let mut stream = TcpStream::connect(self.address).await.expect("connected");
        let head = format!("GET {path} HTTP/1.1\r\nHost: {}\r\nAccept: text/html\r\nConnection: close\r\n\r\n", self.address);
        stream.write_all(head.as_bytes()).await.expect("sent");
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.expect("read");
        String::from_utf8_lossy(&answer).into_owned()
    }

    /// What pages of this gateway send as their `Origin`.
    pub fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn get(&self, path: &str) -> RequestBuilder {
        self.request(Method::GET, path).bearer_auth(&self.owner)
    }

    pub fn post(&self, path: &str) -> RequestBuilder {
        self.request(Method::POST, path).bearer_auth(&self.owner)
    }

    /// Asked by somebody else than the owner.
    pub fn by(&self, token: &str, method: Method, path: &str) -> RequestBuilder {
        self.request(method, path).bearer_auth(token)
    }

    pub async fn caller(&self, token: &str) -> Caller {
        self.identity.verify(&model::Secret::new(token.to_owned())).await.expect("a valid token")
    }

    /// A run of the owner's, which waits for a pilot.
    pub async fn run(&self, name: &str) -> String {
        let answer = self.post("/api/v1/runs").json(&json!({"name": name, "command": ["true"]})).send().await.expect("sent");
        assert_eq!(answer.status(), 201);
        text_of(&body(answer).await, "id")
    }

    /// A run of the owner's that was cancelled and has ended.
    pub async fn cancelled_run(&self) -> String {
        let id = self.run("cancelled").await;
        assert_eq!(self.post(&format!("/api/v1/runs/{id}/cancel")).send().await.expect("sent").status(), 202);
        self.until(&id, |run| run["state"] == "ended").await;
        id
    }

    pub async fn until(&self, id: &str, condition: impl Fn(&Value) -> bool) -> Value {
        let mut news = self.runs.timeline().follow();
        loop {
            let run = body(self.get(&format!("/api/v1/runs/{id}")).send().await.expect("sent")).await;
            if condition(&run) {
                return run;
            }
            let _ = tokio::time::timeout(Duration::from_millis(200), news.recv()).await;
        }
    }
}

pub async fn body(answer: Response) -> Value {
    let text = answer.text().await.expect("a body");
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

pub fn text_of(value: &Value, field: &str) -> String {
    value[field].as_str().unwrap_or_else(|| panic!("no {field} in {value}")).to_owned()
}

/// Asserts that an answer is a whole problem, and returns its code.
pub async fn problem(answer: Response) -> String {
    let status = answer.status().as_u16();
    let media_type = answer.headers().get("content-type").map(|value| value.to_str().expect("ascii").to_owned());
    let request_id = answer.headers().get("request-id").expect("a request id").to_str().expect("ascii").to_owned();
    assert_eq!(media_type.as_deref(), Some("application/problem+json"), "status {status}");
    let problem = body(answer).await;
    assert_eq!(problem["status"], status);
    assert_eq!(problem["instance"], request_id);
    for field in ["type", "title", "detail", "remedy", "docs"] {
        assert!(!text_of(&problem, field).is_empty(), "{field} in {problem}");
    }
    assert!(text_of(&problem, "docs").ends_with(&text_of(&problem, "code")), "{problem}");
    text_of(&problem, "code")
}

/// The token that let this caller in.
pub fn token_of(caller: &Caller) -> &TokenId {
    match caller.credential() {
        Credential::Token(id) => id,
        other => panic!("{} is no token", other.name()),
    }
}

async fn token(identity: &Identity, person: &Person, scope: Scope) -> String {
    let asked = NewToken { name: "test".into(), scopes: [scope].into(), expires_at: None };
    identity.issue_token(&person.id, asked).await.expect("a token").1.expose().to_owned()
}

/// Of a gateway that acts for nobody.
pub async fn no_delegation(db: &Db, directory: &std::path::Path) -> Delegation {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let vault = Vault::open(db.clone(), clock.clone(), &directory.join("sealing.key")).await.expect("a key");
    let nobody = Issuers::new(vec![], vec![], Limits::default(), clock.clone()).expect("no issuers");
    Delegation::new(db.clone(), clock, vault, nobody)
}

pub fn run_settings(gateway: GatewayId, token_hosts: Vec<TokenHost>) -> runs::Settings {
    runs::Settings {
        retention: runs::Retention::default(),
        policies: vec![],
        recipes: crate::recipes::two(),
        gateway,
        local_person: None,
        file_roots: vec![],
        allowed_hosts: token_hosts.iter().map(|wants| wants.host.clone()).collect(),
        token_hosts,
        hide: vec![],
        isolation_required: false,
        stream_cap_bytes: 1 << 20,
        input_cap_bytes: 1 << 20,
        output_cap_bytes: 8 << 20,
        upload_cap_bytes: 32 << 20,
        upload_lifetime: Duration::from_secs(3_600),
        enrolment_lifetime: Duration::from_secs(600),
        pilot_silence: Duration::from_secs(600),
        attempts: 1,
        settle: Duration::from_secs(1),
        machines: runs::MachineSettings::default(),
        pilots: runs::PilotSettings { program: "/proc/self/exe".into(), ..runs::PilotSettings::default() },
        quotas: runs::Defaults::default(),
    }
}
