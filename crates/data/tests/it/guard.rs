//! The guard: text, addresses, names.

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::{Arc, Mutex};

use data::guard::{HostPort, Lookup, Range, Refused, UrlGuard, classify};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use ipnet::IpNet;
use proptest::prelude::*;

/// A name server that gives one answer the first time and another one from then on.
pub struct Names(Mutex<HashMap<String, [Vec<IpAddr>; 2]>>);

impl Names {
    pub fn new(names: &[(&str, &[&str], &[&str])]) -> Names {
        let parse = |addresses: &[&str]| addresses.iter().map(|address| address.parse().unwrap()).collect();
        Names(Mutex::new(names.iter().map(|(name, first, then)| (name.to_string(), [parse(first), parse(then)])).collect()))
    }
}

impl Lookup for Names {
    fn lookup(&self, host: String) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> {
        let found = match self.0.lock().unwrap().get_mut(&host) {
            Some([first, then]) => Ok(std::mem::replace(first, then.clone())),
            None => Err(io::Error::other("no such name")),
        };
        async move { found }.boxed()
    }
}

fn guard(allow: &[&str]) -> UrlGuard {
    UrlGuard::with_lookup(
        allow.iter().map(|text| text.parse().unwrap()).collect(),
        Arc::new(Names::new(&[
            ("inside.example", &["10.1.2.3"], &["10.1.2.3"]),
            ("mixed.example", &["fd00::1", "93.184.215.14"], &["93.184.215.14"]),
            ("empty.example", &[], &[]),
        ])),
    )
}

#[test]
fn odd_spellings_of_forbidden_addresses_are_seen_through() {
    let guard = guard(&[]);
    for (host, range) in [
        ("127.0.0.1", Range::Loopback),
        ("127.1", Range::Loopback),
        ("2130706433", Range::Loopback),
        ("0x7f000001", Range::Loopback),
        ("0177.0.0.01", Range::Loopback),
        ("127.0.0.1.", Range::Loopback),
        ("%31%32%37.0.0.1", Range::Loopback),
        ("１２７.０.０.１", Range::Loopback),
        ("127。0。0。1", Range::Loopback),
        ("[::1]", Range::Loopback),
        ("[::ffff:8.8.8.8]", Range::Translated),
        ("[::7f00:1]", Range::Translated),
        ("[64:ff9b::7f00:1]", Range::Translated),
        ("[2002:7f00:1::]", Range::Translated),
        ("[2001:0:1:2:3:4:5:6]", Range::Translated),
        ("[fe80::1]", Range::LinkLocal),
        ("[fd12:3456::1]", Range::UniqueLocal),
        ("[::]", Range::Unspecified),
        ("0", Range::Unspecified),
        ("0.1.2.3", Range::Reserved),
        ("169.254.169.254", Range::LinkLocal),
        ("100.100.100.200", Range::Shared),
        ("192.168.1.1", Range::Private),
        ("198.18.0.1", Range::Benchmark),
        ("203.0.113.9", Range::Documentation),
        ("224.0.0.1", Range::Multicast),
        ("255.255.255.255", Range::Broadcast),
    ] {
        match guard.admit(&format!("http://{host}/x")) {
            Err(Refused::Address { range: found, .. }) => assert_eq!(found, range, "{host}"),
            other => panic!("{host}: {other:?}"),
        }
    }
    for fine in
        ["http://93.184.215.14/", "https://[2606:2800:21f:cb07:6820:80da:af6b:8b2c]:8443/a?b#c", "http://bücher.example/ä"]
    {
        guard.admit(fine).unwrap();
    }
    assert_eq!(guard.admit("https://Bücher.Example./x#y").unwrap().as_str(), "https://xn--bcher-kva.example/x");
    assert_eq!(guard.admit("https://a.example/x?sig=1").unwrap().to_string(), "https://a.example:443/x");
}

#[test]
fn what_is_no_plain_web_address_is_refused_with_its_reason() {
    let guard = guard(&[]);
    let refused = |text: &str| guard.admit(text).unwrap_err();
    for (text, scheme) in
        [("file:///etc/passwd", "file"), ("ftp://a.example/", "ftp"), ("gopher://a.example/", "gopher"), ("data:,x", "data")]
    {
        assert_eq!(refused(text), Refused::Scheme { scheme: scheme.to_owned() });
    }
    for text in ["http://me@a.example/", "https://me:pw@a.example/", "http://:pw@a.example/", r"http://a.example@127.0.0.1\"] {
        assert_eq!(refused(text), Refused::Credentials, "{text}");
    }
    for text in ["http://a.example/\nHost: b", " http://a.example", "http://a.exa\tmple/", "http://a.example/\u{a0}"] {
        assert_eq!(refused(text), Refused::Unprintable, "{text:?}");
    }
    let long_label = format!("http://{}.example/", "a".repeat(64));
    let long_name = format!("http://{}/", "a.".repeat(127) + "aa");
    for text in [
        "",
        "//a.example/",
        "http://",
        "http://./",
        "http://a..example/",
        "http://a.example:0/",
        "http://a.example:70000/",
        "http://256.1.1.1/",
        "http://[::1/",
        &long_label,
        &long_name,
    ] {
        assert!(matches!(refused(text), Refused::Malformed { .. }), "{text}: {:?}", refused(text));
    }
    assert_eq!(refused(&format!("http://a.example/{}", "a".repeat(4096))), Refused::TooLong { bytes: 4113 });
    assert!(matches!(refused(&format!("http://a.example/{}", "ä".repeat(1500))), Refused::TooLong { .. }));
}

