//! The program, somebody who signed in, and sites that can be hurt.

mod acts;
mod others;
mod strangers;

use crate::cli::helpers::{Desk, LIMIT};
use reqwest::{Client, Method, StatusCode};
use serde_json::{Value, json};
use std::time::Duration;
use testkit::{Cloud, Flavour, OpenIdProvider, Program, Site, Thing, free_port, wait_until};

/// The project of the community at every site here.
pub const PROJECT: &str = "vo.access.egi.eu";
const MAPPING: &str = r#"
[[rules]]
issuer = "any"
claim = "entitlements"
group = { exactly = "urn:mace:egi.eu:group:vo.access.egi.eu" }
role = { exactly = "vm_operator" }
gives = { member_of = "vo.access.egi.eu" }
"#;

db::statements! {
    FLOWS = "SELECT id || ' ' || subject || ' at ' || step || ': ' || status AS text FROM flow WHERE status NOT IN ('done', 'undone')";
    OWNED = "SELECT attempt || ' ' || name AS text FROM owned WHERE released_at IS NULL OR coalesce(evidence, '') = ''";
}

pub struct World {
    pub clouds: Vec<Cloud>,
    /// What was there before, of everybody.
    before: Vec<Vec<Thing>>,
    pub provider: OpenIdProvider,
    desk: Desk,
    port: u16,
    program: Program,
    token: String,
    /// The first gateway, while another one is asked.
    other: Option<(u16, Program)>,
    /// How many runs were asked for.
    begun: u32,
    deaths: usize,
    /// How many of them when it was last started on purpose.
    deaths_before: usize,
    database: Option<String>,
    client: Client,
    runtime: tokio::runtime::Runtime,
}

fn entitlements() -> Vec<String> {
    ["member", "vm_operator"].map(|role| format!("urn:mace:egi.eu:group:vo.access.egi.eu:role={role}#aai.egi.eu")).into()
}

pub fn site(name: &str) -> Cloud {
    Cloud::start(Site::like("a").named(name).boot(Duration::ZERO))
}

impl World {
    /// With one site.
    pub fn small() -> Self {
        Self::of(vec![site("ALPHA")])
    }

    /// With two that are alike.
    pub fn wide() -> Self {
        Self::of(vec![site("ALPHA"), site("OMEGA")])
    }

    pub fn of(clouds: Vec<Cloud>) -> Self {
        Self::with_database(clouds, None)
    }

    pub fn with_database(clouds: Vec<Cloud>, database: Option<&str>) -> Self {
        let neighbours = |cloud: &Cloud| {
            cloud.put_neighbour(PROJECT);
            wait_until(LIMIT, "the neighbour's machine", || {
                cloud.servers().iter().all(|one| one.status == "ACTIVE").then_some(())
            });
            cloud.all()
        };
        let before = clouds.iter().map(neighbours).collect();
        let provider = OpenIdProvider::start(Flavour::Egi);
        let desk = Desk::new();
        desk.write("secret", "gateway-secret\n");
        if let Some(url) = database {
            desk.write("database", url);
        }
        let port = free_port();
        desk.write("gateway.toml", configuration(&clouds, &provider, &desk, port, database.is_some()));
        let program = serve(&desk, port, None);
        let client = Client::builder().pool_max_idle_per_host(0).timeout(LIMIT).build().expect("a client");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let mut world = Self {
            clouds,
            before,
            provider,
            desk,
            port,
            program,
            token: String::new(),
            other: None,
            begun: 0,
            deaths: 0,
            deaths_before: 0,
            database: database.map(str::to_owned),
            client,
            runtime,
        };
        let mapping = world.desk.write("mapping.toml", MAPPING);
        world.administrate(&["mapping", "set", mapping.to_str().expect("UTF-8")]);
        world.token = world.sign_in("alice");
        wait_until(LIMIT, "offers of all sites", || (world.offering().len() == world.clouds.len()).then_some(()));
        world
    }

