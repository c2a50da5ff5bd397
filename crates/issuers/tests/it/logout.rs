//! Logout tokens that end nobody's session.

use std::time::Duration;

use issuers::{BadSubject, BadToken, Error};
use serde_json::{Value, json};

use crate::forge::{Signer, ec_key, laid, now, sign};
use crate::hostile::Hostile;
use crate::world::fails_with;

macro_rules! row {
    ($name:literal, $token:expr, $error:pat) => {
        ($name, $token, Box::new(|error: &Error| matches!(error, Error::Token($error))) as Box<dyn Fn(&Error) -> bool>)
    };
}

#[tokio::test]
async fn only_a_fresh_logout_token_ends_a_session_and_only_once() {
    let hostile = Hostile::start().await;
    let world = hostile.world();
    let header = json!({"alg": "ES256", "kid": "ec", "typ": "logout+jwt"});
    let token = |changes: Value| sign(&header, &laid(&hostile.forge.logout("x"), &changes), &Signer::Ec);
    let headed = |changes: Value| sign(&laid(&header, &changes), &hostile.forge.logout("x"), &Signer::Ec);
    let event = "http://schemas.openid.net/event/backchannel-logout";
    let stranger = ec_key();
    let rows = vec![
        row!("a stranger's", sign(&header, &hostile.forge.logout("x"), &Signer::OtherEc(&stranger)), BadToken::Signature),
        row!(
            "alg none",
            sign(&laid(&header, &json!({"alg": "none"})), &hostile.forge.logout("x"), &Signer::Hmac(b"x")),
            BadToken::Algorithm { .. }
        ),
        row!("of an unknown issuer", token(json!({"iss": "https://evil.example"})), BadToken::UnknownIssuer { .. }),
        row!("for another client", token(json!({"aud": "another"})), BadToken::Audience { .. }),
        row!(
            "for the gateway's audience, not its client",
            token(json!({"aud": "https://gateway.example"})),
            BadToken::Audience { .. }
        ),
        row!("without audience", token(json!({"aud": null})), BadToken::NoAudience),
        row!("without event", token(json!({"events": null})), BadToken::Kind { .. }),
        row!("with another event", token(json!({"events": {"http://schemas.openid.net/event/x": {}}})), BadToken::Kind { .. }),
        row!("whose event is a text", token(json!({"events": {event: "yes"}})), BadToken::Kind { .. }),
        row!("whose events are a list", token(json!({"events": [event]})), BadToken::Kind { .. }),
        row!("with a nonce", token(json!({"nonce": "n"})), BadToken::Kind { .. }),
        row!("an access token with an event", headed(json!({"typ": "at+jwt"})), BadToken::Kind { .. }),
        row!(
            "an id_token",
            sign(&json!({"alg": "ES256", "kid": "ec"}), &hostile.forge.id("n"), &Signer::Ec),
            BadToken::Kind { .. }
        ),
        row!("about nobody", token(json!({"sub": null, "sid": null})), BadToken::Claim { claim: "sub" }),
        row!("with an empty subject", token(json!({"sub": ""})), BadToken::Subject(BadSubject::Empty)),
        row!("with a list of sessions", token(json!({"sid": ["a", "b"]})), BadToken::Claim { claim: "sid" }),
        row!("without jti", token(json!({"jti": null})), BadToken::Claim { claim: "jti" }),
        row!("with an endless jti", token(json!({"jti": "j".repeat(300)})), BadToken::Claim { claim: "jti" }),
        row!("without iat", token(json!({"iat": null})), BadToken::Claim { claim: "iat" }),
        row!("ended", token(json!({"iat": now() - 200, "exp": now() - 80})), BadToken::Expired { .. }),
        row!("of long ago, without end", token(json!({"iat": now() - 3600, "exp": null})), BadToken::TooOld { .. }),
        row!("of long ago, good for ever", token(json!({"iat": now() - 3600, "exp": now() + 100_000})), BadToken::TooOld { .. }),
        row!("of the future", token(json!({"iat": now() + 3600, "exp": null})), BadToken::FromTheFuture { .. }),
    ];
    let mut wrong = Vec::new();
    for (name, token, expected) in &rows {
        let verified = world.issuers.verify_logout_token(token).await;
        fails_with(&mut wrong, name, verified.map(|_| "accepted"), expected);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));

    let good = token(json!({}));
    let logout = world.issuers.verify_logout_token(&good).await.expect("a good one");
    assert_eq!((&*logout.issuer, logout.session.as_deref()), (hostile.url(), Some("s1")));
    assert_eq!(world.issuers.verify_logout_token(&good).await, Err(Error::Token(BadToken::Replayed)));
    let older = token(json!({"jti": "y", "exp": null, "sid": null}));
    assert!(world.issuers.verify_logout_token(&older).await.is_ok_and(|logout| logout.session.is_none()));
    let nobody = token(json!({"jti": "z", "sub": null}));
    assert!(world.issuers.verify_logout_token(&nobody).await.is_ok_and(|logout| logout.subject.is_none()));

    // When what was used is forgotten, it has long been too old.
    world.clock.forward(Duration::from_secs(340));
    let replayed = world.issuers.verify_logout_token(&older).await;
    assert!(matches!(replayed, Err(Error::Token(BadToken::TooOld { .. }))), "{replayed:?}");
}
