//! Browsers: how they get in, what they may, how they get out.

use crate::browser::{Browser, code, swap};
use crate::pilot::{OUTPUT_PATH, finished_run};
use crate::world::{World, body, problem, text_of};
use reqwest::{Method, StatusCode};
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn a_code_is_swapped_once_for_a_cookie_that_scripts_cannot_read() {
    let world = World::new().await;
    let made = body(world.post("/api/v1/sessions/codes").send().await.expect("sent")).await;
    let (code, url) = (text_of(&made, "code"), text_of(&made, "url"));
    assert_eq!(url, format!("{}/#code={code}", world.url));
    let (first, second) = tokio::join!(swap(&world, &code), swap(&world, &code));
    let (good, bad) = if first.status() == 201 { (first, second) } else { (second, first) };
    assert_eq!(problem(bad).await, "RS-2005", "of two who come with one code, one gets in");
    let cookie = good.headers()["set-cookie"].to_str().expect("ascii").to_owned();
    let deployment = world.deployment();
    assert!(cookie.starts_with(&format!("roadstead-{deployment}=rss_")), "{cookie}");
    for attribute in ["; Path=/; ", "; HttpOnly", "; SameSite=Strict", "; Max-Age=2592000"] {
        assert!(cookie.contains(attribute), "{attribute} in {cookie}");
    }
    assert!(!cookie.contains("Secure") && !cookie.contains("Domain"), "{cookie}");
    assert!(!good.text().await.expect("text").contains("rss_"), "the secret is in the cookie alone");

    let again = body(swap(&world, &code).await).await;
    assert_eq!(again["code"], "RS-2005");
    assert!(text_of(&again, "remedy").contains("roadstead open"), "{again}");
    // What is one kind of secret is no other.
    let value = cookie.split(['=', ';']).nth(1).expect("a value").to_owned();
    assert_eq!(problem(world.by(&value, Method::GET, "/api/v1/me").send().await.expect("sent")).await, "RS-2002");
    assert_eq!(problem(swap(&world, &value).await).await, "RS-2005");
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_that_reads_works_with_the_cookie_alone() {
    let world = World::new().await;
    let run = finished_run(&world).await;
    let browser = Browser::signed_in(&world, &world.owner).await;
    let me = body(browser.ask(&world, Method::GET, "/api/v1/me").send().await.expect("sent")).await;
    assert_eq!((me["name"].as_str(), me["session"].as_str()), (Some("Ada"), Some(browser.id.as_str())));
    assert!(me.get("token").is_none());
    let output = format!("/api/v1/runs/{run}/outputs/0/{}", OUTPUT_PATH.replace(' ', "%20"));
    for path in ["/api/v1/events", &format!("/api/v1/runs/{run}/logs"), &format!("/api/v1/runs/{run}/crate"), &output] {
        let answer = browser.ask(&world, Method::GET, path).send().await.expect("sent");
        assert_eq!(answer.status(), 200, "{path}");
        let header = |name: &str| answer.headers().get(name).map(|value| value.to_str().expect("ascii").to_owned());
        assert_eq!(header("x-content-type-options").as_deref(), Some("nosniff"), "{path}");
        let policy = header("content-security-policy").expect("a policy");
        assert!(policy.contains("sandbox") && policy.contains("default-src 'none'"), "{path}: {policy}");
        assert_eq!(header("cross-origin-resource-policy").as_deref(), Some("same-origin"), "{path}");
        if path == output {
            assert!(header("content-disposition").is_some_and(|value| value.starts_with("attachment")), "never shown as a page");
        }
    }
    let created = browser.ask(&world, Method::POST, "/api/v1/runs").json(&json!({"command": ["true"]})).send().await;
    assert_eq!(created.expect("sent").status(), 201);
    // A token that comes along is what counts.
    let both = browser.ask(&world, Method::GET, "/api/v1/me").bearer_auth(&world.other).send().await.expect("sent");
    assert_eq!(body(both).await["name"], "Bob");
    let wrong = browser.ask(&world, Method::GET, "/api/v1/me").bearer_auth(crate::world::BAD_TOKEN).send().await.expect("sent");
    assert_eq!(problem(wrong).await, "RS-2002", "not let in by the other");
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_others_change_nothing_with_somebodys_cookie() {
    let world = World::new().await;
    let browser = Browser::signed_in(&world, &world.owner).await;
    let run = json!({"command": ["true"]});
    // Ports do not count for cookies: a page on another port of this computer has them sent along.
    for origin in ["http://127.0.0.1:8888", "http://evil.example.org", "null", ""] {
        let answer = browser.ask_from(&world, origin, Method::POST, "/api/v1/runs").json(&run).send().await.expect("sent");
        assert_eq!(problem(answer).await, "RS-1011", "{origin}");
    }
    let without = world.request(Method::POST, "/api/v1/runs").header("cookie", &browser.cookie).json(&run);
    assert_eq!(problem(without.send().await.expect("sent")).await, "RS-1011", "a browser that does not say from which page");
    let two = browser.ask(&world, Method::POST, "/api/v1/runs").header("origin", "http://evil.example.org").json(&run);
    assert_eq!(problem(two.send().await.expect("sent")).await, "RS-1011");
    let out = browser.ask_from(&world, "http://evil.example.org", Method::DELETE, "/api/v1/sessions/current");
    assert_eq!(problem(out.send().await.expect("sent")).await, "RS-1011");
    let login = world.request(Method::POST, "/api/v1/sessions").header("origin", "http://evil.example.org");
    let login = login.json(&json!({"code": code(&world, &world.other).await})).send().await.expect("sent");
    assert_eq!(problem(login).await, "RS-1011", "nobody is signed in as somebody else by a page");
    let listed = body(world.get("/api/v1/runs").send().await.expect("sent")).await;
    assert_eq!(listed["items"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_are_listed_ended_and_then_refused_at_once() {
    let world = World::with(|settings| gateway::Settings { heartbeat: std::time::Duration::from_millis(100), ..settings }).await;
    let (laptop, phone) = (Browser::signed_in(&world, &world.owner).await, Browser::signed_in(&world, &world.owner).await);
    let stranger = Browser::signed_in(&world, &world.other).await;
    let listed = body(laptop.ask(&world, Method::GET, "/api/v1/sessions").send().await.expect("sent")).await;
    let shown: Vec<_> = listed["items"].as_array().expect("a list").iter().map(|item| (&item["id"], &item["current"])).collect();
    assert_eq!(shown, [(&json!(phone.id), &json!(false)), (&json!(laptop.id), &json!(true))]);
    assert_eq!(listed["items"][0]["user_agent"], "Mozilla/5.0 (test)");
    let page = body(laptop.ask(&world, Method::GET, "/api/v1/sessions?limit=1").send().await.expect("sent")).await;
    let rest = format!("/api/v1/sessions?cursor={}", text_of(&page, "next"));
    let rest = body(laptop.ask(&world, Method::GET, &rest).send().await.expect("sent")).await;
    assert_eq!((rest["items"].as_array().expect("a list").len(), &rest["items"][0]["id"]), (1, &json!(laptop.id)));

    let phones = format!("/api/v1/sessions/{}", phone.id);
    assert_eq!(stranger.status(&world, Method::DELETE, &phones).await, 404, "not theirs, so not there");
    let mut stream = phone.ask(&world, Method::GET, "/api/v1/events").send().await.expect("sent");
    assert_eq!(stream.status(), 200);
    assert_eq!(laptop.status(&world, Method::DELETE, &phones).await, 204);
    let refused = phone.ask(&world, Method::GET, "/api/v1/me").send().await.expect("sent");
    assert_eq!(problem(refused).await, "RS-2004");
    let ended = async { while stream.chunk().await.expect("no broken stream").is_some() {} };
    tokio::time::timeout(std::time::Duration::from_secs(30), ended).await.expect("its stream ends too");

    let out = laptop.ask(&world, Method::DELETE, "/api/v1/sessions/current").send().await.expect("sent");
    assert_eq!(out.status(), StatusCode::NO_CONTENT);
    let cleared = out.headers()["set-cookie"].to_str().expect("ascii");
    assert!(cleared.starts_with(&format!("roadstead-{}=; Path=/; ", world.deployment())), "{cleared}");
    assert!(cleared.ends_with("Max-Age=0"), "{cleared}");
    assert_eq!(laptop.status(&world, Method::GET, "/api/v1/me").await, 401);
    assert_eq!(stranger.status(&world, Method::GET, "/api/v1/me").await, 200);
    let by_token = world.request(Method::DELETE, "/api/v1/sessions/current").bearer_auth(&world.owner);
    assert_eq!(problem(by_token.send().await.expect("sent")).await, "RS-1008");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_may_do_no_more_than_what_it_was_made_with() {
    let world = World::new().await;
    let denied = world.by(&world.reader, Method::POST, "/api/v1/sessions/codes").send().await.expect("sent");
    assert_eq!(problem(denied).await, "RS-2003");
    let owner = Browser::signed_in(&world, &world.owner).await;
    let refused = owner.ask(&world, Method::GET, "/api/v1/admin/health").send().await.expect("sent");
    assert_eq!(problem(refused).await, "RS-2003");
    let admin = Browser::signed_in(&world, &world.admin).await;
    assert_eq!(admin.status(&world, Method::GET, "/api/v1/admin/health").await, 200);
    let token = json!({"name": "from the browser", "scopes": ["run"]});
    let made = owner.ask(&world, Method::POST, "/api/v1/tokens").json(&token).send().await.expect("sent");
    let made = body(made).await;
    assert!(made.get("expires_at").is_none(), "as lasting as the token that began the session: {made}");
    let more = json!({"name": "more", "scopes": ["admin"]});
    let more = owner.ask(&world, Method::POST, "/api/v1/tokens").json(&more).send().await.expect("sent");
    assert_eq!(problem(more).await, "RS-2003");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_of_somebody_elses_does_not_take_the_place_of_a_session() {
    let world = World::new().await;
    let ada = Browser::signed_in(&world, &world.owner).await;
    let enter = async |code: &str| {
        let request = ada.ask(&world, Method::POST, "/api/v1/sessions").json(&json!({ "code": code }));
        request.send().await.expect("sent")
    };
    let bobs = code(&world, &world.other).await;
    let refused = enter(&bobs).await;
    assert!(refused.headers().get("set-cookie").is_none());
    let refused = body(refused).await;
    assert_eq!(refused["code"], "RS-2005");
    assert!(text_of(&refused, "detail").contains("Ada"), "{refused}");
    assert_eq!(enter(&code(&world, &world.owner).await).await.status(), 201, "her own");
    assert_eq!(ada.status(&world, Method::DELETE, "/api/v1/sessions/current").await, 204);
    assert_eq!(enter(&bobs).await.status(), 201, "once she has left; the code was not used up");
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_codes_are_slowed_down() {
    let world = World::new().await;
    for _ in 0..10 {
        assert_eq!(problem(swap(&world, "rsc_wrong").await).await, "RS-2005");
    }
    let good = code(&world, &world.owner).await;
    let answer = swap(&world, &good).await;
    let wait: u64 = answer.headers()["retry-after"].to_str().expect("ascii").parse().expect("seconds");
    assert!((1..=7).contains(&wait), "{wait}");
    assert_eq!(problem(answer).await, "RS-1012");
    assert_eq!(world.get("/api/v1/me").send().await.expect("sent").status(), 200, "nothing else is slowed down");
}

#[tokio::test(flavor = "multi_thread")]
async fn behind_a_proxy_the_cookie_is_of_the_public_address() {
    let world = World::with(|settings| gateway::Settings {
        public_url: Some("https://gate.example.org/roadstead/".parse().expect("a URL")),
        ..settings
    })
    .await;
    let made = world.post("/api/v1/sessions/codes").header("host", "gate.example.org").send().await.expect("sent");
    let made = body(made).await;
    let (code, url) = (text_of(&made, "code"), text_of(&made, "url"));
    assert_eq!(url, format!("https://gate.example.org/roadstead/#code={code}"));
    let answer = world.request(Method::POST, "/api/v1/sessions").header("host", "gate.example.org");
    let answer = answer.header("origin", "https://gate.example.org").json(&json!({ "code": code })).send().await.expect("sent");
    assert_eq!(answer.status(), 201);
    let cookie = answer.headers()["set-cookie"].to_str().expect("ascii").to_owned();
    assert!(cookie.contains("; Path=/roadstead; ") && cookie.contains("; Secure"), "{cookie}");
    let pair = cookie.split(';').next().expect("a cookie").to_owned();
    let run = world.request(Method::POST, "/api/v1/runs").header("host", "gate.example.org").header("cookie", pair);
    let run = run.header("origin", "https://gate.example.org").json(&json!({"command": ["true"]}));
    assert_eq!(run.send().await.expect("sent").status(), 201);
}
