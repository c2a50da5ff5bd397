//! Whether a site that is to be hurt (`testkit::Cloud`) is hurt as it was told: what is done, what is answered, and what an
//! administrator sees meanwhile.

use std::time::Duration;

use reqwest::{Client, Method, Response};
use serde_json::{Value, json};
use testkit::{Cloud, Mishap, Site, wait_until};

/// The site serves itself from threads of its own, so that waiting may block.
#[track_caller]
fn until(is_so: impl Fn() -> bool) {
    wait_until(Duration::from_secs(60), "what was begun", || is_so().then_some(()));
}

struct Guest<'a> {
    cloud: &'a Cloud,
    client: Client,
    token: String,
}

impl<'a> Guest<'a> {
    async fn enter(cloud: &'a Cloud) -> Self {
        let client = Client::builder().no_proxy().timeout(Duration::from_secs(20)).build().unwrap();
        let door = format!("{}/OS-FEDERATION/identity_providers/egi.eu/protocols/openid/auth", cloud.url());
        let login = client.post(door).bearer_auth("somebody").send().await.unwrap();
        let login = login.headers()["X-Subject-Token"].to_str().unwrap().to_owned();
        let scope = json!({"project": {"id": cloud.project("ops")}});
        let auth = json!({"auth": {"identity": {"methods": ["token"], "token": {"id": login}}, "scope": scope}});
        let session = client.post(format!("{}/auth/tokens", cloud.url())).json(&auth).send().await.unwrap();
        let token = session.headers()["X-Subject-Token"].to_str().unwrap().to_owned();
        Self { cloud, client, token }
    }

    async fn ask(&self, method: Method, path: &str, body: Option<Value>) -> Result<Response, reqwest::Error> {
        let request = self.client.request(method, format!("http://{}/{path}", self.cloud.address()));
        let request = request.header("X-Auth-Token", &self.token);
        match body {
            Some(body) => request.json(&body).send().await,
            None => request.send().await,
        }
    }

    async fn group(&self, name: &str) -> Result<Response, reqwest::Error> {
        let body = json!({"security_group": {"name": name, "description": "mine"}});
        self.ask(Method::POST, "network/v2.0/security-groups", Some(body)).await
    }

    async fn listed(&self, name: &str) -> usize {
        let path = format!("network/v2.0/security-groups?name={name}");
        let told: Value = self.ask(Method::GET, &path, None).await.unwrap().json().await.unwrap();
        told["security_groups"].as_array().unwrap().len()
    }
}

