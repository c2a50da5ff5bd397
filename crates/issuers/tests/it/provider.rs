//! Good ways through a real provider of both flavours.

use std::time::Duration;

use issuers::{BadToken, Callback, Error, Polled};
use model::Secret;
use testkit::{Flavour, OpenIdProvider};

use crate::world::{World, settings_for};

const REDIRECT: &str = "http://127.0.0.1:7480/auth/callback";

#[tokio::test]
async fn a_browser_signs_in_at_both_flavours_and_its_tokens_work() {
    for (flavour, groups, group) in [
        (Flavour::Egi, "eduperson_entitlement", "urn:mace:egi.eu:group:vo.testbed.eu:astro:role=member#aai.egi.eu"),
        (Flavour::Iam, "wlcg.groups", "/astro"),
    ] {
        let provider = OpenIdProvider::start(flavour);
        let told = r#"{"backchannel_logout_uri":"http://127.0.0.1:1/logout"}"#;
        provider.open("client", &[("client_id", "gateway"), ("changes", told)]);
        let mut settings = settings_for(&provider);
        settings.scopes.push(groups.to_owned());
        settings.exchange = true;
        let world = World::new(vec![settings]);
        let issuer = world.issuer();

        let begun = issuer.begin_browser(REDIRECT, &[]).await.expect("to begin");
        let back = provider.sign_in(&begun.url, "alice");
        let (place, query) = back.split_once('?').expect("a query");
        assert_eq!(place, REDIRECT);
        let callback = Callback::of_query(query).expect("an answer");
        let signed_in = issuer.finish_browser(begun.pending, callback).await.expect("to sign in");
        assert_eq!(&*signed_in.issuer, provider.issuer());
        assert_eq!(signed_in.claims.text("email"), Some("alice@example.org"));
        assert!(signed_in.claims.texts(groups).contains(&group), "{:?}", signed_in.claims.as_map());
        assert!(signed_in.session.is_some());

        let own = world.issuers.verify_bearer(&signed_in.tokens.access).await.err();
        assert!(matches!(own, Some(Error::Token(BadToken::OwnClient))), "what the gateway acts with lets nobody in: {own:?}");
        let bearer = Secret::new(provider.token(&[]));
        let verified = world.issuers.verify_bearer(&bearer).await.expect("a good bearer");
        assert_eq!(verified.subject, signed_in.subject);
        assert_eq!((verified.audience.as_str(), verified.client.as_deref()), (provider.audience(), Some("gateway-cli")));
        assert!(verified.scopes.iter().any(|scope| scope == "email"));

        let told = issuer.userinfo(&signed_in.tokens.access, &signed_in.subject).await.expect("userinfo");
        assert_eq!(told.text("name"), Some("Alice Astronomer"));

        let refresh = signed_in.tokens.refresh.as_ref().expect("a refresh token");
        let renewed = issuer.refresh(refresh, &signed_in.subject).await.expect("to refresh");
        assert!(renewed.doubt.is_none());
        let renewed = renewed.tokens;
        assert!(renewed.refresh.as_ref().is_some_and(|next| next.expose() != refresh.expose()), "it is rotated");

        let site = "https://keystone.site-a.example";
        let exchanged = issuer.exchange(&renewed.access, site, &["openid"]).await.expect("to exchange");
        assert_eq!(exchanged.scopes, ["openid"]);
        let refused = world.issuers.verify_bearer(&exchanged.access).await.expect_err("a token for a site");
        assert!(matches!(refused, Error::Token(BadToken::Audience { .. })), "{refused}");

        issuer.revoke(renewed.refresh.as_ref().expect("another")).await.expect("to revoke");
        let ended = issuer.refresh(renewed.refresh.as_ref().expect("another"), &signed_in.subject).await;
        assert!(ended.err().is_some_and(|error| error.needs_sign_in()));
    }
}

#[tokio::test]
async fn a_device_signs_in_once_somebody_approved_it() {
    let provider = OpenIdProvider::start(Flavour::Egi);
    let world = World::new(vec![settings_for(&provider)]);
    let issuer = world.issuer();
    let mut device = issuer.begin_device().await.expect("to begin");
    assert!(device.verification_uri.starts_with(provider.issuer()));
    assert!(matches!(issuer.poll_device(&mut device.waiting).await, Ok(Polled::Pending)));
    provider.approve(&device.user_code, "bob");
    let Ok(Polled::SignedIn(signed_in)) = issuer.poll_device(&mut device.waiting).await else { panic!("signed in") };
    assert_eq!(signed_in.claims.text("preferred_username"), Some("bob"));
    assert!(signed_in.tokens.refresh.is_some());
    assert!(issuer.poll_device(&mut device.waiting).await.is_err_and(|error| error.needs_sign_in()), "the code is used up");

    let mut refused = issuer.begin_device().await.expect("to begin");
    provider.open("approve", &[("user_code", &refused.user_code), ("deny", "yes")]);
    assert!(matches!(issuer.poll_device(&mut refused.waiting).await, Ok(Polled::Denied)));
    let mut forgotten = issuer.begin_device().await.expect("to begin");
    world.clock.forward(Duration::from_secs(601));
    assert!(matches!(issuer.poll_device(&mut forgotten.waiting).await, Ok(Polled::Expired)));
}

