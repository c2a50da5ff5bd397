//! Which addresses may be connected to on somebody's behalf: only globally reachable unicast ones.
//!
//! Written as a list of what is refused, with the reason for each, since the reason is shown to people. IPv6
//! is the other way round: only 2000::/3 is allotted to the public Internet, so everything outside of it is
//! refused even when no line names it.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Why an address is not a public one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Range {
    Unspecified,
    Loopback,
    Private,
    LinkLocal,
    UniqueLocal,
    /// 100.64.0.0/10: between a provider and its customers, and the metadata services of some clouds.
    Shared,
    Multicast,
    Broadcast,
    Documentation,
    Benchmark,
    Reserved,
    /// An IPv6 form that carries an IPv4 address (mapped, compatible, NAT64, 6to4, Teredo). Refused whatever
    /// it carries: a translator, not this program, decides where such a packet goes, and a server that is
    /// really public has an ordinary address too.
    Translated,
}

impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Range::Unspecified => "the unspecified address",
            Range::Loopback => "the loopback range",
            Range::Private => "a private range",
            Range::LinkLocal => "the link-local range",
            Range::UniqueLocal => "the unique-local range",
            Range::Shared => "the shared range of providers (100.64.0.0/10)",
            Range::Multicast => "a multicast range",
            Range::Broadcast => "the broadcast address",
            Range::Documentation => "a documentation range",
            Range::Benchmark => "the benchmarking range",
            Range::Reserved => "a reserved range",
            Range::Translated => "an IPv6 form that wraps an IPv4 address",
        })
    }
}

/// `None` for an address that may be connected to.
pub fn classify(address: IpAddr) -> Option<Range> {
    match address {
        IpAddr::V4(address) => classify_v4(address),
        IpAddr::V6(address) => classify_v6(address),
    }
}

fn classify_v4(address: Ipv4Addr) -> Option<Range> {
    Some(match address.octets() {
        [0, 0, 0, 0] => Range::Unspecified,
        [0, ..] => Range::Reserved,
        [127, ..] => Range::Loopback,
        [10, ..] | [172, 16..=31, ..] | [192, 168, ..] => Range::Private,
        [169, 254, ..] => Range::LinkLocal,
        [100, 64..=127, ..] => Range::Shared,
        [192, 0, 2, _] | [198, 51, 100, _] | [203, 0, 113, _] => Range::Documentation,
        [198, 18..=19, ..] => Range::Benchmark,
        // Protocol assignments, and the anycast address of retired 6to4 relays.
        [192, 0, 0, _] | [192, 88, 99, _] => Range::Reserved,
        [224..=239, ..] => Range::Multicast,
        [255, 255, 255, 255] => Range::Broadcast,
        [240..=255, ..] => Range::Reserved,
        _ => return None,
    })
}

fn classify_v6(address: Ipv6Addr) -> Option<Range> {
    Some(match address.segments() {
        [0, 0, 0, 0, 0, 0, 0, 0] => Range::Unspecified,
        [0, 0, 0, 0, 0, 0, 0, 1] => Range::Loopback,
        // ::/96 compatible, ::ffff:0:0/96 mapped, ::ffff:0:0:0/96 translated (SIIT).
        [0, 0, 0, 0, 0, 0, _, _] | [0, 0, 0, 0, 0, 0xffff, _, _] | [0, 0, 0, 0, 0xffff, 0, _, _] => Range::Translated,
        // NAT64: the well-known prefix and, whole, the one for local use.
        [0x64, 0xff9b, 0, 0, 0, 0, _, _] | [0x64, 0xff9b, 1, ..] => Range::Translated,
        // 6to4 and Teredo.
        [0x2002, ..] | [0x2001, 0, ..] => Range::Translated,
        [0xfe80..=0xfebf, ..] => Range::LinkLocal,
        // Deprecated site-local, still routed inside some campuses.
        [0xfec0..=0xfeff, ..] => Range::Private,
        [0xfc00..=0xfdff, ..] => Range::UniqueLocal,
        [0xff00..=0xffff, ..] => Range::Multicast,
        [0x2001, 0xdb8, ..] | [0x3fff, 0..=0xfff, ..] => Range::Documentation,
        [0x2001, 2, 0, ..] => Range::Benchmark,
        // The rest of the protocol assignments 2001::/23 (ORCHID and the like).
        [0x2001, 1..=0x1ff, ..] => Range::Reserved,
        [0x2000..=0x3fff, ..] => return None,
        _ => Range::Reserved,
    })
}
