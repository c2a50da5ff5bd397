//! Lengths of time as people write them: `90s`, `10m`, `1h30m`, `2d`.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::time::Duration;

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, utoipa::ToSchema)]
#[schema(value_type = String, example = "1h30m", pattern = r"^([0-9]+[smhd])+$")]
pub struct Span(u64);

#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("`{0}` is not a length of time: write it like 90s, 10m, 1h30m or 2d (at most 366d)")]
pub struct BadSpan(String);

const LONGEST: u64 = 366 * 86_400;

impl Span {
    pub const fn seconds(seconds: u64) -> Self {
        Self(seconds)
    }

    pub fn duration(self) -> Duration {
        Duration::from_secs(self.0)
    }
}

fn parse(text: &str) -> Option<u64> {
    let mut total: u64 = 0;
    let mut number: Option<u64> = None;
    for c in text.chars() {
        if let Some(digit) = c.to_digit(10) {
            number = Some(number.unwrap_or(0).checked_mul(10)?.checked_add(u64::from(digit))?);
            continue;
        }
        let factor = match c {
            's' => 1,
            'm' => 60,
            'h' => 3_600,
            'd' => 86_400,
            _ => return None,
        };
        total = total.checked_add(number.take()?.checked_mul(factor)?)?;
    }
    (number.is_none() && !text.is_empty() && total <= LONGEST).then_some(total)
}

impl std::str::FromStr for Span {
    type Err = BadSpan;
    fn from_str(text: &str) -> Result<Self, BadSpan> {
        parse(text.trim()).map(Self).ok_or_else(|| BadSpan(text.chars().take(40).collect()))
    }
}

impl std::fmt::Display for Span {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let parts = [(self.0 / 86_400, 'd'), (self.0 / 3_600 % 24, 'h'), (self.0 / 60 % 60, 'm'), (self.0 % 60, 's')];
        if self.0 == 0 {
            return f.write_str("0s");
        }
        parts.iter().filter(|(count, _)| *count > 0).try_for_each(|(count, unit)| write!(f, "{count}{unit}"))
    }
}

impl std::fmt::Debug for Span {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{self}")
    }
}

impl Serialize for Span {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl serde::de::Visitor<'_> for Visitor {
            type Value = Span;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a length of time with a unit, like \"10m\"")
            }
            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Span, E> {
                text.parse().map_err(E::custom)
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_parse_print_back_and_refuse_what_has_no_unit() {
        for (text, seconds) in [("90s", 90), ("10m", 600), ("1h30m", 5_400), ("2d", 172_800)] {
            let span: Span = text.parse().expect(text);
            assert_eq!(span.duration().as_secs(), seconds);
            assert_eq!(span.to_string().parse::<Span>(), Ok(span));
        }
        for bad in ["", "10", "m", "-5m", "1y", "99999999999999999999d", "400d", "1h5"] {
            assert!(bad.parse::<Span>().is_err(), "{bad}");
        }
        assert!(serde_json::from_str::<Span>("600").is_err());
    }
}
