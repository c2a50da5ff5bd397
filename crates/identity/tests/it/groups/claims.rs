//! Memberships out of claims, and what is left aside.

use super::claims;
use identity::groups::{Claim, Memberships};
use serde_json::{Value, json};

/// The canonical memberships, each as `group role`, and why the rest is ignored.
fn read(claim: &str, value: Value) -> (Vec<String>, Vec<String>) {
    let read = Memberships::read(&claims(json!({ claim: value })));
    let held = read.held.iter().map(|held| match &held.role {
        Some(role) => format!("{} {role}", held.group),
        None => held.group.to_string(),
    });
    (held.collect(), read.ignored.iter().map(|ignored| ignored.why.to_string()).collect())
}

#[test]
fn each_claim_keeps_its_name_and_words() {
    let text = "URN:mace:egi.eu:group:biomed:role=member#aai.egi.eu";
    let read = Memberships::read(&claims(json!({
        "groups": ["/a/b", "Analysis"],
        "wlcg.groups": ["/escape/pilots"],
        "eduperson_entitlement": text,
        "entitlements": [text],
        "roles": ["admin"], "Groups": ["/a"], "entitlement": [text], "wlcg": {"groups": ["/a"]},
    })));
    let seen: Vec<_> = read.held.iter().map(|held| (held.claim, held.text.as_str(), held.group.to_string())).collect();
    let biomed = "urn:mace:egi.eu:group:biomed".to_owned();
    let expected = [
        (Claim::Entitlements, text, biomed.clone()),
        (Claim::EdupersonEntitlement, text, biomed),
        (Claim::WlcgGroups, "/escape/pilots", "/escape/pilots".to_owned()),
        (Claim::Groups, "/a/b", "/a/b".to_owned()),
        (Claim::Groups, "Analysis", "Analysis".to_owned()),
    ];
    assert_eq!(seen, expected);
    assert!(read.ignored.is_empty(), "{:?}", read.ignored);
    assert_eq!(read.held[0].authority.as_deref(), Some("aai.egi.eu"));
    assert_eq!(Memberships::read(&claims(json!({"sub": "x"}))), Memberships::default());
}

#[test]
fn wlcg_groups_are_read_as_the_profile_and_voms_write_them() {
    #[rustfmt::skip]
    let good = [
        ("/cms", "/cms"), ("/cms/uscms", "/cms/uscms"), ("/a.b/c-d/e_f", "/a.b/c-d/e_f"), ("/CMS", "/CMS"),
        ("/atlas/Role=production", "/atlas production"), ("/cms/Role=NULL", "/cms"),
        ("/cms/uscms/Role=pilot/Capability=NULL", "/cms/uscms pilot"), ("/cms/Capability=NULL", "/cms"),
    ];
    for (text, expected) in good {
        assert_eq!(read("wlcg.groups", json!([text])), (vec![expected.to_owned()], vec![]), "{text}");
    }
    #[rustfmt::skip]
    let bad = [
        "", "/", "cms", "//cms", "/cms/", "/cms//uscms", "/.cms", "/cms/..", "/-cms", "/c ms", "/cms\n", "/cmš", "/c%6Ds",
        "/cms/role=pilot", "/cms/ROLE=pilot", "/cms/Role=", "/cms/Role=a/b", "/cms/Role=a/Role=b", "/Role=pilot",
        "/cms/Capability=x", "/cms/Role=a/Capability=x", "/cms/Role=a=b", "\u{202e}/cms", "urn:x1:y:group:cms",
    ];
    for text in bad {
        let (held, ignored) = read("wlcg.groups", json!([text]));
        assert!(held.is_empty() && ignored.len() == 1, "{text:?}: {held:?}");
    }
    let deep = read("wlcg.groups", json!(["/a".repeat(17), format!("/{}", "a".repeat(2_000))]));
    assert_eq!((deep.0.len(), deep.1.len()), (0, 2));
}

#[test]
fn names_in_groups_may_be_anything_that_does_not_lie() {
    for text in ["/a/b", "a", "a/b", "Ünïcode Gruppe", "/Physik/Gruppe 7", "a:b", "a=b", "/..", "a%2Fb", "a#b", "~", "/a~b"] {
        assert_eq!(read("groups", json!([text])), (vec![text.to_owned()], vec![]), "{text}");
    }
    #[rustfmt::skip]
    let bad = [
        "", "/", "//a", "/a/", "a//b", "/a~/b", " a", "a ", "/a /b", "a\0", "a\nb", "a\u{202e}b", "a\u{200b}", "a\u{e0041}",
        "a\u{fe0f}", "URN:mace:egi.eu:group:a", "urn:x",
    ];
    for text in bad {
        let (held, ignored) = read("groups", json!([text]));
        assert!(held.is_empty() && ignored.len() == 1, "{text:?}: {held:?}");
    }
}

#[test]
fn a_wrong_value_harms_itself_alone() {
    let good = "urn:mace:egi.eu:group:biomed";
    let values = json!([1, null, true, {"value": good}, [good], "urn:mace:egi.eu:res:x", good, ""]);
    let (held, ignored) = read("entitlements", values);
    assert_eq!(held, [good]);
    assert_eq!(ignored[0], "it is a number, not a text");
    assert_eq!(ignored[5], "it says nothing about a group: there is no `:group:` in it");
    assert_eq!(ignored.len(), 7);
    for wrong in [json!(null), json!(7), json!({"a": good}), json!(false)] {
        for claim in Claim::ALL {
            let other = if claim == Claim::Entitlements { Claim::EdupersonEntitlement } else { Claim::Entitlements };
            let read = Memberships::read(&claims(json!({ claim.as_str(): wrong, other.as_str(): [good] })));
            assert_eq!((read.held.len(), read.ignored.len()), (1, 1), "{claim:?} {wrong}");
            assert_eq!((read.held[0].claim, read.ignored[0].claim), (other, claim));
        }
    }
    // A text where lists belong is not split by anybody's idea of a separator.
    assert_eq!(read("groups", json!("/a,/b")).1, ["the claim is a text, not a list of texts"]);
    assert_eq!(read("wlcg.groups", json!("/a")).1, ["the claim is a text, not a list of texts"]);
}

#[test]
fn many_and_long_values_are_bounded_claim_by_claim() {
    let many: Vec<String> = (0..600).map(|n| format!("urn:x1:y:group:g{n}")).collect();
    let nonsense = vec!["\u{202e}\0".repeat(10_000); 600];
    let read = Memberships::read(&claims(json!({"entitlements": nonsense, "eduperson_entitlement": many})));
    assert_eq!(read.held.len(), 500);
    assert_eq!(read.held[499].text, "urn:x1:y:group:g499");
    let why: Vec<String> = read.ignored.iter().map(|ignored| ignored.why.to_string()).collect();
    assert_eq!(why.len(), 1 + 20 + 1 + 1, "{why:?}");
    assert_eq!(why[0], "the claim has 600 values; only the first 500 are read");
    assert_eq!(why[21], "480 more are not understood");
    assert!(
        read.ignored.iter().all(|ignored| ignored.text.len() < 2_000 && ignored.text.is_ascii() || ignored.text.ends_with('…'))
    );
    let shown = serde_json::to_value(&read.ignored[1]).expect("json");
    assert_eq!(shown["claim"], "entitlements");
    assert!(shown["text"].as_str().is_some_and(|text| text.starts_with("\\u{202e}\\u{0}")), "{shown}");
    assert_eq!(shown["why"], "it is longer than 2048 bytes");
}
