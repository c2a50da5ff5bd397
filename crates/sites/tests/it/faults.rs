//! A site behind a network, balancers and servers that misbehave: what is hurt says how, and nothing else is.

use std::net::{IpAddr, Ipv4Addr};
use std::time::{Duration, Instant};

use sites::openstack::inventory::Part;
use sites::openstack::{Cloud, Component, Error, Inventory, Lie, Limits, Unreachable};
use testkit::{Asked, Fault, FaultProxy, OpenStack, tunnel};

use crate::world::{AGES, Entered, enough, limits};

/// Site a, its Nova, Glance and Neutron behind a proxy each.
struct Behind {
    at: Entered,
    proxies: [FaultProxy; 3],
}

impl Behind {
    async fn new(bed: &OpenStack) -> Self {
        let at = Entered::new(bed, "a", "vo.access.egi.eu").await;
        let [compute, image, network] = &at.addresses;
        let proxies = [
            FaultProxy::start(Some(compute)).await,
            FaultProxy::start(Some(image)).await,
            FaultProxy::start(Some(network)).await,
        ];
        Self { at, proxies }
    }

    async fn look(&self, limits: Limits, within: Duration) -> Inventory {
        let names = ["compute", "image", "network"];
        let endpoints: Vec<(&str, String)> =
            names.into_iter().zip(&self.proxies).map(|(name, proxy)| (name, format!("http://{}", proxy.address()))).collect();
        self.at.cloud(&endpoints, limits).inventory(&self.at.session, within).await
    }

    fn decide(&self, decide: impl Fn(&Asked) -> Fault + Clone + Send + Sync + 'static) {
        for proxy in &self.proxies {
            proxy.decide(decide.clone());
        }
    }

    /// How often something was asked for with this in its path.
    fn asked(&self, part: &str) -> usize {
        self.proxies.iter().flat_map(FaultProxy::asked).filter(|asked| asked.target.contains(part)).count()
    }
}

fn why<T>(part: &Part<T>) -> &Unreachable {
    match part {
        Err(Error::Unanswered { service, why, .. }) if service == "ALPHA-CLOUD" => why,
        Err(error) => panic!("{error:?}"),
        Ok(_) => panic!("it was answered"),
    }
}

fn lie<T>(part: &Part<T>) -> &Lie {
    match part {
        Err(Error::Lie { service, lie }) if service == "ALPHA-CLOUD" => lie,
        Err(error) => panic!("{error:?}"),
        Ok(_) => panic!("it was believed"),
    }
}

fn retry_after(seconds: &str) -> Vec<(&'static str, String)> {
    vec![("Retry-After", seconds.to_owned())]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_list_of_a_broken_site_has_its_own_typed_end() {
    let bed = OpenStack::shared();
    let site = Behind::new(&bed).await;
    let begun = Instant::now();
    assert_eq!(site.look(limits(), AGES).await.failures(), []);
    let within = enough(begun);
    site.decide(|asked| match asked.target.split('?').next().unwrap_or_default() {
        "/v2.1/flavors/detail" => Fault::Truncate,
        "/v2.1/limits" => Fault::Answer(500, Vec::new(), "<html>".to_owned()),
        "/v2/images" => Fault::Flood(1 << 30),
        "/v2.0/networks" => Fault::Hang,
        "/v2.0/subnets" => Fault::Trickle(Duration::from_secs(1)),
        "/v2.0/routers" => Fault::Reset,
        "/v2.0/ports" => Fault::Cut,
        "/v2.0/floatingips" => Fault::Answer(429, retry_after("86400"), String::new()),
        "/v2.0/security-groups" => Fault::Answer(302, vec![("Location", asked.target.clone())], String::new()),
        _ => Fault::None,
    });
    let (begun, before) = (Instant::now(), peak());
    let limits = Limits { body_bytes: 1 << 20, ..limits() };
    let seen = site.look(limits, within).await;
    assert!(begun.elapsed() < within * 3, "{:?}", begun.elapsed());
    assert!(peak() < before + (64 << 20), "{before} bytes grew to {}", peak());
    assert!(matches!(lie(&seen.flavors), Lie::Json { about: "the list of flavors", .. }));
    assert_eq!(*why(&seen.compute_limits), Unreachable::Status { status: 500, retry_after: None });
    assert!(matches!(lie(&seen.images), Lie::TooLarge { limit: 0x10_0000, .. }));
    for part in [why(&seen.networks), why(&seen.subnets)] {
        assert_eq!(*part, Unreachable::Deadline { limit: within });
    }
    assert!(matches!(why(&seen.routers), Unreachable::Connect { .. }));
    assert!(matches!(why(&seen.ports), Unreachable::Cut { .. }));
    let later = Some(Duration::from_secs(86400));
    assert_eq!(*why(&seen.floating_ips), Unreachable::Status { status: 429, retry_after: later });
    assert!(matches!(lie(&seen.security_groups), Lie::Redirect { .. }));
    // What was not touched is all there.
    assert!(seen.zones.is_ok_and(|zones| !zones.is_empty()) && seen.network_quotas.is_ok());
}

fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("/proc");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("the most that was resident");
    line.trim().trim_end_matches(" kB").parse::<u64>().expect("a number") * 1024
}

