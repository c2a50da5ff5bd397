//! What stands in base64 in a line with a public key (RFC 4253, section 6.6; RFC 5656; RFC 8709).

use super::BadKey;

/// What is left of it. Each part has its length before it.
pub(super) struct Blob<'a>(pub &'a [u8]);

impl<'a> Blob<'a> {
    pub(super) fn string(&mut self) -> Result<&'a [u8], BadKey> {
        let (length, rest) = self.0.split_first_chunk::<4>().ok_or(BadKey::Damaged)?;
        let length = usize::try_from(u32::from_be_bytes(*length)).map_err(|_| BadKey::Damaged)?;
        let (string, rest) = rest.split_at_checked(length).ok_or(BadKey::Damaged)?;
        self.0 = rest;
        Ok(string)
    }

    pub(super) fn string_of(&mut self, length: usize) -> Result<&'a [u8], BadKey> {
        self.string().and_then(|string| if string.len() == length { Ok(string) } else { Err(BadKey::Damaged) })
    }

    /// A number above zero (RFC 4251, section 5): without the zero byte before it that only says that it is positive.
    pub(super) fn number(&mut self) -> Result<&'a [u8], BadKey> {
        match self.string()? {
            [0, number @ ..] if number.first().is_some_and(|first| first & 0x80 != 0) => Ok(number),
            number if number.first().is_some_and(|first| matches!(first, 1..=0x7f)) => Ok(number),
            _ => Err(BadKey::Damaged),
        }
    }

    /// A point of a curve whose numbers have so many bytes, as both of them (SEC 1, section 2.3.3).
    pub(super) fn point(&mut self, curve: &str, bytes: usize) -> Result<(), BadKey> {
        if self.string()? != curve.as_bytes() {
            return Err(BadKey::Damaged);
        }
        match self.string_of(1 + 2 * bytes)? {
            [4, ..] => Ok(()),
            _ => Err(BadKey::Damaged),
        }
    }

    pub(super) fn end(self) -> Result<(), BadKey> {
        if self.0.is_empty() { Ok(()) } else { Err(BadKey::Damaged) }
    }
}

/// How long a number is.
pub(super) fn bits(number: &[u8]) -> usize {
    number.first().map_or(0, |first| number.len() * 8 - first.leading_zeros() as usize)
}

pub(super) fn is_odd(number: &[u8]) -> bool {
    number.last().is_some_and(|last| last & 1 == 1)
}
