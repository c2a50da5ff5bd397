//! Lists in many pages, and what older and stranger releases answer, made of real ones.

use serde_json::json;
use sites::openstack::inventory::{Flavor, NetworkQuotas, Port};
use sites::openstack::{Cloud, Error, HttpCloud, Inventory, Lie};
use testkit::{Asked, Fault, FaultProxy, OpenStack};

use crate::world::{AGES, Entered, limits};

async fn before(at: &Entered, which: usize) -> FaultProxy {
    FaultProxy::start(Some(&at.addresses[which])).await
}

fn written(names: &[(&'static str, &FaultProxy)], at: &Entered) -> HttpCloud {
    let endpoints: Vec<(&str, String)> =
        names.iter().map(|(name, proxy)| (*name, format!("http://{}", proxy.address()))).collect();
    at.cloud(&endpoints, limits())
}

fn sorted(mut flavors: Vec<Flavor>) -> Vec<Flavor> {
    flavors.sort_by(|one, other| one.id.cmp(&other.id));
    flavors
}

#[tokio::test]
async fn however_small_the_pages_a_list_is_whole_and_comes_from_one_address() {
    let bed = OpenStack::shared();
    let at = Entered::new(&bed, "b", "egi_vo.access.egi.eu").await;
    let whole = at.look().await;
    let (compute, image, network) = (before(&at, 0).await, before(&at, 1).await, before(&at, 2).await);
    // As sites set it: "at most so many at once". The links to the next pages name the real address, not the proxy's.
    let small = |asked: &Asked| match asked.target.split_once('?') {
        _ if asked.target.contains("marker=") => Fault::None,
        Some((path, query)) if path.ends_with("/images") => Fault::Instead(format!("{path}?{}", query.replace("1000", "2"))),
        Some((path, query)) if path.starts_with("/v2.0/") => Fault::Instead(format!("{path}?{query}&limit=1")),
        None if asked.target.ends_with("/flavors/detail") => Fault::Instead(format!("{}?limit=2", asked.target)),
        _ => Fault::None,
    };
    for proxy in [&compute, &image, &network] {
        proxy.decide(small);
    }
    let cloud = written(&[("compute", &compute), ("image", &image), ("network", &network)], &at);
    let seen = cloud.inventory(&at.session, AGES).await;
    assert_eq!(seen.failures(), []);
    assert_eq!(sorted(seen.flavors.unwrap()), sorted(whole.flavors.unwrap()));
    let ids = |seen: &Inventory| {
        let mut all: Vec<String> = seen.images.as_ref().unwrap().iter().map(|one| one.id.clone()).collect();
        all.extend(seen.subnets.as_ref().unwrap().iter().map(|one| one.id.clone()));
        all.sort();
        all
    };
    let seen = Inventory { flavors: Ok(Vec::new()), ..seen };
    let whole = Inventory { flavors: Ok(Vec::new()), ..whole };
    assert_eq!(ids(&seen), ids(&whole));
    let pages = |proxy: &FaultProxy, part: &str| proxy.asked().iter().filter(|one| one.target.contains(part)).count();
    // Five flavors by two; three images and a hidden one by two; two subnets by one, and the empty page after the last.
    assert!(pages(&compute, "/flavors/detail") >= 3);
    assert!(pages(&image, "/images") >= 3);
    assert!(pages(&network, "/subnets") >= 2);
}

#[tokio::test]
async fn a_list_that_never_ends_is_ended() {
    let bed = OpenStack::shared();
    let at = Entered::new(&bed, "b", "egi_vo.access.egi.eu").await;
    let (compute, image) = (before(&at, 0).await, before(&at, 1).await);
    let links = |href: &str| json!({"flavors": [], "flavors_links": [{"rel": "next", "href": href}]}).to_string();
    compute.decide(move |_| Fault::Answer(200, Vec::new(), links("http://169.254.169.254/latest?marker=same")));
    image.decide(|asked| {
        let next = format!("/v2/images?marker={}", asked.target.len());
        Fault::Answer(
            200,
            Vec::new(),
            json!({"images": [], "next": format!("{next}{}", asked.target.replace('?', ""))}).to_string(),
        )
    });
    let cloud = written(&[("compute", &compute), ("image", &image)], &at);
    let seen = cloud.inventory(&at.session, AGES).await;
    let loops = Lie::Endless { about: "the list of flavors", pages: 2 };
    assert!(matches!(&seen.flavors, Err(Error::Lie { lie, .. }) if *lie == loops), "{:?}", seen.flavors);
    // Markers that grow.
    assert!(matches!(&seen.images, Err(Error::Lie { lie: Lie::Endless { .. }, .. })), "{:?}", seen.images);
    let asked = compute.asked();
    assert!(asked.iter().filter(|one| one.target.contains("marker=same")).count() == 1);
    // Short to say, long to keep.
    compute.decide(|_| Fault::Answer(200, Vec::new(), format!(r#"{{"flavors": [{}{{}}]}}"#, "{},".repeat(100_000))));
    let seen = cloud.inventory(&at.session, AGES).await;
    let Err(Error::Lie { lie: Lie::Json { why, .. }, .. }) = &seen.flavors else { panic!("{:?}", seen.flavors.is_ok()) };
    assert!(why.contains("at most 20000"), "{why}");
    // Always another page.
    image.decide(|asked| {
        let number: usize = asked.target.rsplit_once("marker=").map_or(0, |(_, number)| number.parse().unwrap_or(0));
        let next = (number < 100_000).then(|| format!("/v2/images?marker={}", number + 1));
        Fault::Answer(200, Vec::new(), json!({"images": [{"id": number.to_string()}], "next": next}).to_string())
    });
    image.asked();
    let seen = cloud.inventory(&at.session, AGES).await;
    assert!(matches!(&seen.images, Err(Error::Lie { lie: Lie::Endless { pages: 400, .. }, .. })), "{:?}", seen.images);
    assert!(image.asked().len() <= 801);
}

#[tokio::test]
async fn an_older_nova_is_asked_which_versions_it_speaks_and_then_flavor_by_flavor() {
    let bed = OpenStack::shared();
    let at = Entered::new(&bed, "b", "egi_vo.access.egi.eu").await;
    let whole = sorted(at.look().await.flavors.unwrap());
    let compute = before(&at, 0).await;
    let version = |asked: &Asked| asked.header("OpenStack-API-Version").map(str::to_owned);
    // Pike: real answers of version 2.53, which has no extra specs in the list.
    compute.decide(move |asked| match version(asked).as_deref() {
        Some("compute 2.61") => {
            let message = "Version 2.61 is not supported by the API. Minimum is 2.1 and maximum is 2.53.";
            Fault::Answer(406, Vec::new(), json!({"computeFault": {"code": 406, "message": message}}).to_string())
        }
        _ if asked.target == "/v2.1/" => {
            let version = json!({"id": "v2.1", "status": "CURRENT", "min_version": "2.1", "version": "2.53"});
            Fault::Answer(200, Vec::new(), json!({"version": version}).to_string())
        }
        _ => Fault::None,
    });
    let cloud = written(&[("compute", &compute)], &at);
    for is_first in [true, false] {
        let seen = cloud.inventory(&at.session, AGES).await;
        assert_eq!(
            sorted(seen.flavors.unwrap()).iter().map(bare).collect::<Vec<_>>(),
            whole.iter().map(bare).collect::<Vec<_>>()
        );
        let asked = compute.asked();
        let lists: Vec<_> = asked.iter().filter(|one| one.target.ends_with("/flavors/detail")).map(version).collect();
        let spoken = Some("compute 2.53".to_owned());
        // Remembered.
        if is_first {
            assert_eq!(lists, [Some("compute 2.61".to_owned()), spoken]);
        } else {
            assert_eq!(lists, [spoken]);
        }
        assert_eq!(asked.iter().filter(|one| one.target.ends_with("/os-extra_specs")).count(), whole.len());
    }
    // One that does not know what a microversion is ignores them.
    compute.decide(|asked| match asked.target.strip_prefix("/v2.1/flavors/detail") {
        Some(_) => Fault::Answer(200, Vec::new(), json!({"flavors": [{"id": "no such/flavor", "name": "odd"}]}).to_string()),
        None => Fault::None,
    });
    let seen = written(&[("compute", &compute)], &at).inventory(&at.session, AGES).await;
    let flavors = seen.flavors.unwrap();
    assert!(flavors.len() == 1 && flavors[0].extra_specs.is_empty());
    assert!(compute.asked().iter().any(|one| one.target == "/v2.1/flavors/no%20such%2Fflavor/os-extra_specs"));
}

/// The description came with a later version.
fn bare(flavor: &Flavor) -> Flavor {
    Flavor { description: None, ..flavor.clone() }
}

#[tokio::test]
async fn quotas_without_usage_are_counted_and_missing_extensions_are_nothing() {
    let bed = OpenStack::shared();
    let at = Entered::new(&bed, "a", "eosc-synergy.eu").await;
    let network = before(&at, 2).await;
    let cloud = written(&[("network", &network)], &at);
    let pool = &bed.site("a").networks["public-net"];
    let floating = json!({"floatingip": {"floating_network_id": pool}});
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let url = format!("http://{}/v2.0/floatingips", at.addresses[2]);
    let token = at.session.token.expose();
    let made = client.post(&url).header("X-Auth-Token", token).header("Content-Type", "application/json");
    let made: serde_json::Value = made.body(floating.to_string()).send().await.unwrap().json().await.unwrap();
    let made = &made["floatingip"];
    let told = cloud.inventory(&at.session, AGES).await;
    // Before Pike.
    let is_details = |asked: &Asked| asked.target.ends_with("/details.json");
    network.decide(move |asked| if is_details(asked) { Fault::Answer(404, Vec::new(), String::new()) } else { Fault::None });
    let counted = cloud.inventory(&at.session, AGES).await;
    // Without routers, and without quotas for people.
    network.decide(|asked| match asked.target.split('/').nth(2).unwrap_or_default().split('?').next() {
        Some("routers" | "floatingips") => Fault::Answer(404, Vec::new(), String::new()),
        Some("quotas") => Fault::Answer(403, Vec::new(), String::new()),
        _ => Fault::None,
    });
    let poor = cloud.inventory(&at.session, AGES).await;
    let gone = client.delete(format!("{url}/{}", made["id"].as_str().unwrap_or_default())).header("X-Auth-Token", token);
    assert_eq!(gone.send().await.unwrap().status(), 204, "{made}");

    let floating_ips = told.floating_ips.as_ref().unwrap();
    let found = floating_ips.iter().find(|one| Some(one.id.as_str()) == made["id"].as_str()).expect("the one just made");
    assert_eq!(
        (Some(found.floating_ip_address.as_str()), &found.floating_network_id),
        (made["floating_ip_address"].as_str(), pool)
    );
    assert_eq!(found.project_id, at.session.project.id);
    let used = |quotas: &NetworkQuotas| {
        [quotas.floatingip, quotas.network, quotas.subnet, quotas.router, quotas.port, quotas.security_group]
            .map(|one| one.map(|one| (one.used, one.limit)))
    };
    let (told, counted) = (told.network_quotas.unwrap(), counted.network_quotas.unwrap());
    assert_eq!(used(&counted), used(&told));
    assert!(told.floatingip.unwrap().used > 0 && told.router.unwrap().used > 0);
    assert_eq!(poor.failures(), []);
    assert_eq!((poor.routers.unwrap().len(), poor.floating_ips.unwrap().len()), (0, 0));
    assert_eq!(poor.network_quotas, Ok(NetworkQuotas::default()));
    let is_of_router = |port: &Port| port.device_owner == "network:router_interface";
    assert!(poor.ports.unwrap().iter().any(is_of_router));
}
