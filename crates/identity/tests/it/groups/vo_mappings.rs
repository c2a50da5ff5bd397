//! EGI's file, as one form of the table.

use super::{EGI, IAM, claims, grants_nothing};
use identity::groups::{Entitlement, VoMappings};
use serde_json::json;

/// Shaped like EGI's: operators by role, by subgroup, plain members, groups within a VO, and mistakes.
const FILE: &str = r#"
vos:
  EOServices-vo.example.es: "urn:mace:egi.eu:group:EOServices-vo.example.es:role=vm_operator#aai.egi.eu"
  belle: "urn:mace:egi.eu:group:belle:role=vm_operator#aai.egi.eu"
  /belle/vip: "urn:mace:egi.eu:group:belle:role=vm_operator#aai.egi.eu"
  demo.example.eu: "urn:mace:egi.eu:group:demo.example.eu:vm_operator:role=member#aai.egi.eu"
  in_sar.example.eu: "urn:mace:egi.eu:group:in_sar.example.eu:role=member#aai.egi.eu"
  notebooks.example.eu: "urn:mace:egi.eu:group:notebooks.example.eu:role=admin#aai.egi.eu"
  open.example.eu: "urn:mace:egi.eu:group:open.example.eu"
  space.example.eu: "urn:mace:egi.eu: group:space.example.eu:role=member#aai.egi.eu"
  wrong.example.eu: "urn:mace:egi.eu:groups:wrong.example.eu"
  "bad name": "urn:mace:egi.eu:group:bad:role=member"
"#;

#[test]
fn every_entry_becomes_a_rule_that_asks_for_what_it_says_or_is_reported() {
    let (table, left) = VoMappings::from_yaml(FILE).expect("the file").into_table(EGI);
    assert_eq!(table.rules.len(), 6);
    let left: Vec<_> = left.iter().map(|left| (left.vo.as_str(), left.why.as_str())).collect();
    assert_eq!(left.len(), 4);
    assert_eq!(left[0], ("/belle/vip", "is a group within a VO: only whole VOs become communities"));
    assert!(left[1].0 == "bad name" && left[1].1.starts_with("the name must be"), "{left:?}");
    assert_eq!(left[2].1, "the entitlement is wrong in its namespace, which holds ' ', which has to be percent-encoded there");
    assert_eq!(left[3].1, "the entitlement says nothing about a group: there is no `:group:` in it");

    let mapping = table.check().expect("no mistakes");
    let required = [
        ("belle", "urn:mace:egi.eu:group:belle:role=vm_operator#aai.egi.eu"),
        ("demo.example.eu", "urn:mace:egi.eu:group:demo.example.eu:vm_operator:role=member#aai.egi.eu"),
        ("open.example.eu", "urn:mace:egi.eu:group:open.example.eu"),
    ];
    let held = [
        "urn:mace:egi.eu:group:belle:role=vm_operator#aai.egi.eu",
        "urn:mace:egi.eu:group:belle:role=member#aai.egi.eu",
        "urn:mace:egi.eu:group:belle:role=vm_operator#elsewhere",
        "urn:mace:egi.eu:group:belle:vm_operator:role=member#aai.egi.eu",
        "urn:mace:egi.eu:group:demo.example.eu:vm_operator:role=member#aai.egi.eu",
        "urn:mace:egi.eu:group:demo.example.eu:role=vm_operator#aai.egi.eu",
        "urn:mace:egi.eu:group:demo.example.eu:role=member#aai.egi.eu",
        "urn:mace:egi.eu:group:open.example.eu:sub:role=x#y",
        "urn:mace:egi.eu:group:open.example.eux",
    ];
    for text in held {
        let entitlement: Entitlement = text.parse().expect("an entitlement");
        let claims = claims(json!({ "entitlements": [text] }));
        let granted = mapping.apply(EGI, &claims);
        for (community, required) in required {
            let satisfied = entitlement.satisfies(&required.parse().expect("an entitlement"));
            let given = granted.communities.keys().any(|name| name.as_str() == community);
            assert_eq!(given, satisfied, "{text} for {community}");
        }
        assert!(grants_nothing(&mapping.apply(IAM, &claims)), "the issuer that was named, no other");
    }
}

#[test]
fn a_file_that_is_something_else_is_refused() {
    let long = format!("vos:\n{}", "  a: b\n".repeat(200_000));
    let bomb = "a: &a [x,x,x,x]\nb: &b [*a,*a,*a,*a]\nvos: *b";
    for text in ["", "vos", "vos: [a]", "vos: {a: 1, a: 2}", "vos: {a: {b: c}}", "vos: {}\nmore: 1", "{", bomb, &long] {
        assert!(VoMappings::from_yaml(text).is_err(), "{}", text.chars().take(40).collect::<String>());
    }
    assert!(VoMappings::from_yaml("vos: {}").is_ok());
}