#[tokio::test]
async fn a_client_without_secret_signs_in_by_device() {
    let provider = OpenIdProvider::start(Flavour::Iam);
    let mut settings = settings_for(&provider);
    (settings.client_id, settings.client_secret) = ("gateway-cli".to_owned(), None);
    let world = World::new(vec![settings]);
    let mut device = world.issuer().begin_device().await.expect("to begin");
    provider.approve(&device.user_code, "alice");
    let Ok(Polled::SignedIn(signed_in)) = world.issuer().poll_device(&mut device.waiting).await else { panic!("signed in") };
    let refresh = signed_in.tokens.refresh.expect("a refresh token");
    assert!(world.issuer().refresh(&refresh, &signed_in.subject).await.is_ok());
}

/// Some issuers tell the gateway next to nothing in their tokens.
#[tokio::test]
async fn thin_tokens_are_completed_by_userinfo() {
    let provider = OpenIdProvider::start_with(Flavour::Egi, &["--thin", "--algorithm", "EdDSA"]);
    let mut settings = settings_for(&provider);
    settings.scopes.push("eduperson_entitlement".to_owned());
    let world = World::new(vec![settings]);
    let begun = world.issuer().begin_browser(REDIRECT, &[]).await.expect("to begin");
    let back = provider.sign_in(&begun.url, "bob");
    let callback = Callback::of_query(back.split_once('?').expect("a query").1).expect("an answer");
    let signed_in = world.issuer().finish_browser(begun.pending, callback).await.expect("to sign in");
    assert_eq!(signed_in.claims.text("preferred_username"), Some("bob"));
    assert_eq!(signed_in.claims.texts("eduperson_entitlement").len(), 1);
    let bearer = Secret::new(provider.token(&[("user", "bob")]));
    let verified = world.issuers.verify_bearer(&bearer).await.expect("a good bearer");
    assert!(verified.claims.are_thin());
    let completed = world.issuers.complete(&bearer, verified).await.expect("userinfo");
    assert_eq!(completed.claims.texts("eduperson_entitlement"), signed_in.claims.texts("eduperson_entitlement"));
}

#[tokio::test]
async fn opaque_tokens_are_asked_about_once() {
    let provider = OpenIdProvider::start_with(Flavour::Egi, &["--opaque"]);
    let mut settings = settings_for(&provider);
    settings.introspection = true;
    let world = World::new(vec![settings]);
    // A program of carol's own gets it, and comes with it.
    let mut program = settings_for(&provider);
    (program.client_id, program.client_secret) = ("gateway-cli".to_owned(), None);
    let program = World::new(vec![program]);
    let mut device = program.issuer().begin_device().await.expect("to begin");
    provider.approve(&device.user_code, "carol");
    let Ok(Polled::SignedIn(signed_in)) = program.issuer().poll_device(&mut device.waiting).await else { panic!("signed in") };
    assert!(!signed_in.tokens.access.expose().contains('.'));
    let verified = world.issuers.verify_bearer(&signed_in.tokens.access).await.expect("a good bearer");
    assert_eq!(verified.subject, signed_in.subject);
    let again = world.issuers.verify_bearer(&signed_in.tokens.access).await.expect("a good bearer");
    assert_eq!((again.subject, again.expires_at), (verified.subject, verified.expires_at));
    let asked = || provider.open("counts", &[])["requests"]["/protocol/openid-connect/token/introspect"].as_u64();
    assert_eq!(asked(), Some(1));

    let refresh = signed_in.tokens.refresh.as_ref().expect("a refresh token");
    let refused = world.issuers.verify_bearer(refresh).await.expect_err("not a bearer");
    assert!(matches!(refused, Error::Token(BadToken::Kind { .. })), "{refused}");
    program.issuer().revoke(&signed_in.tokens.access).await.expect("to revoke");
    world.clock.forward(Duration::from_secs(31));
    let refused = world.issuers.verify_bearer(&signed_in.tokens.access).await.expect_err("revoked");
    assert_eq!(refused, Error::Token(BadToken::Inactive));
    let unknown = Secret::new("0123456789abcdef".to_owned());
    assert_eq!(world.issuers.verify_bearer(&unknown).await.err(), Some(Error::Token(BadToken::Inactive)));
}
