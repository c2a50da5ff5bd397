//! Signing in from a command line, at real OpenID providers.

use crate::login;
use crate::world::{World, body, problem, text_of};
use db::args;
use model::time::{Clock, SystemClock};
use reqwest::{Method, Response};
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use testkit::{Flavour, OpenIdProvider};

db::statements! {
    IN_TIME = "UPDATE device_login SET next_poll_at = 0";
    TOO_LATE = "UPDATE device_login SET expires_at = 1";
    SEALED = "SELECT count(*) AS number FROM sealed WHERE purpose = 'device login'";
}

async fn begin(world: &World, asked: Value) -> Response {
    world.request(Method::POST, "/api/v1/logins").json(&asked).send().await.expect("sent")
}

async fn begun(world: &World, asked: Value) -> Value {
    let answer = begin(world, asked).await;
    assert_eq!(answer.status(), 201);
    body(answer).await
}

async fn ask(world: &World, login: &str) -> Response {
    world.request(Method::POST, "/api/v1/logins/token").json(&json!({ "login": login })).send().await.expect("sent")
}

/// As if whoever asks had waited for as long as the issuer wants.
pub async fn ask_in_time(world: &World, login: &str) -> Response {
    world.db.write(&IN_TIME, args![]).await.expect("written");
    ask(world, login).await
}

async fn sealed(world: &World) -> i64 {
    world.db.row(&SEALED, args![]).await.expect("a row").expect("a count").get("number").expect("a number")
}

fn approve(provider: &OpenIdProvider, begun: &Value, person: &str) {
    tokio::task::block_in_place(|| provider.approve(&text_of(begun, "user_code"), person));
}

fn open(provider: &OpenIdProvider, door: &str, fields: &[(&str, &str)]) -> Value {
    tokio::task::block_in_place(|| provider.open(door, fields))
}

