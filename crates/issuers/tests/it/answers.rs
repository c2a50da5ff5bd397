//! Issuers that answer with anything but what was asked for, and whom that harms.

use std::time::Duration;

use issuers::{Error, Lie, Settings, Unreachable};
use model::Secret;
use serde_json::json;

use crate::hostile::{Hostile, Reply};
use crate::world::{RESTED, STALE, World, fails_with};

const DISCOVERY: &str = "/.well-known/openid-configuration";

/// Twelve kilobytes that would unpack to twelve megabytes.
fn gzip_bomb() -> Vec<u8> {
    let mut bomb = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3];
    bomb.extend(std::iter::repeat_n(0_u8, 12_000));
    bomb
}

async fn begin(world: &World) -> Result<&'static str, Error> {
    world.issuer().begin_browser("http://127.0.0.1/callback", &[]).await.map(|_| "accepted")
}

macro_rules! row {
    ($name:literal, $reply:expr, $error:pat $(if $guard:expr)?) => {
        ($name, $reply, Box::new(|error: &Error| matches!(error, $error $(if $guard)?)) as Box<dyn Fn(&Error) -> bool>)
    };
}

#[tokio::test]
async fn an_answer_that_is_none_ends_soon_and_as_what_it_is() {
    let hostile = Hostile::start().await;
    let whole = |headers: &'static str, body: Vec<u8>| Reply::Whole { status: 200, headers, body };
    let deep = format!("{{\"a\":{}{}}}", "[".repeat(20_000), "]".repeat(20_000));
    let rows = vec![
        row!("bytes without end", Reply::Flood, Error::Lie { lie: Lie::TooLarge { .. }, .. }),
        row!("half of it", Reply::Cut, Error::Unreachable { why: Unreachable::Cut { .. }, .. }),
        row!("more than is read", whole("", vec![b' '; 70_000]), Error::Lie { lie: Lie::TooLarge { .. }, .. }),
        row!("compressed", whole("Content-Encoding: gzip\r\n", gzip_bomb()), Error::Lie { lie: Lie::Compressed { .. }, .. }),
        row!("compressed, unsaid", whole("", gzip_bomb()), Error::Lie { lie: Lie::Json { .. }, .. }),
        row!("a page", Reply::text("<html>Welcome to the hotel</html>"), Error::Lie { lie: Lie::Json { .. }, .. }),
        row!("a list", Reply::text("[]"), Error::Lie { lie: Lie::Json { .. }, .. }),
        row!("nothing", Reply::text(""), Error::Lie { lie: Lie::Json { .. }, .. }),
        row!("deep JSON", Reply::text(&deep), Error::Lie { lie: Lie::Json { why, .. }, .. } if why.contains("deeply")),
        row!(
            "a redirect elsewhere",
            Reply::redirect("Location: https://evil.example/\r\n"),
            Error::Lie { lie: Lie::Redirect { .. }, .. }
        ),
        row!(
            "a redirect to itself",
            Reply::redirect("Location: /.well-known/openid-configuration\r\n"),
            Error::Lie { lie: Lie::Redirect { .. }, .. }
        ),
        row!("404", Reply::json(404, &json!({})), Error::Lie { lie: Lie::Status { status: 404, .. }, .. }),
        row!("500", Reply::json(500, &json!({})), Error::Unreachable { why: Unreachable::Status { status: 500 }, .. }),
        row!("429", Reply::json(429, &json!({})), Error::Unreachable { why: Unreachable::Status { status: 429 }, .. }),
    ];
    let world = hostile.world();
    let mut wrong = Vec::new();
    for (name, reply, expected) in rows {
        hostile.answer(DISCOVERY, reply);
        world.clock.forward(RESTED);
        fails_with(&mut wrong, name, begin(&world).await, &expected);
    }
    // Only these have to run into the deadline.
    let world = hostile.world_within(hostile.settings(), Duration::from_millis(500));
    for (name, reply) in [("bytes now and then, for ever", Reply::Drip), ("silence", Reply::Hang)] {
        hostile.answer(DISCOVERY, reply);
        world.clock.forward(RESTED);
        let late = |error: &Error| matches!(error, Error::Unreachable { why: Unreachable::Deadline { .. }, .. });
        fails_with(&mut wrong, name, begin(&world).await, &late);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn a_configuration_that_leads_elsewhere_is_refused() {
    let hostile = Hostile::start().await;
    let url = hostile.url().to_owned();
    let of = |field: &str, value: &str| json!({ field: value });
    let rows = vec![
        row!("another issuer", of("issuer", "https://evil.example"), Error::Lie { lie: Lie::Issuer { .. }, .. }),
        row!("the issuer with a slash more", of("issuer", &format!("{url}/")), Error::Lie { lie: Lie::Issuer { .. }, .. }),
        row!("the issuer in capitals", of("issuer", &url.to_uppercase()), Error::Lie { lie: Lie::Issuer { .. }, .. }),
        row!("no issuer", json!({"issuer": null}), Error::Lie { lie: Lie::Field { field: "issuer", .. }, .. }),
        row!(
            "no token endpoint",
            json!({"token_endpoint": null}),
            Error::Lie { lie: Lie::Field { field: "token_endpoint", .. }, .. }
        ),
        row!("no keys", json!({"jwks_uri": null}), Error::Lie { lie: Lie::Field { field: "jwks_uri", .. }, .. }),
        row!("an endpoint that is a number", json!({"token_endpoint": 1}), Error::Lie { lie: Lie::Field { .. }, .. }),
        row!("http to elsewhere", of("token_endpoint", "http://issuer.example/token"), Error::Lie { lie: Lie::Endpoint { endpoint: "token_endpoint", why }, .. } if why.contains("https")),
        row!(
            "http to what looks like here",
            of("jwks_uri", "http://127.0.0.1.evil.example/"),
            Error::Lie { lie: Lie::Endpoint { .. }, .. }
        ),
        row!("http to a neighbour", of("userinfo_endpoint", "http://192.168.0.1/"), Error::Lie { lie: Lie::Endpoint { .. }, .. }),
        row!("a file", of("jwks_uri", "file:///etc/passwd"), Error::Lie { lie: Lie::Endpoint { .. }, .. }),
        row!(
            "a script",
            of("authorization_endpoint", "javascript:alert(1)"),
            Error::Lie { lie: Lie::Endpoint { endpoint: "authorization_endpoint", .. }, .. }
        ),
        row!(
            "an endpoint with a password",
            of("token_endpoint", "https://a:b@issuer.example/"),
            Error::Lie { lie: Lie::Endpoint { .. }, .. }
        ),
        row!(
            "an endpoint with a line break",
            of("token_endpoint", "https://issuer.example/\r\nX: y"),
            Error::Lie { lie: Lie::Endpoint { .. }, .. }
        ),
        row!("a relative endpoint", of("token_endpoint", "/token"), Error::Lie { lie: Lie::Endpoint { .. }, .. }),
    ];
    let world = hostile.world();
    let mut wrong = Vec::new();
    for (name, changes, expected) in rows {
        hostile.publish(&changes);
        world.clock.forward(RESTED);
        fails_with(&mut wrong, name, begin(&world).await, &expected);
    }
    // These look right; the guard knows where they lead when they are asked.
    let token = Secret::new(hostile.forge.lasting_bearer());
    for (name, address) in [
        ("keys of a neighbour", "https://192.168.0.1/keys"),
        ("keys of the cloud's own service", "https://169.254.169.254/keys"),
        ("keys of another port here", "https://127.0.0.1:1/keys"),
        ("keys of this computer by another spelling", "https://0x7f000001/keys"),
    ] {
        hostile.publish(&json!({ "jwks_uri": address }));
        world.clock.forward(STALE);
        let verified = world.issuers.verify_bearer(&token).await.map(|_| "accepted");
        let refused = |error: &Error| matches!(error, Error::Unreachable { why: Unreachable::Guarded(_), .. });
        fails_with(&mut wrong, name, verified, &refused);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn a_bad_issuer_harms_only_itself() {
    let (bad, good) = (Hostile::start().await, Hostile::start().await);
    bad.answer(DISCOVERY, Reply::Hang);
    bad.answer("/keys", Reply::Hang);
    let named = |settings: Settings, name: &str| Settings { name: name.to_owned(), ..settings };
    let world = World::with_limits(
        vec![named(bad.settings(), "bad"), named(good.settings(), "good")],
        issuers::Limits { deadline: Duration::from_secs(4), at_once: 2, ..Default::default() },
    );
    let waiting: Vec<_> = (0..50)
        .map(|_| {
            let (issuers, token) = (world.issuers.clone(), bad.forge.bearer(&json!({}), &json!({})));
            tokio::spawn(async move { issuers.verify_bearer(&Secret::new(token)).await.map(|_| ()) })
        })
        .collect();
    let token = Secret::new(good.forge.bearer(&json!({}), &json!({})));
    for _ in 0..20 {
        assert!(world.issuers.verify_bearer(&token).await.is_ok());
    }
    let mut errors = Vec::new();
    for one in waiting {
        errors.push(one.await.expect("no panic").expect_err("nobody answers"));
    }
    assert!(errors.iter().all(|error| matches!(error, Error::Unreachable { issuer, .. } if issuer == "bad")));
    assert_eq!(bad.requests(DISCOVERY).len(), 1, "fifty callers, one question");
    let bad = world.issuers.by_name("bad").expect("the bad one");
    assert!(bad.standing().trouble.is_some() && bad.standing().answered_at.is_none());
    let good = world.issuers.by_name("good").expect("the good one");
    assert!(good.standing().trouble.is_none() && good.standing().answered_at.is_some());
}

/// The endpoints that are sent secrets do not pass them on either.
#[tokio::test]
async fn secrets_go_to_the_endpoint_and_nowhere_else() {
    let hostile = Hostile::start().await;
    let mut settings = hostile.settings();
    settings.exchange = true;
    let world = hostile.world_with(settings);
    let (issuer, secret) = (world.issuer(), Secret::new("rt-secret".to_owned()));
    let subject = issuers::Subject::new("alice@example.org").expect("a subject");
    hostile.answer("/elsewhere", Reply::json(200, &json!({})));
    for path in ["/token", "/userinfo", "/revoke", "/device"] {
        hostile.answer(path, Reply::redirect("Location: /elsewhere\r\n"));
    }
    let redirected = |error: Option<Error>| matches!(error, Some(Error::Lie { lie: Lie::Redirect { .. }, .. }));
    assert!(redirected(issuer.refresh(&secret, &subject).await.err()));
    assert!(redirected(issuer.exchange(&secret, "https://site.example", &[]).await.err()));
    assert!(redirected(issuer.userinfo(&secret, &subject).await.err()));
    assert!(redirected(issuer.revoke(&secret).await.err()));
    assert!(redirected(issuer.begin_device().await.err()));
    assert!(hostile.requests("/elsewhere").is_empty());
    let sent = hostile.requests("/token");
    assert!(sent.len() == 2 && sent[0].contains("refresh_token=rt-secret"), "{sent:?}");
}
