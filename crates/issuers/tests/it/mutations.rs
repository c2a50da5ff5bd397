//! Mutated tokens: whatever bytes arrive, the verifier ends in a typed refusal, and nothing but what was signed passes.
//!
//! `tests/corpus` holds one token for each way through the reader, unsigned or signed by nobody here (`tests/corpus/README.md`).
//! Each case takes one of them or a good token of today and changes bytes, characters of the JSON within, or the order of
//! its parts. This is proptest with the corpus as its seeds: it runs on stable Rust in every test run and shrinks what
//! it finds. A coverage-guided fuzzer needs nightly.

use std::sync::LazyLock;

use data_encoding::BASE64URL_NOPAD as BASE64URL;
use issuers::Issuers;
use model::Secret;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::json;
use tokio::runtime::{Builder, Runtime};

use crate::forge::{Signer, sign, sign_text};
use crate::hostile::Hostile;

static SEEDS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/corpus");
    let files = std::fs::read_dir(directory).expect("the corpus").map(|entry| entry.expect("a file of it").path());
    let seeds = files.filter(|path| path.extension().is_some_and(|end| end == "txt"));
    let mut seeds: Vec<String> = seeds.map(|path| std::fs::read_to_string(path).expect("a seed").trim_end().to_owned()).collect();
    seeds.sort();
    assert!(seeds.len() >= 10, "only {} seeds", seeds.len());
    seeds
});

/// `PROPTEST_CASES=1000000` looks longer.
fn config(cases: u32) -> Config {
    let asked = Config::default();
    Config { cases: asked.cases.max(cases), failure_persistence: None, ..asked }
}

#[derive(Clone, Debug)]
enum Mutation {
    /// Of the token's own characters.
    Replace(prop::sample::Index, char),
    Remove(prop::sample::Index, prop::sample::Index),
    Repeat(prop::sample::Index, prop::sample::Index),
    Truncate(prop::sample::Index),
    /// Of a part's decoded bytes.
    Within(bool, prop::sample::Index, u8),
    InsertWithin(bool, prop::sample::Index, &'static str),
    /// A part of another seed.
    Splice(prop::sample::Index, prop::sample::Index),
    SwapParts(prop::sample::Index, prop::sample::Index),
}

fn mutation() -> impl Strategy<Value = Mutation> {
    use prop::sample::Index;
    let words = prop::sample::select(vec![
        "\"iss\":1,",
        "\"alg\":\"none\",",
        "{",
        "}",
        "[",
        "]",
        "null",
        "\\u0000",
        "1e308",
        "-",
        "\"",
        "\"aud\":[],",
        "\"crit\":[],",
        "{\"a\":",
    ]);
    prop_oneof![
        (any::<Index>(), any::<char>()).prop_map(|(at, c)| Mutation::Replace(at, c)),
        (any::<Index>(), any::<Index>()).prop_map(|(from, to)| Mutation::Remove(from, to)),
        (any::<Index>(), any::<Index>()).prop_map(|(from, to)| Mutation::Repeat(from, to)),
        any::<Index>().prop_map(Mutation::Truncate),
        (any::<bool>(), any::<Index>(), any::<u8>()).prop_map(|(header, at, byte)| Mutation::Within(header, at, byte)),
        (any::<bool>(), any::<Index>(), words).prop_map(|(header, at, word)| Mutation::InsertWithin(header, at, word)),
        (any::<Index>(), any::<Index>()).prop_map(|(seed, part)| Mutation::Splice(seed, part)),
        (any::<Index>(), any::<Index>()).prop_map(|(one, other)| Mutation::SwapParts(one, other)),
    ]
}

impl Mutation {
    fn apply(&self, token: &str) -> String {
        let mut chars: Vec<char> = token.chars().collect();
        let mut parts: Vec<String> = token.split('.').map(str::to_owned).collect();
        let count = parts.len();
        match self {
            _ if chars.is_empty() => {}
            Mutation::Replace(at, c) => chars[at.index(token.chars().count())] = *c,
            Mutation::Truncate(at) => chars.truncate(at.index(token.chars().count())),
            Mutation::Remove(from, to) | Mutation::Repeat(from, to) => {
                let (from, to) = (from.index(chars.len()), to.index(chars.len()));
                let range = from.min(to)..from.max(to);
                if matches!(self, Mutation::Remove(..)) {
                    chars.drain(range);
                } else {
                    let again: Vec<char> = chars[range.clone()].to_vec();
                    chars.splice(range.start..range.start, again);
                }
            }
            Mutation::Within(header, at, byte) => {
                return change(parts, *header, |bytes| {
                    let at = at.index(bytes.len());
                    bytes[at] = *byte;
                });
            }
            Mutation::InsertWithin(header, at, word) => {
                return change(parts, *header, |bytes| {
                    let at = at.index(bytes.len());
                    bytes.splice(at..at, word.bytes());
                });
            }
            Mutation::Splice(seed, part) => {
                let other: Vec<&str> = SEEDS[seed.index(SEEDS.len())].split('.').collect();
                parts[part.index(count)] = other[part.index(other.len())].to_owned();
                return parts.join(".");
            }
            Mutation::SwapParts(one, other) => {
                parts.swap(one.index(count), other.index(count));
                return parts.join(".");
            }
        }
        chars.into_iter().collect()
    }
}

fn change(mut parts: Vec<String>, header: bool, with: impl FnOnce(&mut Vec<u8>)) -> String {
    let number = usize::from(!header).min(parts.len() - 1);
    if let Ok(mut bytes) = BASE64URL.decode(parts[number].as_bytes())
        && !bytes.is_empty()
    {
        with(&mut bytes);
        parts[number] = BASE64URL.encode(&bytes);
    }
    parts.join(".")
}

struct Judge {
    runtime: Runtime,
    hostile: Hostile,
    issuers: Issuers,
}

impl Judge {
    fn new() -> Self {
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
        let hostile = runtime.block_on(Hostile::start());
        let issuers = hostile.world().issuers;
        Self { runtime, hostile, issuers }
    }

