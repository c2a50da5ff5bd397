use std::collections::BTreeMap;

use model::offer::{Snapshot, Standing};
use serde_json::{Value, json};
use sites::openstack::evidence::Hints;
use sites::openstack::inventory::Image;

use super::words;
use super::{PROJECT, empty, snapshot};

fn image(id: &str, name: &str, more: Value) -> Image {
    let mut all = json!({
        "id": id, "name": name, "status": "active", "visibility": "public", "owner": "operators",
        "disk_format": "qcow2", "container_format": "bare", "created_at": "2024-01-01T00:00:00Z"
    });
    let (all_fields, Value::Object(more)) = (all.as_object_mut().expect("an object"), more) else { panic!("an object") };
    all_fields.extend(more);
    serde_json::from_value(all).expect("an image")
}

fn look(images: Vec<Image>) -> Snapshot {
    snapshot(&sites::openstack::Inventory { images: Ok(images), ..empty() }, &Hints::default())
}

fn one(name: &str, more: Value) -> model::offer::Image {
    look(vec![image("i", name, more)]).images.remove(0)
}

fn standings(images: Vec<Image>) -> BTreeMap<String, String> {
    look(images).images.into_iter().map(|image| (image.id, words::standing(&image.standing))).collect()
}

#[test]
fn systems_are_told_by_properties_then_by_names() {
    let attributes = json!({"APPLIANCE_ATTRIBUTES": json!({
        "org.openstack.glance.os_distro": "ubuntu", "org.openstack.glance.os_version": "22.04",
        "org.openstack.glance.os_admin_user": "egi", "eu.egi.cloud.image_ref": "egi_vm_images/ubuntu:22.04"
    }).to_string()});
    let cases = [
        ("EGI Image for Ubuntu 22.04 [Ubuntu/22.04/KVM]", json!({"ad:traits": "os:ubuntu"}), "ubuntu 22.04 ? as ubuntu"),
        ("EGI Docker", json!({"ad:traits": "os:ubuntu"}), "ubuntu ? ? as ubuntu"),
        ("EGI Docker", json!({}), "? ? ? as ?"),
        ("whatever", attributes, "ubuntu 22.04 ? as egi"),
        (
            "whatever",
            json!({"os_distro": "RockyLinux", "os_version": "9.4", "architecture": "AMD64"}),
            "rocky 9.4 x86_64 as rocky",
        ),
        ("whatever", json!({"os_distro": "centos7"}), "centos 7 ? as centos"),
        ("whatever", json!({"os_distro": "ubuntu", "os_version": "jammy"}), "ubuntu 22.04 ? as ubuntu"),
        ("whatever", json!({"os_distro": "debian", "os_version": 12}), "debian 12 ? as debian"),
        ("Rocky-9-GenericCloud.latest.x86_64", json!({"os_admin_user": "me"}), "rocky 9 x86_64 as me"),
        ("Debian 12", json!({"os_distro": "others"}), "debian 12 ? as debian"),
        ("Ubuntu 20.04", json!({"os_distro": "debian"}), "debian ? ? as debian"),
        ("Ubuntu 20.04", json!({"os_distro": "ubuntu", "os_version": "22.04"}), "ubuntu 22.04 ? as ubuntu"),
        ("server", json!({"os_type": "windows"}), "windows ? ? as ?"),
        ("windows-2019", json!({"os_type": "linux"}), "? ? ? as ?"),
        ("RHEL 9", json!({}), "rhel 9 ? as cloud-user"),
    ];
    for (name, properties, expected) in cases {
        let found = one(name, properties.clone());
        assert_eq!(words::image(&found), format!("{expected}: offered"), "{name} {properties}");
    }
}

#[test]
fn names_lie_and_it_is_shown() {
    let conflicts = |name: &str, more: Value| -> Vec<(String, String, String)> {
        let found = one(name, more).conflicts.into_iter();
        found.map(|conflict| (conflict.about, conflict.believed.value, conflict.refuted.value)).collect()
    };
    let triple = |about: &str, believed: &str, refuted: &str| vec![(about.to_owned(), believed.to_owned(), refuted.to_owned())];
    assert_eq!(conflicts("Ubuntu 20.04", json!({"os_distro": "debian"})), triple("system", "debian", "ubuntu"));
    let newer = json!({"os_distro": "ubuntu", "os_version": "22.04"});
    assert_eq!(conflicts("Ubuntu 20.04", newer), triple("version", "22.04", "20.04"));
    assert_eq!(conflicts("windows-2019", json!({"os_type": "linux"})), triple("system", "some Linux", "windows"));
    assert_eq!(conflicts("debian-12-arm64", json!({"architecture": "x86_64"})), triple("architecture", "x86_64", "aarch64"));
    assert_eq!(conflicts("Rocky 9", json!({"os_distro": "rocky", "os_version": "9.4"})), [], "9 and 9.4 are both true");
}

