//! Whether addresses can be reached from outside, by what they are.
//!
//! Which ranges of the Internet are public is known in one place, the guard of outgoing requests. Here a whole range is
//! asked for: it is public if all of it is. What the administrator declares goes before, since a centre may use private
//! ranges that its own network translates, or public ones that its firewall closes.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use data::guard::classify;
use ipnet::IpNet;

use super::Hints;
use crate::openstack::inventory;

/// All addresses from the first to the last, of one version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Range {
    first: IpAddr,
    last: IpAddr,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Judgement {
    pub public: bool,
    pub why: String,
    pub source: &'static str,
}

const REGISTRY: &str = "the registries of addresses";
const CONFIGURATION: &str = "configuration";

impl Range {
    pub fn one(address: IpAddr) -> Self {
        Self { first: address, last: address }
    }

    pub fn of(net: IpNet) -> Self {
        Self { first: net.network(), last: net.broadcast() }
    }

    fn within(self, net: &IpNet) -> bool {
        net.contains(&self.first) && net.contains(&self.last)
    }

    fn holds(self, address: IpAddr) -> bool {
        self.first <= address && address <= self.last
    }

    pub fn judge(self, hints: &Hints) -> Judgement {
        if let Some(declared) = self.declared(hints) {
            return declared;
        }
        let ends = [self.first, self.last].into_iter();
        match ends.chain(inside(self)).find_map(classify) {
            Some(range) => Judgement { public: false, why: format!("it lies in {range}"), source: REGISTRY },
            None => Judgement { public: true, why: "it is of the public Internet".to_owned(), source: REGISTRY },
        }
    }

    fn declared(self, hints: &Hints) -> Option<Judgement> {
        let narrowest = |ranges: &[IpNet]| {
            let fitting = ranges.iter().filter(|net| self.within(net));
            fitting.max_by_key(|net| (net.prefix_len(), net.network())).copied()
        };
        let (public, private) = (narrowest(&hints.public_ranges), narrowest(&hints.private_ranges));
        let length = |net: &Option<IpNet>| net.map(|net| net.prefix_len());
        let judge = |net: IpNet, public, word| {
            Some(Judgement { public, why: format!("{net} is declared {word}"), source: CONFIGURATION })
        };
        match (public, private) {
            (Some(net), _) if length(&public) > length(&private) => judge(net, true, "public"),
            (_, Some(net)) => judge(net, false, "private"),
            _ => None,
        }
    }
}

/// The addresses that a subnet gives out: its pools where they are shown, otherwise all of it.
pub(super) fn given_out(subnet: &inventory::Subnet) -> Option<Vec<Range>> {
    let net: IpNet = subnet.cidr.trim().parse().ok()?;
    let pool = |pool: &inventory::Pool| {
        let (first, last) = (pool.start.parse().ok()?, pool.end.parse().ok()?);
        (first <= last && net.contains(&first) && net.contains(&last)).then_some(Range { first, last })
    };
    let pools: Option<Vec<Range>> = subnet.allocation_pools.iter().map(pool).collect();
    match pools {
        Some(mut pools) if !pools.is_empty() => {
            pools.sort();
            Some(pools)
        }
        _ => Some(vec![Range::of(net)]),
    }
}

/// Where something that is not public begins or ends in the midst of public ranges. Only places to look at: what is found
/// there, the guard says.
fn inside(range: Range) -> impl Iterator<Item = IpAddr> {
    const V4: [Ipv4Addr; 13] = [
        Ipv4Addr::new(10, 0, 0, 0),
        Ipv4Addr::new(100, 64, 0, 0),
        Ipv4Addr::new(127, 0, 0, 0),
        Ipv4Addr::new(169, 254, 0, 0),
        Ipv4Addr::new(172, 16, 0, 0),
        Ipv4Addr::new(192, 0, 0, 0),
        Ipv4Addr::new(192, 0, 2, 0),
        Ipv4Addr::new(192, 88, 99, 0),
        Ipv4Addr::new(192, 168, 0, 0),
        Ipv4Addr::new(198, 18, 0, 0),
        Ipv4Addr::new(198, 51, 100, 0),
        Ipv4Addr::new(203, 0, 113, 0),
        Ipv4Addr::new(224, 0, 0, 0),
    ];
    const V6: [Ipv6Addr; 4] = [
        Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0),
        Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0),
        Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0),
        Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0),
    ];
    let (v4, v6) = match range.first {
        IpAddr::V4(_) => (&V4[..], &[][..]),
        IpAddr::V6(_) => (&[][..], &V6[..]),
    };
    let all = v4.iter().copied().map(IpAddr::V4).chain(v6.iter().copied().map(IpAddr::V6));
    all.filter(move |address| range.holds(*address))
}

