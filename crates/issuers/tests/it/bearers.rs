//! Tokens that are not what they say.

use std::time::Duration;

use data_encoding::BASE64URL_NOPAD as BASE64URL;
use issuers::{BadSubject, BadToken, Error, Feature, Lie, Part, Verified};
use model::{Secret, Timestamp};
use serde_json::{Value, json};

use crate::forge::{Signer, ec_jwk, ec_key, laid, now, own_ec_jwk, rsa_jwk, sign, sign_text};
use crate::hostile::{Hostile, Reply};
use crate::world::{World, fails_with};

const NONE: Value = Value::Null;

async fn verify(world: &World, token: &str) -> Result<Verified, Error> {
    world.issuers.verify_bearer(&Secret::new(token.to_owned())).await
}

type Row<'a> = (&'a str, String, Box<dyn Fn(&Error) -> bool>);

/// A row: its name, the token, and the error it has to end in.
macro_rules! row {
    ($name:literal, $token:expr, $error:pat $(if $guard:expr)?) => {
        ($name, $token, Box::new(|error: &Error| match error {
            Error::Token($error) $(if $guard)? => true,
            _ => false,
        }) as Box<dyn Fn(&Error) -> bool>)
    };
}

async fn refuse(world: &World, rows: Vec<Row<'_>>) {
    let mut wrong = Vec::new();
    for (name, token, expected) in &rows {
        fails_with(&mut wrong, name, verify(world, token).await.map(|_| "accepted"), expected);
    }
    assert!(wrong.is_empty(), "{} of {} rows:\n{}", wrong.len(), rows.len(), wrong.join("\n"));
}

#[tokio::test]
async fn what_has_not_the_form_of_a_token_is_refused() {
    let hostile = Hostile::start().await;
    let world = hostile.world();
    let good = hostile.forge.bearer(&json!({}), &json!({}));
    assert!(verify(&world, &good).await.is_ok());
    let parts: Vec<&str> = good.split('.').collect();
    let (header, payload, signature) = (parts[0], parts[1], parts[2]);
    let texts = |header: &str, payload: &str| sign_text(header, payload, &Signer::Ec);
    let (sound_header, sound) = (hostile.forge.header().to_string(), hostile.forge.access().to_string());
    let twice = |key: &str, value: &str, text: &str| text.replacen('{', &format!("{{\"{key}\":{value},"), 1);
    let deep = format!("{{\"iss\":\"x\",\"a\":{}1{}}}", "[".repeat(2000), "]".repeat(2000));
    let rows = vec![
        row!("empty", String::new(), BadToken::Form),
        row!("a word", "eyJ".to_owned(), BadToken::Form),
        row!("dots alone", "..".to_owned(), BadToken::Json { part: Part::Header, .. }),
        row!("two parts", format!("{header}.{payload}"), BadToken::Form),
        row!("four parts", format!("{good}.{signature}"), BadToken::Form),
        row!("six parts", format!("{good}.a.b.c"), BadToken::Form),
        row!("five parts: encrypted", format!("{good}.{signature}.{signature}"), BadToken::Encrypted),
        row!("enc in the header", hostile.forge.bearer(&json!({"enc": "A256GCM"}), &json!({})), BadToken::Encrypted),
        row!("too long", "a".repeat(40_000), BadToken::TooLarge { .. }),
        row!("too long, signed", hostile.forge.bearer(&json!({}), &json!({"x": "x".repeat(40_000)})), BadToken::TooLarge { .. }),
        row!("spaces around", format!(" {good} "), BadToken::Base64 { .. }),
        row!("a line break within", good.replacen('.', ".\n", 1), BadToken::Base64 { part: Part::Payload }),
        row!("padding", format!("{header}=.{payload}.{signature}"), BadToken::Base64 { part: Part::Header }),
        row!("ordinary base64", format!("{header}.{payload}.+/{signature}"), BadToken::Base64 { part: Part::Signature }),
        row!("no signature", format!("{header}.{payload}."), BadToken::Base64 { part: Part::Signature }),
        row!(
            "bytes that are not UTF-8",
            format!("{header}.{}.{signature}", BASE64URL.encode(b"{\"a\":\"\xff\"}")),
            BadToken::Json { part: Part::Payload, .. }
        ),
        row!("header is a list", texts("[]", &sound), BadToken::Json { part: Part::Header, .. }),
        row!("payload is a text", texts(&sound_header, "\"x\""), BadToken::Json { part: Part::Payload, .. }),
        row!(
            "payload with something after it",
            texts(&sound_header, &format!("{sound} {{}}")),
            BadToken::Json { part: Part::Payload, .. }
        ),
        row!("alg twice", texts(&twice("alg", "\"none\"", &sound_header), &sound), BadToken::Json { part: Part::Header, why } if why.contains("twice")),
        row!("iss twice", texts(&sound_header, &twice("iss", "\"https://evil.example\"", &sound)), BadToken::Json { part: Part::Payload, why } if why.contains("twice")),
        row!("sub twice, once escaped", texts(&sound_header, &twice("s\\u0075b", "\"root\"", &sound)), BadToken::Json { why, .. } if why.contains("twice")),
        row!("a key twice far within", texts(&sound_header, &twice("x", "{\"y\":[{\"a\":1,\"a\":2}]}", &sound)), BadToken::Json { why, .. } if why.contains("twice")),
        row!("deep JSON", texts(&sound_header, &deep), BadToken::Json { why, .. } if why.contains("deeply")),
        row!("a number beyond all numbers", texts(&sound_header, &twice("x", "1e999", &sound)), BadToken::Json { .. }),
        row!(
            "a token within a token",
            texts(&laid(&hostile.forge.header(), &json!({"cty": "JWT"})).to_string(), &format!("\"{good}\"")),
            BadToken::Json { part: Part::Payload, .. }
        ),
        row!("opaque, which is not set up", "0123456789".to_owned(), BadToken::Opaque(Feature::Introspection)),
    ];
    refuse(&world, rows).await;
}