#[tokio::test]
async fn what_is_done_and_what_is_answered_are_two_things() {
    let cloud = Cloud::start(Site::like("a").boot(Duration::ZERO));
    cloud.set_quota("ops", "security_group", -1);
    let guest = Guest::enter(&cloud).await;
    let there = |name: &str| cloud.groups().iter().filter(|one| one.name == name && one.description == "mine").count();
    let post = "POST security-groups";

    cloud.mishap(post, 1, Mishap::AnswerLost);
    assert!(guest.group("lost").await.is_err());
    assert_eq!((there("lost"), guest.listed("lost").await, cloud.mishaps_left()), (1, 1, 0));
    cloud.mishap(post, 1, Mishap::FailsAfter(503));
    assert_eq!((guest.group("after").await.unwrap().status().as_u16(), there("after")), (503, 1));
    cloud.mishap(post, 2, Mishap::Fails(500));
    for _ in 0..2 {
        assert_eq!((guest.group("before").await.unwrap().status().as_u16(), there("before")), (500, 0));
    }
    cloud.mishap(post, 1, Mishap::Busy(7));
    let busy = guest.group("busy").await.unwrap();
    assert_eq!((busy.status().as_u16(), &busy.headers()["Retry-After"], there("busy")), (429, &"7".parse().unwrap(), 0));
    cloud.mishap(post, 1, Mishap::Hidden(Duration::from_secs(600)));
    assert_eq!(guest.group("hidden").await.unwrap().status(), 201);
    assert_eq!((there("hidden"), guest.listed("hidden").await), (1, 0));
    cloud.calm();
    assert_eq!(guest.listed("hidden").await, 1);

    let made: Value = guest.group("lied").await.unwrap().json().await.unwrap();
    let path = format!("network/v2.0/security-groups/{}", made["security_group"]["id"].as_str().unwrap());
    cloud.mishap("DELETE security-groups/{id}", 1, Mishap::Lies);
    assert_eq!(guest.ask(Method::DELETE, &path, None).await.unwrap().status(), 204);
    assert_eq!((there("lied"), guest.listed("lied").await), (1, 1));
    cloud.mishap("DELETE security-groups/{id}", 1, Mishap::Lingers(Duration::from_millis(300)));
    assert_eq!(guest.ask(Method::DELETE, &path, None).await.unwrap().status(), 204);
    until(|| there("lied") == 0);
    assert_eq!(guest.ask(Method::GET, &path, None).await.unwrap().status(), 404);

    cloud.mishap("GET security-groups", 1, Mishap::TokenEnds);
    let list = "network/v2.0/security-groups";
    assert_eq!(guest.ask(Method::GET, list, None).await.unwrap().status(), 401);
    assert_eq!(guest.ask(Method::GET, list, None).await.unwrap().status(), 401, "it stays unknown");
    let again = Guest::enter(&cloud).await;
    assert_eq!(again.ask(Method::GET, list, None).await.unwrap().status(), 200);
    cloud.refuse("somebody");
    assert_eq!(again.ask(Method::GET, list, None).await.unwrap().status(), 401);
    assert!(cloud.asked().contains(&"POST security-groups 201".to_owned()));
}

#[tokio::test]
async fn machines_find_no_host_or_break_on_it_and_neighbours_stay() {
    let cloud = Cloud::start(Site::like("a").boot(Duration::ZERO));
    let neighbours = cloud.put_neighbour("ops");
    assert_eq!(neighbours.len(), 4, "a machine, a port, a group and an address");
    let guest = Guest::enter(&cloud).await;
    let status = |name: &str| cloud.servers().iter().find(|one| one.name == name).map(|one| one.status.clone());
    until(|| status("neighbour").as_deref() == Some("ACTIVE"));
    let network = cloud.networks().into_iter().find(|one| one.name == "ops-net").unwrap().id;
    let image = cloud.images().into_iter().find(|one| one.name.contains("Ubuntu")).unwrap().id;
    let machine = async |name: &str| {
        let flavor = cloud.flavor("m1.tiny");
        let wish = json!({"name": name, "flavorRef": flavor, "imageRef": image, "networks": [{"uuid": network}]});
        let made = guest.ask(Method::POST, "compute/v2.1/servers", Some(json!({"server": wish}))).await.unwrap();
        assert_eq!(made.status(), 202);
        until(|| status(name).is_some_and(|status| status != "BUILD"));
        cloud.servers().into_iter().find(|one| one.name == name).unwrap()
    };
    cloud.set_room(Some(0));
    let without_host = machine("nowhere").await;
    assert_eq!(without_host.status, "ERROR");
    assert!(without_host.told["fault"].as_str().unwrap().contains("No valid host was found"), "{without_host:?}");
    cloud.set_room(None);
    cloud.mishap("POST servers", 1, Mishap::Breaks);
    let broken = machine("broken").await;
    assert_eq!(broken.status, "ERROR");
    let bound = || cloud.ports().iter().filter(|port| port.told["device_id"] == broken.id.as_str()).count();
    assert_eq!(bound(), 1);
    for one in [&without_host, &broken] {
        let path = format!("compute/v2.1/servers/{}", one.id);
        assert_eq!(guest.ask(Method::DELETE, &path, None).await.unwrap().status(), 204);
    }
    until(|| cloud.servers().len() == 1);
    assert_eq!(bound(), 0, "Nova's own port went with it");
    let still = cloud.all();
    assert!(neighbours.iter().all(|one| still.iter().any(|other| other.id == one.id)));
}
