//! Lengths of data: `512MiB`, never a bare number, because nobody can tell whether 512 means bytes or megabytes.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, utoipa::ToSchema)]
#[schema(value_type = String, example = "8GiB", pattern = r"^[0-9]+(\.[0-9]+)?(B|KiB|MiB|GiB|TiB|PiB)$")]
pub struct ByteCount(u64);

#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum BadByteCount {
    #[error("`{0}` has no unit: write KiB, MiB, GiB or TiB (for example \"{0}MiB\")")]
    NoUnit(String),
    #[error("`{unit}` is not a unit of data: use B, KiB, MiB, GiB, TiB or PiB (powers of 1024)")]
    UnknownUnit { unit: String },
    #[error("`{0}` is not a length of data: write a number and a unit, like \"8GiB\"")]
    NotANumber(String),
    #[error("`{0}` is too large")]
    TooLarge(String),
}

const UNITS: [(&str, u64); 6] =
    [("B", 1), ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("TiB", 1 << 40), ("PiB", 1 << 50)];

impl ByteCount {
    pub const fn new(bytes: u64) -> Self {
        Self(bytes)
    }

    pub const fn mebi(count: u64) -> Self {
        Self(count << 20)
    }

    pub const fn gibi(count: u64) -> Self {
        Self(count << 30)
    }

    pub fn get(self) -> u64 {
        self.0
    }
}

impl std::str::FromStr for ByteCount {
    type Err = BadByteCount;

    fn from_str(text: &str) -> Result<Self, BadByteCount> {
        let shown = || text.chars().take(40).collect::<String>();
        let text = text.trim();
        let split = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
        let (number, unit) = text.split_at(split);
        let number: f64 = number.parse().map_err(|_| BadByteCount::NotANumber(shown()))?;
        let unit = unit.trim();
        if unit.is_empty() {
            return Err(BadByteCount::NoUnit(shown()));
        }
        let (_, factor) = UNITS
            .iter()
            .find(|(name, _)| *name == unit)
            .ok_or_else(|| BadByteCount::UnknownUnit { unit: unit.chars().take(20).collect() })?;
        let bytes = number * *factor as f64;
        // 2^53: above it a f64 cannot count single bytes any more, and no storage is that large either.
        if bytes > 9_007_199_254_740_992.0 {
            return Err(BadByteCount::TooLarge(shown()));
        }
        Ok(Self(bytes.round() as u64))
    }
}

impl std::fmt::Display for ByteCount {
    /// The shortest exact form, so that what is displayed parses back to the same length.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let fitting = UNITS.iter().rev().find(|(_, factor)| self.0 >= *factor && self.0.is_multiple_of(*factor));
        match fitting {
            Some((unit, factor)) => write!(f, "{}{unit}", self.0 / factor),
            None => write!(f, "{}B", self.0),
        }
    }
}

impl std::fmt::Debug for ByteCount {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{self}")
    }
}

impl Serialize for ByteCount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ByteCount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl serde::de::Visitor<'_> for Visitor {
            type Value = ByteCount;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a length of data like \"8GiB\"")
            }
            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<ByteCount, E> {
                text.parse().map_err(E::custom)
            }
            fn visit_i64<E: serde::de::Error>(self, number: i64) -> Result<ByteCount, E> {
                Err(E::custom(BadByteCount::NoUnit(number.to_string())))
            }
            fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<ByteCount, E> {
                Err(E::custom(BadByteCount::NoUnit(number.to_string())))
            }
            fn visit_f64<E: serde::de::Error>(self, number: f64) -> Result<ByteCount, E> {
                Err(E::custom(BadByteCount::NoUnit(number.to_string())))
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_need_a_unit_and_print_back_exactly() {
        for (text, bytes) in [("8GiB", 8 << 30), ("1.5 KiB", 1536), ("0B", 0), ("512MiB", 512 << 20)] {
            let parsed: ByteCount = text.parse().expect(text);
            assert_eq!(parsed.get(), bytes);
            assert_eq!(parsed.to_string().parse::<ByteCount>(), Ok(parsed));
        }
        for bad in ["512", "8GB", "-1GiB", "", "GiB", "1e3MiB", "99999999PiB", "NaNGiB"] {
            assert!(bad.parse::<ByteCount>().is_err(), "{bad}");
        }
        let error = serde_json::from_str::<ByteCount>("512").expect_err("a bare number");
        assert!(error.to_string().contains("512MiB"), "{error}");
    }
}