#[tokio::test]
async fn what_passes_is_asked_for_once_more_and_nothing_else_is() {
    let bed = OpenStack::shared();
    let site = Behind::new(&bed).await;
    // What heals by itself.
    site.decide(|asked| match (asked.before, asked.target.split('?').next().unwrap_or_default()) {
        (0, "/v2.1/flavors/detail") => Fault::Reset,
        (0, "/v2.1/limits") => Fault::Answer(503, retry_after("1"), String::new()),
        (0, "/v2.1/os-availability-zone") => Fault::Answer(413, retry_after("1"), String::new()),
        (0, "/v2.0/networks") => Fault::Cut,
        (0, "/v2.0/subnets") => Fault::Answer(502, Vec::new(), "<html>".to_owned()),
        (0, "/v2.0/routers") => Fault::Answer(504, Vec::new(), String::new()),
        (0, "/v2.0/ports") => Fault::Slow(Duration::from_millis(300)),
        (0, "/v2.0/floatingips") => Fault::Answer(429, retry_after("0"), String::new()),
        _ => Fault::None,
    });
    let seen = site.look(limits(), AGES).await;
    assert_eq!(seen.failures(), []);
    let asked: Vec<Asked> = site.proxies.iter().flat_map(FaultProxy::asked).collect();
    let times = |part: &str| asked.iter().filter(|one| one.target.contains(part)).count();
    assert_eq!([times("/flavors"), times("/limits"), times("/networks"), times("/ports"), times("/images")], [2, 2, 2, 1, 2]);

    // What does not: tried twice at the most, and not at all when that would be too late or was not promised to help.
    site.decide(|asked| match asked.target.split('?').next().unwrap_or_default() {
        "/v2.1/flavors/detail" => Fault::Reset,
        "/v2.1/limits" => Fault::Answer(503, Vec::new(), String::new()),
        "/v2.1/os-availability-zone" => Fault::Answer(503, retry_after("600"), String::new()),
        "/v2/images" => Fault::Answer(429, Vec::new(), String::new()),
        "/v2.0/networks" => Fault::Answer(500, Vec::new(), String::new()),
        "/v2.0/subnets" => Fault::Answer(429, retry_after("1"), String::new()),
        _ => Fault::None,
    });
    let seen = site.look(limits(), AGES).await;
    assert_eq!(seen.failures().len(), 6);
    let asked: Vec<Asked> = site.proxies.iter().flat_map(FaultProxy::asked).collect();
    let times = |part: &str| asked.iter().filter(|one| one.target.contains(part)).count();
    assert_eq!([times("/flavors"), times("/limits"), times("/os-availability"), times("/networks?")], [2, 2, 1, 1]);
    assert_eq!([times("/subnets"), times("/images?limit=1000")], [2, 2]);
    let later = Some(Duration::from_secs(600));
    assert_eq!(*why(&seen.zones), Unreachable::Status { status: 503, retry_after: later });
    assert_eq!(site.asked(""), 0);
}

#[tokio::test]
async fn a_certificate_for_another_name_is_not_believed() {
    let bed = OpenStack::shared();
    let at = Entered::new(&bed, "c", "VO_vo_access").await;
    let other = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 2));
    let (wrong, right) = (tunnel(other, &at.addresses[0]).await, tunnel([127, 0, 0, 1].into(), &at.addresses[1]).await);
    let endpoints = [("compute", format!("https://{wrong}/v2.1")), ("image", format!("https://{right}"))];
    let seen = at.cloud(&endpoints, limits()).inventory(&at.session, AGES).await;
    let Err(Error::Unanswered { component: Component::Compute, why: Unreachable::Connect { why }, .. }) = &seen.flavors else {
        panic!("{:?}", seen.flavors)
    };
    assert!(why.contains("certificate") && why.contains("127.0.0.2"), "{why}");
    assert_eq!(seen.failures().len(), 3);
}
