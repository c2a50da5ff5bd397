//! Processor time of one bearer's verification, with the issuer's keys at hand. `bench/bearers/run` builds, runs and judges
//! this; it prints one line of JSON for each algorithm.
//!
//! The token is like Check-in's for somebody in twenty groups. Beside the verifier stand two others on the same token:
//! the signature alone, which nothing can beat, and jsonwebtoken's own way from text to claims.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, reason = "a benchmark")]

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256, RsaKeyPair,
};
use data_encoding::BASE64URL_NOPAD as BASE64URL;
use issuers::{Algorithm, Issuers, Limits, Settings};
use jsonwebtoken::{DecodingKey, Validation};
use model::Secret;
use model::time::{Clock, SystemClock};
use rustix::time::{ClockId, clock_gettime};
use serde_json::{Map, Value, json};

const AUDIENCE: &str = "https://gateway.example";
const ROUNDS: u32 = 5;
const EACH: Duration = Duration::from_millis(400);

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    for (algorithm, jwk, sign) in [rsa(), ec(), ed()] {
        let issuer = serve(&jwk);
        let header = json!({"alg": algorithm.name(), "kid": "k", "typ": "at+jwt"});
        let signed = format!("{}.{}", encode(&header), encode(&claims(&issuer)));
        let token = format!("{signed}.{}", BASE64URL.encode(&sign(signed.as_bytes())));
        let issuers = issuers(&issuer);
        let bearer = Secret::new(token.clone());
        let whole = time(|| runtime.block_on(issuers.verify_bearer(&bearer)).map(|_| ()).expect("a good token"));

        let key = DecodingKey::from_jwk(&serde_json::from_value(jwk).expect("a key")).expect("a key");
        let signature = token.rsplit('.').next().expect("a signature");
        let alone = time(|| {
            let verified = jsonwebtoken::crypto::verify(signature, signed.as_bytes(), &key, algorithm.into());
            assert!(verified.expect("a verdict"));
        });
        let mut validation = Validation::new(algorithm.into());
        validation.set_audience(&[AUDIENCE]);
        validation.set_issuer(&[&issuer]);
        let other = time(|| drop(jsonwebtoken::decode::<Map<String, Value>>(&token, &key, &validation).expect("a good token")));
        let told = json!({
            "algorithm": algorithm.name(), "bytes": token.len(), "whole": whole, "signature": alone, "jsonwebtoken": other,
        });
        println!("{told}");
    }
}

fn issuers(url: &str) -> Issuers {
    let mut settings = Settings::new("bench", url, "gateway", &[AUDIENCE]);
    settings.plain_http_on_loopback = true;
    Issuers::new(vec![settings], Vec::new(), Limits::default(), Arc::new(SystemClock)).expect("sound settings")
}

/// Microseconds of processor time for one call: the least of some rounds, since others disturb and nothing helps.
fn time(work: impl Fn()) -> f64 {
    let round = || {
        let (began, mut calls) = (processor_time(), 0);
        loop {
            for _ in 0..100 {
                work();
            }
            calls += 100;
            let spent = processor_time() - began;
            if spent > EACH {
                return spent.as_secs_f64() * 1e6 / f64::from(calls);
            }
        }
    };
    work();
    (0..ROUNDS).map(|_| round()).fold(f64::INFINITY, f64::min)
}

fn processor_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), time.tv_nsec.try_into().expect("nanoseconds"))
}

fn claims(issuer: &str) -> Value {
    let now = SystemClock.now().millis() / 1000;
    let group = |number: u32| format!("urn:mace:egi.eu:group:vo.example.eu:team-{number}:role=member#aai.egi.eu");
    let subject = format!("{}@egi.eu", "0123456789abcdef".repeat(4));
    json!({
        "iss": issuer, "sub": subject, "voperson_id": subject, "aud": AUDIENCE, "client_id": "cli", "typ": "Bearer",
        "scope": "openid profile email voperson_id eduperson_entitlement offline_access", "jti": "b0a8f3d2-5a0c-4c5e",
        "iat": now, "exp": now + 3600, "auth_time": now, "sid": "8e8uyg25Z6M28QWCRaCEMUf8gGxhvxSqSmdWMMAPpZz",
        "name": "Alice Astronomer", "email": "alice@example.org", "email_verified": true,
        "eduperson_entitlement": (0..20).map(group).collect::<Vec<_>>(),
    })
}

fn encode(value: &Value) -> String {
    BASE64URL.encode(value.to_string().as_bytes())
}

type Sign = Box<dyn Fn(&[u8]) -> Vec<u8>>;

fn rsa() -> (Algorithm, Value, Sign) {
    let key = RsaKeyPair::generate(KeySize::Rsa2048).expect("a key");
    let public = key.public_key();
    let n = BASE64URL.encode(public.modulus().big_endian_without_leading_zero());
    let e = BASE64URL.encode(public.exponent().big_endian_without_leading_zero());
    let sign = move |signed: &[u8]| {
        let mut signature = vec![0; key.public_modulus_len()];
        key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), signed, &mut signature).expect("a signature");
        signature
    };
    (Algorithm::Rs256, json!({"kty": "RSA", "kid": "k", "alg": "RS256", "n": n, "e": e}), Box::new(sign))
}

fn ec() -> (Algorithm, Value, Sign) {
    let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).expect("a key");
    let point = key.public_key().as_ref();
    let (x, y) = (BASE64URL.encode(&point[1..33]), BASE64URL.encode(&point[33..]));
    let jwk = json!({"kty": "EC", "crv": "P-256", "kid": "k", "alg": "ES256", "x": x, "y": y});
    let sign = move |signed: &[u8]| key.sign(&SystemRandom::new(), signed).expect("a signature").as_ref().to_vec();
    (Algorithm::Es256, jwk, Box::new(sign))
}

fn ed() -> (Algorithm, Value, Sign) {
    let key = Ed25519KeyPair::generate().expect("a key");
    let x = BASE64URL.encode(key.public_key().as_ref());
    let jwk = json!({"kty": "OKP", "crv": "Ed25519", "kid": "k", "alg": "EdDSA", "x": x});
    (Algorithm::EdDsa, jwk, Box::new(move |signed| key.sign(signed).as_ref().to_vec()))
}

/// An issuer that has a configuration and one key.
fn serve(jwk: &Value) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port on loopback");
    let url = format!("http://{}", listener.local_addr().expect("its address"));
    let configuration = json!({"issuer": url, "jwks_uri": format!("{url}/keys"), "token_endpoint": url}).to_string();
    let keys = json!({ "keys": [jwk] }).to_string();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            let mut request = [0; 4096];
            let length = stream.read(&mut request).unwrap_or(0);
            let body = if request[..length].starts_with(b"GET /keys") { &keys } else { &configuration };
            let head = format!("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {}\r\n\r\n", body.len());
            stream.write_all(format!("{head}{body}").as_bytes()).expect("an answer");
        }
    });
    url
}
