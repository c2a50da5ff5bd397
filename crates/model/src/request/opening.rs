//! Ports of a machine that may be reached from outside.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A range of ports of one protocol: `22`, `8000-8010`, `53/udp`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Opening {
    first: u16,
    last: u16,
    protocol: Protocol,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Protocol {
    Tcp,
    Udp,
}

impl Protocol {
    pub fn as_str(self) -> &'static str {
        match self {
            Protocol::Tcp => "tcp",
            Protocol::Udp => "udp",
        }
    }
}

#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("`{0}` is no port or range of ports: write 22, 8000-8010 or 53/udp")]
pub struct BadOpening(String);

impl Opening {
    /// The first and the last port of it.
    pub fn ports(self) -> (u16, u16) {
        (self.first, self.last)
    }

    pub fn protocol(self) -> Protocol {
        self.protocol
    }
}

fn parse(text: &str) -> Option<Opening> {
    let (ports, protocol) = match text.trim().split_once('/') {
        None => (text.trim(), Protocol::Tcp),
        Some((ports, "tcp")) => (ports, Protocol::Tcp),
        Some((ports, "udp")) => (ports, Protocol::Udp),
        Some(_) => return None,
    };
    let (first, last) = ports.split_once('-').unwrap_or((ports, ports));
    // `parse` alone takes a sign.
    let port = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse::<u16>().ok())?;
    let (first, last) = (port(first)?, port(last)?);
    (1..=last).contains(&first).then_some(Opening { first, last, protocol })
}

impl std::str::FromStr for Opening {
    type Err = BadOpening;
    fn from_str(text: &str) -> Result<Self, BadOpening> {
        parse(text).ok_or_else(|| BadOpening(text.chars().take(40).collect()))
    }
}

impl std::fmt::Display for Opening {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.first)?;
        if self.last != self.first {
            write!(f, "-{}", self.last)?;
        }
        match self.protocol {
            Protocol::Tcp => Ok(()),
            Protocol::Udp => f.write_str("/udp"),
        }
    }
}

impl utoipa::PartialSchema for Opening {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        utoipa::openapi::ObjectBuilder::new()
            .schema_type(utoipa::openapi::schema::Type::String)
            .description(Some("A port or a range of ports of one protocol: `22`, `8000-8010`, `53/udp`"))
            .pattern(Some("^[0-9]{1,5}(-[0-9]{1,5})?(/(tcp|udp))?$"))
            .into()
    }
}

impl utoipa::ToSchema for Opening {}

impl Serialize for Opening {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Opening {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_are_read_as_people_write_them_and_written_shortest() {
        for (text, expected) in
            [("22", "22"), (" 443/tcp", "443"), ("8000-8010", "8000-8010"), ("53/udp", "53/udp"), ("7-7/udp", "7/udp")]
        {
            assert_eq!(text.parse::<Opening>().map(|opening| opening.to_string()), Ok(expected.to_owned()), "{text}");
        }
        for text in ["", "0", "22-", "-22", "30-20", "65536", "+22", "22/icmp", "all", "1-70000"] {
            assert!(text.parse::<Opening>().is_err(), "{text}");
        }
    }
}
