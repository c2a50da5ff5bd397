//! The table as administrators write it, and everything that can be wrong with it.

use super::{EGI, IAM};
use identity::groups::Table;
use serde_json::{Value, json};

/// The example of the documentation.
const TOML: &str = include_str!("../../../../../docs/administrators/groups.md");

fn rule(change: &[(&str, Value)]) -> Value {
    let mut rule = json!({"issuer": {"exactly": EGI}, "claim": "entitlements", "group": {"exactly": "urn:mace:egi.eu:group:a"},
        "role": {"exactly": "member"}, "gives": {"member_of": "a"}});
    for (field, value) in change {
        rule[field] = value.clone();
    }
    rule
}

fn problems(rules: Vec<Value>) -> Vec<(String, String)> {
    let table: Table = serde_json::from_value(json!({ "rules": rules })).expect("a table");
    let problems = table.check().expect_err("a mistake");
    problems.into_iter().map(|problem| (problem.field, problem.detail)).collect()
}

#[test]
fn the_examples_of_the_documentation_are_right_and_give_what_it_says() {
    let blocks: Vec<&str> = TOML.split("```toml\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    let text: String = blocks.concat();
    assert!(blocks.len() >= 3, "{}", blocks.len());
    let table: Table = toml::from_str(&text).expect("TOML of a table");
    let json = serde_json::to_string(&table).expect("json");
    assert_eq!(serde_json::from_str::<Table>(&json).expect("json reads back"), table);
    assert_eq!(toml::from_str::<Table>(&toml::to_string(&table).expect("toml")).expect("toml reads back"), table);
    let mapping = table.clone().check().expect("no mistakes");
    assert_eq!(mapping.table(), &table);
    let give = |issuer: &str, claims: Value| mapping.apply(issuer, &super::claims(claims));
    let checkin = give(
        EGI,
        json!({"eduperson_entitlement": [
        "urn:mace:egi.eu:group:demo.fedcloud.egi.eu:role=member#aai.egi.eu",
        "urn:mace:egi.eu:group:demo.fedcloud.egi.eu:vm_operator:role=member#aai.egi.eu",
        "urn:mace:egi.eu:group:biomed:role=member#aai.egi.eu"]}),
    );
    assert_eq!(json!(checkin.communities), json!({"demo.fedcloud.egi.eu": "member"}));
    assert_eq!(checkin.near_misses.len(), 1, "{:?}", checkin.near_misses);
    let iam = give(IAM, json!({"wlcg.groups": ["/escape/esap"]}));
    assert_eq!(json!(iam.communities), json!({"escape": "member"}));
    assert!(!iam.administrator && !checkin.administrator);
    let root = give(IAM, json!({"wlcg.groups": ["/escape/roadstead-admins"]}));
    assert!(root.administrator);
}

#[test]
fn every_mistake_is_named_at_once_with_its_field() {
    let many = problems(vec![
        rule(&[("issuer", json!({"exactly": "aai.egi.eu"})), ("gives", json!({"member_of": "no such/name"}))]),
        rule(&[]),
        rule(&[("group", json!({"exactly": "urn:mace:egi.eu:group:a:role=x"})), ("role", json!({"exactly": "a:b"}))]),
        rule(&[("claim", json!("groups")), ("group", json!({"exactly": "/a/"})), ("authority", json!({"exactly": "x"}))]),
    ]);
    let fields: Vec<&str> = many.iter().map(|(field, _)| field.as_str()).collect();
    #[rustfmt::skip]
    assert_eq!(fields, [
        "rules[0].issuer", "rules[0].gives.member_of", "rules[2].group", "rules[2].role",
        "rules[3].group", "rules[3].role", "rules[3].authority",
    ]);
    assert!(many[2].1.contains("move its role to `role`"), "{}", many[2].1);
}

#[test]
fn each_mistake_is_found() {
    let wlcg = |change: &[(&str, Value)]| {
        let mut all = vec![("claim", json!("wlcg.groups")), ("group", json!({"exactly": "/a"}))];
        all.extend_from_slice(change);
        rule(&all)
    };
    #[rustfmt::skip]
    let table = [
        ("an issuer without a host", rule(&[("issuer", json!({"exactly": "https:///x"}))]), ".issuer"),
        ("an issuer with a query", rule(&[("issuer", json!({"exactly": "https://a/?x"}))]), ".issuer"),
        ("an issuer with a space", rule(&[("issuer", json!({"exactly": "https://a /"}))]), ".issuer"),
        ("the word any as an address", rule(&[("issuer", json!({"exactly": "any"}))]), ".issuer"),
        ("an empty group", rule(&[("group", json!({"exactly": ""}))]), ".group"),
        ("a path for an entitlement", rule(&[("group", json!({"exactly": "/a"}))]), ".group"),
        ("an authority in the group", rule(&[("group", json!({"exactly": "urn:mace:egi.eu:group:a#b"}))]), ".group"),
        ("an encoded letter", rule(&[("group", json!({"exactly": "urn:mace:egi.eu:group:%61"}))]), ".group"),
        ("an entitlement for a path", wlcg(&[("group", json!({"exactly": "urn:mace:egi.eu:group:a"}))]), ".group"),
        ("a role in the path", wlcg(&[("group", json!({"exactly": "/a/Role=x"}))]), ".group"),
        ("a role that says nothing", wlcg(&[("group", json!({"exactly": "/a/Role=NULL"}))]), ".group"),
        ("a role that is NULL", wlcg(&[("role", json!({"exactly": "NULL"}))]), ".role"),
        ("a role with more behind it", wlcg(&[("role", json!({"exactly": "x/Capability=NULL"}))]), ".role"),
        ("an authority of WLCG", wlcg(&[("authority", json!({"exactly": "x"}))]), ".authority"),
        ("an empty role", rule(&[("role", json!({"exactly": ""}))]), ".role"),
        ("an encoded letter of a role", rule(&[("role", json!({"exactly": "%61"}))]), ".role"),
        ("an empty authority", rule(&[("authority", json!({"exactly": ""}))]), ".authority"),
        ("a community of nothing", rule(&[("gives", json!({"member_of": ""}))]), ".gives.member_of"),
        ("a community with dots", rule(&[("gives", json!({"manager_of": "a..b"}))]), ".gives.manager_of"),
        ("a community that is a path", rule(&[("gives", json!({"member_of": "../a"}))]), ".gives.member_of"),
        ("a community that is an option", rule(&[("gives", json!({"member_of": "-rf"}))]), ".gives.member_of"),
        ("administrators by subgroups", rule(&[("group", json!({"with_subgroups": "urn:mace:egi.eu:group:a"})), ("gives", json!("administrator"))]), ".group"),
        ("managers by subgroups", rule(&[("group", json!({"with_subgroups": "urn:mace:egi.eu:group:a"})), ("gives", json!({"manager_of": "a"}))]), ".group"),
        ("administrators by any issuer", rule(&[("issuer", json!("any")), ("gives", json!("administrator"))]), ".issuer"),
        ("managers by any issuer", rule(&[("issuer", json!("any")), ("gives", json!({"manager_of": "a"}))]), ".issuer"),
    ];
    for (name, rule, field) in table {
        let found = problems(vec![rule]);
        assert_eq!(found.iter().map(|(field, _)| field.clone()).collect::<Vec<_>>(), [format!("rules[0]{field}")], "{name}");
    }
    let alike = problems(vec![rule(&[]), rule(&[("gives", json!({"manager_of": "A"}))])]);
    assert!(alike[0].0 == "rules" && alike[0].1.contains("letter case"), "{alike:?}");
    assert_eq!(problems(vec![rule(&[]); 2_001]), [("rules".to_owned(), "are 2001; 2000 are allowed".to_owned())]);
}

#[test]
fn a_field_that_is_forgotten_or_misspelt_is_a_mistake_and_never_a_wider_rule() {
    for field in ["issuer", "claim", "group", "role", "gives"] {
        let mut cut = rule(&[]);
        cut.as_object_mut().expect("an object").remove(field);
        assert!(serde_json::from_value::<Table>(json!({ "rules": [cut] })).is_err(), "{field}");
    }
    #[rustfmt::skip]
    let wrong = [
        rule(&[("rol", json!("x"))]), rule(&[("authorities", json!("x"))]), rule(&[("issuer", json!(EGI))]),
        rule(&[("issuer", json!(null))]), rule(&[("role", json!(""))]), rule(&[("role", json!("member"))]),
        rule(&[("role", json!({"any": true}))]), rule(&[("role", json!(["any"]))]), rule(&[("group", json!("any"))]),
        rule(&[("claim", json!("eduperson_entitlement"))]), rule(&[("gives", json!("member_of"))]),
        rule(&[("gives", json!({"member_of": "a", "manager_of": "a"}))]), rule(&[("gives", json!({"owner_of": "a"}))]),
    ];
    for rule in wrong {
        assert!(serde_json::from_value::<Table>(json!({ "rules": [rule] })).is_err(), "{rule}");
    }
    assert!(serde_json::from_value::<Table>(json!({"rules": [], "default": "member"})).is_err());
    assert_eq!(serde_json::from_value::<Table>(json!({})).expect("an empty table"), Table::default());
}
