//! A real provider that is out of order, and comes back; that changes its keys; and that is asked for what it must refuse.

use std::time::Duration;

use issuers::{BadToken, Callback, Denied, Error, Issuer, Pending, SignedIn, Unreachable};
use model::Secret;
use serde_json::json;
use testkit::{Flavour, OpenIdProvider};

use crate::hostile::{Hostile, Reply};
use crate::world::{RESTED, World, settings_for};

const REDIRECT: &str = "http://127.0.0.1:7480/auth/callback";
const HOUR: Duration = Duration::from_secs(3600);

async fn come_back(issuer: &Issuer, provider: &OpenIdProvider) -> (Pending, String) {
    let begun = issuer.begin_browser(REDIRECT, &[]).await.unwrap_or_else(|error| panic!("{error}"));
    let back = provider.sign_in(&begun.url, "alice");
    (begun.pending, back.split_once('?').expect("a query").1.to_owned())
}

async fn finish(issuer: &Issuer, pending: Pending, query: &str) -> Result<SignedIn, Error> {
    issuer.finish_browser(pending, Callback::of_query(query)?).await
}

fn denied(result: Result<SignedIn, Error>) -> Option<Denied> {
    match result.err()? {
        Error::Denied { denial, .. } => Some(denial.what),
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn a_dead_issuer_is_missed_by_new_sign_ins_alone_for_a_day() {
    let provider = OpenIdProvider::start_with(Flavour::Egi, &["--algorithm", "ES256", "--lifetime", "300000"]);
    let world = World::new(vec![settings_for(&provider)]);
    let issuer = world.issuer();
    let bearer = Secret::new(provider.token(&[]));
    let verify = async || world.issuers.verify_bearer(&bearer).await;
    assert!(verify().await.is_ok());

    for mode in ["503", "cut"] {
        provider.open("outage", &[("mode", mode)]);
        world.clock.forward(RESTED);
        let begun = issuer.begin_browser(REDIRECT, &[]).await.err();
        assert!(matches!(&begun, Some(Error::Unreachable { .. })), "{begun:?}");
        assert!(begun.is_some_and(|error| error.may_pass()));
        assert!(issuer.standing().trouble.is_some());
        world.clock.forward(HOUR * 2);
        assert!(verify().await.is_ok(), "{mode}");
    }
    world.clock.forward(HOUR * 19);
    assert!(verify().await.is_ok(), "23 hours after it was heard of last");
    world.clock.forward(HOUR * 2);
    let refused = verify().await.err();
    assert!(
        matches!(refused, Some(Error::Unreachable { why: Unreachable::Connect { .. } | Unreachable::Cut { .. }, .. })),
        "{refused:?}"
    );

    // It comes back, and everything with it, without anybody doing anything here.
    provider.open("outage", &[("mode", "off")]);
    world.clock.forward(RESTED);
    assert!(verify().await.is_ok());
    assert!(issuer.standing().trouble.is_none());
    assert!(issuer.begin_browser(REDIRECT, &[]).await.is_ok());

    // Only its keys are out of order: with a key that is not known nobody can say whether a token is good.
    provider.open("rotate", &[]);
    provider.open("outage", &[("mode", "503"), ("path", "certs")]);
    let rotated = Secret::new(provider.token(&[]));
    let refused = world.issuers.verify_bearer(&rotated).await.err();
    assert!(matches!(refused, Some(Error::Unreachable { why: Unreachable::Status { status: 503 }, .. })), "{refused:?}");
}

#[tokio::test]
async fn keys_change_under_load_without_a_refusal() {
    let provider = OpenIdProvider::start(Flavour::Iam);
    let world = World::new(vec![settings_for(&provider)]);
    let old = Secret::new(provider.token(&[]));
    assert!(world.issuers.verify_bearer(&old).await.is_ok());
    for round in 0..3 {
        provider.open("rotate", &[("overlap", "yes")]);
        let new = provider.token(&[("user", "bob")]);
        let all: Vec<_> = (0..30)
            .map(|number| {
                let token = if number % 2 == 0 { Secret::new(new.clone()) } else { old.clone() };
                let issuers = world.issuers.clone();
                tokio::spawn(async move { issuers.verify_bearer(&token).await.map(|_| ()) })
            })
            .collect();
        for one in all {
            assert_eq!(one.await.expect("no panic"), Ok(()), "round {round}");
        }
    }
    assert_eq!(provider.open("counts", &[])["requests"]["/jwk"], 4, "once, and once for each change");
}

#[tokio::test]
async fn what_a_thief_tries_is_refused_by_a_real_provider_too() {
    let provider = OpenIdProvider::start(Flavour::Egi);
    let mut settings = settings_for(&provider);
    settings.exchange = true;
    let world = World::new(vec![settings]);
    let issuer = world.issuer();

    // A code caught on its way: without the verifier, in another sign-in, at another address, a second time.
    let (mut pending, query) = come_back(issuer, &provider).await;
    pending.verifier = Secret::new("a".repeat(43));
    assert_eq!(denied(finish(issuer, pending, &query).await), Some(Denied::InvalidGrant), "PKCE");
    let (mut pending, query) = come_back(issuer, &provider).await;
    pending.redirect_uri.push_str("/evil");
    assert_eq!(denied(finish(issuer, pending, &query).await), Some(Denied::InvalidGrant), "another redirect address");
    let (pending, query) = come_back(issuer, &provider).await;
    let signed_in = finish(issuer, pending.clone(), &query).await.unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(denied(finish(issuer, pending, &query).await), Some(Denied::InvalidGrant), "a code used twice");
    let refresh = signed_in.tokens.refresh.expect("a refresh token");
    let ended = issuer.refresh(&refresh, &signed_in.subject).await.err();
    assert!(ended.is_some_and(|error| error.needs_sign_in()), "and what it brought is dead");

    // The person refuses.
    let begun = issuer.begin_browser(REDIRECT, &[]).await.unwrap_or_else(|error| panic!("{error}"));
    let back = provider.sign_in(&begun.url, "nobody");
    let query = back.split_once('?').expect("a query").1;
    assert_eq!(denied(finish(issuer, begun.pending, query).await), Some(Denied::AccessDenied));

    // A refresh token used twice: both thief and owner lose.
    let (pending, query) = come_back(issuer, &provider).await;
    let signed_in = finish(issuer, pending, &query).await.unwrap_or_else(|error| panic!("{error}"));
    let (first, subject) = (signed_in.tokens.refresh.expect("a refresh token"), signed_in.subject);
    let second = issuer.refresh(&first, &subject).await.unwrap_or_else(|error| panic!("{error}"));
    assert!(issuer.refresh(&first, &subject).await.is_err_and(|error| error.needs_sign_in()), "the old one");
    let third = issuer.refresh(second.tokens.refresh.as_ref().expect("another"), &subject).await;
    assert!(third.is_err_and(|error| error.needs_sign_in()), "the new one");

    // Tokens for others: only for the audiences of this client, from its own tokens, with no more than they have.
    let own = Secret::new(provider.token(&[("client_id", "gateway")]));
    let site = "https://keystone.site-a.example";
    let what = async |access: &Secret, audience: &str, scopes: &[&str]| match issuer.exchange(access, audience, scopes).await {
        Err(Error::Denied { denial, .. }) => Some(denial.what),
        Err(other) => panic!("{other}"),
        Ok(_) => None,
    };
    assert_eq!(what(&own, site, &["email"]).await, None);
    assert_eq!(what(&own, "https://elsewhere.example", &[]).await, Some(Denied::InvalidTarget));
    assert_eq!(what(&own, provider.audience(), &[]).await, Some(Denied::InvalidTarget));
    assert_eq!(what(&own, site, &["offline_access"]).await, Some(Denied::InvalidScope));
    let forged = ["sig", "exp", "iss"].map(|bad| provider.token(&[("bad", bad)]));
    let others = [provider.token(&[("client_id", "storage")]), "opaque".to_owned()];
    for token in forged.into_iter().chain(others) {
        assert_eq!(what(&Secret::new(token), site, &[]).await, Some(Denied::InvalidGrant));
    }
    assert_eq!(provider.open("counts", &[])["exchanges"], 1);
}

#[tokio::test]
async fn the_providers_own_broken_tokens_are_told_apart() {
    for flavour in [Flavour::Egi, Flavour::Iam] {
        let provider = OpenIdProvider::start(flavour);
        let world = World::new(vec![settings_for(&provider)]);
        let verify = async |fields: &[(&str, &str)]| world.issuers.verify_bearer(&Secret::new(provider.token(fields))).await;
        assert!(verify(&[]).await.is_ok());
        assert_eq!(verify(&[("bad", "sig")]).await.err(), Some(Error::Token(BadToken::Signature)));
        assert!(matches!(verify(&[("bad", "exp")]).await, Err(Error::Token(BadToken::Expired { .. }))));
        assert!(matches!(verify(&[("bad", "iss")]).await, Err(Error::Token(BadToken::UnknownIssuer { .. }))));
        assert!(matches!(verify(&[("aud", "https://other.example")]).await, Err(Error::Token(BadToken::Audience { .. }))));
        assert!(matches!(verify(&[("kind", "logout")]).await, Err(Error::Token(BadToken::Kind { .. }))));
        let id = [("kind", "id"), ("aud", provider.audience()), ("nonce", "n")];
        assert!(matches!(verify(&id).await, Err(Error::Token(BadToken::Kind { .. }))));
        assert!(matches!(verify(&[("bad", "none")]).await, Err(Error::Token(_))));
    }
}

/// A provider tells a client of a logout the way it really does, and only once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_logout_at_the_issuer_reaches_the_gateway() {
    let provider = OpenIdProvider::start(Flavour::Egi);
    let gateway = Hostile::start().await;
    gateway.answer("/logout", Reply::text(""));
    let told = json!({ "backchannel_logout_uri": format!("{}/logout", gateway.url()) }).to_string();
    provider.open("client", &[("client_id", "gateway"), ("changes", &told)]);
    let world = World::new(vec![settings_for(&provider)]);
    let (pending, query) = come_back(world.issuer(), &provider).await;
    let signed_in = finish(world.issuer(), pending, &query).await.unwrap_or_else(|error| panic!("{error}"));

    let answered = provider.open("logout", &[("user", "alice")]);
    assert_eq!(answered["told"][0]["ok"], true, "{answered}");
    let forms = gateway.requests("/logout");
    let token = forms.first().and_then(|form| form.strip_prefix("logout_token=")).expect("a token");
    let logout = world.issuers.verify_logout_token(token).await.unwrap_or_else(|error| panic!("{error}"));
    assert_eq!((logout.session, logout.subject), (signed_in.session, Some(signed_in.subject)));
    assert_eq!(world.issuers.verify_logout_token(token).await, Err(Error::Token(BadToken::Replayed)));
}
