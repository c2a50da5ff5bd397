//! Searching a log, in slices: however long it is, one question reads a bounded part of it and says where to go on.
//!
//! A search reads the file in blocks that end with a line where that is possible. Lines longer than [`LONGEST_LINE`]
//! are searched as if they were several: what a progress bar writes may have no line break for a gigabyte.

use crate::{Runs, Stream};
use identity::Caller;
use memchr::{memchr, memrchr};
use model::id::RunId;
use model::problem::FieldProblem;
use model::{Code, Problem};
use regex::bytes::{Regex, RegexBuilder};
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::sync::LazyLock;

/// What is held in memory.
const BLOCK: usize = 1 << 20;
const LONGEST_LINE: usize = 64 << 10;
/// What is read to answer one question.
const SLICE: u64 = if cfg!(test) { 8 << 20 } else { 256 << 20 };
const LONGEST_EXCERPT: usize = 400;
/// How much of an excerpt is in front of what was found.
const BEFORE: usize = 120;
const LONGEST_TEXT: usize = 256;
/// What can lie across the end of a block inside a long line: letters may have three times the length in other case.
const OVERLAP: usize = 4 * LONGEST_TEXT;

/// What a line that tells of trouble has in it, in any of the three usual spellings. Listing these is ten times faster
/// than ignoring case, since a processor compares all of them at once.
const TROUBLE: [&str; 9] =
    ["error", "exception", "traceback", "fatal", "panic", "segfault", "segmentation fault", "killed", "out of memory"];

/// None only if the words above could not be compiled, which a test rules out.
static ERRORS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let capital = |word: &str| word.get(..1).unwrap_or_default().to_uppercase() + word.get(1..).unwrap_or_default();
    let spellings = TROUBLE.iter().flat_map(|word| [(*word).to_owned(), capital(word), word.to_uppercase()]);
    Regex::new(&spellings.collect::<Vec<_>>().join("|")).ok()
});

#[derive(Clone, Debug, Default)]
pub struct Search {
    /// Text that a line has in it, in whatever case.
    pub text: Option<String>,
    /// Only lines that look like errors.
    pub errors: bool,
    /// Where to begin.
    pub from: u64,
    /// How many lines to find.
    pub limit: u32,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct LogMatches {
    pub matches: Vec<LogMatch>,
    /// Where to go on, while there is more to search. Null at the end of what is there.
    pub next: Option<u64>,
    /// Everything before this was searched: go on here when the log has grown.
    pub searched: u64,
}

/// A line in which something was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct LogMatch {
    /// Where in the log the first thing that was found in the line begins.
    pub offset: u64,
    /// The line, or 400 bytes of it; what is no text is replaced.
    pub excerpt: String,
}

impl Runs {
    /// The lines of a log that have something in them, in their order.
    pub async fn log_matches(
        &self,
        caller: &Caller,
        run: &RunId,
        element: u32,
        stream: Stream,
        search: Search,
    ) -> Result<LogMatches, Problem> {
        let log = self.log(caller, run, element, stream).await?;
        let wanted = Wanted::of(&search)?;
        if search.from >= log.bytes {
            return Ok(LogMatches { matches: Vec::new(), next: None, searched: search.from.min(log.bytes) });
        }
        // A search keeps a processor busy for a while; those who ask next wait for their turn.
        let turn = self.0.searches.clone().acquire_owned().await;
        let scanned = tokio::task::spawn_blocking(move || {
            // In here: who goes away does not end this.
            let _turn = turn;
            let file = File::open(&log.path)?;
            scan(&file, search.from, log.bytes, log.complete, &wanted, search.limit)
        });
        match scanned.await {
            Ok(Ok(found)) => Ok(found),
            Ok(Err(error)) => {
                tracing::error!(%error, %run, "a log could not be searched");
                Err(Problem::internal())
            }
            Err(_) => Err(Problem::internal()),
        }
    }
}

/// Something that is looked for, and something that the line must have in it besides.
struct Wanted {
    first: Regex,
    besides: Option<Regex>,
}

impl Wanted {
    fn of(search: &Search) -> Result<Self, Problem> {
        let errors = if search.errors { ERRORS.clone() } else { None };
        let Some(text) = &search.text else {
            let first = errors.ok_or_else(|| wrong("must be given, or `errors=true`"))?;
            return Ok(Self { first, besides: None });
        };
        if text.is_empty() || text.len() > LONGEST_TEXT || text.contains(['\n', '\r']) {
            return Err(wrong(&format!("must be 1 to {LONGEST_TEXT} bytes of one line")));
        }
        let first = RegexBuilder::new(&regex::escape(text)).case_insensitive(true).build();
        Ok(Self { first: first.map_err(|_| wrong("cannot be searched for"))?, besides: errors })
    }
}

