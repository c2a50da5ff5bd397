//! Signing in at real OpenID providers, and tokens that they made.

use crate::world::{World, body, problem, text_of};
use gateway::Portal;
use issuers::{Issuers, Limits, Settings};
use model::Secret;
use model::time::SystemClock;
use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};
use std::sync::Arc;
use testkit::{Flavour, OpenIdProvider};

pub async fn world(providers: &[(&str, &OpenIdProvider)]) -> World {
    let settings = |(name, provider): &(&str, &OpenIdProvider)| {
        let mut settings = Settings::new(name, provider.issuer(), "gateway", &[provider.audience()]);
        settings.client_secret = Some(Secret::new("gateway-secret".into()));
        settings.title = format!("The service {name}");
        settings.scopes.extend(["eduperson_entitlement".into(), "wlcg.groups".into()]);
        settings.plain_http_on_loopback = true;
        settings
    };
    let issuers = Issuers::new(providers.iter().map(settings).collect(), vec![], Limits::default(), Arc::new(SystemClock));
    World::with_issuers(|settings| settings, Portal::of(std::iter::empty()), issuers.expect("issuers")).await
}

/// `name=value` of the cookie that an answer gives.
fn cookie(answer: &Response, begins: &str) -> Option<String> {
    let all = answer.headers().get_all("set-cookie").into_iter().map(|value| value.to_str().expect("ascii"));
    all.filter(|value| value.starts_with(begins)).map(|value| value.split(';').next().expect("a pair").to_owned()).next()
}

/// Goes to the issuer as this person; back come the cookie of the browser and the address it is sent to.
async fn away(world: &World, provider: &OpenIdProvider, name: &str, person: &str) -> (String, String) {
    let sent = world.request(Method::GET, &format!("/login/{name}?to=runs")).send().await.expect("sent");
    assert_eq!(sent.status(), StatusCode::SEE_OTHER);
    let cookie_ = cookie(&sent, "roadstead-login-").expect("a cookie");
    let all = sent.headers()["set-cookie"].to_str().expect("ascii");
    assert!(all.contains("HttpOnly") && all.contains("SameSite=Lax"), "{all}");
    let url = sent.headers()["location"].to_str().expect("ascii").to_owned();
    let back = tokio::task::block_in_place(|| provider.sign_in(&url, person));
    (cookie_, back)
}

async fn come_back(world: &World, cookie: &str, back: &str) -> Response {
    let url = url::Url::parse(back).expect("an address");
    assert!(back.starts_with(&format!("{}/login/", world.url)), "{back}");
    let path = format!("{}?{}", url.path(), url.query().expect("an answer"));
    world.request(Method::GET, &path).header("cookie", cookie).send().await.expect("sent")
}

async fn signed_in(world: &World, provider: &OpenIdProvider, name: &str, person: &str) -> String {
    let (away_cookie, back) = away(world, provider, name, person).await;
    let answer = come_back(world, &away_cookie, &back).await;
    assert_eq!(answer.status(), StatusCode::SEE_OTHER, "{}", answer.text().await.expect("text"));
    assert_eq!(answer.headers()["location"].to_str().ok(), Some(format!("{}/runs", world.url).as_str()));
    assert!(cookie(&answer, "roadstead-login-").expect("taken back").ends_with('='));
    cookie(&answer, &format!("roadstead-{}=", world.deployment())).expect("a session")
}

async fn me(world: &World, cookie: &str) -> Value {
    body(world.request(Method::GET, "/api/v1/me").header("cookie", cookie).send().await.expect("sent")).await
}