#[test]
fn redirects_never_lose_encryption() {
    let guard = guard(&["127.0.0.1:8080"]);
    let from = guard.admit("https://a.example/x/y").unwrap();
    assert_eq!(guard.follow(&from, "http://a.example/x"), Err(Refused::Downgrade));
    assert_eq!(guard.follow(&from, "http://127.0.0.1:8080/"), Err(Refused::Downgrade));
    assert_eq!(guard.follow(&from, "z").unwrap().as_str(), "https://a.example/x/z");
    assert_eq!(guard.follow(&from, "//b.example").unwrap().as_str(), "https://b.example/");
    assert_eq!(guard.follow(&from, "//u@b.example"), Err(Refused::Credentials));
    let plain = guard.admit("http://a.example/").unwrap();
    assert_eq!(guard.follow(&plain, "https://b.example/").unwrap().as_str(), "https://b.example/");
}

#[test]
fn exceptions_are_exactly_one_host_at_one_port() {
    let guard = guard(&["127.0.0.1:8080", "[::1]:81", "Archive.Internal.:443"]);
    for fine in ["http://127.1:8080/", "http://[0:0::1]:81/", "https://archive.internal/"] {
        guard.admit(fine).unwrap();
    }
    for bad in [
        "http://127.0.0.1/",
        "http://127.0.0.1:8081/",
        "http://127.0.0.2:8080/",
        "http://[::1]/",
        "http://[::ffff:127.0.0.1]:8080/",
    ] {
        assert!(matches!(guard.admit(bad), Err(Refused::Address { .. })), "{bad}");
    }
    for bad in [
        "",
        "a.example",
        "a.example:",
        ":80",
        "a.example:0",
        "a.example:+80",
        "a.example:65536",
        "http://a.example:80",
        "::1:80",
        "a b:80",
        "*:80",
    ] {
        assert!(bad.parse::<HostPort>().is_err(), "{bad}");
    }
    assert_eq!("[0::1]:81".parse::<HostPort>().unwrap().to_string(), "[::1]:81");
}

#[tokio::test]
async fn names_are_judged_by_what_they_resolve_to() {
    let guard = guard(&["inside.example:8080"]);
    let refused = guard.check("http://inside.example/").await.unwrap_err();
    assert!(matches!(refused, Refused::Address { range: Range::Private, .. }) && refused.is_permanent(), "{refused:?}");
    guard.check("http://inside.example:8080/").await.unwrap();
    guard.check("http://mixed.example/").await.unwrap();
    for missing in ["http://empty.example/", "http://nowhere.example/"] {
        let refused = guard.check(missing).await.unwrap_err();
        assert!(matches!(refused, Refused::Unresolved { .. }) && !refused.is_permanent(), "{refused:?}");
    }
    let system = UrlGuard::new(Vec::new()).check("http://localhost:9/").await;
    assert!(matches!(system, Err(Refused::Address { range: Range::Loopback, .. })), "{system:?}");
}

/// An independent statement of what is refused, as the registries write it. For IPv6, besides everything
/// outside of 2000::/3.
const FORBIDDEN: &[&str] = &[
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.0.2.0/24",
    "192.88.99.0/24",
    "192.168.0.0/16",
    "198.18.0.0/15",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "224.0.0.0/4",
    "240.0.0.0/4",
    "::/3",
    "4000::/2",
    "8000::/1",
    "2001::/23",
    "2001:db8::/32",
    "2002::/16",
    "3fff::/20",
];

fn is_forbidden(address: IpAddr) -> bool {
    FORBIDDEN.iter().any(|net| net.parse::<IpNet>().unwrap().contains(&address))
}

/// Mostly the borders of the ranges, where mistakes are.
fn any_address() -> impl Strategy<Value = IpAddr> {
    let border = (0..FORBIDDEN.len(), any::<bool>(), -2i32..=2).prop_map(|(index, first, step)| {
        let net: IpNet = FORBIDDEN[index].parse().unwrap();
        match if first { net.network() } else { net.broadcast() } {
            IpAddr::V4(address) => IpAddr::V4(Ipv4Addr::from_bits(address.to_bits().wrapping_add_signed(step))),
            IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits().wrapping_add_signed(step.into()))),
        }
    });
    prop_oneof![
        4 => border,
        1 => any::<u32>().prop_map(|bits| IpAddr::V4(Ipv4Addr::from_bits(bits))),
        1 => any::<u128>().prop_map(|bits| IpAddr::V6(Ipv6Addr::from_bits(bits))),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn addresses_are_refused_exactly_where_the_registries_say(address in any_address()) {
        prop_assert_eq!(classify(address).is_some(), is_forbidden(address), "{}", address);
    }

    #[test]
    fn no_wrapped_form_of_any_ipv4_address_passes(bits in any::<u32>()) {
        let [high, low] = [(bits >> 16) as u16, bits as u16];
        let v4 = Ipv4Addr::from_bits(bits);
        for wrapped in [v4.to_ipv6_mapped(), v4.to_ipv6_compatible(), Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, high, low), Ipv6Addr::new(0x2002, high, low, 0, 0, 0, 0, 1), Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, !high, !low)] {
            prop_assert!(classify(wrapped.into()).is_some(), "{}", wrapped);
        }
    }

    #[test]
    fn whatever_is_admitted_is_plain_and_admitted_again(text in "(https?|ftp)?:?/{0,3}[a-z0-9.:@%\\[\\]\\\\#?/ äİ。-]{0,24}") {
        let guard = UrlGuard::new(Vec::new());
        if let Ok(url) = guard.admit(&text) {
            prop_assert!(url.as_str().starts_with("http") && !url.as_str().contains('#'));
            prop_assert_eq!(guard.admit(url.as_str()), Ok(url));
        }
    }
}
