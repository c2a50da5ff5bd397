//! Public SSH keys: added by people, and told by a real OpenID provider.

use crate::devices::ask_in_time;
use crate::login::{self, settings_of, signed_in};
use crate::world::{World, body, problem, text_of};
use data_encoding::BASE64;
use gateway::Portal;
use issuers::{Issuers, Limits};
use model::time::SystemClock;
use reqwest::{Method, Response};
use serde_json::{Value, json};
use std::sync::Arc;
use testkit::{Flavour, OpenIdProvider};

/// A key that nobody has yet.
pub fn fresh() -> String {
    let key: [u8; 32] = db::random_bytes().expect("random");
    let parts = [b"ssh-ed25519".as_slice(), &key];
    let blob: Vec<u8> = parts.iter().flat_map(|part| [&(part.len() as u32).to_be_bytes(), *part].concat()).collect();
    format!("ssh-ed25519 {}", BASE64.encode(&blob))
}

async fn add(world: &World, asked: &Value, once: Option<&str>) -> Response {
    let request = world.post("/api/v1/keys").json(asked);
    let request = once.into_iter().fold(request, |request, key| request.header("idempotency-key", key));
    request.send().await.expect("sent")
}

/// Names, and whether a login service says so.
fn listed(page: &Value) -> Vec<(String, bool)> {
    let items = page["items"].as_array().expect("items").iter();
    items.map(|key| (text_of(key, "name"), key["issuer"].is_string())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_added_once_and_removed_and_the_audit_knows_it_by_its_identifier() {
    let world = World::new().await;
    let line = format!("{} ada@laptop", fresh());
    let asked = json!({ "public_key": line });
    let answer = add(&world, &asked, Some("once")).await;
    assert_eq!(answer.status(), 201);
    let location = answer.headers()["location"].to_str().expect("ascii").to_owned();
    let key = body(answer).await;
    let id = text_of(&key, "id");
    assert!(id.starts_with("key-") && location == format!("/api/v1/keys/{id}"), "{location}");
    assert_eq!((text_of(&key, "name"), text_of(&key, "public_key")), ("ada@laptop".into(), line.clone()));
    let again = add(&world, &asked, Some("once")).await;
    assert_eq!((again.status().as_u16(), text_of(&body(again).await, "id")), (200, id.clone()));
    let other = add(&world, &json!({"public_key": line, "name": "other"}), Some("once")).await;
    assert_eq!(problem(other).await, "RS-1006");
    assert_eq!(problem(add(&world, &asked, None).await).await, "RS-1013");
    let page = body(world.get("/api/v1/keys").send().await.expect("sent")).await;
    assert_eq!(listed(&page), [("ada@laptop".to_owned(), false)]);
    let removed = world.by(&world.owner, Method::DELETE, &location).send().await.expect("sent");
    assert_eq!(removed.status(), 204);
    assert_eq!(problem(add(&world, &asked, Some("once")).await).await, "RS-1013", "removed since");

    let audit = world.by(&world.admin, Method::GET, &format!("/api/v1/admin/audit?about={id}")).send().await.expect("sent");
    let entries = body(audit).await["items"].as_array().expect("items").clone();
    let operations: Vec<String> = entries.iter().map(|entry| text_of(entry, "operation")).collect();
    assert_eq!(operations, ["remove_key", "add_key", "add_key"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_private_key_in_whatever_form_is_refused_and_repeated_nowhere() {
    const SECRET: &str = "c2VjcmV0LWhhbGYtb2YtdGhlLXBhaXI";
    let world = World::new().await;
    let private = format!("-----BEGIN OPENSSH PRIVATE KEY-----\n{SECRET}\n-----END OPENSSH PRIVATE KEY-----\n");
    let told = add(&world, &json!({ "public_key": private }), Some("once")).await;
    assert_eq!(told.status(), 422);
    let told = body(told).await;
    assert!(text_of(&told, "detail").contains("must be considered compromised"), "{told}");
    assert!(text_of(&told, "remedy").contains("ssh-keygen -t ed25519"), "{told}");
    // What people get wrong when they write requests by hand.
    let bodies = [
        json!({ "public_key": private }),
        json!({ "public_key": fresh(), "name": private }),
        json!({ "public_key": [private] }),
        json!({ "public_key": fresh(), "private_key": private }),
        json!(private),
        json!([private]),
    ];
    let texts = bodies.iter().map(Value::to_string).chain([private.clone()]);
    for text in texts {
        let request = world.post("/api/v1/keys").header("content-type", "application/json").body(text.clone());
        let answer = request.send().await.expect("sent");
        assert!(answer.status().is_client_error(), "{text}: {}", answer.status());
        let said = answer.text().await.expect("text");
        assert!(!said.contains(SECRET), "{text}: {said}");
    }
    let audit = world.by(&world.admin, Method::GET, "/api/v1/admin/audit?operation=add_key").send().await.expect("sent");
    let audit = body(audit).await;
    assert_eq!(audit["items"].as_array().map(Vec::len), Some(8));
    assert!(!audit.to_string().contains(SECRET), "{audit}");
    for file in std::fs::read_dir(world.directory.path()).expect("a directory").map(|file| file.expect("a file").path()) {
        let bytes = std::fs::read(&file).unwrap_or_default();
        assert!(!bytes.windows(SECRET.len()).any(|window| window == SECRET.as_bytes()), "{}", file.display());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_that_check_in_tells_follow_it_from_one_sign_in_to_the_next() {
    for options in [&[] as &[&str], &["--thin"]] {
        let provider = OpenIdProvider::start_with(Flavour::Egi, options);
        let mut settings = settings_of("checkin", &provider);
        settings.scopes.push("ssh_public_key".into());
        let issuers = Issuers::new(vec![settings], vec![], Limits::default(), Arc::new(SystemClock)).expect("issuers");
        let world = World::with_issuers(|settings| settings, Portal::of(std::iter::empty()), issuers).await;
        let say = |keys: Value| {
            let changes = json!({ "ssh_public_key": keys }).to_string();
            tokio::task::block_in_place(|| provider.open("person", &[("name", "alice"), ("changes", &changes)]));
        };
        let keys = async |cookie: &str| {
            body(world.request(Method::GET, "/api/v1/keys").header("cookie", cookie).send().await.expect("sent")).await
        };
        let remove = async |cookie: &str, id: &str| {
            let request = world.request(Method::DELETE, &format!("/api/v1/keys/{id}")).header("cookie", cookie);
            request.header("origin", world.origin()).send().await.expect("sent")
        };

        let browser = signed_in(&world, &provider, "checkin", "alice").await;
        assert_eq!(listed(&keys(&browser).await), []);
        let (first, second) = (fresh(), fresh());
        say(json!([format!("{first} alice@home"), second]));
        assert_eq!(listed(&keys(&browser).await), [], "nobody has asked since");
        let browser = signed_in(&world, &provider, "checkin", "alice").await;
        let page = keys(&browser).await;
        assert_eq!(listed(&page), [("alice@home".to_owned(), true), ("checkin".to_owned(), true)], "{options:?}");
        assert_eq!(page["items"][0]["issuer"].as_str(), Some(provider.issuer()));
        let refused = body(remove(&browser, &text_of(&page["items"][0], "id")).await).await;
        assert_eq!(refused["code"], "RS-1013");
        assert!(text_of(&refused, "detail").contains(provider.issuer()), "{refused}");

        // Several lines in one text, one of them no key that is taken; and by the code of a command line.
        say(json!(format!("{second}\nssh-dss AAAA\n\n{}\n", fresh())));
        let begun = world.request(Method::POST, "/api/v1/logins").json(&json!({"issuer": "checkin"})).send().await.expect("sent");
        let begun = body(begun).await;
        tokio::task::block_in_place(|| provider.approve(&text_of(&begun, "user_code"), "alice"));
        let done = body(ask_in_time(&world, &text_of(&begun, "login")).await).await;
        let token = text_of(&done["token"], "secret");
        let page = body(world.by(&token, Method::GET, "/api/v1/keys").send().await.expect("sent")).await;
        assert_eq!(listed(&page), [("checkin".to_owned(), true), ("checkin 2".to_owned(), true)]);
        assert_eq!(text_of(&page["items"][0], "public_key"), second);

        // A bearer says nothing of keys; a sign-in at which none are said takes all back.
        say(Value::Null);
        let bearer = tokio::task::block_in_place(|| provider.token(&[("user", "alice")]));
        assert_eq!(listed(&body(world.by(&bearer, Method::GET, "/api/v1/keys").send().await.expect("sent")).await).len(), 2);
        let browser = signed_in(&world, &provider, "checkin", "alice").await;
        assert_eq!(listed(&keys(&browser).await), []);
    }
}

/// Where nobody asks for keys none are told, whatever the login service knows.
#[tokio::test(flavor = "multi_thread")]
async fn keys_are_not_asked_for_unless_the_administrator_says_so() {
    let provider = OpenIdProvider::start(Flavour::Egi);
    let world = login::world(&[("checkin", &provider)]).await;
    let changes = json!({ "ssh_public_key": fresh() }).to_string();
    tokio::task::block_in_place(|| provider.open("person", &[("name", "alice"), ("changes", &changes)]));
    let browser = signed_in(&world, &provider, "checkin", "alice").await;
    let page = world.request(Method::GET, "/api/v1/keys").header("cookie", &browser).send().await.expect("sent");
    assert_eq!(listed(&body(page).await), []);
}