#[test]
fn disks_are_as_large_as_what_is_unpacked() {
    let disk = |more: Value| {
        let found = one("x", more);
        (found.min_disk.get(), found.conflicts.len())
    };
    const GIB: u64 = 1 << 30;
    assert_eq!(disk(json!({"min_disk": 10})), (10 * GIB, 0));
    assert_eq!(disk(json!({"size": 2_361_393_152_u64})), (2_361_393_152, 0));
    assert_eq!(disk(json!({"size": 500, "virtual_size": 4 * GIB})), (4 * GIB, 0));
    assert_eq!(disk(json!({"size": 500, "virtual_size": 4 * GIB, "min_disk": 10})), (10 * GIB, 0));
    assert_eq!(
        disk(json!({"size": 500, "virtual_size": 40 * GIB, "min_disk": 10})),
        (40 * GIB, 1),
        "what it asks for is too small"
    );
    assert_eq!(disk(json!({"min_disk": u64::MAX})).0, u64::MAX);
    let found = one("x", json!({"min_ram": 2048, "size": 5}));
    assert_eq!((found.min_memory.get(), found.bytes.map(|bytes| bytes.get())), (2 * GIB, Some(5)));
}

#[test]
fn only_what_machines_start_from_is_offered() {
    let standing = |more: Value| words::standing(&one("x", more).standing);
    let cases = [
        (json!({}), "offered"),
        (json!({"owner": null}), "offered"),
        (json!({"os_hidden": true}), "hidden"),
        (json!({"image_type": "snapshot", "visibility": "private", "owner": PROJECT}), "snapshot"),
        (json!({"base_image_ref": "b", "instance_uuid": "u", "visibility": "private", "owner": PROJECT}), "snapshot"),
        (json!({"image_type": "snapshot"}), "offered"),
        (json!({"visibility": "private", "owner": PROJECT}), "offered"),
        (json!({"visibility": "shared", "owner": PROJECT}), "offered"),
        (json!({"visibility": "shared", "owner": "others"}), "foreign of others"),
        (json!({"visibility": "community", "owner": "others"}), "foreign of others"),
        (json!({"visibility": "private", "owner": "others", "image_type": "snapshot"}), "foreign of others"),
        (json!({"status": "deactivated"}), "unusable"),
        (json!({"status": "queued"}), "unusable"),
        (json!({"status": "killed"}), "unusable"),
        (json!({"status": "pending_delete"}), "unusable"),
        (json!({"status": "strange"}), "unusable"),
        (json!({"disk_format": "aki", "container_format": "aki"}), "unusable"),
        (json!({"disk_format": "iso"}), "unusable"),
        (json!({"container_format": "docker"}), "unusable"),
        (json!({"container_format": "ova", "disk_format": "vmdk"}), "offered"),
        (json!({"disk_format": null, "container_format": null}), "offered"),
        (json!({"os_hidden": true, "status": "deactivated"}), "unusable"),
    ];
    for (more, expected) in cases {
        assert_eq!(standing(more.clone()), expected, "{more}");
    }
    assert!(matches!(one("x", json!({"status": "queued"})).standing, Standing::Unusable { why } if why.contains("arrived")));
}