async fn audit(world: &World, operation: &str) -> Vec<Value> {
    let path = format!("/api/v1/admin/audit?operation={operation}");
    let answer = world.by(&world.admin, Method::GET, &path).send().await.expect("sent");
    body(answer).await["items"].as_array().expect("items").clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_line_gets_one_token_when_somebody_typed_its_code() {
    let (checkin, iam) = (OpenIdProvider::start(Flavour::Egi), OpenIdProvider::start(Flavour::Iam));
    let world = login::world(&[("checkin", &checkin), ("iam", &iam)]).await;
    let mine = begun(&world, json!({"issuer": "checkin", "name": "laptop"})).await;
    let others = begun(&world, json!({"issuer": "iam", "scopes": ["admin"]})).await;
    assert!(text_of(&mine, "verification_uri").starts_with(checkin.issuer()), "{mine}");
    assert!(text_of(&mine, "verification_uri_complete").contains(&text_of(&mine, "user_code")), "{mine}");
    let (login, other) = (text_of(&mine, "login"), text_of(&others, "login"));
    assert!(login.starts_with("rsd_") && login != other);
    assert_eq!(sealed(&world).await, 2);
    let pending = body(ask(&world, &login).await).await;
    assert_eq!((pending["state"].as_str(), pending["interval"].as_u64()), (Some("pending"), Some(5)), "{pending}");
    assert_eq!(body(ask_in_time(&world, &login).await).await["state"], "pending");

    approve(&checkin, &mine, "alice");
    assert_eq!(body(ask_in_time(&world, &other).await).await["state"], "pending", "the other issuer's code");
    // Two who come at once, and one who comes later: one token.
    world.db.write(&IN_TIME, args![]).await.expect("written");
    let (first, second) = tokio::join!(ask(&world, &login), ask(&world, &login));
    let (first, second) = (body(first).await, body(second).await);
    let (good, bad) = if first["token"].is_object() { (first, second) } else { (second, first) };
    assert!(good["state"] == "signed_in" && bad["token"].is_null(), "{good} {bad}");
    let replay = body(ask_in_time(&world, &login).await).await;
    assert_eq!(replay, json!({"state": "signed_in"}), "its text is in one answer alone");
    assert_eq!(sealed(&world).await, 1, "the device code is forgotten");

    let token = &good["token"];
    assert_eq!((token["name"].as_str(), token["scopes"].to_string()), (Some("laptop"), r#"["read","run"]"#.to_owned()));
    let secret = text_of(token, "secret");
    let me = body(world.by(&secret, Method::GET, "/api/v1/me").send().await.expect("sent")).await;
    assert_eq!((me["name"].as_str(), &me["token"]), (Some("Alice Astronomer"), &token["id"]));
    let lives = me["token_expires_at"].as_str().and_then(|text| text.parse::<model::Timestamp>().ok()).expect("an end");
    let lives = lives.since(model::Timestamp::from_millis(0)).as_secs() - now_seconds();
    assert!((30 * 86_400 - 600..=30 * 86_400).contains(&lives), "{lives}");
    let entries = audit(&world, "finish_login").await;
    let (allowed, refused): (Vec<_>, Vec<_>) = entries.iter().partition(|entry| entry["allowed"] == true);
    assert_eq!((allowed.len(), &allowed[0]["person"]), (1, &me["id"]), "{entries:?}");
    assert_eq!((refused.len(), &refused[0]["person"]), (1, &Value::Null), "the replay, and no question in vain: {entries:?}");
    assert!(!json!(entries).to_string().contains(&login) && audit(&world, "create_login").await.is_empty());

    // Who asks for more than they may gets what they may.
    approve(&iam, &others, "alice");
    let little = body(ask_in_time(&world, &other).await).await;
    assert_eq!(little["token"]["scopes"].to_string(), r#"["run"]"#, "{little}");
    let administrator = json!({"issuer": {"exactly": iam.issuer()}, "claim": "wlcg.groups", "group": {"exactly": "/astro/admins"},
        "role": "any", "gives": "administrator"});
    let set = world.by(&world.admin, Method::PUT, "/api/v1/admin/mapping");
    let set = set.json(&json!({"version": 0, "table": {"rules": [administrator]}})).send().await.expect("sent");
    assert_eq!(set.status(), 200);
    let more = begun(&world, json!({"issuer": "iam", "scopes": ["read", "admin"]})).await;
    approve(&iam, &more, "alice");
    let more = body(ask_in_time(&world, &text_of(&more, "login")).await).await;
    let secret = text_of(&more["token"], "secret");
    assert_eq!(world.by(&secret, Method::GET, "/api/v1/admin/health").send().await.expect("sent").status(), 200, "{more}");
    let ends: model::Timestamp = serde_json::from_value(more["token"]["expires_at"].clone()).expect("an end");
    assert!(ends <= SystemClock.now().plus(Duration::from_secs(3_601)), "one that administers is short-lived: {more}");

    // Everyone may leave, also with a token that may only read; and with that alone end that alone.
    let reader = begun(&world, json!({"issuer": "iam", "scopes": ["read"]})).await;
    approve(&iam, &reader, "alice");
    let reader = body(ask_in_time(&world, &text_of(&reader, "login")).await).await["token"].take();
    let end = async |id: &Value| {
        let path = format!("/api/v1/tokens/{}", id.as_str().expect("an id"));
        world.by(&text_of(&reader, "secret"), Method::DELETE, &path).send().await.expect("sent").status()
    };
    assert_eq!(end(&more["token"]["id"]).await, 403);
    assert_eq!(end(&reader["id"]).await, 204);
    assert_eq!(end(&reader["id"]).await, 401, "it is gone");
}

fn now_seconds() -> u64 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970").as_secs()
}

#[tokio::test(flavor = "multi_thread")]
async fn no_token_comes_of_a_sign_in_that_is_not_whole() {
    let provider = OpenIdProvider::start(Flavour::Egi);
    let world = login::world(&[("checkin", &provider)]).await;
    let new = async || begun(&world, json!({"issuer": "checkin"})).await;
    for (asked, code) in [
        (json!({"issuer": "nowhere"}), "RS-1008"),
        (json!({"issuer": provider.issuer()}), "RS-1008"),
        (json!({"issuer": "checkin", "scopes": []}), "RS-1003"),
        (json!({"issuer": "checkin", "scopes": ["root"]}), "RS-1003"),
        (json!({"issuer": "checkin", "name": "a\nb"}), "RS-1003"),
        (json!({"issuer": "checkin", "person": "alice"}), "RS-1002"),
        (json!({}), "RS-1003"),
    ] {
        assert_eq!(problem(begin(&world, asked.clone()).await).await, code, "{asked}");
    }
    let login = text_of(&new().await, "login");
    for garbage in
        ["", "wrong", &world.owner, &login.replace("rsd_", "rsl_"), &login[..63], &format!("{login}0"), &login.to_uppercase()]
    {
        assert_eq!(problem(ask(&world, garbage).await).await, "RS-2007", "{garbage}");
    }
    assert_eq!(
        problem(world.by(&login, Method::GET, "/api/v1/me").send().await.expect("sent")).await,
        "RS-2002",
        "it is no token"
    );
    let foreign = world.request(Method::POST, "/api/v1/logins").header("origin", "https://evil.example");
    assert_eq!(problem(foreign.json(&json!({"issuer": "checkin"})).send().await.expect("sent")).await, "RS-1011");

    let declined = new().await;
    open(&provider, "approve", &[("user_code", &text_of(&declined, "user_code")), ("deny", "yes")]);
    for _ in 0..2 {
        assert_eq!(body(ask_in_time(&world, &text_of(&declined, "login")).await).await, json!({"state": "denied"}));
    }
    let forgotten = new().await;
    world.db.write(&TOO_LATE, args![]).await.expect("written");
    approve(&provider, &forgotten, "alice");
    assert_eq!(body(ask_in_time(&world, &text_of(&forgotten, "login")).await).await, json!({"state": "expired"}));
    // The next who begins sweeps up what is long over.
    let replaced = new().await;
    assert_eq!(problem(ask(&world, &text_of(&forgotten, "login")).await).await, "RS-2007");
    assert_eq!(sealed(&world).await, 1);

    // Used up at the issuer by somebody else: no second use here.
    approve(&provider, &replaced, "alice");
    open(&provider, "outage", &[("mode", "503"), ("path", "/token")]);
    let login = text_of(&replaced, "login");
    assert_eq!(problem(ask_in_time(&world, &login).await).await, "RS-2006", "it does not answer now");
    assert_eq!(body(ask(&world, &login).await).await["state"], "pending", "and is left alone for a while");
    open(&provider, "outage", &[]);
    assert_eq!(body(ask_in_time(&world, &login).await).await["state"], "signed_in");

    // Suspended between the beginning and the end.
    let bob = begun(&world, json!({"issuer": "checkin"})).await;
    approve(&provider, &bob, "bob");
    let token = body(ask_in_time(&world, &text_of(&bob, "login")).await).await["token"].take();
    let me = body(world.by(&text_of(&token, "secret"), Method::GET, "/api/v1/me").send().await.expect("sent")).await;
    let again = new().await;
    let suspend = world.by(&world.admin, Method::POST, &format!("/api/v1/admin/people/{}/suspend", text_of(&me, "id")));
    assert_eq!(suspend.json(&json!({"because": "a test"})).send().await.expect("sent").status(), 200);
    approve(&provider, &again, "bob");
    assert_eq!(problem(ask_in_time(&world, &text_of(&again, "login")).await).await, "RS-2003");
    assert_eq!(body(ask_in_time(&world, &text_of(&again, "login")).await).await, json!({"state": "signed_in"}), "used up");
    let restore = world.by(&world.admin, Method::POST, &format!("/api/v1/admin/people/{}/restore", text_of(&me, "id")));
    assert_eq!(restore.send().await.expect("sent").status(), 200);
    assert_eq!(
        problem(world.by(&text_of(&token, "secret"), Method::GET, "/api/v1/me").send().await.expect("sent")).await,
        "RS-2002"
    );

    let entries = audit(&world, "finish_login").await;
    let allowed = entries.iter().filter(|entry| entry["allowed"] == true).count();
    assert!(allowed == 2 && entries.len() > 10, "{entries:?}");
    assert!(entries.iter().all(|entry| entry["allowed"] == entry["person"].is_string()), "{entries:?}");

    // So many from one network.
    let mut refused = None;
    for _ in 0..130 {
        let answer = begin(&world, json!({"issuer": "checkin"})).await;
        if answer.status() == 429 {
            refused = Some(answer);
            break;
        }
    }
    let refused = refused.expect("no end");
    assert_eq!(refused.headers()["retry-after"], "60");
    assert_eq!(problem(refused).await, "RS-1012");

    let provider_less = login::world(&[("checkin", &provider)]).await;
    drop(provider);
    let down = body(begin(&provider_less, json!({"issuer": "checkin"})).await).await;
    assert_eq!(down["code"], "RS-2006");
    assert!(
        text_of(&down, "detail").contains("The service checkin does not answer") && !text_of(&down, "remedy").is_empty(),
        "{down}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_issuer_is_asked_no_faster_than_it_wants_by_all_together() {
    let provider = OpenIdProvider::start(Flavour::Egi);
    let world = login::world(&[("checkin", &provider)]).await;
    let asked = || {
        let requests = &open(&provider, "counts", &[])["requests"];
        requests["/protocol/openid-connect/token"].as_u64().unwrap_or(0)
    };
    let begin = Instant::now();
    let mine = begun(&world, json!({"issuer": "checkin"})).await;
    let login = text_of(&mine, "login");
    let mut questions = 0;
    let mut pace = tokio::time::interval(Duration::from_millis(25));
    while asked() < 2 {
        pace.tick().await;
        let (one, other) = tokio::join!(ask(&world, &login), ask(&world, &login));
        let (one, other) = (body(one).await, body(other).await);
        assert_eq!((&one["state"], &other["state"]), (&json!("pending"), &json!("pending")));
        questions += 2;
        assert!(begin.elapsed() < Duration::from_secs(60), "it is not asked at all");
    }
    let (elapsed, asked_so_far) = (begin.elapsed(), asked());
    assert!(questions > 20, "{questions}");
    assert!(asked_so_far <= elapsed.as_secs() / 5, "asked {asked_so_far} times in {elapsed:?}");

    open(&provider, "outage", &[("mode", "slow_down"), ("path", "/token")]);
    let slower = body(ask_in_time(&world, &login).await).await;
    assert_eq!((slower["state"].as_str(), slower["interval"].as_u64()), (Some("pending"), Some(10)), "{slower}");
    assert_eq!(body(ask_in_time(&world, &login).await).await["interval"], 15, "slower and slower");
    open(&provider, "outage", &[]);
    approve(&provider, &mine, "alice");
    assert_eq!(body(ask_in_time(&world, &login).await).await["state"], "signed_in");

    // And the gateway itself has an end to its patience with one network.
    let begin = Instant::now();
    let refused = loop {
        let answers = futures_util::future::join_all((0..8).map(|_| ask(&world, &login))).await;
        if let Some(refused) = answers.into_iter().find(|answer| answer.status() == 429) {
            break refused;
        }
        assert!(begin.elapsed() < Duration::from_secs(55), "no end");
    };
    assert_eq!(refused.headers()["retry-after"], "60");
    assert_eq!(problem(refused).await, "RS-1012");
}
