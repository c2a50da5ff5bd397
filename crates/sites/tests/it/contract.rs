//! What OpenStack sites do, as exchanges over plain HTTP that are carried out at the real sites of the test bed and at the
//! one that only behaves like them (`testkit::Cloud`). Both have to do what is written in `tests/contract`.
//!
//! `ROADSTEAD_BLESS=1` writes down what the real ones do. A difference of the other is then a mistake of it.

mod behaviours;
mod exchange;

use std::path::{Path, PathBuf};

use data_encoding::BASE64URL_NOPAD;
use serde_json::json;
use testkit::{Cloud, OpenStack, Site};

use self::behaviours::{closed_networks, life_of_a_machine, one_router};
use self::exchange::{Entrance, carry_out};
use crate::world::alice;

/// Where each list is carried out: name, site, project, who, steps.
type Part = (&'static str, &'static str, &'static str, &'static str, fn() -> Vec<exchange::Step>);

const PARTS: [Part; 3] = [
    ("a", "a", "ops", "ops", life_of_a_machine),
    ("b", "b", "egi_fedcloud", "bob", closed_networks),
    ("c", "c", "VO_eosc", "alice", one_router),
];

fn written(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/contract").join(format!("{name}.txt"))
}

#[track_caller]
fn compare(name: &str, said: &str) {
    let expected = std::fs::read_to_string(written(name)).expect("what the real sites do");
    let lines = expected.lines().zip(said.lines()).enumerate();
    let wrong = lines.filter(|(_, (expected, said))| expected != said);
    let wrong: Vec<String> =
        wrong.map(|(at, (expected, said))| format!("{}\n  is:   {said}\n  not:  {expected}", at + 1)).collect();
    assert!(wrong.is_empty(), "{name}:\n{}", wrong.join("\n"));
    assert_eq!(said.lines().count(), expected.lines().count(), "{name}");
}

#[tokio::test]
async fn the_site_that_is_not_real_does_what_is_written() {
    for (name, site, project, person, steps) in PARTS {
        let cloud = Cloud::start(Site::like(site));
        let all = ["ops", "fedcloud.egi.eu", "vo.access.egi.eu", "eosc-synergy.eu"];
        let roles = all.iter().flat_map(|group| ["member", "vm_operator"].map(|role| (group, role)));
        let entitlements: Vec<String> =
            roles.map(|(group, role)| format!("urn:mace:egi.eu:group:{group}:role={role}#aai.egi.eu")).collect();
        let claims = json!({"sub": person, "eduperson_entitlement": entitlements}).to_string();
        let bearer = format!("e30.{}.c2ln", BASE64URL_NOPAD.encode(claims.as_bytes()));
        let before = cloud.all();
        let entrance = Entrance::new(cloud.url(), protocol(site), project, bearer, None);
        let said = carry_out(entrance, steps()).await;
        compare(name, &said);
        let left: Vec<_> = cloud.all().into_iter().filter(|one| !before.iter().any(|other| other.id == one.id)).collect();
        assert_eq!(left, [], "nothing is left at {name}");
    }
}

fn protocol(site: &str) -> &'static str {
    if site == "c" { "oidc" } else { "openid" }
}

#[tokio::test]
async fn the_real_sites_do_what_is_written() {
    let bed = OpenStack::shared();
    let authority = std::fs::read(bed.authority()).expect("the authority");
    let blesses = std::env::var_os("ROADSTEAD_BLESS").is_some();
    for (name, site, project, person, steps) in PARTS {
        let bearer = if person == "alice" {
            alice(&bed, site).expose().to_owned()
        } else {
            let audience = bed.site(site).audience.clone();
            let audience = audience.iter().map(|audience| ("aud", audience.as_str()));
            bed.token(&[("user", person)].into_iter().chain(audience).collect::<Vec<_>>())
        };
        let entrance = Entrance::new(bed.site(site).auth_url.clone(), protocol(site), project, bearer, Some(&authority));
        let said = carry_out(entrance, steps()).await;
        if blesses {
            std::fs::write(written(name), said).expect("write it down");
        } else {
            compare(name, &said);
        }
    }
}
