//! What people are told who nearly got something.

use super::{EGI, IAM, claims, mapping};
use identity::groups::Mapping;
use serde_json::json;

const DEMO: &str = "urn:mace:egi.eu:group:demo.fedcloud.egi.eu";

fn rules() -> Mapping {
    mapping(json!([
        {"issuer": {"exactly": EGI}, "claim": "entitlements", "group": {"exactly": "urn:mace:egi.eu:group:biomed"},
            "role": {"exactly": "vm_operator"}, "authority": {"exactly": "aai.egi.eu"}, "gives": {"member_of": "biomed"}},
        {"issuer": {"exactly": EGI}, "claim": "entitlements", "group": {"exactly": format!("{DEMO}:vm_operator")},
            "role": {"exactly": "member"}, "gives": {"member_of": "demo.fedcloud.egi.eu"}},
        {"issuer": {"exactly": EGI}, "claim": "entitlements", "group": {"exactly": "urn:mace:egi.eu:group:admins"},
            "role": {"exactly": "root"}, "gives": "administrator"},
    ]))
}

fn told(issuer: &str, entitlements: &[&str]) -> Vec<String> {
    let granted = rules().apply(issuer, &claims(json!({ "entitlements": entitlements })));
    granted.near_misses.into_iter().map(|near| format!("{}: {}", near.community, near.miss)).collect()
}

#[test]
fn a_near_miss_says_what_is_held_and_what_is_needed() {
    let biomed = "urn:mace:egi.eu:group:biomed";
    #[rustfmt::skip]
    let table = [
        (EGI, format!("{biomed}:role=member#aai.egi.eu"), "biomed: your token has role=member, this community needs vm_operator"),
        (EGI, format!("{biomed}#aai.egi.eu"), "biomed: your token has no role, this community needs vm_operator"),
        (EGI, format!("{biomed}:role=vm_operator#other"), "biomed: your token has it from `other`, this community needs it from `aai.egi.eu`"),
        (IAM, format!("{biomed}:role=vm_operator#aai.egi.eu"), "biomed: your token is of another issuer than the one that this community trusts"),
        (EGI, format!("{DEMO}:role=member"), "demo.fedcloud.egi.eu: your token has the group `urn:mace:egi.eu:group:demo.fedcloud.egi.eu`, this community needs `urn:mace:egi.eu:group:demo.fedcloud.egi.eu:vm_operator` in it"),
        (EGI, format!("{biomed}:lab:role=vm_operator"), "biomed: your token has `urn:mace:egi.eu:group:biomed:lab`, this community needs `urn:mace:egi.eu:group:biomed` itself"),
        (EGI, "urn:mace:egi.eu:group:BioMed:role=vm_operator".to_owned(), "biomed: your token has `urn:mace:egi.eu:group:BioMed`, this community needs `urn:mace:egi.eu:group:biomed`: letter case counts"),
    ];
    for (issuer, held, expected) in table {
        assert_eq!(told(issuer, &[&held]), [expected], "{held}");
    }
}

#[test]
fn only_the_nearest_is_told_and_never_about_administrators_or_what_is_given() {
    let role = "urn:mace:egi.eu:group:biomed:role=member#aai.egi.eu";
    let case = "urn:mace:egi.eu:group:Biomed:role=vm_operator#aai.egi.eu";
    let near = told(EGI, &[case, role]);
    assert_eq!(near, ["biomed: your token has role=member, this community needs vm_operator"]);
    let given = "urn:mace:egi.eu:group:biomed:role=vm_operator#aai.egi.eu";
    assert!(told(EGI, &[given, case, role]).is_empty());
    assert!(told(EGI, &["urn:mace:egi.eu:group:admins:role=member", "urn:mace:egi.eu:group:admins"]).is_empty());
    assert!(told(EGI, &["urn:mace:egi.eu:group:unheard"]).is_empty());
    assert!(told(IAM, &[role, case]).is_empty(), "two things are missing");
}

#[test]
fn an_answer_is_bounded_and_reads_as_json() {
    let rules: Vec<_> = (0..200)
        .map(|n| {
            json!({"issuer": {"exactly": EGI}, "claim": "groups", "group": {"exactly": format!("/a/g{n}")}, "role": "any",
                "gives": {"member_of": format!("c{n}")}})
        })
        .collect();
    let granted = mapping(json!(rules)).apply(EGI, &claims(json!({"groups": ["/a", "/a/g199"], "wlcg.groups": 1})));
    assert_eq!((granted.near_misses.len(), granted.because.len()), (50, 1));
    let json = serde_json::to_value(&granted).expect("json");
    assert_eq!(json["communities"], json!({"c199": "member"}));
    assert_eq!(json["administrator"], false);
    assert_eq!(json["because"], json!([{"rule": 199, "gives": {"member_of": "c199"}, "claim": "groups", "text": "/a/g199"}]));
    assert_eq!(json["near_misses"][0]["miss"], "your token has the group `/a`, this community needs `/a/g0` in it");
    assert_eq!(json["ignored"][0]["why"], "the claim is a number, not a list of texts");
}
