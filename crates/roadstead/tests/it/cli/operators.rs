//! The real sites as their operators see them: all that there is, whoever made it.

use reqwest::{Client, Method};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use testkit::OpenStack;
use tokio::runtime::Runtime;

/// Something at a site.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Thing {
    pub site: String,
    pub kind: &'static str,
    pub id: String,
    pub name: String,
    /// Where this gateway writes whose it is.
    pub mark: String,
}

pub struct Operators {
    runtime: Runtime,
    client: Client,
    desks: Vec<Desk>,
}

/// Of one site.
struct Desk {
    site: String,
    token: String,
    compute: String,
    network: String,
}

impl Operators {
    pub fn of(bed: &OpenStack) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let authority = std::fs::read(bed.authority()).expect("the authority");
        let authority = reqwest::Certificate::from_pem(&authority).expect("a certificate");
        let client = Client::builder().add_root_certificate(authority).build().expect("a client");
        let desks = bed.sites().values().map(|site| runtime.block_on(sign_in(&client, bed, site))).collect();
        Self { runtime, client, desks }
    }

    /// All sites; without what they make by themselves, when somebody comes for the first time or an address is given out.
    pub fn inventory(&self) -> BTreeSet<Thing> {
        self.desks.iter().flat_map(|desk| self.runtime.block_on(desk.things(&self.client))).collect()
    }

    /// A security group in a project that says it is somebody's.
    pub fn plant(&self, site: &str, project: &str, mark: &str) -> String {
        let desk = self.desk(site);
        let body = json!({"security_group": {"name": "planted", "description": mark, "project_id": project}});
        let url = format!("{}/security-groups", desk.network);
        let request = self.client.post(url).header("X-Auth-Token", &desk.token).json(&body);
        let told: Value = self.runtime.block_on(async { request.send().await?.json().await }).expect("JSON");
        told["security_group"]["id"].as_str().unwrap_or_else(|| panic!("{told:#}")).to_owned()
    }

    /// What a server is told at its first boot.
    pub fn user_data(&self, site: &str, server: &str) -> String {
        let desk = self.desk(site);
        let request = self.client.get(format!("{}/servers/{server}", desk.compute)).header("X-Auth-Token", &desk.token);
        let request = request.header("OpenStack-API-Version", "compute 2.3");
        let told: Value = self.runtime.block_on(async { request.send().await?.json().await }).expect("JSON");
        let user_data = &told["server"]["OS-EXT-SRV-ATTR:user_data"];
        user_data.as_str().unwrap_or_else(|| panic!("{told:#}")).to_owned()
    }

    pub fn uproot(&self, site: &str, group: &str) {
        let desk = self.desk(site);
        let url = format!("{}/security-groups/{group}", desk.network);
        let request = self.client.delete(url).header("X-Auth-Token", &desk.token);
        assert_eq!(self.runtime.block_on(request.send()).expect("an answer").status(), 204);
    }

    fn desk(&self, site: &str) -> &Desk {
        self.desks.iter().find(|desk| desk.site == site).unwrap_or_else(|| panic!("there is no site {site}"))
    }
}

async fn sign_in(client: &Client, bed: &OpenStack, site: &testkit::OpenStackSite) -> Desk {
    let (name, password) = bed.administrator();
    let domain = json!({"name": "Default"});
    let user = json!({"name": name, "domain": domain, "password": password});
    let body = json!({"auth": {"identity": {"methods": ["password"], "password": {"user": user}},
        "scope": {"project": {"name": "admin", "domain": domain}}}});
    let answer = client.post(format!("{}/auth/tokens", site.auth_url)).json(&body).send().await.expect("Keystone answers");
    assert_eq!(answer.status(), 201, "{}", site.name);
    let token = answer.headers()["x-subject-token"].to_str().expect("a token").to_owned();
    let told: Value = answer.json().await.expect("JSON");
    let catalogue = told["token"]["catalog"].as_array().expect("a catalogue");
    let of = |kind: &str| {
        let entry = catalogue.iter().find(|entry| entry["type"] == kind).unwrap_or_else(|| panic!("no {kind}"));
        entry["endpoints"][0]["url"].as_str().expect("an address").trim_end_matches('/').to_owned()
    };
    let network = of("network");
    let network = if network.ends_with("/v2.0") { network } else { format!("{network}/v2.0") };
    Desk { site: site.name.clone(), token, compute: of("compute"), network }
}

impl Desk {
    async fn things(&self, client: &Client) -> Vec<Thing> {
        let mut things = Vec::new();
        let lists = [
            ("server", &self.compute, "/servers/detail?all_tenants=1", "servers"),
            ("port", &self.network, "/ports", "ports"),
            ("security group", &self.network, "/security-groups", "security_groups"),
            ("floating address", &self.network, "/floatingips", "floatingips"),
            ("network", &self.network, "/networks", "networks"),
            ("subnet", &self.network, "/subnets", "subnets"),
            ("router", &self.network, "/routers", "routers"),
        ];
        for (kind, base, path, key) in lists {
            let request = client.request(Method::GET, format!("{base}{path}")).header("X-Auth-Token", &self.token);
            let answer = request.send().await.expect("an answer");
            assert_eq!(answer.status(), 200, "{}{path}", self.site);
            let told: Value = answer.json().await.expect("JSON");
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            let by_itself = |one: &&Value| {
                (kind == "security group" && one["name"] == "default") || one["device_owner"] == "network:floatingip"
            };
            let made = told[key].as_array().expect("a list").iter().filter(|one| !by_itself(one));
            things.extend(made.map(|one| Thing {
                site: self.site.clone(),
                kind,
                id: text(&one["id"]),
                name: text(&one["name"]),
                mark: text(if kind == "server" { &one["metadata"]["roadstead"] } else { &one["description"] }),
            }));
        }
        things
    }
}