fn wrong(detail: &str) -> Problem {
    let fields = vec![FieldProblem { field: "text".into(), detail: detail.into() }];
    Problem::new(Code::InvalidQuery, format!("text: {detail}"), "Say what to look for: `text=`, `errors=true`, or both.")
        .with_fields(fields)
}

fn scan(file: &File, from: u64, end: u64, complete: bool, wanted: &Wanted, limit: u32) -> io::Result<LogMatches> {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let stop = end.min(from.saturating_add(SLICE));
    let mut buffer = vec![0; BLOCK];
    let (mut matches, mut at) = (Vec::new(), from);
    while at < stop {
        let length = read(file, &mut buffer, at, end)?;
        let whole = buffer.get(..length).unwrap_or_default();
        let is_last = at + length as u64 >= end;
        let block = whole_lines(whole, is_last && complete);
        if block.is_empty() {
            // A line that is still being written: it is searched when it is whole.
            return Ok(LogMatches { matches, next: None, searched: at });
        }
        let passed = find(block, at, wanted, limit, &mut matches);
        if matches.len() >= limit {
            at += passed as u64;
            break;
        }
        let is_whole = block.ends_with(b"\n") || (is_last && complete);
        // What is found across two blocks of a long line is found by looking at its middle again, but not twice.
        at += if is_whole { block.len() } else { passed.max(block.len().saturating_sub(OVERLAP)) } as u64;
        if is_last && !is_whole {
            return Ok(LogMatches { matches, next: None, searched: at });
        }
    }
    Ok(LogMatches { matches, next: (at < end).then_some(at), searched: at })
}

fn read(file: &File, buffer: &mut [u8], at: u64, end: u64) -> io::Result<usize> {
    let most = usize::try_from(end - at).unwrap_or(usize::MAX).min(buffer.len());
    let mut length = 0;
    while let Some(room) = buffer.get_mut(length..most).filter(|room| !room.is_empty()) {
        match file.read_at(room, at + length as u64)? {
            0 => break,
            read => length += read,
        }
    }
    Ok(length)
}

/// Up to the last line break; all of it when it is the end, or the inside of a long line.
fn whole_lines(block: &[u8], is_end: bool) -> &[u8] {
    if is_end {
        return block;
    }
    match memrchr(b'\n', block) {
        Some(last) => block.get(..=last).unwrap_or_default(),
        None if block.len() > LONGEST_LINE => block,
        None => &[],
    }
}

/// Adds what is in a block. Returns how far it got: to the end of the line of the last match.
fn find(block: &[u8], offset: u64, wanted: &Wanted, limit: usize, matches: &mut Vec<LogMatch>) -> usize {
    let mut passed = 0;
    while let Some(found) = wanted.first.find_at(block, passed) {
        let base = found.start().saturating_sub(LONGEST_LINE).max(passed);
        let begin = memrchr(b'\n', block.get(base..found.start()).unwrap_or_default()).map_or(base, |place| base + place + 1);
        let longest = found.end().saturating_add(LONGEST_LINE).min(block.len());
        let break_at = memchr(b'\n', block.get(found.end()..longest).unwrap_or_default()).map(|place| found.end() + place);
        let line = block.get(begin..break_at.unwrap_or(longest)).unwrap_or_default();
        if wanted.besides.as_ref().is_none_or(|besides| besides.is_match(line)) {
            let excerpt = excerpt(line, found.start() - begin);
            matches.push(LogMatch { offset: offset + found.start() as u64, excerpt });
        }
        passed = break_at.map_or(longest, |place| place + 1);
        if matches.len() >= limit {
            break;
        }
    }
    passed
}

/// A part of the line around `at`, as text.
fn excerpt(line: &[u8], at: usize) -> String {
    let inside = |place: usize| line.get(place).is_some_and(|byte| byte & 0xC0 == 0x80);
    // Characters are not cut; what is no text has none.
    let mut begin = at.saturating_sub(BEFORE);
    while begin < at && inside(begin) {
        begin += 1;
    }
    let mut end = line.len().min(begin + LONGEST_EXCERPT);
    while end > begin && inside(end) {
        end -= 1;
    }
    let mut text = String::from_utf8_lossy(line.get(begin..end).unwrap_or_default()).into_owned();
    // What stands for a byte that is no text is longer than the byte.
    let mut end = text.len().min(LONGEST_EXCERPT);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.truncate(end);
    text.truncate(text.trim_end_matches('\r').len());
    text
}

#[cfg(test)]
mod tests;
