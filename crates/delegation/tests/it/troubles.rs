//! When there is no token: whose turn it is then, and that it heals.

use crate::world::{SITE, World};
use delegation::{Trouble, Why};
use futures_util::future::join_all;
use model::{Code, Problem};
use std::time::Duration;

#[tokio::test(flavor = "multi_thread")]
async fn a_consent_that_ended_is_given_again_by_signing_in() {
    let world = World::sqlite().await;
    let gateway = world.gateway().await;
    let stranger = gateway.identity.add_person("nobody", false).await.expect("a person");
    let never = gateway.token(&stranger.id, None).await.err();
    assert!(matches!(&never, Some(Trouble::SignIn { why: Why::NeverGiven, .. })), "{never:?}");

    let (alice, refresh) = gateway.sign_in(&world, "alice").await;
    let issuer = gateway.issuers.by_name("checkin").expect("the issuer");
    issuer.revoke(&refresh).await.expect("revoked where it was given");
    let ended = gateway.token(&alice, Some(SITE)).await.err();
    assert!(matches!(&ended, Some(Trouble::SignIn { why: Why::Ended(_), .. })), "{ended:?}");
    let problem = Problem::from(ended.expect("trouble"));
    assert_eq!(problem.code, Code::SignInNeeded);
    assert!(problem.remedy.contains("roadstead login --issuer checkin"), "{}", problem.remedy);
    let consents = gateway.delegation.consents(&alice).await.expect("consents");
    assert!(consents[0].ended_because.as_deref().is_some_and(|why| why.contains("invalid_grant")), "{consents:?}");
    let asked = world.asked("/token");
    assert!(gateway.token(&alice, None).await.is_err());
    assert_eq!(world.asked("/token"), asked, "what is over is not asked for again");

    let (again, _) = gateway.sign_in(&world, "alice").await;
    assert_eq!(alice, again);
    assert!(gateway.token(&alice, Some(SITE)).await.is_ok());
    assert!(gateway.delegation.consents(&alice).await.expect("consents")[0].ended_because.is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_issuer_that_is_down_is_asked_once_by_all_who_wait_and_ends_nothing() {
    let world = World::sqlite().await;
    let gateway = world.gateway().await;
    let (alice, _) = gateway.sign_in(&world, "alice").await;
    let before = world.asked("/token");
    world.provider.open("outage", &[("mode", "503"), ("path", "/token")]);
    for trouble in join_all((0..50).map(|_| gateway.token(&alice, Some(SITE)))).await {
        let trouble = trouble.err().expect("no token");
        assert!(trouble.may_pass(), "{trouble}");
    }
    assert!(world.asked("/token") - before <= 3, "{} questions for fifty", world.asked("/token") - before);
    world.provider.open("outage", &[]);
    world.clock.forward(Duration::from_secs(31));
    assert!(gateway.token(&alice, Some(SITE)).await.is_ok(), "it comes back by itself");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_suspended_and_those_who_withdrew_get_nothing_though_a_token_is_at_hand() {
    let world = World::sqlite().await;
    let gateway = world.gateway().await;
    let (alice, _) = gateway.sign_in(&world, "alice").await;
    let (bob, refresh) = gateway.sign_in(&world, "bob").await;
    assert!(gateway.token(&alice, Some(SITE)).await.is_ok() && gateway.token(&bob, Some(SITE)).await.is_ok());

    let administrator = gateway.administrator().await;
    gateway.identity.suspend(&administrator, &alice, "misuse").await.expect("suspended");
    assert!(matches!(gateway.token(&alice, Some(SITE)).await, Err(Trouble::Suspended)));
    gateway.identity.restore(&administrator, &alice).await.expect("restored");
    assert!(gateway.token(&alice, Some(SITE)).await.is_ok());

    assert!(gateway.delegation.withdraw(&bob, "checkin").await.expect("withdrawn"));
    assert!(!gateway.delegation.withdraw(&bob, "checkin").await.expect("nothing left"));
    let none = gateway.token(&bob, Some(SITE)).await.err();
    assert!(matches!(&none, Some(Trouble::SignIn { why: Why::NeverGiven, .. })), "{none:?}");
    assert!(gateway.delegation.consents(&bob).await.expect("consents").is_empty());
    let issuer = gateway.issuers.by_name("checkin").expect("the issuer");
    let subject = issuers::Subject::new("whoever").expect("a subject");
    assert!(issuer.refresh(&refresh, &subject).await.is_err_and(|error| error.needs_sign_in()), "ended at the issuer too");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_issuer_refuses_is_no_reason_to_sign_in_again() {
    let world = World::sqlite().await;
    let gateway = world.gateway().await;
    let (alice, _) = gateway.sign_in(&world, "alice").await;
    let denied = gateway.token(&alice, Some("https://elsewhere.example")).await.err();
    assert!(matches!(&denied, Some(Trouble::Denied { .. })), "{denied:?}");
    assert_eq!(Problem::from(denied.expect("trouble")).code, Code::TokenDenied);
    assert!(gateway.token(&alice, Some(SITE)).await.is_ok(), "the consent is whole");
}