#[tokio::test]
async fn what_is_not_signed_by_its_issuer_is_refused() {
    let hostile = Hostile::start().await;
    let world = hostile.world();
    let forge = &hostile.forge;
    let (stranger, plain) = (ec_key(), json!({}));
    let jwk = ec_jwk("ec", &stranger);
    let forged = |header: Value| sign(&laid(&forge.header(), &header), &forge.access(), &Signer::OtherEc(&stranger));
    let unsigned = |alg: &str| {
        let text = sign(&laid(&forge.header(), &json!({"alg": alg})), &forge.access(), &Signer::Nobody);
        [text.clone(), format!("{text}AAAA")]
    };
    let [none, none_signed] = unsigned("none");
    let public = own_ec_jwk("ec").to_string();
    let hmac = |alg: &str| sign(&laid(&forge.header(), &json!({"alg": alg})), &forge.access(), &Signer::Hmac(public.as_bytes()));
    let good = forge.bearer(&plain, &plain);
    let other = forge.bearer(&plain, &json!({"sub": "root"}));
    let (signed, signature) = good.rsplit_once('.').expect("a signature");
    let (other_signed, _) = other.rsplit_once('.').expect("a signature");
    let mut altered = BASE64URL.decode(signature.as_bytes()).expect("base64url");
    altered[10] ^= 1;
    let keyed = |kid: Value| forge.bearer(&json!({"kid": kid}), &plain);
    let rows = vec![
        row!("alg none, no signature", none, BadToken::Base64 { part: Part::Signature }),
        row!("alg none, some signature", none_signed, BadToken::Algorithm { said } if said == "none"),
        row!("alg None", unsigned("None")[1].clone(), BadToken::Algorithm { .. }),
        row!("alg nOnE", unsigned("nOnE")[1].clone(), BadToken::Algorithm { .. }),
        row!("no alg", forged(json!({"alg": NONE})), BadToken::NoAlgorithm),
        row!("alg is empty", forged(json!({"alg": ""})), BadToken::NoAlgorithm),
        row!("alg is a list", forged(json!({"alg": ["ES256"]})), BadToken::NoAlgorithm),
        row!("HS256 with the public key as secret", hmac("HS256"), BadToken::Algorithm { said } if said == "HS256"),
        row!("HS512 with the public key as secret", hmac("HS512"), BadToken::Algorithm { .. }),
        row!("an algorithm that is not pinned", forged(json!({"alg": "ES384"})), BadToken::Algorithm { .. }),
        row!("an algorithm in small letters", forged(json!({"alg": "es256"})), BadToken::Algorithm { .. }),
        row!("an algorithm of another key", forge.bearer(&json!({"kid": "ed"}), &plain), BadToken::Key { .. }),
        row!("RS256 with an EC key", forge.bearer(&json!({"alg": "RS256"}), &plain), BadToken::Key { .. }),
        row!("a stranger's signature", forged(json!({})), BadToken::Signature),
        row!("the key in the header (jwk)", forged(json!({"jwk": jwk})), BadToken::Signature),
        row!("the key at an address (jku)", forged(json!({"jku": format!("{}/evil", hostile.url())})), BadToken::Signature),
        row!("a certificate at an address (x5u)", forged(json!({"x5u": format!("{}/evil", hostile.url())})), BadToken::Signature),
        row!("a certificate in the header (x5c)", forged(json!({"x5c": ["AAAA"]})), BadToken::Signature),
        row!("crit", forge.bearer(&json!({"crit": ["exp"], "exp": 1}), &plain), BadToken::Critical),
        row!("an empty crit", forge.bearer(&json!({"crit": []}), &plain), BadToken::Critical),
        row!("b64", forge.bearer(&json!({"b64": false}), &plain), BadToken::Critical),
        row!("another payload under a good signature", format!("{other_signed}.{signature}"), BadToken::Signature),
        row!("a signature with one bit changed", format!("{signed}.{}", BASE64URL.encode(&altered)), BadToken::Signature),
        row!("half a signature", format!("{signed}.{}", &signature[..40]), BadToken::Signature),
        row!("a signature of zeros", format!("{signed}.{}", BASE64URL.encode(&[0; 64])), BadToken::Signature),
        row!("kid is a path", keyed(json!("../../../../dev/null")), BadToken::UnknownKey),
        row!("kid is SQL", keyed(json!("x' UNION SELECT 'secret")), BadToken::UnknownKey),
        row!("kid is an address", keyed(json!(format!("{}/evil", hostile.url()))), BadToken::UnknownKey),
        row!("kid is a command", keyed(json!("| cat /etc/passwd")), BadToken::UnknownKey),
        row!("kid in capitals", keyed(json!("EC")), BadToken::UnknownKey),
        row!("kid with a line break", keyed(json!("ec\n")), BadToken::Claim { claim: "kid" }),
        row!("kid is empty", keyed(json!("")), BadToken::Claim { claim: "kid" }),
        row!("kid is endless", keyed(json!("k".repeat(5000))), BadToken::Claim { claim: "kid" }),
        row!("kid is a number", keyed(json!(1)), BadToken::Claim { claim: "kid" }),
    ];
    refuse(&world, rows).await;
    assert!(hostile.requests("/evil").is_empty(), "no token makes the gateway ask for its key");
    assert!(hostile.requests("/keys").len() <= 5, "nor for the issuer's keys again and again");
    assert!(verify(&world, &good).await.is_ok());
}

