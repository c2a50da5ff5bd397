//! What real sites have, as OpenStack's own library sees it.

use std::process::{Command, Stdio};
use std::time::Instant;

use serde_json::{Value, json};
use sites::openstack::inventory::{Flavor, Image, Network, Port, Subnet};
use sites::openstack::{Cloud, Component, Error, Inventory, Refusal, Unreachable};
use testkit::OpenStack;

use crate::world::{AGES, Entered, enough, limits};

/// The first project of each site.
const PLACES: [(&str, &str); 4] =
    [("a", "vo.access.egi.eu"), ("b", "egi_vo.access.egi.eu"), ("c", "VO_vo_access"), ("d", "vo.access.egi.eu")];

#[tokio::test]
async fn every_site_has_what_its_own_tools_say_and_nothing_else() {
    let bed = OpenStack::shared();
    let mut tools = Command::new("/usr/bin/python3");
    tools.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/tools.py")).args(PLACES.map(|(key, _)| key));
    tools.env("OS_CLIENT_CONFIG_FILE", bed.clouds()).stderr(Stdio::inherit()).stdout(Stdio::piped());
    let tools = tools.spawn().expect("python3-openstackclient");
    let mut seen = Vec::new();
    for (key, project) in PLACES {
        seen.push(Entered::new(&bed, key, project).await.look().await);
    }
    let told = tools.wait_with_output().expect("what they say");
    assert!(told.status.success());
    let told = String::from_utf8(told.stdout).expect("text");
    assert_eq!(told.lines().count(), PLACES.len());
    for (told, (seen, (key, _))) in told.lines().zip(seen.iter().zip(PLACES)) {
        let told: Value = serde_json::from_str(told).expect("JSON");
        assert_eq!(seen.failures(), [], "{key}");
        let seen = as_tools_say_it(seen);
        for (what, told) in told.as_object().expect("an object") {
            assert_eq!(&seen[what], told, "{what} of {key}");
        }
    }
    // That both look at the same is one thing; that it is what this federation is made of, another.
    let [a, b, c, d] = seen.try_into().expect("four");
    let extra = |seen: &Inventory, name: &str| flavor(seen, name).extra_specs.clone();
    assert_eq!(extra(&a, "gpu.a40.xlarge")["resources:VGPU"], "1");
    assert_eq!(extra(&b, "gpu.a100")["pci_passthrough:alias"], "a100:1");
    assert_eq!(extra(&c, "g.1xA40")["accel:device_profile"], "a40-profile");
    assert!(extra(&a, "m1.tiny").is_empty() && !c.flavors.as_ref().unwrap().iter().any(|one| one.name == "private.eosc"));
    assert!(image(&b, "old-centos-7").os_hidden && !image(&b, "rocky-9").os_hidden);
    assert_eq!(image(&b, "rocky-9").properties["os_version"], "9.4");
    assert_eq!(image(&c, "my-snapshot").properties["image_type"], "snapshot");
    assert!(image(&a, "EGI Docker").created_at.is_some() && image(&a, "EGI Docker").min_disk == 10);
    let limits = d.compute_limits.as_ref().unwrap();
    assert_eq!((limits.max_total_instances, limits.max_total_cores), (0, 0));
    assert!(d.networks.as_ref().unwrap().is_empty());
    let zones = a.zones.as_ref().unwrap();
    assert!(zones.iter().any(|zone| zone.name == "nova" && zone.state.available), "{zones:?}");
    let volumes = a.volume_limits.clone().expect("limits").expect("Cinder");
    assert_eq!((volumes.max_total_volumes, volumes.max_total_volume_gigabytes), (10, 1000));
    for (seen, has_volumes) in [(a, true), (b, false), (c, false), (d, false)] {
        assert_eq!(seen.volume_limits == Ok(None), !has_volumes);
        // Neither those of address servers nor of anything but routers and machines.
        let owner = |port: &Port| port.device_owner.clone();
        let strange = |owner: &String| owner.starts_with("network:") && !owner.contains("router");
        assert!(!seen.ports.unwrap().iter().map(owner).any(|owner| strange(&owner)));
    }
}

fn as_tools_say_it(seen: &Inventory) -> Value {
    fn by_id<T>(all: &[T], told: impl Fn(&T) -> (&String, Value)) -> Value {
        all.iter().map(told).map(|(id, told)| (id.clone(), told)).collect::<serde_json::Map<_, _>>().into()
    }
    let flavor = |one: &Flavor| json!([one.name, one.vcpus, one.ram, one.disk, one.extra_specs]);
    let image = |one: &Image| {
        let property = |name: &str| one.properties.get(name).cloned().unwrap_or_default();
        json!([one.name, one.os_hidden, one.min_disk, one.visibility, property("ad:mpuri"), property("os_distro")])
    };
    let network = |one: &Network| {
        let mut subnets = one.subnets.clone();
        subnets.sort();
        json!([one.name, one.shared, one.external, subnets])
    };
    let subnet = |one: &Subnet| json!([one.network_id, one.cidr, one.ip_version, one.gateway_ip]);
    let interfaces: Vec<Port> = seen.ports.as_ref().unwrap().to_vec();
    let interfaces: Vec<Port> = interfaces.into_iter().filter(|port| port.device_owner == "network:router_interface").collect();
    let limits = seen.compute_limits.as_ref().unwrap();
    let quotas = seen.network_quotas.as_ref().unwrap();
    let (floating, routers, ports) = (quotas.floatingip.unwrap(), quotas.router.unwrap(), quotas.port.unwrap());
    json!({
        "project": seen.project,
        "flavors": by_id(seen.flavors.as_ref().unwrap(), |one| (&one.id, flavor(one))),
        "images": by_id(seen.images.as_ref().unwrap(), |one| (&one.id, image(one))),
        "networks": by_id(seen.networks.as_ref().unwrap(), |one| (&one.id, network(one))),
        "subnets": by_id(seen.subnets.as_ref().unwrap(), |one| (&one.id, subnet(one))),
        "routers": by_id(seen.routers.as_ref().unwrap(), |one| {
            (&one.id, json!([one.name, one.external_gateway_info.as_ref().map(|gateway| &gateway.network_id)]))
        }),
        "interfaces": by_id(&interfaces, |one| (&one.id, json!([one.network_id, one.device_id]))),
        "security_groups": by_id(seen.security_groups.as_ref().unwrap(), |one| (&one.id, json!(one.name))),
        "limits": [limits.max_total_instances, limits.max_total_cores, limits.max_total_ram],
        "quotas": [floating.limit, routers.limit, routers.used, ports.limit],
        "zones": seen.zones.as_ref().unwrap().iter().map(|zone| &zone.name).collect::<Vec<_>>(),
    })
}

