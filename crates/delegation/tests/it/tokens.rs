//! Tokens for others: obtained once, kept while they are good, renewed by one gateway at a time.

use crate::world::{SITE, World, claims};
use futures_util::future::join_all;
use std::time::Duration;

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_who_ask_at_once_cause_one_exchange() {
    let world = World::sqlite().await;
    let gateway = world.gateway().await;
    let (alice, refresh) = gateway.sign_in(&world, "alice").await;
    let before = world.asked("/token");
    let passes = join_all((0..100).map(|_| gateway.token(&alice, Some(SITE)))).await;
    let passes: Vec<_> = passes.into_iter().map(|pass| pass.unwrap_or_else(|trouble| panic!("{trouble}"))).collect();
    assert!(passes.iter().all(|pass| pass.token.expose() == passes[0].token.expose()), "everybody has the same");
    assert_eq!((world.exchanges(), world.asked("/token") - before), (1, 2), "one refresh, one exchange");
    let told = claims(&passes[0]);
    assert_eq!((told["aud"].as_str(), told["sub"].is_string()), (Some(SITE), true), "{told}");

    let other = gateway.token(&alice, Some("https://keystone.site-b.example")).await.unwrap_or_else(|t| panic!("{t}"));
    assert_eq!(claims(&other)["aud"], "https://keystone.site-b.example");
    assert_eq!((world.exchanges(), world.asked("/token") - before), (2, 3), "made from the token that was there");

    let usual = gateway.token(&alice, None).await.unwrap_or_else(|t| panic!("{t}"));
    assert_eq!(claims(&usual)["aud"].as_str(), Some(world.provider.audience()));
    for secret in [&refresh, &passes[0].token, &usual.token] {
        assert!(!world.is_on_disk(secret.expose()), "no token is ever in the database in clear");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_is_about_to_end_is_replaced() {
    let world = World::sqlite().await;
    let gateway = world.gateway().await;
    let (alice, _) = gateway.sign_in(&world, "alice").await;
    let first = gateway.token(&alice, Some(SITE)).await.unwrap_or_else(|t| panic!("{t}"));
    world.clock.forward(Duration::from_secs(600 - 90));
    let kept = gateway.token(&alice, Some(SITE)).await.unwrap_or_else(|t| panic!("{t}"));
    assert_eq!(first.token.expose(), kept.token.expose(), "good for a minute and a half still");
    world.clock.forward(Duration::from_secs(40));
    let next = gateway.token(&alice, Some(SITE)).await.unwrap_or_else(|t| panic!("{t}"));
    assert_ne!(first.token.expose(), next.token.expose());
    assert_eq!(world.exchanges(), 2);
    assert!(gateway.delegation.consents(&alice).await.expect("consents")[0].renewed_at.is_some());
}

/// The provider replaces a refresh token with each use and ends the consent when one comes twice: gateways that did not
/// take turns would see to that.
#[tokio::test(flavor = "multi_thread")]
async fn gateways_take_turns_with_a_refresh_token() {
    let world = World::postgres().await;
    let gateways = [world.gateway().await, world.gateway().await, world.gateway().await];
    let (alice, _) = gateways[0].sign_in(&world, "alice").await;
    for round in 0..3 {
        let asked = gateways.iter().flat_map(|gateway| (0..5).map(|_| gateway.token(&alice, None)));
        for pass in join_all(asked).await {
            pass.unwrap_or_else(|trouble| panic!("round {round}: {trouble}"));
        }
        world.clock.forward(Duration::from_secs(600));
    }
    let consents = gateways[1].delegation.consents(&alice).await.expect("consents");
    assert!(consents[0].ended_because.is_none(), "{consents:?}");
    assert_eq!(world.asked("/token"), 1 + 9, "the sign-in; then each gateway once a round");
}

/// Whoever asked goes away while the issuer thinks: its answer holds the next refresh token and must not be lost.
#[tokio::test(flavor = "multi_thread")]
async fn impatience_loses_no_consent() {
    let world = World::sqlite().await;
    let gateway = world.gateway().await;
    let (alice, _) = gateway.sign_in(&world, "alice").await;
    world.provider.open("outage", &[("mode", "slow"), ("path", "/token")]);
    let hasty = tokio::time::timeout(Duration::from_millis(500), gateway.token(&alice, None)).await;
    assert!(hasty.is_err(), "the provider takes three seconds");
    let patient = gateway.token(&alice, None).await.unwrap_or_else(|t| panic!("{t}"));
    assert!(claims(&patient)["sub"].is_string());
    assert_eq!(world.asked("/token"), 2, "the second one waited for the first one's answer");
    world.provider.open("outage", &[]);
    world.clock.forward(Duration::from_secs(600));
    assert!(gateway.token(&alice, None).await.is_ok(), "the next refresh token was stored");
}
