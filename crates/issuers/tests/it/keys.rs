//! Keys that an issuer publishes, and should not.

use std::time::Duration;

use data_encoding::BASE64URL_NOPAD as BASE64URL;
use issuers::{BadToken, Error, Lie};
use model::Secret;
use serde_json::{Value, json};

use crate::forge::{Signer, ec_jwk, ec_key, laid, now, own_ec_jwk, rsa_jwk, sign};
use crate::hostile::{Hostile, Reply};
use crate::world::{RESTED, STALE, World, fails_with};

async fn verify(world: &World, token: &str) -> Result<&'static str, Error> {
    world.issuers.verify_bearer(&Secret::new(token.to_owned())).await.map(|_| "accepted")
}

#[tokio::test]
async fn a_key_that_should_not_be_used_is_not_used() {
    let hostile = Hostile::start().await;
    let own = own_ec_jwk("ec");
    let changed = |changes: Value| json!([laid(&own, &changes)]);
    let text = |bytes: usize| BASE64URL.encode(&vec![0xff; bytes]);
    let rsa = |changes: Value| json!([laid(&rsa_jwk("ec"), &changes)]);
    let other = ec_jwk("ec", &ec_key());
    let ec = "ES256";
    // Name, what is published, the algorithm of the token, words of the refusal.
    let rows: Vec<(&str, Value, &str, &str)> = vec![
        ("a weak RSA key", rsa(json!({"n": text(128)})), "RS256", "weak"),
        (
            "an RSA key of 2047 bits",
            rsa(json!({"n": BASE64URL.encode(&[&[0x7f_u8][..], &[0xff; 255]].concat())})),
            "RS256",
            "weak",
        ),
        ("a giant RSA key", rsa(json!({"n": text(2048)})), "RS256", "8192"),
        ("an RSA exponent of 1", rsa(json!({"e": "AQ"})), "RS256", "exponent"),
        ("an even RSA exponent", rsa(json!({"e": "Ag"})), "RS256", "exponent"),
        ("an RSA key without modulus", rsa(json!({"n": null})), "RS256", "weak"),
        ("an EC key of another curve", changed(json!({"crv": "P-521"})), ec, "curve"),
        ("an EC key that only says its curve", changed(json!({"crv": "secp256k1"})), ec, "curve"),
        (
            "an EC key of P-384 for ES256",
            changed(json!({"crv": "P-384", "x": text(48), "y": text(48), "alg": null})),
            ec,
            "another kind",
        ),
        ("an EC key with short coordinates", changed(json!({"x": text(31)})), ec, "curve"),
        ("an EC key that is not base64url", changed(json!({"x": "!!"})), ec, "base64url"),
        ("an Ed25519 key of 31 bytes", json!([{"kty": "OKP", "crv": "Ed25519", "kid": "ec", "x": text(31)}]), "EdDSA", "curve"),
        ("an Ed448 key", json!([{"kty": "OKP", "crv": "Ed448", "kid": "ec", "x": text(57)}]), "EdDSA", "curve"),
        ("a shared secret", json!([{"kty": "oct", "kid": "ec", "k": text(32)}]), ec, "secret"),
        ("a key of an unknown kind", json!([{"kty": "LWE", "kid": "ec"}]), ec, "kind"),
        ("a key without kind", json!([{"kid": "ec"}]), ec, "kind"),
        ("a key with its private half", changed(json!({"d": text(32)})), ec, "private"),
        ("a key for encryption", changed(json!({"use": "enc"})), ec, "signatures"),
        ("a key for signing only", changed(json!({"key_ops": ["sign"]})), ec, "verifying"),
        ("a key for another algorithm", changed(json!({"alg": "ES384"})), ec, "another algorithm"),
        ("two keys of one name", json!([own, other]), ec, "several"),
        ("the same key twice", json!([own, own]), ec, "several"),
    ];
    let world = hostile.world();
    let publish = |keys: &Value| {
        hostile.publish_keys(&json!({ "keys": keys }));
        world.clock.forward(STALE);
    };
    let lasting = json!({"exp": now() + 90_000});
    let mut wrong = Vec::new();
    for (name, keys, algorithm, words) in &rows {
        publish(keys);
        let token = hostile.forge.bearer(&json!({"alg": algorithm}), &lasting);
        let refused = |error: &Error| matches!(error, Error::Token(BadToken::Key { why }) if why.contains(words));
        fails_with(&mut wrong, name, verify(&world, &token).await, &refused);
    }
    // A point that is not on its curve has the right length, and verifies nothing.
    publish(&changed(json!({"x": BASE64URL.encode(&[7; 32])})));
    let token = hostile.forge.bearer(&json!({}), &lasting);
    let refused = |error: &Error| *error == Error::Token(BadToken::Signature);
    fails_with(&mut wrong, "a point off its curve", verify(&world, &token).await, &refused);
    // Two keys that fit, and a token that does not say which.
    publish(&json!([own, laid(&other, &json!({"kid": "another"}))]));
    let nameless = hostile.forge.bearer(&json!({"kid": null}), &lasting);
    let refused = |error: &Error| *error == Error::Token(BadToken::WhichKey);
    fails_with(&mut wrong, "no kid, two keys", verify(&world, &nameless).await, &refused);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));

    // A bad key among good ones harms nobody.
    let odd = json!({"kty": "RSA", "kid": "odd", "n": 1, "e": [], "use": 7});
    publish(&json!([odd, own]));
    assert_eq!(verify(&world, &token).await, Ok("accepted"));
}