#[tokio::test]
async fn what_is_signed_but_means_something_else_is_refused() {
    let hostile = Hostile::start().await;
    let world = hostile.world();
    let forge = &hostile.forge;
    let good = |payload: Value| forge.bearer(&json!({}), &payload);
    let untyped = |payload: Value| forge.bearer(&json!({"typ": "JWT"}), &payload);
    let typed = |typ: &str| forge.bearer(&json!({"typ": typ}), &json!({}));
    let id = |nonce: &str| {
        sign(
            &json!({"alg": "ES256", "kid": "ec"}),
            &laid(&forge.id(nonce), &json!({"aud": "https://gateway.example"})),
            &Signer::Ec,
        )
    };
    let url = hostile.url();
    let event = json!({"http://schemas.openid.net/event/backchannel-logout": {}});
    let rows = vec![
        row!("no iss", good(json!({"iss": NONE})), BadToken::NoIssuer),
        row!("iss is a list", good(json!({"iss": [url]})), BadToken::Claim { claim: "iss" }),
        row!("iss is a stranger", good(json!({"iss": "https://evil.example"})), BadToken::UnknownIssuer { .. }),
        row!("iss with a slash more", good(json!({"iss": format!("{url}/")})), BadToken::UnknownIssuer { .. }),
        row!("iss in capitals", good(json!({"iss": url.to_uppercase()})), BadToken::UnknownIssuer { .. }),
        row!("iss with a space", good(json!({"iss": format!("{url} ")})), BadToken::UnknownIssuer { .. }),
        row!("iss begins like ours", good(json!({"iss": format!("{url}.evil.example")})), BadToken::UnknownIssuer { .. }),
        row!("no aud", good(json!({"aud": NONE})), BadToken::NoAudience),
        row!("aud is an empty list", good(json!({"aud": []})), BadToken::NoAudience),
        row!("aud is empty", good(json!({"aud": ""})), BadToken::Claim { claim: "aud" }),
        row!("aud is a number", good(json!({"aud": 1})), BadToken::Claim { claim: "aud" }),
        row!(
            "aud is a list with a number",
            good(json!({"aud": ["https://gateway.example", 1]})),
            BadToken::Claim { claim: "aud" }
        ),
        row!("aud is another", good(json!({"aud": "https://other.example"})), BadToken::Audience { .. }),
        row!("aud is a list of others", good(json!({"aud": ["a", "b"]})), BadToken::Audience { .. }),
        row!("aud is the client, not the gateway", good(json!({"aud": "gateway"})), BadToken::Audience { .. }),
        row!("aud begins like ours", good(json!({"aud": "https://gateway.example.evil.org"})), BadToken::Audience { .. }),
        row!("aud with a slash more", good(json!({"aud": "https://gateway.example/"})), BadToken::Audience { .. }),
        row!("aud in capitals", good(json!({"aud": "HTTPS://GATEWAY.EXAMPLE"})), BadToken::Audience { .. }),
        row!("no exp", good(json!({"exp": NONE})), BadToken::NoExpiry),
        row!("exp is a text", good(json!({"exp": "4102444800"})), BadToken::Claim { claim: "exp" }),
        row!("exp is negative", good(json!({"exp": -1})), BadToken::Claim { claim: "exp" }),
        row!("exp is beyond the years", good(json!({"exp": 1e18})), BadToken::Claim { claim: "exp" }),
        row!("ended an hour ago", good(json!({"exp": now() - 3600})), BadToken::Expired { .. }),
        row!("ended just beyond the leeway", good(json!({"exp": now() - 31})), BadToken::Expired { .. }),
        row!("exp in milliseconds, long past", good(json!({"exp": 0})), BadToken::Expired { .. }),
        row!("not valid yet", good(json!({"nbf": now() + 60})), BadToken::NotYet { .. }),
        row!("nbf is a text", good(json!({"nbf": "now"})), BadToken::Claim { claim: "nbf" }),
        row!("issued in the future", good(json!({"iat": now() + 60})), BadToken::FromTheFuture { .. }),
        row!("no sub", good(json!({"sub": NONE})), BadToken::Subject(BadSubject::Missing)),
        row!("sub is empty", good(json!({"sub": ""})), BadToken::Subject(BadSubject::Empty)),
        row!("sub is too long", good(json!({"sub": "s".repeat(256)})), BadToken::Subject(BadSubject::TooLong)),
        row!("sub with a line break", good(json!({"sub": "alice\nadmin"})), BadToken::Subject(BadSubject::Characters)),
        row!("sub with a zero byte", good(json!({"sub": "alice\0"})), BadToken::Subject(BadSubject::Characters)),
        row!("sub that looks like another", good(json!({"sub": "аlice@example.org"})), BadToken::Subject(BadSubject::Characters)),
        row!(
            "sub with a space at its end",
            good(json!({"sub": "alice@example.org "})),
            BadToken::Subject(BadSubject::Characters)
        ),
        row!("sub is a number", good(json!({"sub": 1})), BadToken::Claim { claim: "sub" }),
        row!("scope is a list", good(json!({"scope": ["openid"]})), BadToken::Claim { claim: "scope" }),
        row!("azp is a list", good(json!({"client_id": NONE, "azp": ["a"]})), BadToken::Claim { claim: "azp" }),
        row!("an id_token with a nonce", id("n"), BadToken::Kind { .. }),
        row!("an id_token without a nonce", untyped(json!({"scope": NONE})), BadToken::Kind { .. }),
        row!("an id_token with at_hash", untyped(json!({"at_hash": "x"})), BadToken::Kind { .. }),
        row!("Keycloak's id_token", untyped(json!({"typ": "ID"})), BadToken::Kind { .. }),
        row!("Keycloak's refresh token", untyped(json!({"typ": "Refresh"})), BadToken::Kind { .. }),
        row!("Keycloak's offline token", untyped(json!({"typ": "Offline"})), BadToken::Kind { .. }),
        row!("a logout token by its type", typed("logout+jwt"), BadToken::Kind { .. }),
        row!("a logout token by its event", untyped(json!({"events": event})), BadToken::Kind { .. }),
        row!("a security event", typed("secevent+jwt"), BadToken::Kind { .. }),
        row!("a proof (DPoP)", typed("dpop+jwt"), BadToken::Kind { .. }),
        row!("typ is a list", forge.bearer(&json!({"typ": ["at+jwt"]}), &json!({})), BadToken::Claim { claim: "typ" }),
    ];
    refuse(&world, rows).await;
}

