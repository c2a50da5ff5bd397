//! Paths of the outside, made fit for a zip file and for the identifiers of JSON-LD.
//!
//! A path that no file below a work directory can have (`..`, absolute, NUL) is refused. Everything else that a
//! file system allows must come through, since a run is not to lose its crate over a strange file name: control
//! characters, backslashes and the colon of a drive letter, which mislead terminals and other systems' unpackers,
//! are written as `%XX`.

use std::fmt::Write;

use crate::error::PathFault;

/// Escaped three times over and below a prefix, this still fits the 65,535 bytes of a zip entry's name.
pub(crate) const LONGEST: usize = 16 * 1024;

/// The path as a name in the zip. No two paths share one: a `%XX` that is there already is escaped as well.
pub(crate) fn entry_name(path: &str) -> Result<String, PathFault> {
    check(path)?;
    let parts: Vec<String> = path.split('/').map(entry_part).collect();
    Ok(parts.join("/"))
}

fn entry_part(part: &str) -> String {
    let mut name = String::with_capacity(part.len());
    for (at, c) in part.char_indices() {
        let next_two = part.as_bytes().get(at + 1..at + 3);
        let looks_escaped = c == '%' && next_two.is_some_and(|two| two.iter().all(u8::is_ascii_hexdigit));
        let drive = c == ':' && at == 1 && part.as_bytes()[0].is_ascii_alphabetic();
        if c.is_control() || c == '\\' || looks_escaped || drive {
            escape(&mut name, c);
        } else {
            name.push(c);
        }
    }
    name
}

/// Whether a character is invisible or turns the reading direction, so that a text can pass for another.
pub(crate) fn misleads(c: char) -> bool {
    c.is_control() || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn check(path: &str) -> Result<(), PathFault> {
    if path.is_empty() {
        return Err(PathFault::Empty);
    }
    if path.len() > LONGEST {
        return Err(PathFault::TooLong);
    }
    if path.contains('\0') {
        return Err(PathFault::Nul);
    }
    if path.starts_with('/') {
        return Err(PathFault::Absolute);
    }
    // A backslash separates elsewhere. It is escaped, but `..\` has no honest origin.
    if path.split(['/', '\\']).any(|part| part == "." || part == "..") || path.split('/').any(str::is_empty) {
        return Err(PathFault::Traversal);
    }
    Ok(())
}

/// The text as part of an `@id`. Letters and digits of all scripts stay, as RO-Crate recommends.
pub(crate) fn encode_id(text: &str) -> String {
    let mut id = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_alphanumeric() || matches!(c, '-' | '.' | '_' | '~' | '/') {
            id.push(c);
        } else {
            escape(&mut id, c);
        }
    }
    id
}

fn escape(to: &mut String, c: char) {
    for byte in c.encode_utf8(&mut [0; 4]).bytes() {
        // Writing to a String cannot fail.
        let _ = write!(to, "%{byte:02X}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_names_stay_as_they_are() {
        for path in ["a.txt", "dir/b c.fits", "größe/面试.mp4", "100%.txt", "it's \"quoted\"", "...", ".hidden", "07:42.log"]
        {
            assert_eq!(entry_name(path).as_deref(), Ok(path));
        }
    }

    #[test]
    fn what_misleads_is_escaped_and_nothing_collides() {
        assert_eq!(entry_name("a\nb").as_deref(), Ok("a%0Ab"));
        assert_eq!(entry_name("a%0Ab").as_deref(), Ok("a%250Ab"));
        assert_eq!(entry_name("a%250Ab").as_deref(), Ok("a%25250Ab"));
        assert_eq!(entry_name("%\n").as_deref(), Ok("%%0A"));
        assert_eq!(entry_name("a\\b\u{85}\u{7f}").as_deref(), Ok("a%5Cb%C2%85%7F"));
        assert_eq!(entry_name("C:\\a/d:b").as_deref(), Ok("C%3A%5Ca/d%3Ab"));
    }

    #[test]
    fn traversal_is_refused() {
        for (path, fault) in [
            ("", PathFault::Empty),
            ("/etc/passwd", PathFault::Absolute),
            ("../a", PathFault::Traversal),
            ("a/../../b", PathFault::Traversal),
            ("..\\b", PathFault::Traversal),
            ("a//b", PathFault::Traversal),
            ("a/", PathFault::Traversal),
            ("./a", PathFault::Traversal),
            ("a\0", PathFault::Nul),
        ] {
            assert_eq!(entry_name(path), Err(fault), "{path:?}");
        }
        assert_eq!(entry_name(&"x".repeat(LONGEST + 1)), Err(PathFault::TooLong));
    }

    #[test]
    fn identifiers_are_references() {
        assert_eq!(encode_id("outputs/a b%#?\"<>\n:"), "outputs/a%20b%25%23%3F%22%3C%3E%0A%3A");
        assert_eq!(encode_id("größe/面试\u{202e}"), "größe/面试%E2%80%AE");
    }
}