#[test]
fn the_newest_of_the_same_is_offered() {
    let dated = |id: &str, name: &str, day: &str, mut more: Value| {
        more["created_at"] = json!(format!("2024-01-{day}T00:00:00Z"));
        image(id, name, more)
    };
    let found = standings(vec![
        // Of one system and nothing else: the date decides, whatever they are called.
        dated("a1", "Debian 12", "01", json!({})),
        dated("a2", "debian-12-generic-20240103", "03", json!({"os_distro": "debian"})),
        dated("a3", "bookworm", "02", json!({})),
        // An appliance, another architecture, another version and another owner's are something else.
        dated("b", "Debian 12 with Docker", "09", json!({})),
        dated("c", "debian-12-arm64", "09", json!({})),
        dated("d", "Debian 11", "09", json!({})),
        dated("e", "Debian 12", "09", json!({"visibility": "private", "owner": PROJECT})),
        dated("f", "Debian 12 minimal", "09", json!({})),
        // What is not offered takes nobody's place.
        dated("g", "Debian 12", "09", json!({"status": "queued"})),
        dated("h", "Debian 12", "09", json!({"os_hidden": true})),
        // The catalogue's version goes before the date.
        dated("m1", "EGI Ubuntu", "09", json!({"ad:appid": "1", "ad:mpuri": "https://appdb.egi.eu/store/vo/image/x-y:99/"})),
        dated("m2", "Renamed", "01", json!({"ad:appid": "1", "ad:mpuri": "https://appdb.egi.eu/store/vo/image/x-y:100/"})),
        dated("m3", "EGI Ubuntu", "09", json!({"ad:appid": "1", "ad:mpuri": "https://appdb.egi.eu/store/vo/image/z-z:7/"})),
        dated("r1", "one", "01", json!({"eu.egi.cloud.image_ref": "egi_vm_images/ubuntu:22.04"})),
        dated("r2", "two", "02", json!({"eu.egi.cloud.image_ref": "egi_vm_images/ubuntu:22.04"})),
        dated("r3", "three", "03", json!({"eu.egi.cloud.image_ref": "egi_vm_images/ubuntu:24.04"})),
        // No system is known: only the same whole name is the same.
        dated("n1", "EGI Docker", "01", json!({})),
        dated("n2", "EGI Docker", "02", json!({})),
        dated("n3", "EGI Jupyter", "03", json!({})),
        // Of one moment.
        dated("t1", "Rocky 9", "05", json!({})),
        dated("t2", "Rocky 9", "05", json!({})),
    ]);
    let expected = [
        ("a1", "superseded by a2"),
        ("a2", "offered"),
        ("a3", "superseded by a2"),
        ("b", "offered"),
        ("c", "offered"),
        ("d", "offered"),
        ("e", "offered"),
        ("f", "offered"),
        ("g", "unusable"),
        ("h", "hidden"),
        ("m1", "superseded by m2"),
        ("m2", "offered"),
        ("m3", "offered"),
        ("n1", "superseded by n2"),
        ("n2", "offered"),
        ("n3", "offered"),
        ("r1", "superseded by r2"),
        ("r2", "offered"),
        ("r3", "offered"),
        ("t1", "superseded by t2"),
        ("t2", "offered"),
    ];
    let expected: BTreeMap<String, String> = expected.map(|(id, standing)| (id.to_owned(), standing.to_owned())).into();
    assert_eq!(found, expected);
}

#[test]
fn community_images_are_named_by_their_catalogue() {
    let registry = json!({"eu.egi.cloud.image_ref": "egi_vm_images/ubuntu:22.04", "eu.egi.cloud.tag": "2025-09-04-4d7122d6",
        "ad:mpuri": "https://appdb.egi.eu/x:1/"});
    let found = one("x", registry);
    assert_eq!(found.community_image.as_deref(), Some("egi_vm_images/ubuntu:22.04"));
    assert!(found.facts.iter().any(|fact| fact.name == "build" && fact.value == "2025-09-04-4d7122d6"));
    let found = one("x", json!({"ad:mpuri": "https://appdb.egi.eu/store/vo/image/x:9765/", "ad:base_mpuri": "other"}));
    assert_eq!(found.community_image.as_deref(), Some("https://appdb.egi.eu/store/vo/image/x:9765/"));
    let source = found.facts.iter().find(|fact| fact.name == "community image").map(|fact| fact.source.as_str());
    assert_eq!(source, Some("property `ad:mpuri`"));
    assert_eq!(one("x", json!({})).community_image, None);
    let hostile = json!({"APPLIANCE_ATTRIBUTES": "{".repeat(100_000), "os_distro": {"a": [1]}, "os_version": "9".repeat(10_000)});
    assert_eq!(words::image(&one("x", hostile)), "? ? ? as ?: offered");
}
