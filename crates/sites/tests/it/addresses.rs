//! Where components are: catalogues that lie, and what a person can do about it.

use std::net::IpAddr;
use std::sync::Arc;

use data::guard::{Lookup, Range, Refused, UrlGuard};
use model::time::{Clock, SystemClock};
use model::{Secret, Timestamp};
use serde_json::{Value, json};
use sites::openstack::{Account, Cloud, Component, Error, Http, HttpCloud, Lie, Project, Session, Unreachable};
use testkit::{Fault, FaultProxy};

use crate::world::{AGES, guard, limits};

/// As a site's own computers see it, where `controller` is in `/etc/hosts`.
struct Nobody;

impl Lookup for Nobody {
    fn lookup(&self, _host: String) -> futures_util::future::BoxFuture<'static, std::io::Result<Vec<IpAddr>>> {
        Box::pin(async { Err(std::io::Error::other("no such name")) })
    }
}

fn session(catalogue: &Value) -> Session {
    Session {
        token: Secret::new("token".to_owned()),
        expires: Timestamp::from_millis(i64::MAX),
        project: Project { id: "p".to_owned(), name: "P".to_owned(), enabled: true, community: None },
        roles: Vec::new(),
        catalogue: serde_json::from_value(catalogue.clone()).unwrap(),
    }
}

fn entry(kind: &str, url: &str) -> Value {
    json!({"type": kind, "endpoints": [
        {"interface": "internal", "region": "one", "url": "http://169.254.169.254/"},
        {"interface": "public", "region": "one", "url": url},
    ]})
}

#[tokio::test]
async fn a_catalogue_that_points_astray_is_told_as_its_own_mistake() {
    let catalogue = json!([
        entry("compute", "http://10.0.0.5:8774/v2.1"),
        entry("image", "http://controller:9292"),
        {"type": "network", "endpoints": [{"interface": "internal", "region": "one", "url": "http://8.8.8.8"}]},
    ]);
    let http = Http::new(UrlGuard::with_lookup(Vec::new(), Arc::new(Nobody)), limits(), None).unwrap();
    let account = Account { region: Some("ONE".to_owned()), ..Account::new("SITE", "http://k/v3") };
    let cloud = HttpCloud::new(account, http.clone(), Arc::new(SystemClock));
    let seen = cloud.inventory(&session(&catalogue), AGES).await;
    let lie = |error: Option<Error>| match error {
        Some(Error::Lie { service, lie }) if service == "SITE" => lie,
        other => panic!("{other:?}"),
    };
    let at = "http://10.0.0.5:8774/v2.1".to_owned();
    let why = Refused::Address { host: "10.0.0.5".to_owned(), address: [10, 0, 0, 5].into(), range: Range::Private };
    assert_eq!(lie(seen.flavors.err()), Lie::Endpoint { component: Component::Compute, at, why });
    let Lie::Endpoint { component: Component::Image, at, why: Refused::Unresolved { host, .. } } = lie(seen.images.clone().err())
    else {
        panic!("{:?}", seen.images)
    };
    assert_eq!((at.as_str(), host.as_str()), ("http://controller:9292/v2", "controller"));
    let said = seen.images.unwrap_err().to_string();
    assert!(said.contains("http://controller:9292") && said.contains("endpoints"), "{said}");
    let no_endpoint = Lie::NoEndpoint { component: Component::Network, region: Some("ONE".to_owned()) };
    assert_eq!(lie(seen.networks.err()), no_endpoint);
    assert_eq!(lie(seen.network_quotas.err()), no_endpoint);
    assert_eq!(seen.volume_limits, Ok(None));
    // What the configuration says is not the catalogue's mistake.
    let endpoints = [("compute".to_owned(), "http://192.168.0.1/".to_owned())].into();
    let account = Account { endpoints, ..Account::new("SITE", "http://k/v3") };
    let seen = HttpCloud::new(account, http, Arc::new(SystemClock)).inventory(&session(&catalogue), AGES).await;
    let Some(Error::Unanswered { component: Component::Compute, at, why, .. }) = seen.zones.err() else { panic!("an error") };
    assert!(at == "http://192.168.0.1/v2.1" && matches!(why, Unreachable::Guarded(_)), "{at}: {why}");
}

/// And volumes, which the test bed has none of.
#[tokio::test]
async fn what_the_configuration_names_is_asked_instead_of_the_catalogue() {
    let proxy = FaultProxy::start(None).await;
    proxy.decide(|asked| match asked.target.as_str() {
        "/volume/v3/p/limits" => {
            let limits = json!({"maxTotalVolumes": 10, "totalVolumesUsed": 3, "maxTotalVolumeGigabytes": -1, "x": {}});
            Fault::Answer(200, Vec::new(), json!({"limits": {"rate": [], "absolute": limits}}).to_string())
        }
        _ => Fault::Answer(404, Vec::new(), String::new()),
    });
    let address = proxy.address();
    let catalogue = json!([
        entry("compute", &format!("http://{address}//compute/v2.1/v2.1/")),
        entry("image", "http://10.0.0.1/"),
        entry("network", &format!("http://{address}")),
        entry("volumev3", &format!("http://{address}/volume/v3/%(tenant_id)s")),
    ]);
    let endpoints = [("image".to_owned(), format!("http://{address}/image/v2/"))].into();
    let account = Account { endpoints, ..Account::new("SITE", "http://k/v3") };
    let http = Http::new(guard(std::slice::from_ref(&address)), limits(), None).unwrap();
    let seen = HttpCloud::new(account, http, Arc::new(SystemClock)).inventory(&session(&catalogue), AGES).await;
    let volumes = seen.volume_limits.as_ref().unwrap().expect("limits");
    assert_eq!((volumes.max_total_volumes, volumes.total_volumes_used, volumes.max_total_volume_gigabytes), (10, 3, -1));
    assert!(seen.zones.unwrap_err().to_string().contains("404"));
    // A Neutron that does not even know networks has not just fewer extensions.
    assert!(seen.networks.is_err() && seen.routers.is_err());
    assert!(seen.seen_at <= SystemClock.now());
    let paths: Vec<String> = proxy.asked().into_iter().map(|asked| asked.target).collect();
    for expected in ["/compute/v2.1/limits", "/image/v2/images?limit=1000", "/v2.0/quotas/p/details.json", "/v2.0/quotas/p"] {
        assert!(paths.iter().any(|path| path == expected), "{expected} in {paths:?}");
    }
}