#[tokio::test]
async fn a_set_of_keys_that_is_none_is_the_issuers_fault() {
    let hostile = Hostile::start().await;
    let (world, token) = (hostile.world(), hostile.forge.lasting_bearer());
    let many: Vec<Value> = (0..101).map(|number| json!({"kid": number.to_string()})).collect();
    let rows: Vec<(&str, Reply)> = vec![
        ("no keys", Reply::text("{}")),
        ("keys is an object", Reply::text(r#"{"keys":{}}"#)),
        ("a key is a text", Reply::text(r#"{"keys":["x"]}"#)),
        ("keys twice", Reply::text(r#"{"keys":[],"keys":[]}"#)),
        ("more keys than anybody has", Reply::json(200, &json!({ "keys": many }))),
        ("not JSON", Reply::text("<html>")),
        ("404", Reply::json(404, &json!({"keys": []}))),
    ];
    let mut wrong = Vec::new();
    for (name, reply) in rows {
        hostile.answer("/keys", reply);
        world.clock.forward(RESTED);
        let refused = |error: &Error| {
            matches!(error, Error::Lie { lie: Lie::Json { .. } | Lie::Field { field: "keys", .. } | Lie::Status { .. }, .. })
        };
        fails_with(&mut wrong, name, verify(&world, &token).await, &refused);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn a_key_counts_from_when_it_is_published_until_it_is_not() {
    let hostile = Hostile::start().await;
    let world = hostile.world();
    let fresh = ec_key();
    let old_token = hostile.forge.bearer(&json!({}), &json!({}));
    let new_header = laid(&hostile.forge.header(), &json!({"kid": "next"}));
    let new_token = sign(&new_header, &hostile.forge.access(), &Signer::OtherEc(&fresh));
    assert_eq!(verify(&world, &old_token).await, Ok("accepted"));
    assert_eq!(verify(&world, &new_token).await, Err(Error::Token(BadToken::UnknownKey)));

    // Added: known at once, without downtime for the other.
    hostile.publish_keys(&json!({ "keys": [own_ec_jwk("ec"), ec_jwk("next", &fresh)] }));
    assert_eq!(verify(&world, &new_token).await, Ok("accepted"));
    assert_eq!(verify(&world, &old_token).await, Ok("accepted"));

    // Taken away (it was stolen): refused as soon as what is kept is no longer fresh.
    hostile.publish_keys(&json!({ "keys": [ec_jwk("next", &fresh)] }));
    world.clock.forward(STALE);
    let good_for_longer = hostile.forge.lasting_bearer();
    assert_eq!(verify(&world, &good_for_longer).await, Err(Error::Token(BadToken::UnknownKey)));

    // Replaced under the same name: what the new one signs is refused until the set is fetched again.
    let swapped = sign(&new_header, &laid(&hostile.forge.access(), &json!({"exp": now() + 90_000})), &Signer::Ec);
    hostile.publish_keys(&json!({ "keys": [own_ec_jwk("next")] }));
    assert_eq!(verify(&world, &swapped).await, Err(Error::Token(BadToken::Signature)));
    world.clock.forward(STALE);
    assert_eq!(verify(&world, &swapped).await, Ok("accepted"));
}

#[tokio::test]
async fn thought_up_keys_do_not_make_the_gateway_ask_and_ask() {
    let hostile = Hostile::start().await;
    let world = hostile.world();
    let asked = || hostile.requests("/keys").len();
    let all = (0..40).map(|number| {
        let token = hostile.forge.bearer(&json!({"kid": format!("k{number}")}), &json!({}));
        let issuers = world.issuers.clone();
        tokio::spawn(async move { issuers.verify_bearer(&Secret::new(token)).await.map(|_| ()) })
    });
    for one in all.collect::<Vec<_>>() {
        assert_eq!(one.await.expect("no panic"), Err(Error::Token(BadToken::UnknownKey)));
    }
    let after = asked();
    assert!((2..=5).contains(&after), "{after} times");
    assert_eq!(hostile.requests("/.well-known/openid-configuration").len(), 1);
    world.clock.forward(Duration::from_secs(61));
    let token = hostile.forge.bearer(&json!({"kid": "later"}), &json!({}));
    assert_eq!(verify(&world, &token).await, Err(Error::Token(BadToken::UnknownKey)));
    assert_eq!(asked(), after + 1);
}
