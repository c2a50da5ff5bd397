//! The program, somebody who signed in, and sites that can be hurt.

mod acts;
mod others;
mod strangers;

use super::gate::Gate;
use crate::cli::federated::MAPPING;
use crate::cli::helpers::{Desk, LIMIT};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use std::ops::{Deref, DerefMut};
use std::time::Duration;
use testkit::{Cloud, Flavour, OpenIdProvider, Program, Site, Thing, free_port, wait_until};

/// The project of the community at every site here.
pub const PROJECT: &str = "vo.access.egi.eu";
pub struct World {
    pub clouds: Vec<Cloud>,
    /// What was there before, of everybody.
    before: Vec<Vec<Thing>>,
    pub provider: OpenIdProvider,
    gate: Gate,
    /// The first gateway, while another one is asked.
    other: Option<(u16, Program)>,
}

impl Deref for World {
    type Target = Gate;
    fn deref(&self) -> &Gate {
        &self.gate
    }
}

impl DerefMut for World {
    fn deref_mut(&mut self) -> &mut Gate {
        &mut self.gate
    }
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
        let gate = Gate::open(desk, port);
        let mut world = Self { clouds, before, provider, gate, other: None };
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
        let plan = self.plan(machine());
        let rejections = plan["rejections"].as_array().cloned().unwrap_or_default();
        rejections.iter().filter(|one| one["site"] == site).map(|one| one["reasons"].to_string()).collect()
    }

    /// Cancels it (unless it has ended), and nothing of it is left anywhere.
    #[track_caller]
    pub fn end(&mut self, run: &str) -> Value {
        self.cancel(run);
        self.until_nothing_is_left(run)
    }

    #[track_caller]
    pub fn until_nothing_is_left(&mut self, run: &str) -> Value {
        let ended = self.until_ended(run);
        self.assert_whole();
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

    /// Stops for good, and nothing goes on or is left anywhere.
    #[track_caller]
    pub fn assert_settled(mut self) {
        self.gate.assert_settled();
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
