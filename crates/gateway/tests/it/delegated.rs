//! Tokens of people for other services: how runs get them, wait for them, lose them; who sees and takes away what.

use crate::login::{settings_of, signed_in};
use crate::pilot::Pilot;
use crate::world::{World, body, problem};
use data::guard::HostPort;
use gateway::Portal;
use issuers::{Issuers, Limits};
use model::time::{Clock, SystemClock};
use reqwest::{Method, Response, StatusCode};
use runs::TokenHost;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use testkit::{Flavour, MovedClock, OpenIdProvider, await_until};

const SITE: &str = "https://keystone.site-a.example";
/// Nobody asks it: the test is the pilot.
const SERVER: &str = "127.0.0.1:9";

async fn world(provider: &OpenIdProvider) -> World {
    world_at(provider, Arc::new(SystemClock)).await
}

async fn world_at(provider: &OpenIdProvider, clock: Arc<dyn Clock>) -> World {
    let mut settings = settings_of("checkin", provider);
    settings.scopes.push("offline_access".into());
    settings.exchange = true;
    let issuers = Issuers::new(vec![settings], vec![], Limits::default(), clock.clone()).expect("issuers");
    let wants = TokenHost {
        host: SERVER.parse::<HostPort>().expect("an address"),
        issuer: "checkin".into(),
        audience: Some(SITE.into()),
        scopes: vec!["openid".into()],
    };
    World::with_delegation(|settings| settings, Portal::of(std::iter::empty()), issuers, vec![wants], clock).await
}

async fn get(world: &World, cookie: &str, path: &str) -> Value {
    body(world.request(Method::GET, path).header("cookie", cookie).send().await.expect("sent")).await
}

async fn delete(world: &World, cookie: &str, path: &str) -> Response {
    let request = world.request(Method::DELETE, path).header("cookie", cookie).header("origin", &world.url);
    request.send().await.expect("sent")
}

/// A run with one input at the server, begun in a browser.
async fn run(world: &World, cookie: &str) -> String {
    let asked = json!({"command": ["true"], "inputs": [{"from": format!("http://{SERVER}/cube.fits"), "to": "cube.fits"}]});
    let request = world.request(Method::POST, "/api/v1/runs").header("cookie", cookie).header("origin", &world.url);
    let made = request.json(&asked).send().await.expect("sent");
    assert_eq!(made.status(), StatusCode::CREATED);
    body(made).await["id"].as_str().expect("an id").to_owned()
}

async fn ask(world: &World, pilot: &Pilot, input: usize) -> Response {
    let path = format!("/pilot/v1/token?element=0&input={input}");
    world.request(Method::GET, &path).bearer_auth(&pilot.credential).send().await.expect("sent")
}