pub(super) fn version(address: IpAddr) -> u8 {
    if address.is_ipv4() { 4 } else { 6 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn public(net: &str, hints: &Hints) -> bool {
        Range::of(net.parse().expect(net)).judge(hints).public
    }

    #[test]
    fn a_range_is_public_if_all_of_it_is() {
        let none = Hints::default();
        for net in ["193.144.32.0/22", "8.8.8.8/32", "2a00:1450::/32", "2001:4860::/32", "11.0.0.0/8", "172.32.0.0/16"] {
            assert!(public(net, &none), "{net}");
        }
        let private = [
            "10.0.0.0/8",
            "10.200.0.0/16",
            "172.16.0.0/12",
            "172.31.255.0/24",
            "192.168.1.0/24",
            "100.64.0.0/10",
            "100.127.3.0/24",
            "169.254.0.0/16",
            "192.0.2.0/24",
            "198.51.100.0/24",
            "203.0.113.0/24",
            "198.18.0.0/15",
            "127.0.0.0/8",
            "224.0.0.0/4",
            "240.0.0.0/4",
            "0.0.0.0/0",
            "8.0.0.0/5",
            "192.0.0.0/8",
            "198.0.0.0/8",
            "100.0.0.0/8",
            "fc00::/7",
            "fd12::/48",
            "fe80::/64",
            "2001:db8::/32",
            "::/0",
            "2001::/16",
            "2002::/16",
            "2000::/3",
            "ff00::/8",
        ];
        for net in private {
            assert!(!public(net, &none), "{net}");
        }
    }

    #[test]
    fn what_is_declared_goes_before_and_the_narrowest_before_all() {
        let net = |text: &str| text.parse().expect(text);
        let hints = Hints {
            public_ranges: vec![net("203.0.113.0/24"), net("10.1.0.0/16"), net("193.144.35.64/26")],
            private_ranges: vec![net("10.0.0.0/8"), net("193.144.35.0/24"), net("203.0.113.128/25"), net("192.0.2.0/24")],
            ..Hints::default()
        };
        for (range, expected) in [
            ("203.0.113.0/26", true),
            ("203.0.113.0/24", true),
            ("203.0.113.128/26", false),
            ("10.1.7.0/24", true),
            ("10.2.7.0/24", false),
            ("193.144.35.64/27", true),
            ("193.144.35.0/26", false),
            ("193.144.36.0/26", true),
            ("2001:db8::/64", false),
        ] {
            assert_eq!(public(range, &hints), expected, "{range}");
        }
        let both = Hints { public_ranges: vec![net("1.0.0.0/8")], private_ranges: vec![net("1.0.0.0/8")], ..Hints::default() };
        assert!(!public("1.2.3.0/24", &both), "the cautious one decides where both are as narrow");
    }

    #[test]
    fn a_subnet_is_what_it_gives_out() {
        let pool = |start: &str, end: &str| inventory::Pool { start: start.into(), end: end.into() };
        let subnet = |pools| inventory::Subnet { cidr: "203.0.113.0/24".into(), allocation_pools: pools, ..Default::default() };
        let hints = Hints { public_ranges: vec!["203.0.113.0/28".parse().expect("a range")], ..Hints::default() };
        let all_public = |subnet: inventory::Subnet| {
            let given = given_out(&subnet).expect("a range");
            given.into_iter().all(|range| range.judge(&hints).public)
        };
        assert!(!all_public(subnet(vec![])));
        assert!(all_public(subnet(vec![pool("203.0.113.2", "203.0.113.9")])));
        assert!(!all_public(subnet(vec![pool("203.0.113.2", "203.0.113.9"), pool("203.0.113.20", "203.0.113.29")])));
        // Pools that make no sense do not count.
        assert!(!all_public(subnet(vec![pool("203.0.113.9", "203.0.113.2")])));
        assert!(!all_public(subnet(vec![pool("8.8.8.8", "8.8.8.9")])));
        assert!(given_out(&inventory::Subnet { cidr: "nonsense".into(), ..Default::default() }).is_none());
    }
}