    /// Who starts again has looked at nothing yet.
    #[track_caller]
    pub fn until_looked_at(&mut self) {
        wait_until(LIMIT, "an offer", || {
            self.revive();
            let (_, plan) = self.ask(Method::POST, "plans", Some(machine()))?;
            let is_whole = !plan.to_string().contains("not looked ");
            (is_whole && plan["offers"].as_array().is_some_and(|offers| !offers.is_empty())).then_some(())
        });
    }

    /// What came of asking once.
    #[track_caller]
    pub fn put(&self, path: &str) -> StatusCode {
        self.ask(Method::PUT, path, None).expect("an answer").0
    }

    #[track_caller]
    pub fn post(&mut self, path: &str, body: Value) -> (StatusCode, Value) {
        self.begun += 1;
        self.ask(Method::POST, path, Some(body)).expect("an answer")
    }

    /// All that the program said.
    pub fn said(&self) -> String {
        self.program.stdout() + &self.program.stderr()
    }

    pub fn plan(&self, request: Value) -> Value {
        self.ask(Method::POST, "plans", Some(request)).map(|(_, plan)| plan).unwrap_or_default()
    }

    /// The sites that have offers for such a machine now, the best first.
    fn offering(&self) -> Vec<String> {
        let plan = self.plan(machine());
        let mut sites: Vec<String> = Vec::new();
        for site in plan["offers"].as_array().into_iter().flatten().filter_map(|offer| offer["site"].as_str()) {
            if !sites.iter().any(|known| known == site) {
                sites.push(site.to_owned());
            }
        }
        sites
    }