    fn accepts(&self, token: &str) -> bool {
        self.runtime.block_on(async {
            let bearer = self.issuers.verify_bearer(&Secret::new(token.to_owned())).await.is_ok();
            let logout = self.issuers.verify_logout_token(token).await.is_ok();
            bearer || logout
        })
    }
}

#[test]
fn nothing_but_what_was_signed_passes() {
    let judge = Judge::new();
    let good = judge.hostile.forge.bearer(&json!({}), &json!({}));
    assert!(judge.accepts(&good));
    let seeds = SEEDS.iter().cloned().chain([good.clone(), good.clone(), good.clone()]).collect::<Vec<_>>();
    let cases = (prop::sample::select(seeds), prop::collection::vec(mutation(), 1..4));
    let mut runner = TestRunner::new(config(3000));
    let tried = runner.run(&cases, |(seed, mutations)| {
        let mutated = mutations.iter().fold(seed, |token, mutation| mutation.apply(&token));
        prop_assert!(mutated == good || !judge.accepts(&mutated), "accepted: {mutated}");
        Ok(())
    });
    tried.unwrap_or_else(|error| panic!("{error}"));
}

/// Signed, so that it gets past the signature: then what it says decides, and a claim is what it was made to be.
#[test]
fn a_signed_token_is_judged_by_its_claims_alone() {
    let judge = Judge::new();
    let audience = "https://gateway.example";
    let now = crate::forge::now();
    let text = prop_oneof![Just(audience.to_owned()), "\\PC{0,20}", Just("gateway".to_owned())];
    let cases = (text, "\\PC{0,300}", -200_000i64..200_000, any::<Option<i32>>(), any::<bool>());
    let mut runner = TestRunner::new(config(1000));
    let tried = runner.run(&cases, |(aud, sub, life, nbf, listed)| {
        let aud_claim = if listed { json!([aud, "x"]) } else { json!(aud) };
        let changes = json!({"aud": aud_claim, "sub": sub, "exp": now + life, "nbf": nbf, "iat": null});
        let token = judge.hostile.forge.bearer(&json!({}), &changes);
        let sound = sub.bytes().all(|byte| matches!(byte, 0x20..=0x7e)) && sub.trim() == sub && (1..=255).contains(&sub.len());
        let expected = aud == audience && sound && life > 0 && nbf.is_none_or(|from| (0..=now).contains(&i64::from(from)));
        // At the very edges the clock moves on between here and there.
        prop_assume!(!(-40..=40).contains(&life) && nbf.is_none_or(|from| (i64::from(from) - now).abs() > 60));
        prop_assert_eq!(judge.accepts(&token), expected);
        Ok(())
    });
    tried.unwrap_or_else(|error| panic!("{error}"));
}

#[test]
fn any_bytes_at_all_are_refused() {
    let judge = Judge::new();
    let mut runner = TestRunner::new(config(1000));
    let cases = (".{0,200}", ".{0,200}");
    let tried = runner.run(&cases, |(header, payload)| {
        prop_assert!(!judge.accepts(&header));
        prop_assert!(!judge.accepts(&sign_text(&header, &payload, &Signer::Ec)));
        let claims = json!({"iss": header, "sub": payload});
        let signed = sign(&json!({"alg": "ES256", "kid": "ec"}), &claims, &Signer::Ec);
        prop_assert!(!judge.accepts(&signed));
        Ok(())
    });
    tried.unwrap_or_else(|error| panic!("{error}"));
}
