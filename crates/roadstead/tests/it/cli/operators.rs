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
    /// Where gateways write whose it is.
    pub mark: String,
    /// The identifier of its project.
    project: String,
}

pub struct Operators {
    runtime: Runtime,
    client: Client,
    desks: Vec<Desk>,
    /// Of the community whose people ask for machines.
    projects: Vec<String>,
}

/// Of one site.
struct Desk {
    site: String,
    token: String,
    compute: String,
    network: String,
    /// Where there are any.
    volumes: Option<String>,
}

impl Operators {
    pub fn of(bed: &OpenStack) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let authority = std::fs::read(bed.authority()).expect("the authority");
        let authority = reqwest::Certificate::from_pem(&authority).expect("a certificate");
        let client = Client::builder().add_root_certificate(authority).build().expect("a client");
        let desks = bed.sites().values().map(|site| runtime.block_on(sign_in(&client, bed, site))).collect();
        let of_community = |site: &testkit::OpenStackSite| {
            let known = site.projects.iter().filter(|(name, _)| ["vo.access.egi.eu", "VO_vo_access"].contains(&name.as_str()));
            known.map(|(_, id)| id.clone()).collect::<Vec<_>>()
        };
        let projects = bed.sites().values().flat_map(of_community).collect();
        Self { runtime, client, desks, projects }
    }

    /// What says that it is of one of these runs, and what is in the community's projects and does not say of which it is; without
    /// what sites make by themselves, when somebody comes for the first time or an address is given out. Other tests have
    /// other runs.
    pub fn inventory(&self, runs: &[&str]) -> BTreeSet<Thing> {
        let all = self.desks.iter().flat_map(|desk| self.runtime.block_on(desk.things(&self.client)));
        let is_of = |thing: &Thing| match thing.mark.contains("run-") {
            true => runs.iter().any(|run| thing.mark.contains(run)),
            false => self.projects.contains(&thing.project),
        };
        all.filter(is_of).collect()
    }

    /// What the community's project uses of its quotas there.
    pub fn usage(&self, site: &str) -> Value {
        let desk = self.desk(site);
        let ask = |url: String| {
            let request = self.client.get(url).header("X-Auth-Token", &desk.token);
            self.runtime.block_on(async { request.send().await?.json::<Value>().await }).expect("JSON")
        };
        let of = |project: &String| {
            let (compute, network) = (&desk.compute, &desk.network);
            let compute = ask(format!("{compute}/os-quota-sets/{project}/detail"))["quota_set"].take();
            let network = ask(format!("{network}/quotas/{project}/details"))["quota"].take();
            let used = [("instances", &compute, "in_use"), ("cores", &compute, "in_use"), ("ram", &compute, "in_use")];
            let used = used.into_iter().chain(["port", "security_group", "floatingip"].map(|name| (name, &network, "used")));
            let volumes =
                desk.volumes.iter().map(|base| ask(format!("{base}/os-quota-sets/{project}?usage=True"))["quota_set"].take());
            let volumes = volumes.collect::<Vec<_>>();
            let of_volumes = ["volumes", "gigabytes"].map(|name| volumes.first().map(|of| (name, of, "in_use")));
            used.chain(of_volumes.into_iter().flatten())
                .map(|(name, of, word)| (name.to_owned(), of[name][word].clone()))
                .collect::<serde_json::Map<_, _>>()
        };
        self.projects.iter().map(of).filter(|used| used.values().all(Value::is_number)).map(Value::from).collect()
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
    let known = |kind: &str| {
        let entry = catalogue.iter().find(|entry| entry["type"] == kind)?;
        Some(entry["endpoints"][0]["url"].as_str().expect("an address").trim_end_matches('/').to_owned())
    };
    let of = |kind: &str| known(kind).unwrap_or_else(|| panic!("no {kind}"));
    let network = of("network");
    let network = if network.ends_with("/v2.0") { network } else { format!("{network}/v2.0") };
    Desk { site: site.name.clone(), token, compute: of("compute"), network, volumes: known("volumev3") }
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
        let volumes = self.volumes.iter().map(|base| ("volume", base, "/volumes/detail?all_tenants=1", "volumes"));
        for (kind, base, path, key) in lists.into_iter().chain(volumes) {
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
                project: text(match kind {
                    "server" => &one["tenant_id"],
                    "volume" => &one["os-vol-tenant-attr:tenant_id"],
                    _ => &one["project_id"],
                }),
                mark: text(match kind {
                    "server" | "volume" => &one["metadata"]["roadstead"],
                    _ => &one["description"],
                }),
            }));
        }
        things
    }
}
