//! The patterns that say which files are outputs.
//!
//! A pattern is taken apart at its slashes and matched name by name on the way down. So the walk only enters
//! directories that can contain a match, and a pattern made to explode (`**/**/**/*a*/**`) costs at most one
//! comparison per part and name, which the walk counts.

use std::collections::BTreeSet;

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

pub const MOST_PATTERNS: usize = 64;
pub const MOST_PATTERN_BYTES: usize = 1024;
pub const MOST_PATTERN_PARTS: usize = 64;

/// Why a list of patterns cannot be used. `index` says which of them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadPattern {
    #[error("{count} output patterns, the limit is {MOST_PATTERNS}")]
    TooMany { count: usize },
    #[error("output pattern {index} has {bytes} bytes, the limit is {MOST_PATTERN_BYTES}")]
    TooLong { index: usize, bytes: usize },
    #[error("output pattern {index} has more than {MOST_PATTERN_PARTS} parts")]
    TooDeep { index: usize },
    #[error("output pattern {index} starts with /, it must be relative to the work directory")]
    Absolute { index: usize },
    #[error("output pattern {index} has an empty part; for everything in a directory write directory/**")]
    EmptyPart { index: usize },
    #[error("output pattern {index} has a part \"{part}\", it may not lead up or stay in place")]
    Dots { index: usize, part: &'static str },
    #[error("output pattern {index} contains a control character")]
    Control { index: usize },
    /// Among others a brace group or character class over a slash, which is in two halves by then.
    #[error("output pattern {index}: part {part:?}: {why}")]
    Syntax { index: usize, part: String, why: String },
}

/// Compiled patterns. `*`, `?`, `[...]`, `{a,b}` match within one name (names that start with a dot too),
/// `**` as a whole part matches any number of directories. Letters match exactly.
#[derive(Debug)]
pub struct Patterns(Vec<Pattern>);

#[derive(Debug)]
struct Pattern {
    text: String,
    parts: Vec<Part>,
}

#[derive(Debug)]
enum Part {
    /// Any number of names, none included.
    Deep,
    Exactly(String),
    Like(GlobSet),
}

impl Part {
    fn matches(&self, name: &str) -> bool {
        match self {
            Part::Deep => true,
            Part::Exactly(wanted) => wanted == name,
            Part::Like(glob) => glob.is_match(name),
        }
    }
}

impl Patterns {
    pub fn compile<S: AsRef<str>>(patterns: &[S]) -> Result<Patterns, BadPattern> {
        if patterns.len() > MOST_PATTERNS {
            return Err(BadPattern::TooMany { count: patterns.len() });
        }
        let compile = |(index, pattern): (usize, &S)| Pattern::compile(index, pattern.as_ref());
        patterns.iter().enumerate().map(compile).collect::<Result<_, _>>().map(Patterns)
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The pattern as it was written.
    pub fn text(&self, index: usize) -> Option<&str> {
        self.0.get(index).map(|pattern| pattern.text.as_str())
    }

    pub(super) fn start(&self) -> Expected {
        let mut expected = Expected::default();
        for index in 0..self.0.len() {
            self.expect(&mut expected, index, 0);
        }
        expected
    }

    /// What `name`, met where `expected` was expected, fulfils, and what to expect below it.
    pub(super) fn step(&self, expected: &Expected, name: &str) -> Step {
        let mut step = Step::default();
        for &(index, position) in &expected.0 {
            let Some(pattern) = self.0.get(index) else { continue };
            let Some(part) = pattern.parts.get(position).filter(|part| part.matches(name)) else { continue };
            let last = position + 1 == pattern.parts.len();
            match part {
                // `**` at the end is fulfilled by every file; anywhere it may take in one more name.
                Part::Deep => {
                    if last {
                        step.matched.insert(index);
                    }
                    self.expect(&mut step.below, index, position);
                }
                Part::Exactly(_) if last => {
                    step.matched.insert(index);
                    step.named.insert(index);
                }
                Part::Like(_) if last => {
                    step.matched.insert(index);
                }
                _ => self.expect(&mut step.below, index, position + 1),
            }
        }
        step
    }

    /// `**` may match nothing, so what comes after it is expected as well.
    fn expect(&self, expected: &mut Expected, index: usize, position: usize) {
        let Some(pattern) = self.0.get(index) else { return };
        if let Some(part) = pattern.parts.get(position) {
            expected.0.insert((index, position));
            if matches!(part, Part::Deep) {
                self.expect(expected, index, position + 1);
            }
        }
    }
}

/// Which parts of which patterns a name may fulfil in one directory.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Expected(BTreeSet<(usize, usize)>);

impl Expected {
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }
}

#[derive(Debug, Default)]
pub(super) struct Step {
    /// Patterns that the name fulfils to the end.
    pub matched: BTreeSet<usize>,
    /// Those among them that spell the name out, so that something of the wrong kind is worth a word.
    pub named: BTreeSet<usize>,
    pub below: Expected,
}

impl Pattern {
    fn compile(index: usize, text: &str) -> Result<Pattern, BadPattern> {
        if text.len() > MOST_PATTERN_BYTES {
            return Err(BadPattern::TooLong { index, bytes: text.len() });
        }
        if text.chars().any(char::is_control) {
            return Err(BadPattern::Control { index });
        }
        if text.starts_with('/') {
            return Err(BadPattern::Absolute { index });
        }
        let mut parts = Vec::new();
        for part in text.split('/') {
            // `**/**` means what `**` means.
            if part == "**" && matches!(parts.last(), Some(Part::Deep)) {
                continue;
            }
            if parts.len() == MOST_PATTERN_PARTS {
                return Err(BadPattern::TooDeep { index });
            }
            parts.push(compile_part(index, part)?);
        }
        Ok(Pattern { text: text.to_owned(), parts })
    }
}

fn compile_part(index: usize, part: &str) -> Result<Part, BadPattern> {
    match part {
        "" => return Err(BadPattern::EmptyPart { index }),
        "." => return Err(BadPattern::Dots { index, part: "." }),
        ".." => return Err(BadPattern::Dots { index, part: ".." }),
        "**" => return Ok(Part::Deep),
        _ => {}
    }
    if !part.contains(['*', '?', '[', ']', '{', '}', '\\']) {
        return Ok(Part::Exactly(part.to_owned()));
    }
    let syntax = |error: globset::Error| BadPattern::Syntax { index, part: part.to_owned(), why: error.kind().to_string() };
    let glob = GlobBuilder::new(part).literal_separator(true).build().map_err(syntax)?;
    // A set of one: unlike a lone glob, a set reports a pattern that is too big instead of panicking.
    GlobSetBuilder::new().add(glob).build().map(Part::Like).map_err(syntax)
}
