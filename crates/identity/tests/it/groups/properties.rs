//! What holds for all texts and all claims.

use super::{EGI, claims, exactly, grants_nothing, mapping, reference};
use identity::groups::{Entitlement, Granted, Mapping, Memberships};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Map, Value, json};

const GROUP: &str = "urn:mace:egi.eu:group:demo%C3%A9";
const MEMBER: &str = "urn:mace:egi.eu:group:demo%C3%A9:role=member";

fn name() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => "[a-zA-Z0-9._~-]{1,4}",
        1 => select(vec!["%3A", "%3a", "%23", "%3D", "%20", "%25", "%2F", "%C3%A4", "%c3%A4", "@", "/", "+", "group", "role"])
            .prop_map(str::to_owned),
    ];
    vec(piece, 1..4).prop_map(|pieces| pieces.concat())
}

/// Texts that are entitlements, in every spelling.
fn entitlement() -> impl Strategy<Value = String> {
    let namespace = vec(name().prop_filter("the marker", |name| name != "group"), 1..4);
    let scheme = select(vec!["urn", "URN", "uRn"]);
    let identifier = "[a-zA-Z0-9]([a-zA-Z0-9-]{0,5})[a-zA-Z0-9]";
    let identifier = identifier.prop_filter("no URN in a URN", |text: &String| !text.eq_ignore_ascii_case("urn"));
    (scheme, identifier, namespace, vec(name(), 1..5), option::of(name()), option::of(name())).prop_map(
        |(scheme, identifier, namespace, groups, role, authority)| {
            let role = role.map(|role| format!(":role={role}")).unwrap_or_default();
            let authority = authority.map(|authority| format!("#{authority}")).unwrap_or_default();
            format!("{scheme}:{identifier}:{}:group:{}{role}{authority}", namespace.join(":"), groups.join(":"))
        },
    )
}

/// Texts that nearly are.
fn nearly() -> impl Strategy<Value = String> {
    let piece = select(vec![
        "urn:", "URN:", "mace:", "egi.eu", ":", ":group:", "group", "demo", "%C3%A9", "%c3%a9", "%", "%0", "%00", ":role=",
        "role=", "member", "#", "aai", "?+", "?=", "=", " ", "é", "\u{202e}", "\0", "a", "Z", "/", "%2f", "%65",
    ]);
    vec(piece, 0..14).prop_map(|pieces| pieces.concat())
}

/// Any JSON, with what matters here more often than chance would have it.
fn json() -> impl Strategy<Value = Value> {
    let text = prop_oneof![nearly(), entitlement(), any::<String>(), "(/[a-zA-Z=]{0,6}){0,4}", Just(MEMBER.to_owned())];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        text.prop_map(Value::from)
    ];
    leaf.prop_recursive(4, 40, 8, |inner| {
        prop_oneof![vec(inner.clone(), 0..8).prop_map(Value::from), objects(inner).prop_map(Value::Object)]
    })
}

fn objects(values: impl Strategy<Value = Value>) -> impl Strategy<Value = Map<String, Value>> {
    let names = select(vec!["entitlements", "eduperson_entitlement", "wlcg.groups", "groups", "value", "sub"]);
    vec((names.prop_map(str::to_owned), values), 0..5).prop_map(|members| members.into_iter().collect())
}

fn rules() -> Mapping {
    let rule = |claim: &str, group: Value, role: Value, gives: Value| json!({"issuer": {"exactly": EGI}, "claim": claim, "group": group, "role": role, "gives": gives});
    mapping(json!([
        rule("entitlements", json!({"with_subgroups": GROUP}), json!("any"), json!({"member_of": "demo"})),
        rule("entitlements", json!({"exactly": GROUP}), json!({"exactly": "member"}), json!({"manager_of": "demo"})),
        rule("groups", json!({"with_subgroups": "a"}), json!("any"), json!({"member_of": "bare"})),
        rule("wlcg.groups", json!({"exactly": "/a"}), json!("none"), json!("administrator")),
    ]))
}