#[tokio::test]
async fn what_is_unusual_and_right_is_accepted() {
    let hostile = Hostile::start().await;
    let forge = &hostile.forge;
    let mut keys = forge.keys();
    keys["keys"].as_array_mut().expect("a list").push(rsa_jwk("rsa"));
    hostile.publish_keys(&keys);
    let mut settings = hostile.settings();
    settings.audiences.push("urn:gateway".to_owned());
    let world = hostile.world_with(settings);
    let header = |alg: &str, kid: &str| laid(&forge.header(), &json!({"alg": alg, "kid": kid}));
    let rows = [
        ("RS256", sign(&header("RS256", "rsa"), &forge.access(), &Signer::Rsa)),
        ("EdDSA", sign(&header("EdDSA", "ed"), &forge.access(), &Signer::Ed)),
        ("no kid, one key that fits", forge.bearer(&json!({"kid": NONE}), &json!({}))),
        ("application/at+jwt", forge.bearer(&json!({"typ": "application/AT+JWT"}), &json!({}))),
        ("Keycloak's access token with a nonce", forge.bearer(&json!({"typ": "JWT"}), &json!({"typ": "Bearer", "nonce": "n"}))),
        ("WLCG's, by its scope", forge.bearer(&json!({"typ": NONE}), &json!({"wlcg.ver": "1.0"}))),
        ("several audiences", forge.bearer(&json!({}), &json!({"aud": ["x", "urn:gateway"]}))),
        ("an end with a fraction", forge.bearer(&json!({}), &json!({"exp": now() as f64 + 60.5}))),
        (
            "a clock that is off a little",
            forge.bearer(&json!({}), &json!({"exp": now() - 20, "nbf": now() + 20, "iat": now() + 20})),
        ),
        ("the longest subject", forge.bearer(&json!({}), &json!({"sub": "s".repeat(255)}))),
    ];
    for (name, token) in rows {
        let verified = verify(&world, &token).await.unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!((&*verified.issuer, verified.client.as_deref()), (hostile.url(), Some("cli")), "{name}");
        assert_eq!(verified.scopes, ["openid", "profile"], "{name}");
        assert!(verified.expires_at <= Timestamp::from_millis((now() + 600) * 1000), "{name}");
    }
    let token = forge.bearer(&json!({}), &json!({}));
    world.clock.forward(Duration::from_secs(631));
    assert!(matches!(verify(&world, &token).await, Err(Error::Token(BadToken::Expired { .. }))));
}

