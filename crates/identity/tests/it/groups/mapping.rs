//! What a mapping grants, and above all what it does not.

use super::{EGI, IAM, claims, exactly, grants_nothing, mapping};
use identity::groups::{Gives, Granted, Mapping, Role, Table};
use serde_json::{Value, json};

const BIOMED: &str = "urn:mace:egi.eu:group:biomed";

fn given(mapping: &Mapping, issuer: &str, entitlement: &str) -> Granted {
    mapping.apply(issuer, &claims(json!({ "entitlements": [entitlement] })))
}

fn role_in(granted: &Granted, community: &str) -> Option<Role> {
    granted.communities.get(&community.parse().expect("a name")).copied()
}

#[test]
fn no_rule_grants_nothing() {
    let everything = claims(json!({
        "entitlements": [BIOMED], "groups": ["/admin", "administrator"], "wlcg.groups": ["/admin/Role=admin"], "admin": true,
    }));
    for mapping in [Mapping::default(), Table::default().check().expect("no rules are no mistake")] {
        assert!(grants_nothing(&mapping.apply(EGI, &everything)));
    }
}

/// Each comes near to a member of biomed, and is none.
#[rustfmt::skip]
const OUTSIDERS: &[(&str, &str)] = &[
    ("another role", "urn:mace:egi.eu:group:biomed:role=manager"),
    ("no role", "urn:mace:egi.eu:group:biomed"),
    ("the role in other letters", "urn:mace:egi.eu:group:biomed:role=Member"),
    ("the role with an end", "urn:mace:egi.eu:group:biomed:role=members"),
    ("the role in a subgroup", "urn:mace:egi.eu:group:biomed:sub:role=member"),
    ("the role as a subgroup", "urn:mace:egi.eu:group:biomed:member"),
    ("the role as an encoded subgroup", "urn:mace:egi.eu:group:biomed:role%3Dmember"),
    ("the role in other capitals", "urn:mace:egi.eu:group:biomed:Role=member"),
    ("the role in the authority", "urn:mace:egi.eu:group:biomed#:role=member"),
    ("the role in a query", "urn:mace:egi.eu:group:biomed?=:role=member"),
    ("the role twice", "urn:mace:egi.eu:group:biomed:role=member:role=member"),
    ("the group in other letters", "urn:mace:egi.eu:group:Biomed:role=member"),
    ("the group with an end", "urn:mace:egi.eu:group:biomed2:role=member"),
    ("the group with a dot", "urn:mace:egi.eu:group:biomed.:role=member"),
    ("the group with a slash", "urn:mace:egi.eu:group:biomed/:role=member"),
    ("the group as a subgroup", "urn:mace:egi.eu:group:evil:biomed:role=member"),
    ("the group behind a group", "urn:mace:egi.eu:group:evil:group:biomed:role=member"),
    ("the group as a namespace", "urn:mace:egi.eu:biomed:group:biomed:role=member"),
    ("the group encoded", "urn:mace:egi.eu:group:%62iomed:role=member"),
    ("the group encoded twice", "urn:mace:egi.eu:group:%2562iomed:role=member"),
    ("the group with a NUL", "urn:mace:egi.eu:group:biomed%00:role=member"),
    ("the group with a space", "urn:mace:egi.eu:group:biomed%20:role=member"),
    ("the group with a plus", "urn:mace:egi.eu:group:biomed+:role=member"),
    ("the group with a hidden letter", "urn:mace:egi.eu:group:bio%E2%80%8Dmed:role=member"),
    ("the group with a soft hyphen", "urn:mace:egi.eu:group:bio%C2%ADmed:role=member"),
    ("the group in other scripts", "urn:mace:egi.eu:group:biom%D0%B5d:role=member"),
    ("the group and its role in one name", "urn:mace:egi.eu:group:biomed%3Arole%3Dmember"),
    ("the whole in one name", "urn:mace:egi.eu:group:x%0Aurn:mace:egi.eu:group:biomed:role=member"),
    ("two in one text", "urn:mace:egi.eu:group:x urn:mace:egi.eu:group:biomed:role=member"),
    ("two with a comma", "urn:mace:egi.eu:group:x:role=y,urn:mace:egi.eu:group:biomed:role=member"),
    ("the namespace in other letters", "urn:mace:EGI.eu:group:biomed:role=member"),
    ("another namespace", "urn:mace:egi.eu.evil.org:group:biomed:role=member"),
    ("a longer namespace", "urn:mace:egi.eu:evil:group:biomed:role=member"),
    ("a shorter namespace", "urn:mace:eu:group:biomed:role=member"),
    ("another identifier", "urn:geant:egi.eu:group:biomed:role=member"),
    ("an informal identifier", "urn:x-mace:egi.eu:group:biomed:role=member"),
    ("white space around", " urn:mace:egi.eu:group:biomed:role=member "),
    ("a backslash", "urn:mace:egi.eu:group:biomed\\:role=member"),
    ("a capability", "urn:mace:egi.eu:res:biomed:role=member"),
    ("the path", "/biomed/Role=member"),
    ("the name", "biomed"),
    ("nothing", ""),
];