    /// Why a site has no offer for such a machine now.
    #[track_caller]
    pub fn reasons_at(&self, site: &str) -> String {
        let plan = self.ask(Method::POST, "plans", Some(machine())).map(|(_, plan)| plan).unwrap_or_default();
        let rejections = plan["rejections"].as_array().cloned().unwrap_or_default();
        rejections.iter().filter(|one| one["site"] == site).map(|one| one["reasons"].to_string()).collect()
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    #[track_caller]
    pub fn administrate(&self, arguments: &[&str]) -> String {
        let (url, token) = (self.url(), self.desk.path("data/roadstead/token"));
        let before = ["--gateway", &url, "--token-file", token.to_str().expect("UTF-8"), "admin"];
        self.desk.ok(&[&before[..], arguments].concat())
    }

    /// Nothing, when the program does not answer.
    fn ask(&self, method: Method, path: &str, body: Option<Value>) -> Option<(StatusCode, Value)> {
        let request = self.client.request(method, format!("{}/api/v1/{path}", self.url())).bearer_auth(&self.token);
        let request = match &body {
            Some(body) => request.json(body).header("idempotency-key", format!("the {}th", self.begun)),
            None => request,
        };
        self.runtime.block_on(async {
            let answer = request.send().await.ok()?;
            let status = answer.status();
            let text = answer.text().await.ok()?;
            Some((status, serde_json::from_str(&text).unwrap_or(Value::String(text))))
        })
    }

    #[track_caller]
    pub fn get(&mut self, path: &str) -> Value {
        let what = format!("an answer to {path}");
        wait_until(LIMIT, &what, || {
            self.revive();
            let (status, told) = self.ask(Method::GET, path, None)?;
            assert!(status.is_success() || status.is_server_error(), "{path}: {status} {told}");
            status.is_success().then_some(told)
        })
    }

    /// Asks for a machine as often as it takes, and says which run it is.
    #[track_caller]
    pub fn begin(&mut self, request: Value) -> String {
        self.begun += 1;
        wait_until(LIMIT, "a run", || {
            self.revive();
            let (status, told) = self.ask(Method::POST, "runs", Some(request.clone()))?;
            assert!(status.is_success() || status.is_server_error(), "{status} {told}");
            told["id"].as_str().map(str::to_owned)
        })
    }

    #[track_caller]
    pub fn cancel(&mut self, run: &str) {
        let path = format!("runs/{run}/cancel");
        wait_until(LIMIT, "to be heard", || {
            self.revive();
            let (status, told) = self.ask(Method::POST, &path, None)?;
            assert!(status.is_success() || status.is_server_error(), "{status} {told}");
            status.is_success().then_some(())
        });
    }

    /// The run, once it is so.
    #[track_caller]
    pub fn until(&mut self, run: &str, what: &str, is_so: impl Fn(&Value) -> bool) -> Value {
        let path = format!("runs/{run}");
        let mut last = Value::Null;
        let begun = std::time::Instant::now();
        while begun.elapsed() < LIMIT {
            last = self.get(&path);
            if is_so(&last) {
                return last;
            }
            std::thread::sleep(Duration::from_millis(30));
        }
        let asked: Vec<_> = self.clouds.iter().map(Cloud::asked).collect();
        panic!("{what}: {last:#}\n{asked:#?}\n{}", self.program.stderr());
    }

    /// It can be used.
    #[track_caller]
    pub fn until_ready(&mut self, run: &str) -> Value {
        let told = self.until(run, "a machine that can be used", |run| run["started_at"].is_string() || run["state"] == "ended");
        assert!(told["state"] != "ended", "{told:#}");
        told
    }

    /// Cancels it (unless it has ended), and nothing of it is left anywhere.
    #[track_caller]
    pub fn end(&mut self, run: &str) -> Value {
        self.cancel(run);
        self.until_nothing_is_left(run)
    }

    #[track_caller]
    pub fn until_nothing_is_left(&mut self, run: &str) -> Value {
        let ended = self.until(run, "the end", |run| run["state"] == "ended");
        self.assert_whole();
        let receipt = self.get(&format!("runs/{run}/receipt"));
        assert_eq!(receipt["released"], true, "{receipt:#}");
        let items = receipt["items"].as_array().expect("items");
        assert!(items.iter().all(|item| item["evidence"].as_str().is_some_and(|text| !text.is_empty())), "{receipt:#}");
        assert!(ended["attention"].is_null(), "{ended:#}");
        ended
    }

    /// Every site has what it had before, as it was.
    #[track_caller]
    pub fn assert_whole(&self) {
        for (cloud, before) in self.clouds.iter().zip(&self.before) {
            let now = cloud.all();
            let more: Vec<_> = now.iter().filter(|thing| !before.contains(thing)).collect();
            let less: Vec<_> = before.iter().filter(|thing| !now.contains(thing)).collect();
            assert!(more.is_empty() && less.is_empty(), "{}: more {more:#?}, less {less:#?}", cloud.name());
        }
    }

    /// What is there now and carries the run's mark.
    pub fn of_run(&self, run: &str) -> Vec<Thing> {
        let is_its = |thing: &Thing| thing.description.contains(run) || thing.metadata.values().any(|text| text.contains(run));
        self.clouds.iter().flat_map(Cloud::all).filter(is_its).collect()
    }

    /// The site that is tried first.
    #[track_caller]
    pub fn first(&self) -> &Cloud {
        let offering = self.offering();
        self.clouds.iter().find(|cloud| Some(&cloud.name()) == offering.first()).expect("an offer")
    }

    /// What is there and not of this run is not ours to touch.
    pub fn remember_others(&mut self, run: &str) {
        let ours = self.of_run(run);
        self.before =
            self.clouds.iter().map(|cloud| cloud.all().into_iter().filter(|thing| !ours.contains(thing)).collect()).collect();
    }

    /// Again, and a machine is tried for that often at most.
    pub fn set_attempts(&mut self, most: u32) {
        let file = self.desk.path("gateway.toml");
        let config = std::fs::read_to_string(&file).expect("the configuration");
        self.desk.write("gateway.toml", config.replace("[machines]\n", &format!("[machines]\nattempts = {most}\n")));
        self.restart(None);
    }

    /// Again, and this time it kills itself there (`ROADSTEAD_FAULT`).
    pub fn restart(&mut self, fault: Option<&str>) {
        let _ = self.program.stop();
        self.deaths_before = self.deaths;
        self.program = serve(&self.desk, self.port, fault);
    }

    /// Whether it had died.
    pub fn revive(&mut self) -> bool {
        let has_died = self.program.try_wait().is_some();
        if has_died {
            self.deaths += 1;
            self.program = serve(&self.desk, self.port, None);
        }
        has_died
    }

    /// Until it has killed itself, which may have been before it said what it had begun; then it lives again.
    #[track_caller]
    pub fn until_killed(&mut self) {
        wait_until(LIMIT, "its death", || (self.revive() || self.deaths > self.deaths_before).then_some(()));
    }

    /// How often.
    pub fn has_died(&self) -> usize {
        self.deaths
    }

    /// Stops for good: no flow goes on, and nothing is owned that is not released.
    #[track_caller]
    pub fn assert_settled(mut self) {
        assert!(self.program.stop().success(), "{}", self.program.stderr());
        let left = self.runtime.block_on(async {
            let database = match &self.database {
                Some(url) => db::Db::open_postgres(url).await,
                None => db::Db::open_sqlite(&self.desk.path("data/roadstead")).await,
            };
            let database = database.expect("open the database");
            let mut left = Vec::new();
            for statement in [&FLOWS, &OWNED] {
                let rows = database.rows(statement, db::args![]).await.expect("rows");
                left.extend(rows.iter().map(|row| row.get::<String>("text").expect("a text")));
            }
            database.close().await;
            left
        });
        assert!(left.is_empty(), "{left:#?}");
        self.assert_whole();
    }

    pub fn person(&mut self) -> String {
        self.get("me")["id"].as_str().expect("who I am").to_owned()
    }
}

/// A small machine with a public address.
pub fn machine() -> Value {
    json!({"kind": "machine", "name": "mine", "resources": {"cores": 1, "memory": "512MiB"},
        "machine": {"os": "ubuntu:22.04", "public": true, "open": ["22"]}})
}

fn configuration(clouds: &[Cloud], provider: &OpenIdProvider, desk: &Desk, port: u16, has_database: bool) -> String {
    let hosts: Vec<String> = clouds.iter().map(|cloud| format!("'{}'", cloud.address())).collect();
    let mut config = String::new();
    if has_database {
        config.push_str(&format!("[database]\nurl_file = '{}'\n", desk.path("database").display()));
    }
    config.push_str(&format!(
        "[[issuers]]\nname = 'checkin'\ntitle = 'Check-in'\nurl = '{}'\nclient_id = 'gateway'\nclient_secret_file = '{}'\n\
         audiences = ['{}']\nscopes = ['profile', 'email', 'offline_access', 'eduperson_entitlement']\nexchange = true\n\
         plain_http_on_loopback = true\n\
         [machines]\nanswer_within = '3s'\nsettle = '2s'\nlook_again = '1s'\nsweep_every = '1s'\ngateway_url = 'http://127.0.0.1:{port}'\n\
         [federation]\nallowed_hosts = [{}]\npublic_ranges = ['203.0.113.0/24']\n",
        provider.issuer(),
        desk.path("secret").display(),
        provider.audience(),
        hosts.join(", ")
    ));
    for cloud in clouds {
        config.push_str(&format!(
            "[[sites]]\nname = '{}'\nauth_url = '{}'\nregion = 'RegionOne'\nissuers = ['{}']\ncommunities = [{{ name = '{PROJECT}', \
             entitlement = 'urn:mace:egi.eu:group:{PROJECT}:role=vm_operator#aai.egi.eu', project_id = '{}' }}]\n",
            cloud.name(),
            cloud.url(),
            provider.issuer(),
            cloud.project(PROJECT)
        ));
    }
    config
}

fn serve(desk: &Desk, port: u16, fault: Option<&str>) -> Program {
    let mut command = desk.command(&["serve", "--config", "gateway.toml", "--listen", &format!("127.0.0.1:{port}")]);
    if let Some(fault) = fault {
        command.env("ROADSTEAD_FAULT", fault);
    }
    // What a killed one held is taken over that long after, where others could have it.
    if desk.path("database").exists() {
        command.env("ROADSTEAD_FLOW_LEASE_MS", "8000");
    }
    let mut program = desk.home.start(command);
    program.wait_for_line(LIMIT, "its address", |line| line.starts_with("Roadstead serves at "));
    program
}
