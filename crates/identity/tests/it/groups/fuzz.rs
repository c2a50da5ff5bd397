//! The fuzz target for entitlements and claims, with its seeds in `tests/corpus/groups`.
//!
//! It runs on stable Rust with every test run: mutations are drawn from a fixed seed, so that a failure comes back, and
//! nothing is built for it. What it lacks is feedback from coverage; the parser is small and the dictionary knows all
//! its words, so it gets everywhere all the same. `ROADSTEAD_FUZZ_CASES=10000000 ROADSTEAD_FUZZ_SEED=7` runs it for
//! longer and elsewhere. A text that it finds becomes a line of the corpus.

use super::{EGI, mapping, reference};
use identity::groups::{Entitlement, Mapping};
use serde_json::{Value, json};

const ENTITLEMENTS: &str = include_str!("../../corpus/groups/entitlements.txt");
const CLAIMS: &str = include_str!("../../corpus/groups/claims.txt");

#[rustfmt::skip]
const WORDS: &[&str] = &[
    "urn:", "URN:", ":", "::", ":group:", "group", "role=", ":role=", "role%3D", "ROLE=", "#", "##", "?+", "?=", "?", "%", "%25",
    "%3A", "%3a", "%23", "%00", "%0A", "%E2%80%AE", "%C3%A4", "%c3", "%FF", "%6F", "%2e", "/", "//", "~/", "/Role=", "/Role=NULL",
    "/Capability=NULL", "demo", "operator", "egi.eu", " ", "\0", "\u{202e}", "\u{200b}", "\u{e0041}", "ä", "é", "ſ", "K", "%u0041",
    "[", "]", "{", "}", "\"", ",", "null", "1e999", "\\u0000", "\\ud800", "\"entitlements\":", "\"groups\":", "\"wlcg.groups\":",
];

/// xorshift: enough for choosing.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 16).expect("64 bits") % bound.max(1)
    }

    /// A place in the text, at the edge of a character.
    fn place(&mut self, text: &str) -> usize {
        let mut at = self.below(text.len() + 1);
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        at
    }

    fn span(&mut self, text: &str) -> std::ops::Range<usize> {
        let (one, other) = (self.place(text), self.place(text));
        one.min(other)..one.max(other)
    }

    fn mutate(&mut self, text: &mut String, seeds: &[&str]) {
        let span = self.span(text);
        let at = span.start;
        match self.below(9) {
            0 => text.replace_range(span, ""),
            1 | 2 => text.insert_str(at, WORDS[self.below(WORDS.len())]),
            3 => text.replace_range(span, WORDS[self.below(WORDS.len())]),
            4 => {
                let copy = text[span].to_owned();
                text.insert_str(at, &copy);
            }
            5 => text.insert(at, char::from(u8::try_from(self.below(128)).expect("a byte"))),
            6 => {
                let other = seeds[self.below(seeds.len())];
                let part = self.span(other);
                text.replace_range(span, &other[part]);
            }
            7 => {
                let flip = |c: char| if c.is_ascii_lowercase() { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() };
                let flipped: String = text[span.clone()].chars().map(flip).collect();
                text.replace_range(span, &flipped);
            }
            _ => {
                let end = text[at..].chars().next().map_or(at, |c| at + c.len_utf8());
                let encoded: String = text[at..end].bytes().map(|byte| format!("%{byte:02x}")).collect();
                text.replace_range(at..end, &encoded);
            }
        }
        if text.len() > 4_000 {
            let cut = (0..=4_000).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
            text.truncate(cut);
        }
    }
}