#[test]
fn who_is_not_in_the_group_with_the_role_gets_nothing() {
    let mapping = exactly(BIOMED, "member");
    for (name, text) in OUTSIDERS {
        for claim in ["entitlements", "eduperson_entitlement", "groups", "wlcg.groups"] {
            let granted = mapping.apply(EGI, &claims(json!({ claim: [text] })));
            assert!(grants_nothing(&granted), "{name} in {claim}: {granted:?}");
        }
    }
    let member = "urn:mace:egi.eu:group:biomed:role=member";
    for issuer in ["", IAM, "https://aai.egi.eu/auth/realms/egi/", "https://AAI.egi.eu/auth/realms/egi", "any", "exactly"] {
        assert!(grants_nothing(&given(&mapping, issuer, member)), "{issuer}");
    }
    for claim in ["groups", "wlcg.groups", "Entitlements", "entitlement"] {
        assert!(grants_nothing(&mapping.apply(EGI, &claims(json!({ claim: [member] })))), "{claim}");
    }
    for same in [member, "URN:MACE:egi.eu:group:biomed:role=member", "urn:mace:egi.eu:group:biomed:role=member#anybody"] {
        let granted = given(&mapping, EGI, same);
        assert_eq!(role_in(&granted, "secret"), Some(Role::Member), "{same}");
        assert_eq!((granted.because[0].rule, granted.because[0].text.as_str()), (0, same));
        assert_eq!(granted.because[0].gives, Gives::MemberOf("secret".to_owned()));
    }
}

#[test]
fn subgroups_count_only_where_a_rule_says_so() {
    let rule = |group: Value| {
        mapping(json!([{"issuer": {"exactly": EGI}, "claim": "entitlements", "group": group, "role": "any",
            "gives": {"member_of": "x"}}]))
    };
    let (exact, deep) = (rule(json!({ "exactly": BIOMED })), rule(json!({ "with_subgroups": BIOMED })));
    for (text, in_exact, in_deep) in [
        ("urn:mace:egi.eu:group:biomed", true, true),
        ("urn:mace:egi.eu:group:biomed:role=x", true, true),
        ("urn:mace:egi.eu:group:biomed:sub", false, true),
        ("urn:mace:egi.eu:group:biomed:sub:sub:role=x#a", false, true),
        ("urn:mace:egi.eu:group:biomed%3Asub", false, false),
        ("urn:mace:egi.eu:group:biomeds", false, false),
        ("urn:mace:egi.eu:group:sub:biomed", false, false),
    ] {
        assert_eq!(!grants_nothing(&given(&exact, EGI, text)), in_exact, "{text}");
        assert_eq!(!grants_nothing(&given(&deep, EGI, text)), in_deep, "{text}");
    }
}