#[tokio::test]
async fn what_an_introspection_must_not_say_is_refused() {
    let hostile = Hostile::start().await;
    let good = json!({
        "active": true, "token_type": "Bearer", "sub": "alice", "aud": "https://gateway.example", "exp": now() + 600,
        "iss": hostile.url(), "scope": "openid",
    });
    let rows = vec![
        row!("inactive", json!({"active": false}), BadToken::Inactive),
        row!("active is missing", json!({"active": NONE}), BadToken::Inactive),
        row!("active is a text", json!({"active": "true"}), BadToken::Inactive),
        row!("a refresh token", json!({"token_type": NONE}), BadToken::Kind { .. }),
        row!("a proof-bound token", json!({"token_type": "DPoP"}), BadToken::Kind { .. }),
        row!("of another issuer", json!({"iss": "https://evil.example"}), BadToken::OtherIssuer),
        row!("without audience", json!({"aud": NONE}), BadToken::NoAudience),
        row!("for others", json!({"aud": "https://other.example"}), BadToken::Audience { .. }),
        row!("without end", json!({"exp": NONE}), BadToken::NoExpiry),
        row!("ended", json!({"exp": now() - 60}), BadToken::Expired { .. }),
        row!("without subject", json!({"sub": NONE}), BadToken::Subject(BadSubject::Missing)),
    ];
    let mut settings = hostile.settings();
    settings.introspection = true;
    let world = hostile.world_with(settings);
    let mut wrong = Vec::new();
    for (number, (name, changes, expected)) in rows.iter().enumerate() {
        hostile.answer("/introspect", Reply::json(200, &laid(&good, changes)));
        let verified = verify(&world, &format!("opaque{number}")).await;
        fails_with(&mut wrong, name, verified.map(|_| "accepted"), expected);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    hostile.answer("/introspect", Reply::json(200, &good));
    let token = "opaque".to_owned();
    let before = hostile.requests("/introspect").len();
    let all: Vec<_> = (0..20).map(|_| (world.issuers.clone(), token.clone())).collect();
    let all: Vec<_> = all
        .into_iter()
        .map(|(issuers, token)| {
            tokio::spawn(
                async move { issuers.verify_bearer(&Secret::new(token)).await.map(|verified| verified.subject.to_string()) },
            )
        })
        .collect();
    for one in all {
        assert_eq!(one.await.expect("no panic").as_deref(), Ok("alice"));
    }
    assert_eq!(hostile.requests("/introspect").len(), before + 1, "asked about once, however many came with it");

    // What is kept does not outlive the token.
    hostile.answer("/introspect", Reply::json(200, &laid(&good, &json!({"exp": now() + 10}))));
    assert!(verify(&world, "short").await.is_ok());
    hostile.answer("/introspect", Reply::json(200, &json!({"active": false})));
    assert!(verify(&world, "short").await.is_ok(), "kept");
    world.clock.forward(Duration::from_secs(11));
    assert_eq!(verify(&world, "short").await.err(), Some(Error::Token(BadToken::Inactive)));
}

#[tokio::test]
async fn a_thin_bearer_is_completed_once_and_by_its_own_userinfo_alone() {
    let hostile = Hostile::start().await;
    let world = hostile.world();
    let complete = async |token: &str| {
        let verified = verify(&world, token).await?;
        world.issuers.complete(&Secret::new(token.to_owned()), verified).await
    };
    hostile.answer("/userinfo", Reply::json(200, &json!({"sub": "mallory", "groups": ["admins"]})));
    let thin = hostile.forge.bearer(&json!({}), &json!({}));
    assert!(matches!(complete(&thin).await, Err(Error::Lie { lie: Lie::OtherSubject { .. }, .. })));
    let told = json!({"sub": "alice@example.org", "groups": ["astro"], "name": "Alice", "aud": "evil", "scope": "admin"});
    hostile.answer("/userinfo", Reply::json(200, &told));
    for _ in 0..3 {
        let verified = complete(&thin).await.unwrap_or_else(|error| panic!("{error}"));
        assert_eq!((verified.claims.texts("groups"), verified.claims.text("name")), (vec!["astro"], Some("Alice")));
        assert_eq!((verified.claims.text("scope"), verified.scopes.len()), (Some("openid profile"), 2), "signed, so it stays");
    }
    assert_eq!(hostile.requests("/userinfo").len(), 2);
    let full = hostile.forge.bearer(&json!({}), &json!({"groups": [], "name": "Alice"}));
    assert!(complete(&full).await.is_ok());
    let not_for_userinfo = hostile.forge.bearer(&json!({}), &json!({"scope": "compute.read"}));
    assert!(complete(&not_for_userinfo).await.is_ok_and(|verified| verified.claims.get("groups").is_none()));
    assert_eq!(hostile.requests("/userinfo").len(), 2, "neither was asked about");
    world.clock.forward(Duration::from_secs(301));
    assert!(complete(&thin).await.is_ok());
    assert_eq!(hostile.requests("/userinfo").len(), 3, "groups change");
}