async fn waiting(world: &World, cookie: &str, run: &str) -> Value {
    get(world, cookie, &format!("/api/v1/runs/{run}")).await["waiting_for"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_gets_its_owners_token_for_the_server_of_an_input_and_the_ledger_says_so() {
    let provider = OpenIdProvider::start(Flavour::Egi);
    let world = world(&provider).await;
    let alice = signed_in(&world, &provider, "checkin", "alice").await;
    let consents = get(&world, &alice, "/api/v1/consents").await;
    assert_eq!(consents["items"][0]["issuer"], "checkin");
    assert!(get(&world, &alice, "/api/v1/me").await["sign_in_again"].as_array().is_some_and(Vec::is_empty));

    let run = run(&world, &alice).await;
    let pilot = Pilot::aboard(&world, &run).await;
    let given = ask(&world, &pilot, 0).await;
    assert_eq!(given.headers()["cache-control"], "no-store");
    let token = body(given).await["token"].as_str().expect("a token").to_owned();
    assert_eq!(provider.claims(&token)["aud"], SITE, "meant for that server and no other");
    assert_eq!(body(ask(&world, &pilot, 0).await).await["token"], token.as_str());
    assert_eq!(problem(ask(&world, &pilot, 1).await).await, "RS-1008", "there is no such input");

    let ledger = get(&world, &alice, &format!("/api/v1/credentials?run={run}&held=true")).await;
    let items = ledger["items"].as_array().expect("entries");
    assert_eq!(items.len(), 2, "the pilot's own, and the token: {ledger}");
    let entry = items.iter().find(|entry| entry["audience"] == SITE).expect("the token");
    assert_eq!(
        (entry["issuer"].as_str(), entry["uses"].as_i64(), entry["service"].as_str()),
        (Some("checkin"), Some(2), Some("bench"))
    );
    assert!(entry["expires_at"].is_string() && entry["used_at"].is_string() && entry["scopes"] == json!(["openid"]));
    assert!(!ledger.to_string().contains(&token), "never its text");

    // Whoever else comes sees nothing of it and takes nothing away.
    let bob = signed_in(&world, &provider, "checkin", "bob").await;
    assert!(get(&world, &bob, "/api/v1/credentials").await["items"].as_array().is_some_and(Vec::is_empty));
    let id = entry["id"].as_str().expect("an id");
    assert_eq!(delete(&world, &bob, &format!("/api/v1/credentials/{id}")).await.status(), 404);
    assert_eq!(ask(&world, &pilot, 0).await.status(), 200);

    assert_eq!(delete(&world, &alice, &format!("/api/v1/credentials/{id}")).await.status(), 204);
    assert_eq!(problem(ask(&world, &pilot, 0).await).await, "RS-2014");
    let left = get(&world, &alice, &format!("/api/v1/credentials?run={run}&held=true")).await;
    assert_eq!(left["items"].as_array().expect("entries").len(), 1);

    // Without its pilot's own, a run cannot go on.
    let own = left["items"][0]["id"].as_str().expect("an id").to_owned();
    assert_eq!(delete(&world, &alice, &format!("/api/v1/credentials/{own}")).await.status(), 204);
    assert_eq!(ask(&world, &pilot, 0).await.status(), 401, "refused at once");
    let ended = async || {
        let now = get(&world, &alice, &format!("/api/v1/runs/{run}")).await;
        (now["state"] == "ended").then(|| now["outcome"].clone())
    };
    drop(pilot);
    assert_eq!(await_until(Duration::from_secs(30), "the end of the run", ended).await, "cancelled");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_waits_for_its_owner_to_sign_in_and_goes_on_by_itself() {
    let provider = OpenIdProvider::start(Flavour::Egi);
    let world = world(&provider).await;
    let alice = signed_in(&world, &provider, "checkin", "alice").await;
    let early = run(&world, &alice).await;
    let pilot = Pilot::aboard(&world, &early).await;

    assert_eq!(delete(&world, &alice, "/api/v1/consents/checkin").await.status(), 204);
    assert_eq!(delete(&world, &alice, "/api/v1/consents/checkin").await.status(), 404);
    assert_eq!(problem(ask(&world, &pilot, 0).await).await, "RS-2010");
    let waits = waiting(&world, &alice, &early).await;
    assert_eq!(waits["reason"], "sign_in", "the run says what it waits for: {waits}");
    assert!(waits["remedy"].as_str().expect("a remedy").contains("roadstead login --issuer checkin"), "{waits}");

    // One that has not begun does not take a place meanwhile.
    let late = run(&world, &alice).await;
    let waits = async || {
        let waits = waiting(&world, &alice, &late).await;
        (waits["reason"] == "sign_in").then_some(())
    };
    await_until(Duration::from_secs(20), "the later run to wait", waits).await;
    assert!(world.bench.take(&late).is_none(), "nothing was started for it");

    let again = signed_in(&world, &provider, "checkin", "alice").await;
    let late_pilot = Pilot::aboard(&world, &late).await;
    assert_eq!(ask(&world, &late_pilot, 0).await.status(), 200);
    assert_eq!(ask(&world, &pilot, 0).await.status(), 200);
    assert_eq!(waiting(&world, &again, &early).await, Value::Null, "nothing to wait for any more");
}

#[tokio::test(flavor = "multi_thread")]
async fn logging_out_takes_nothing_from_runs_and_suspension_takes_everything() {
    let provider = OpenIdProvider::start(Flavour::Egi);
    let world = world(&provider).await;
    let alice = signed_in(&world, &provider, "checkin", "alice").await;
    let person = get(&world, &alice, "/api/v1/me").await["id"].as_str().expect("an id").to_owned();
    let run = run(&world, &alice).await;
    let pilot = Pilot::aboard(&world, &run).await;
    assert_eq!(ask(&world, &pilot, 0).await.status(), 200);
    assert_eq!(delete(&world, &alice, "/api/v1/sessions/current").await.status(), 204);
    assert_eq!(ask(&world, &pilot, 0).await.status(), 200, "the run outlives the session");

    let suspend = world.request(Method::POST, &format!("/api/v1/admin/people/{person}/suspend")).bearer_auth(&world.admin);
    assert_eq!(suspend.json(&json!({"because": "misuse"})).send().await.expect("sent").status(), 200);
    assert_eq!(ask(&world, &pilot, 0).await.status(), 401, "no token though one is at hand");
}

/// Nearly a day without the issuer.
#[tokio::test(flavor = "multi_thread")]
async fn a_dead_issuer_ends_no_session_and_no_run_and_is_missed_by_who_comes_new() {
    let provider = OpenIdProvider::start_with(Flavour::Egi, &["--lifetime", "300000"]);
    let clock = MovedClock::default();
    let world = world_at(&provider, Arc::new(clock.clone())).await;
    let alice = signed_in(&world, &provider, "checkin", "alice").await;
    let run = run(&world, &alice).await;
    let pilot = Pilot::aboard(&world, &run).await;
    assert_eq!(ask(&world, &pilot, 0).await.status(), 200);
    let bearer = provider.token(&[]);
    let by_bearer = async || {
        let me = world.request(Method::GET, "/api/v1/me").bearer_auth(&bearer).send().await.expect("sent");
        me.status().as_u16()
    };
    assert_eq!(by_bearer().await, 200);

    provider.open("outage", &[("mode", "cut")]);
    for _ in 0..23 {
        clock.forward(Duration::from_secs(3_600));
        assert_eq!(get(&world, &alice, "/api/v1/me").await["name"], "Alice Astronomer");
    }
    assert_eq!(by_bearer().await, 200, "its keys are remembered");
    assert_eq!(ask(&world, &pilot, 0).await.status(), 200, "a token that is good stays good");
    assert_eq!(waiting(&world, &alice, &run).await, Value::Null);
    let sent = world.request(Method::GET, "/login/checkin").send().await.expect("sent");
    assert_eq!(sent.status(), StatusCode::SERVICE_UNAVAILABLE);
    let page = sent.text().await.expect("a page");
    assert!(page.contains("RS-2006") && page.contains("The service checkin does not answer"), "{page}");

    provider.open("outage", &[]);
    // What it says is of now.
    clock.back();
    signed_in(&world, &provider, "checkin", "bob").await;
}
