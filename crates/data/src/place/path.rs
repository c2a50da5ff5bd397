//! A destination inside a work directory, as text that can be trusted.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

pub const MOST_PATH_BYTES: usize = 4096;
pub const MOST_PART_BYTES: usize = 255;

/// One or more names joined by `/`, none of them empty, `.` or `..`, without characters that deceive the eye
/// or a terminal. Joining it to a directory cannot lead out of that directory, symbolic links aside: those
/// are [`super::Directory`]'s business.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RelativePath(String);

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadPath {
    #[error("the path is empty")]
    Empty,
    #[error("the path starts with /, it must be relative to the work directory")]
    Absolute,
    #[error("the path has an empty part (two slashes in a row, or one at the end)")]
    EmptyPart,
    #[error("the path has a part that is \"{part}\"")]
    Dots { part: &'static str },
    #[error("the path contains the control or direction-changing character U+{:04X}", u32::from(*.character))]
    Deceptive { character: char },
    #[error("the path has {bytes} bytes, the limit is {MOST_PATH_BYTES}")]
    TooLong { bytes: usize },
    #[error("a part of the path has {bytes} bytes, the limit is {MOST_PART_BYTES}")]
    PartTooLong { bytes: usize },
}

impl RelativePath {
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn parts(&self) -> impl DoubleEndedIterator<Item = &str> {
        self.0.split('/')
    }

    /// The last part.
    pub fn name(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or(&self.0)
    }
}

/// Control characters, line separators, and the marks that reorder text on screen ("Trojan source").
fn is_deceptive(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Any text from outside, with such characters spelled out.
pub(crate) fn printable(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        if is_deceptive(character) {
            shown.extend(character.escape_unicode());
        } else {
            shown.push(character);
        }
    }
    shown
}

impl FromStr for RelativePath {
    type Err = BadPath;

    fn from_str(text: &str) -> Result<Self, BadPath> {
        RelativePath::try_from(text.to_owned())
    }
}

impl TryFrom<String> for RelativePath {
    type Error = BadPath;

    fn try_from(text: String) -> Result<Self, BadPath> {
        if text.is_empty() {
            return Err(BadPath::Empty);
        }
        if text.len() > MOST_PATH_BYTES {
            return Err(BadPath::TooLong { bytes: text.len() });
        }
        if let Some(character) = text.chars().find(|character| is_deceptive(*character)) {
            return Err(BadPath::Deceptive { character });
        }
        if text.starts_with('/') {
            return Err(BadPath::Absolute);
        }
        for part in text.split('/') {
            match part {
                "" => return Err(BadPath::EmptyPart),
                "." => return Err(BadPath::Dots { part: "." }),
                ".." => return Err(BadPath::Dots { part: ".." }),
                part if part.len() > MOST_PART_BYTES => return Err(BadPath::PartTooLong { bytes: part.len() }),
                _ => {}
            }
        }
        Ok(RelativePath(text))
    }
}

impl From<RelativePath> for String {
    fn from(path: RelativePath) -> String {
        path.0
    }
}

impl fmt::Display for RelativePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