/// Whether `more` has everything that `less` has.
fn covers(more: &Granted, less: &Granted) -> bool {
    let kept = less.communities.iter().all(|(name, role)| more.communities.get(name).is_some_and(|more| more >= role));
    kept && (more.administrator || !less.administrator)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(512) })]

    #[test]
    fn good_texts_read_and_their_canonical_spelling_is_a_fixed_point(text in entitlement()) {
        let entitlement: Entitlement = text.parse().map_err(|error| TestCaseError::fail(format!("{text}: {error}")))?;
        let canonical = entitlement.to_string();
        prop_assert_eq!(&canonical, &reference(&text));
        let again: Entitlement = canonical.parse().map_err(|error| TestCaseError::fail(format!("{canonical}: {error}")))?;
        prop_assert_eq!(again.to_string(), canonical);
        prop_assert_eq!(&again, &entitlement);
        prop_assert!(entitlement.satisfies(&again));
    }

    #[test]
    fn any_text_that_reads_reads_back(text in prop_oneof![nearly(), any::<String>()]) {
        if let Ok(entitlement) = text.parse::<Entitlement>() {
            prop_assert_eq!(entitlement.to_string(), reference(&text));
            prop_assert_eq!(entitlement.to_string().parse(), Ok(entitlement));
        }
    }

    #[test]
    fn two_are_equal_when_and_only_when_their_canonical_texts_are(one in entitlement(), other in entitlement(), same in any::<bool>()) {
        let other = if same { reference(&one) } else { other };
        let read = |text: &str| text.parse::<Entitlement>().map_err(|error| TestCaseError::fail(format!("{text}: {error}")));
        let (one, other) = (read(&one)?, read(&other)?);
        prop_assert_eq!(one == other, one.to_string() == other.to_string());
        prop_assert!(!same || one == other);
        prop_assert_eq!(one.satisfies(&other) && other.satisfies(&one) && one.authority() == other.authority(), one == other);
    }

    #[test]
    fn no_change_of_a_text_makes_a_member(at in 0..MEMBER.len(), put in "[ -~]|%[0-9a-fA-F]{2}|é|\u{200b}", cut in 0..3usize) {
        let mapping = exactly(GROUP, "member");
        let end = (at + cut).min(MEMBER.len());
        for text in [format!("{}{put}{}", &MEMBER[..at], &MEMBER[end..]), format!("{}{}", &MEMBER[..at], &MEMBER[end..])] {
            let granted = mapping.apply(EGI, &claims(json!({"entitlements": text})));
            let name = reference(&text);
            let is_member = name.split('#').next() == Some(MEMBER) && text.parse::<Entitlement>().is_ok();
            prop_assert_eq!(grants_nothing(&granted), !is_member, "{}", text);
        }
    }

    #[test]
    fn any_json_gives_an_answer_of_bounded_length_and_the_same_one_twice(claims in objects(json())) {
        let mapping = rules();
        let granted = mapping.apply(EGI, &claims);
        prop_assert_eq!(&granted, &mapping.apply(EGI, &claims));
        prop_assert!(grants_nothing(&mapping.apply("https://elsewhere.example", &claims)));
        prop_assert!(granted.because.len() <= 4 && granted.near_misses.len() <= 4 && granted.ignored.len() <= 88);
        prop_assert!(serde_json::to_string(&granted).is_ok());
        for because in &granted.because {
            prop_assert!(serde_json::to_string(&claims).is_ok_and(|all| all.contains(&json!(because.text).to_string())));
        }
    }

    #[test]
    fn more_claims_and_more_rules_never_give_less(less in objects(json()), more in objects(json())) {
        let mut all = less.clone();
        for (name, value) in more {
            let old = all.remove(&name).unwrap_or(Value::Null);
            let as_list = |value| match value { Value::Array(values) => values, Value::Null => vec![], one => vec![one] };
            let (before, after) = (as_list(old.clone()), as_list(value));
            // One text is a list of one only where entitlements are; what was ignored before stays nothing.
            all.insert(name, if before.is_empty() || old.is_array() || old.is_string() { Value::from([after, before].concat()) } else { old });
        }
        let mapping = rules();
        prop_assert!(covers(&mapping.apply(EGI, &all), &mapping.apply(EGI, &less)));
        prop_assert!(Memberships::read(&all).held.len() >= Memberships::read(&less).held.len());
        let mut fewer = mapping.table().clone();
        fewer.rules.remove(1);
        let fewer = fewer.check().map_err(|_| TestCaseError::fail("a table"))?;
        prop_assert!(covers(&mapping.apply(EGI, &all), &fewer.apply(EGI, &all)));
    }
}