#[track_caller]
fn flavor<'a>(seen: &'a Inventory, name: &str) -> &'a Flavor {
    seen.flavors.as_ref().unwrap().iter().find(|one| one.name == name).expect(name)
}

#[track_caller]
fn image<'a>(seen: &'a Inventory, name: &str) -> &'a Image {
    seen.images.as_ref().unwrap().iter().find(|one| one.name.as_deref() == Some(name)).expect(name)
}

#[tokio::test]
async fn a_component_that_hangs_is_missing_at_the_deadline_and_nothing_else_is() {
    let bed = OpenStack::shared();
    let (a, b) = (Entered::new(&bed, "a", "vo.access.egi.eu").await, Entered::new(&bed, "b", "egi_vo.access.egi.eu").await);
    let (c, d) = (Entered::new(&bed, "c", "VO_vo_access").await, Entered::new(&bed, "d", "vo.access.egi.eu").await);
    let look = async |at: &Entered, within| at.cloud(&[], limits()).inventory(&at.session, within).await;
    let begun = Instant::now();
    let _ = tokio::join!(look(&a, AGES), look(&b, AGES), look(&c, AGES), look(&d, AGES));
    let within = enough(begun);
    let paused = [bed.pause("a", "nova-api"), bed.pause("b", "neutron-server"), bed.pause("d", "glance-api")];
    let begun = Instant::now();
    let (seen_a, seen_b, whole, seen_d) = tokio::join!(look(&a, within), look(&b, within), look(&c, within), look(&d, within));
    assert!(begun.elapsed() < within * 3, "{:?}", begun.elapsed());
    drop(paused);
    let cases = [
        (&seen_a, &a, Component::Compute, vec!["flavors", "compute_limits", "zones"]),
        (&seen_d, &d, Component::Image, vec!["images"]),
        (
            &seen_b,
            &b,
            Component::Network,
            vec!["networks", "subnets", "routers", "ports", "floating_ips", "security_groups", "network_quotas"],
        ),
    ];
    for (seen, at, hangs, expected) in cases {
        let missing = seen.failures();
        assert_eq!(missing.iter().map(|(part, _)| *part).collect::<Vec<_>>(), expected);
        for (_, error) in missing {
            let Error::Unanswered { service, component, why, .. } = error else { panic!("{error}") };
            assert_eq!((service, *component), (&at.account.service, hangs));
            assert_eq!(*why, Unreachable::Deadline { limit: within });
        }
    }
    assert_eq!(whole.failures(), []);
}

#[tokio::test]
async fn a_component_that_was_killed_is_missing_at_once_there_alone_and_back_when_it_is() {
    let bed = OpenStack::alone();
    let (a, b) = (Entered::new(&bed, "a", "vo.access.egi.eu").await, Entered::new(&bed, "b", "egi_vo.access.egi.eu").await);
    let killed = bed.kill("a", "glance-api");
    let begun = Instant::now();
    let (hurt, whole) = tokio::join!(a.look(), b.look());
    assert!(begun.elapsed() < AGES / 2, "nobody waits for what refuses: {:?}", begun.elapsed());
    let missing = hurt.failures();
    assert_eq!(missing.iter().map(|(part, _)| *part).collect::<Vec<_>>(), ["images"]);
    for (_, error) in missing {
        let Error::Unanswered { service, component, why, .. } = error else { panic!("{error}") };
        assert_eq!((service, *component), (&a.account.service, Component::Image));
        let Unreachable::Connect { why } = why else { panic!("{why:?}") };
        assert!(why.contains("refused"), "{why}");
    }
    assert_eq!(whole.failures(), []);
    drop(killed);
    assert_eq!(a.look().await.failures(), []);
}

#[tokio::test]
async fn a_token_that_the_site_does_not_know_is_a_session_that_has_ended() {
    let bed = OpenStack::shared();
    let mut at = Entered::new(&bed, "d", "vo.access.egi.eu").await;
    at.session.token = model::Secret::new("gAAAAA-no-such-token".to_owned());
    let seen = at.cloud(&[], limits()).inventory(&at.session, AGES).await;
    assert!(seen.session_has_ended());
    let expected = Error::Refused { service: "DELTA-FULL".to_owned(), refusal: Refusal::SessionEnded };
    let missing = seen.failures();
    assert!(missing.len() == 11 && missing.iter().all(|(_, error)| **error == expected), "{missing:?}");
}
