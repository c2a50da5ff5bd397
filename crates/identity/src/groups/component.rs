//! One component of an entitlement: what may stand in it, and its one spelling.
//!
//! RFC 8141 (section 3.1) lets the digits of percent-encodings differ in case and nothing else: it forbids to decode
//! for a comparison, where RFC 3986 would decode what needs no encoding. Programs therefore disagree about `dem%6F`.
//! It is refused here, so that every text that is accepted is one group for both readings: nobody becomes a member of
//! `demo` through an issuer that forgets to encode the `%` in the name of a group that somebody chose.

const LONGEST: usize = 255;

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadComponent {
    #[error("is empty")]
    Empty,
    #[error("is longer than {LONGEST} bytes")]
    TooLong,
    #[error("holds {0:?}, which has to be percent-encoded there")]
    Unencoded(char),
    #[error("holds a `%` without two hexadecimal digits behind it")]
    BrokenEncoding,
    #[error("encodes `{0}`, which must not be encoded: not everybody reads that as the same name")]
    NeedlesslyEncoded(char),
    #[error("encodes bytes that are not UTF-8")]
    NotUtf8,
    #[error("encodes the character U+{:04X}, which nobody sees", u32::from(*.0))]
    Hidden(char),
}

/// The canonical spelling of a component, where `allowed` may stand beside the characters that never need encoding.
pub(super) fn canonical(text: &str, allowed: &str) -> Result<String, BadComponent> {
    if text.is_empty() {
        return Err(BadComponent::Empty);
    }
    if text.len() > LONGEST {
        return Err(BadComponent::TooLong);
    }
    let mut canonical = String::with_capacity(text.len());
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        if c != '%' {
            if !is_unreserved(c) && !allowed.contains(c) {
                return Err(BadComponent::Unencoded(c));
            }
            canonical.push(c);
            decoded.push(c as u8);
            continue;
        }
        let byte = encoded_byte(&mut rest).ok_or(BadComponent::BrokenEncoding)?;
        if is_unreserved(char::from(byte)) {
            return Err(BadComponent::NeedlesslyEncoded(char::from(byte)));
        }
        canonical.push_str(&format!("%{byte:02X}"));
        decoded.push(byte);
    }
    let decoded = String::from_utf8(decoded).map_err(|_| BadComponent::NotUtf8)?;
    match decoded.chars().find(|c| is_hidden(*c)) {
        Some(hidden) => Err(BadComponent::Hidden(hidden)),
        None => Ok(canonical),
    }
}

/// Two digits. `u8::from_str_radix` would take a sign as well.
fn encoded_byte(rest: &mut std::str::Chars<'_>) -> Option<u8> {
    let high = rest.next()?.to_digit(16)?;
    let low = rest.next()?.to_digit(16)?;
    u8::try_from(high * 16 + low).ok()
}

fn is_unreserved(c: char) -> bool {
    c.is_ascii_alphanumeric() || "-._~".contains(c)
}

/// Control characters, and those that change how the text around them is shown or that show nothing: a name must not
/// lie to the people who read it.
pub(super) fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{00ad}' | '\u{034f}' | '\u{061c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
            | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// A text of strangers as it may be shown and kept: short, on one line, with nothing hidden in it.
pub(super) fn shown(text: &str) -> String {
    const LONGEST_SHOWN: usize = 200;
    let mut shown = String::new();
    for (index, c) in text.chars().enumerate() {
        if index == LONGEST_SHOWN {
            shown.push('…');
            break;
        }
        if is_hidden(c) {
            shown.extend(c.escape_unicode());
        } else {
            shown.push(c);
        }
    }
    shown
}