fn number(variable: &str, default: u64) -> u64 {
    std::env::var(variable).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

/// Every seed as it is, then mutations of mutations.
fn fuzz(corpus: &str, cases: u64, mut target: impl FnMut(&str)) {
    let seeds: Vec<&str> = corpus.lines().filter(|line| !line.is_empty()).collect();
    assert!(seeds.len() >= 20, "{}", seeds.len());
    seeds.iter().for_each(|seed| target(seed));
    let mut dice = Dice(number("ROADSTEAD_FUZZ_SEED", 20_260_101).max(1));
    let mut text = String::new();
    for _ in 0..number("ROADSTEAD_FUZZ_CASES", cases) {
        if text.is_empty() || dice.below(6) == 0 {
            text = seeds[dice.below(seeds.len())].to_owned();
        }
        dice.mutate(&mut text, &seeds);
        target(&text);
    }
}

fn rules() -> Mapping {
    let rule = |claim: &str, group: Value, role: Value, gives: Value| json!({"issuer": {"exactly": EGI}, "claim": claim, "group": group, "role": role, "gives": gives});
    let demo = "urn:mace:egi.eu:group:demo";
    mapping(json!([
        rule("entitlements", json!({ "exactly": demo }), json!({"exactly": "operator"}), json!("administrator")),
        rule("entitlements", json!({ "with_subgroups": demo }), json!("any"), json!({"member_of": "demo"})),
        rule("wlcg.groups", json!({"exactly": "/demo"}), json!({"exactly": "operator"}), json!({"manager_of": "demo"})),
        rule("groups", json!({"with_subgroups": "/demo"}), json!("any"), json!({"member_of": "demo"})),
    ]))
}

/// Whether a text is one that a rule asks for, judged without the parser.
fn is_asked_for(rule: usize, text: &str) -> bool {
    let name = reference(text.split('#').next().unwrap_or_default());
    let within = |outer: &str, mark: char, text: &str| {
        text.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with(mark))
    };
    match rule {
        0 => name == "urn:mace:egi.eu:group:demo:role=operator",
        1 => within("urn:mace:egi.eu:group:demo", ':', &name),
        2 => ["/demo/Role=operator", "/demo/Role=operator/Capability=NULL"].contains(&text),
        3 => within("/demo", '/', text),
        _ => false,
    }
}

#[test]
fn mutated_entitlements_read_back_or_are_refused_and_give_only_what_is_asked_for() {
    let (rules, mut read, mut gave) = (rules(), 0_u64, 0_u64);
    fuzz(ENTITLEMENTS, 60_000, |text| {
        let entitlement = text.parse::<Entitlement>();
        if let Ok(entitlement) = &entitlement {
            read += 1;
            assert_eq!(entitlement.to_string(), reference(text), "{text:?}");
            assert_eq!(entitlement.to_string().parse().as_ref(), Ok(entitlement), "{text:?}");
        }
        let granted = rules.apply(EGI, &super::claims(json!({ "entitlements": text })));
        for because in &granted.because {
            gave += 1;
            assert!(entitlement.is_ok() && is_asked_for(because.rule, text), "{text:?} gave {because:?}");
        }
        let expected = entitlement.is_ok() && is_asked_for(0, text);
        assert_eq!(granted.administrator, expected, "{text:?}");
    });
    assert!(read > 1_000 && gave > 50, "the mutations reach what matters: {read} read, {gave} gave something");
}

#[test]
fn mutated_claims_give_only_what_is_asked_for() {
    let (rules, mut objects, mut gave) = (rules(), 0_u64, 0_u64);
    fuzz(CLAIMS, 40_000, |text| {
        let Ok(Value::Object(claims)) = serde_json::from_str::<Value>(text) else { return };
        objects += 1;
        let granted = rules.apply(EGI, &claims);
        for because in &granted.because {
            gave += 1;
            assert!(is_asked_for(because.rule, &because.text), "{text:?} gave {because:?}");
            let value = &claims[because.claim.as_str()];
            let said = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice).contains(&json!(because.text));
            assert!(said, "{text:?} gave {because:?}");
        }
        assert!(serde_json::to_string(&granted).is_ok_and(|answer| answer.len() < 200_000), "{text:?}");
        assert!(super::grants_nothing(&rules.apply("", &claims)), "{text:?}");
    });
    assert!(objects > 500 && gave > 50, "the mutations reach what matters: {objects} objects, {gave} gave something");
}