#[test]
fn paths_names_and_entitlements_are_different_groups() {
    let rule = |claim: &str, group: &str| {
        json!({"issuer": {"exactly": IAM}, "claim": claim, "group": {"with_subgroups": group}, "role": "any",
            "gives": {"member_of": format!("c{}", group.replace('/', "-s-"))}})
    };
    let mapping = mapping(json!([rule("wlcg.groups", "/a"), rule("groups", "/a/b"), rule("groups", "a")]));
    let communities =
        |value: Value| -> Vec<String> { mapping.apply(IAM, &claims(value)).communities.into_keys().map(String::from).collect() };
    assert_eq!(communities(json!({"wlcg.groups": ["/a/b"]})), ["c-s-a"]);
    assert_eq!(communities(json!({"groups": ["/a/b/c"]})), ["c-s-a-s-b"]);
    assert_eq!(communities(json!({"groups": ["a/b"]})), ["ca"]);
    for nothing in [json!({"groups": ["/a", "b", "A", "/b/a/b"]}), json!({"wlcg.groups": ["a", "/b", "/A"]})] {
        assert!(communities(nothing).is_empty());
    }
}

#[test]
fn roles_and_authorities_are_any_none_or_exact() {
    let with = |role: Value, authority: Value| {
        mapping(json!([{"issuer": {"exactly": EGI}, "claim": "entitlements", "group": {"exactly": BIOMED}, "role": role,
            "authority": authority, "gives": {"member_of": "x"}}]))
    };
    let plain = BIOMED.to_owned();
    let texts = [plain.clone(), plain.clone() + "#a", plain.clone() + ":role=r", plain + ":role=r#a"];
    for (role, authority, expected) in [
        (json!("any"), json!("any"), [true, true, true, true]),
        (json!("none"), json!("any"), [true, true, false, false]),
        (json!({"exactly": "r"}), json!("any"), [false, false, true, true]),
        (json!("any"), json!({"exactly": "a"}), [false, true, false, true]),
        (json!("none"), json!({"exactly": "a"}), [false, true, false, false]),
        (json!({"exactly": "r"}), json!({"exactly": "a"}), [false, false, false, true]),
        // The words are words only where they are not names.
        (json!({"exactly": "any"}), json!("any"), [false; 4]),
        (json!({"exactly": "none"}), json!("any"), [false; 4]),
    ] {
        let mapping = with(role.clone(), authority.clone());
        let seen = texts.each_ref().map(|text| !grants_nothing(&given(&mapping, EGI, text)));
        assert_eq!(seen, expected, "{role} {authority}");
    }
}

#[test]
fn a_role_is_never_lowered_whatever_the_order() {
    let rule = |role: &str, gives: Value| {
        json!({"issuer": {"exactly": EGI}, "claim": "entitlements", "group": {"exactly": BIOMED}, "role": {"exactly": role},
            "gives": gives})
    };
    let member = rule("member", json!({"member_of": "biomed"}));
    let manager = rule("manager", json!({"manager_of": "biomed"}));
    let root = rule("root", json!("administrator"));
    let both = claims(json!({"entitlements": [format!("{BIOMED}:role=manager"), format!("{BIOMED}:role=member")]}));
    for rules in [json!([member, manager, root]), json!([root, manager, member])] {
        let mapping = mapping(rules);
        let granted = mapping.apply(EGI, &both);
        assert_eq!(role_in(&granted, "biomed"), Some(Role::Manager));
        assert_eq!((granted.because.len(), granted.administrator), (2, false));
        assert_eq!(role_in(&given(&mapping, EGI, &format!("{BIOMED}:role=member")), "biomed"), Some(Role::Member));
        let root = given(&mapping, EGI, &format!("{BIOMED}:role=root"));
        assert!(root.administrator && root.communities.is_empty(), "an administrator is in no community by that");
        assert_eq!(mapping.communities().len(), 1);
    }
}
