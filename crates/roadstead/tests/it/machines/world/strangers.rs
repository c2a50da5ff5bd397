//! What others do at the first site, in the same project.

use super::{PROJECT, World};
use crate::cli::helpers::LIMIT;
use reqwest::Method;
use serde_json::{Value, json};
use testkit::{Thing, wait_until};

impl World {
    /// Somebody else makes one of the same kind and name.
    #[track_caller]
    pub fn imitate(&self, thing: &Thing) {
        let cloud = &self.clouds[0];
        let of = |things: Vec<Thing>| things.iter().any(|one| one.id == thing.id);
        let (path, body) = if of(cloud.groups()) {
            ("network/v2.0/security-groups", json!({"security_group": {"name": thing.name, "description": "theirs"}}))
        } else if of(cloud.ports()) {
            let network = &thing.told["network_id"];
            ("network/v2.0/ports", json!({"port": {"name": thing.name, "network_id": network, "description": "theirs"}}))
        } else {
            let server = json!({"name": thing.name, "flavorRef": cloud.flavor("m1.tiny"), "imageRef": thing.told["image"], "networks": "none"});
            ("compute/v2.1/servers", json!({ "server": server }))
        };
        self.at_site(Method::POST, path, Some(body));
        wait_until(LIMIT, "all machines", || cloud.servers().iter().all(|one| one.status == "ACTIVE").then_some(()));
    }

    /// Somebody in the project does that, who is not us.
    #[track_caller]
    fn at_site(&self, method: Method, path: &str, body: Option<Value>) -> Value {
        let cloud = &self.clouds[0];
        self.runtime.block_on(async {
            let door = format!("{}/OS-FEDERATION/identity_providers/egi.eu/protocols/openid/auth", cloud.url());
            let login = self.client.post(door).bearer_auth("somebody").send().await.expect("a door");
            let login = login.headers()["X-Subject-Token"].to_str().expect("a token").to_owned();
            let scope = json!({"project": {"id": cloud.project(PROJECT)}});
            let auth = json!({"auth": {"identity": {"methods": ["token"], "token": {"id": login}}, "scope": scope}});
            let session = self.client.post(format!("{}/auth/tokens", cloud.url())).json(&auth).send().await.expect("a session");
            let token = session.headers()["X-Subject-Token"].to_str().expect("a token").to_owned();
            let request = self.client.request(method, format!("http://{}/{path}", cloud.address()));
            let request = request.header("X-Auth-Token", token).header("OpenStack-API-Version", "compute 2.61");
            let request = body.iter().fold(request, |request, body| request.json(body));
            let answer = request.send().await.expect("an answer");
            let (status, told) = (answer.status(), answer.text().await.unwrap_or_default());
            assert!(status.is_success(), "{path}: {status} {told}");
            serde_json::from_str(&told).unwrap_or_default()
        })
    }

    /// The run's machine goes, and nobody here asked for that.
    #[track_caller]
    pub fn take_away_server(&self, run: &str) {
        let servers = self.clouds[0].servers();
        let server = servers.iter().find(|one| one.metadata.values().any(|mark| mark.contains(run))).expect("its server");
        self.at_site(Method::DELETE, &format!("compute/v2.1/servers/{}", server.id), None);
    }

    /// A port with this description.
    #[track_caller]
    pub fn plant(&self, description: &str) -> String {
        let network =
            self.clouds[0].ports().iter().find(|one| one.name == "neighbour").expect("a port").told["network_id"].clone();
        let port = json!({"port": {"name": "planted", "network_id": network, "description": description}});
        let made = self.at_site(Method::POST, "network/v2.0/ports", Some(port));
        made["port"]["id"].as_str().expect("an identifier").to_owned()
    }

    #[track_caller]
    pub fn describe(&self, kind: &str, id: &str, description: &str) {
        let body = json!({kind.replace('-', "_"): {"description": description}});
        self.at_site(Method::PUT, &format!("network/v2.0/{kind}s/{id}"), Some(body));
    }

    /// Ports and groups, in this order.
    #[track_caller]
    pub fn uproot(&self, ids: &[String]) {
        for id in ids {
            let is_port = self.clouds[0].ports().iter().any(|one| one.id == *id);
            let kind = if is_port { "ports" } else { "security-groups" };
            self.at_site(Method::DELETE, &format!("network/v2.0/{kind}/{id}"), None);
        }
    }

    /// As the administrator sees them.
    #[track_caller]
    pub fn orphans(&self) -> Value {
        serde_json::from_str(&self.administrate(&["orphans", "--json"])).expect("JSON")
    }
}
