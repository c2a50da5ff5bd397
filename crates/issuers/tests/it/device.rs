//! What a command line would show somebody who signs in, and how often it asks.

use std::time::Duration;

use issuers::{Error, Feature, Lie, Polled};
use serde_json::json;

use crate::forge::laid;
use crate::hostile::{Hostile, Reply};
use crate::world::{RESTED, fails_with};

#[tokio::test]
async fn what_a_device_would_show_cannot_mislead() {
    let hostile = Hostile::start().await;
    let world = hostile.world();
    let url = hostile.url().to_owned();
    let good = json!({
        "device_code": "dc-secret", "user_code": "WDJB-MJHT", "verification_uri": format!("{url}/device"), "expires_in": 600, "interval": 5,
    });
    let mut wrong = Vec::new();
    for (name, changes, field) in [
        ("an address without TLS", json!({"verification_uri": "http://evil.example/"}), "verification_uri"),
        ("a script", json!({"verification_uri": "javascript:alert(1)"}), "verification_uri"),
        (
            "a whole address that is a script",
            json!({"verification_uri_complete": "javascript:alert(1)"}),
            "verification_uri_complete",
        ),
        ("a code that moves the cursor", json!({"user_code": "AB\u{1b}[2J"}), "user_code"),
        ("a code that is a novel", json!({"user_code": "A".repeat(65)}), "user_code"),
        ("no code", json!({"user_code": null}), "user_code"),
        ("no device code", json!({"device_code": null}), "device_code"),
        ("no end", json!({"expires_in": null}), "expires_in"),
        ("an interval that is a text", json!({"interval": "5"}), "interval"),
    ] {
        hostile.answer("/device", Reply::json(200, &laid(&good, &changes)));
        let refused =
            move |error: &Error| matches!(error, Error::Lie { lie: Lie::Field { field: said, .. }, .. } if *said == field);
        fails_with(&mut wrong, name, world.issuer().begin_device().await.map(|_| "accepted"), &refused);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));

    hostile.answer("/device", Reply::json(200, &laid(&good, &json!({"interval": 100_000}))));
    let mut device = world.issuer().begin_device().await.unwrap_or_else(|error| panic!("{error}")).waiting;
    assert_eq!(device.interval, Duration::from_secs(60));
    let mut poll = async |error: &str| {
        hostile.answer("/token", Reply::json(400, &json!({ "error": error })));
        world.issuer().poll_device(&mut device).await.map(|polled| (polled, device.interval.as_secs()))
    };
    assert!(matches!(poll("authorization_pending").await, Ok((Polled::Pending, 60))));
    assert!(matches!(poll("slow_down").await, Ok((Polled::SlowDown, 65))));
    assert!(matches!(poll("expired_token").await, Ok((Polled::Expired, _))));
    assert!(matches!(poll("access_denied").await, Ok((Polled::Denied, _))));
    assert!(matches!(poll("invalid_client").await, Err(Error::Denied { .. })));
    hostile.publish(&json!({"device_authorization_endpoint": null, "authorization_endpoint": null}));
    world.clock.forward(RESTED);
    assert!(matches!(world.issuer().begin_device().await, Err(Error::NotOffered { what: Feature::Device, .. })));
    let browser = world.issuer().begin_browser("http://127.0.0.1/callback", &[]).await;
    assert!(matches!(browser, Err(Error::NotOffered { what: Feature::Browser, .. })));
}
