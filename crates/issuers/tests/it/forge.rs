//! Tokens of every shape, well signed or not.

use std::sync::LazyLock;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256, RsaKeyPair,
};
use aws_lc_rs::{digest, hmac};
use data_encoding::BASE64URL_NOPAD as BASE64URL;
use model::time::{Clock, SystemClock};
use serde_json::{Value, json};

/// Made when first asked for: it takes a while.
static RSA: LazyLock<RsaKeyPair> = LazyLock::new(|| RsaKeyPair::generate(KeySize::Rsa2048).expect("an RSA key"));
static EC: LazyLock<EcdsaKeyPair> = LazyLock::new(ec_key);
static ED: LazyLock<Ed25519KeyPair> = LazyLock::new(|| Ed25519KeyPair::generate().expect("an Ed25519 key"));

pub fn ec_key() -> EcdsaKeyPair {
    EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).expect("an EC key")
}

pub enum Signer<'a> {
    Ec,
    Ed,
    Rsa,
    OtherEc(&'a EcdsaKeyPair),
    Hmac(&'a [u8]),
    Nobody,
}

pub struct Forge {
    pub issuer: String,
}

impl Forge {
    pub fn new(issuer: &str) -> Self {
        Self { issuer: issuer.to_owned() }
    }

    /// Without the RSA key, which only few need.
    pub fn keys(&self) -> Value {
        json!({ "keys": [ec_jwk("ec", &EC), ed_jwk("ed")] })
    }

    pub fn header(&self) -> Value {
        json!({ "alg": "ES256", "kid": "ec", "typ": "at+jwt" })
    }

    /// Of a good access token.
    pub fn access(&self) -> Value {
        json!({
            "iss": self.issuer, "sub": "alice@example.org", "aud": "https://gateway.example", "client_id": "cli",
            "scope": "openid profile", "iat": now(), "nbf": now(), "exp": now() + 600, "jti": "1",
        })
    }

    /// A good access token that outlives a day of a clock put forward.
    pub fn lasting_bearer(&self) -> String {
        self.bearer(&json!({}), &json!({"exp": now() + 90_000}))
    }

    /// Of a good id_token.
    pub fn id(&self, nonce: &str) -> Value {
        json!({
            "iss": self.issuer, "sub": "alice@example.org", "aud": "gateway", "nonce": nonce,
            "iat": now(), "exp": now() + 600, "name": "Alice", "groups": ["astro"],
        })
    }

    pub fn logout(&self, id: &str) -> Value {
        json!({
            "iss": self.issuer, "sub": "alice@example.org", "sid": "s1", "aud": "gateway", "jti": id,
            "iat": now(), "exp": now() + 120, "events": { "http://schemas.openid.net/event/backchannel-logout": {} },
        })
    }

    /// An access token with changes to its header and payload; null removes.
    pub fn bearer(&self, header: &Value, payload: &Value) -> String {
        sign(&laid(&self.header(), header), &laid(&self.access(), payload), &Signer::Ec)
    }
}

pub fn now() -> i64 {
    SystemClock.now().millis() / 1000
}

pub fn laid(base: &Value, changes: &Value) -> Value {
    let mut all = base.as_object().expect("an object").clone();
    for (name, value) in changes.as_object().expect("an object") {
        match value {
            Value::Null => all.remove(name),
            value => all.insert(name.clone(), value.clone()),
        };
    }
    Value::Object(all)
}

pub fn sign(header: &Value, payload: &Value, signer: &Signer<'_>) -> String {
    sign_text(&header.to_string(), &payload.to_string(), signer)
}

pub fn sign_text(header: &str, payload: &str, signer: &Signer<'_>) -> String {
    let signed = format!("{}.{}", BASE64URL.encode(header.as_bytes()), BASE64URL.encode(payload.as_bytes()));
    let signature = signature(signed.as_bytes(), signer);
    format!("{signed}.{}", BASE64URL.encode(&signature))
}

fn signature(signed: &[u8], signer: &Signer<'_>) -> Vec<u8> {
    let random = SystemRandom::new();
    match signer {
        Signer::Ec => EC.sign(&random, signed).expect("a signature").as_ref().to_vec(),
        Signer::OtherEc(key) => key.sign(&random, signed).expect("a signature").as_ref().to_vec(),
        Signer::Ed => ED.sign(signed).as_ref().to_vec(),
        Signer::Rsa => {
            let mut bytes = vec![0; RSA.public_modulus_len()];
            RSA.sign(&RSA_PKCS1_SHA256, &random, signed, &mut bytes).expect("a signature");
            bytes
        }
        Signer::Hmac(secret) => hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), signed).as_ref().to_vec(),
        Signer::Nobody => Vec::new(),
    }
}

pub fn ec_jwk(kid: &str, key: &EcdsaKeyPair) -> Value {
    let point = key.public_key().as_ref();
    let (x, y) = (BASE64URL.encode(&point[1..33]), BASE64URL.encode(&point[33..]));
    json!({ "kty": "EC", "crv": "P-256", "kid": kid, "use": "sig", "alg": "ES256", "x": x, "y": y })
}

pub fn own_ec_jwk(kid: &str) -> Value {
    ec_jwk(kid, &EC)
}

pub fn ed_jwk(kid: &str) -> Value {
    let x = BASE64URL.encode(ED.public_key().as_ref());
    json!({ "kty": "OKP", "crv": "Ed25519", "kid": kid, "use": "sig", "alg": "EdDSA", "x": x })
}

pub fn rsa_jwk(kid: &str) -> Value {
    let key = RSA.public_key();
    let modulus = BASE64URL.encode(key.modulus().big_endian_without_leading_zero());
    let exponent = BASE64URL.encode(key.exponent().big_endian_without_leading_zero());
    json!({ "kty": "RSA", "kid": kid, "use": "sig", "alg": "RS256", "n": modulus, "e": exponent })
}

/// `at_hash`, for algorithms that hash with SHA-256.
pub fn half_hash(access: &str) -> String {
    BASE64URL.encode(&digest::digest(&digest::SHA256, access.as_bytes()).as_ref()[..16])
}