async fn communities(world: &World, cookie: &str) -> Value {
    body(world.request(Method::GET, "/api/v1/communities").header("cookie", cookie).send().await.expect("sent")).await["items"]
        .clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn people_sign_in_at_two_providers_and_get_what_the_mapping_gives() {
    let (checkin, iam) = (OpenIdProvider::start(Flavour::Egi), OpenIdProvider::start(Flavour::Iam));
    let world = world(&[("checkin", &checkin), ("iam", &iam)]).await;
    let listed = body(world.request(Method::GET, "/api/v1/issuers").send().await.expect("sent")).await;
    assert_eq!(
        (listed["items"][0]["name"].as_str(), listed["items"][0]["login"].as_str()),
        (Some("checkin"), Some("/login/checkin"))
    );

    let alice = signed_in(&world, &checkin, "checkin", "alice").await;
    let first = me(&world, &alice).await;
    assert_eq!((first["name"].as_str(), first["administrator"].as_bool()), (Some("Alice Astronomer"), Some(false)));
    assert_eq!(communities(&world, &alice).await, json!([]), "nothing is given that no rule names");
    // The same person again; the other provider's alice is somebody else, though she has the same name and address.
    let again = signed_in(&world, &checkin, "checkin", "alice").await;
    assert_eq!(me(&world, &again).await["id"], first["id"]);
    let namesake = signed_in(&world, &iam, "iam", "alice").await;
    assert_ne!(me(&world, &namesake).await["id"], first["id"]);

    // A mapping acts at once, and only by the word of the issuer that it names.
    let rule = json!({"issuer": {"exactly": checkin.issuer()}, "claim": "entitlements",
        "group": {"exactly": "urn:mace:egi.eu:group:vo.testbed.eu:astro"}, "role": {"exactly": "member"}, "gives": {"member_of": "astro"}});
    let set = async |version: i64, rules: Value| {
        let request = world.by(&world.admin, Method::PUT, "/api/v1/admin/mapping");
        request.json(&json!({"version": version, "table": {"rules": rules}})).send().await.expect("sent")
    };
    let wrong = body(set(0, json!([{"issuer": "any"}])).await).await;
    assert!(wrong["code"].as_str().is_some_and(|code| code.starts_with("RS-100")), "{wrong}");
    assert_eq!(set(0, json!([rule])).await.status(), 200);
    assert_eq!(problem(set(0, json!([])).await).await, "RS-1013", "somebody else was faster");
    let expected = json!([{"community": "astro", "role": "member", "issuer": checkin.issuer()}]);
    assert_eq!(communities(&world, &alice).await, expected);
    assert_eq!(communities(&world, &namesake).await, json!([]));

    // A program's token that was made for little takes nothing away, and renames nobody.
    let bare = tokio::task::block_in_place(|| checkin.token(&[("user", "alice"), ("scope", "openid")]));
    let by_token = body(world.by(&bare, Method::GET, "/api/v1/me").send().await.expect("sent")).await;
    assert_eq!((&by_token["id"], by_token["name"].as_str()), (&first["id"], Some("Alice Astronomer")));
    assert_eq!(communities(&world, &alice).await, expected);
    let known = body(world.request(Method::GET, "/api/v1/identities").header("cookie", &alice).send().await.expect("sent")).await;
    let known = &known["items"][0];
    assert_eq!((known["issuer"].as_str(), known["email"].as_str()), (Some(checkin.issuer()), Some("alice@example.org")));
    assert!(known["gives"]["because"][0]["text"].as_str().is_some_and(|text| text.contains(":astro:role=member")), "{known}");

    let administrator = json!({"issuer": {"exactly": iam.issuer()}, "claim": "wlcg.groups", "group": {"exactly": "/astro/admins"},
        "role": "any", "gives": "administrator"});
    assert_eq!(set(1, json!([rule, administrator])).await.status(), 200);
    assert_eq!(me(&world, &namesake).await["administrator"], true);
    let admin = signed_in(&world, &iam, "iam", "alice").await;
    let flows = world.request(Method::GET, "/api/v1/admin/flows").header("cookie", &admin).send().await.expect("sent");
    assert_eq!(flows.status(), 200, "a new session has the right");
    assert_eq!(set(2, json!([])).await.status(), 200);
    let flows = world.request(Method::GET, "/api/v1/admin/flows").header("cookie", &admin).send().await.expect("sent");
    assert_eq!(flows.status(), 403, "and loses it with the rule");
    assert_eq!(communities(&world, &alice).await, json!([]));

    // An issuer that is not trusted any more has no say left; its people are nobody else when it is.
    assert_eq!(set(3, json!([rule, administrator])).await.status(), 200);
    world.identity.trust_only(&[checkin.issuer()]).await.expect("distrusted");
    assert_eq!(me(&world, &admin).await["code"], "RS-2004");
    assert_eq!(communities(&world, &alice).await, expected);
    let back = signed_in(&world, &iam, "iam", "alice").await;
    assert_eq!(me(&world, &back).await["administrator"], true);
    assert_ne!(me(&world, &back).await["id"], first["id"]);

    let preview = world.by(&world.admin, Method::POST, "/api/v1/admin/mapping/preview");
    let claims = json!({"entitlements": ["urn:mace:egi.eu:group:vo.testbed.eu:astro:role=other#aai.egi.eu"]});
    let preview = preview.json(&json!({"issuer": checkin.issuer(), "claims": claims, "table": {"rules": [rule]}})).send().await;
    let preview = body(preview.expect("sent")).await;
    assert!(preview["communities"].as_object().is_some_and(|given| given.is_empty()), "{preview}");
    assert_eq!(preview["near_misses"].as_array().map(Vec::len), Some(1), "{preview}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_is_good_once_for_the_browser_that_began() {
    let provider = OpenIdProvider::start(Flavour::Egi);
    let world = world(&[("checkin", &provider)]).await;
    let refused = async |answer: Response, says: &str| {
        let status = answer.status();
        let kind = answer.headers()["content-type"].to_str().expect("ascii").to_owned();
        assert!(kind.starts_with("text/html"), "{says}: people see it: {status} {kind}");
        assert!(cookie(&answer, &format!("roadstead-{}=", world.deployment())).is_none(), "nobody is signed in");
        let text = answer.text().await.expect("text");
        assert!(text.contains(says) && text.contains("RS-2007"), "{status}: {text}");
    };
    // Who wrote `localhost` would come back elsewhere, without the cookie.
    let localhost = format!("localhost:{}", world.address.port());
    let sent = world.request(Method::GET, "/login/checkin?to=runs").header("host", localhost).send().await.expect("sent");
    assert_eq!(sent.headers()["location"].to_str().ok(), Some(format!("{}/login/checkin?to=runs", world.url).as_str()));
    assert!(cookie(&sent, "roadstead-login-").is_none());

    let (mine, back) = away(&world, &provider, "checkin", "alice").await;
    let (others, _) = away(&world, &provider, "checkin", "bob").await;
    refused(come_back(&world, "x=y", &back).await, "did not begin").await;
    refused(come_back(&world, &others, &back).await, "does not belong").await;
    let (_, mallorys) = away(&world, &provider, "checkin", "mallory").await;
    refused(come_back(&world, &mine, &mallorys).await, "does not belong").await;
    refused(come_back(&world, &mine, &back).await, "did not begin").await;

    let (mine, back) = away(&world, &provider, "checkin", "alice").await;
    refused(come_back(&world, &mine, &back.replace("/checkin/", "/other/")).await, "did not begin").await;
    let (mine, back) = away(&world, &provider, "checkin", "alice").await;
    let elsewhere = back.replace("iss=", "iss=http%3A%2F%2Fevil.example&x=");
    refused(come_back(&world, &mine, &elsewhere).await, "another issuer").await;
    let (mine, back) = away(&world, &provider, "checkin", "nobody-of-that-name").await;
    refused(come_back(&world, &mine, &back).await, "declined").await;
    let (mine, back) = away(&world, &provider, "checkin", "alice").await;
    assert_eq!(come_back(&world, &mine, &back).await.status(), StatusCode::SEE_OTHER);
    refused(come_back(&world, &mine, &back).await, "did not begin").await;
    for (query, says) in [("", "state"), ("?state=a&state=b&code=c", "state"), ("?error=<script>&state=x", "did not begin")] {
        let answer = world.request(Method::GET, &format!("/login/checkin/callback{query}")).send().await.expect("sent");
        refused(answer, says).await;
    }

    // The issuer ends what began there, and only that.
    let (session, others) =
        (signed_in(&world, &provider, "checkin", "alice").await, signed_in(&world, &provider, "checkin", "bob").await);
    let leave = async |token: String| {
        let request = world.request(Method::POST, "/login/logout").header("content-type", "application/x-www-form-urlencoded");
        request.body(format!("logout_token={token}")).send().await.expect("sent").status()
    };
    let mint = |fields: &[(&str, &str)]| tokio::task::block_in_place(|| provider.token(fields));
    assert_eq!(leave(mint(&[("user", "alice")])).await, 400, "an access token ends nothing");
    assert_eq!(me(&world, &session).await["name"], "Alice Astronomer");
    let logout = mint(&[("kind", "logout"), ("user", "alice"), ("aud", "gateway")]);
    assert_eq!(leave(logout.clone()).await, 200);
    assert_eq!(me(&world, &session).await["code"], "RS-2004");
    assert_eq!(me(&world, &others).await["name"], "Bob Biologist");
    assert_eq!(leave(logout).await, 400, "twice");

    let audit = world.by(&world.admin, Method::GET, "/api/v1/admin/audit?operation=finish_sign_in").send().await.expect("sent");
    let entries = body(audit).await["items"].as_array().expect("items").clone();
    let of = |allowed: bool| {
        entries.iter().filter(|entry| entry["allowed"] == allowed && entry["person"].is_string() == allowed).count()
    };
    assert!(of(true) >= 3 && of(false) >= 8 && of(true) + of(false) == entries.len(), "{entries:?}");

    // Dead: a page says so, and who is inside stays inside.
    let session = signed_in(&world, &provider, "checkin", "alice").await;
    let (mine, back) = away(&world, &provider, "checkin", "alice").await;
    drop(provider);
    let answer = come_back(&world, &mine, &back).await;
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(answer.text().await.expect("text").contains("does not answer"));
    assert_eq!(text_of(&me(&world, &session).await, "name"), "Alice Astronomer");
}

#[tokio::test(flavor = "multi_thread")]
async fn bearers_of_the_provider_let_programs_in_and_nothing_else_does() {
    let provider = OpenIdProvider::start(Flavour::Egi);
    let world = world(&[("checkin", &provider)]).await;
    let ask = async |token: &str, method: Method, path: &str| {
        let request = world.by(token, method.clone(), path);
        let request = if method == Method::POST { request.json(&json!({"command": ["true"]})) } else { request };
        request.send().await.expect("sent")
    };
    let mint = |fields: &[(&str, &str)]| tokio::task::block_in_place(|| provider.token(fields));
    let token = mint(&[("user", "bob")]);
    let bob = body(ask(&token, Method::GET, "/api/v1/me").await).await;
    assert_eq!((bob["name"].as_str(), bob["scopes"].to_string()), (Some("Bob Biologist"), r#"["run"]"#.to_owned()));
    assert_eq!(ask(&token, Method::POST, "/api/v1/runs").await.status(), 201);
    let cookie = signed_in(&world, &provider, "checkin", "bob").await;
    assert_eq!(me(&world, &cookie).await["id"], bob["id"], "by whichever way they come");
    for (name, token) in [
        ("another audience", mint(&[("aud", "https://elsewhere.example")])),
        ("expired", mint(&[("bad", "exp")])),
        ("another's signature", mint(&[("bad", "sig")])),
        ("another issuer", mint(&[("bad", "iss")])),
        ("no token at all", "eyJhbGciOiJub25lIn0.eyJzdWIiOiJib2IifQ.".to_owned()),
        ("opaque", "an-opaque-token".to_owned()),
        ("nearly ours", "rst_0".to_owned()),
    ] {
        assert_eq!(problem(ask(&token, Method::GET, "/api/v1/me").await).await, "RS-2002", "{name}");
    }
    // An administrator's bearer is no administrator: it was made for many services.
    let suspend = world.by(&world.admin, Method::POST, &format!("/api/v1/admin/people/{}/suspend", text_of(&bob, "id")));
    assert_eq!(suspend.json(&json!({"because": "a test"})).send().await.expect("sent").status(), 200);
    assert_eq!(problem(ask(&token, Method::GET, "/api/v1/me").await).await, "RS-2002", "suspended");
    let (away_cookie, back) = away(&world, &provider, "checkin", "bob").await;
    assert_eq!(come_back(&world, &away_cookie, &back).await.status(), 401, "nor by the browser");
}
