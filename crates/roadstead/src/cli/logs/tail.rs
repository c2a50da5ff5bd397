//! Where the last lines of a log begin.
//!
//! A log may be as long as 1 GiB, and one line of it as well: what is held here are the places where lines begin, never
//! the lines. The end of the log is read, and more of it until enough lines begin there.

use crate::client::LogReader;
use model::Problem;
use std::collections::VecDeque;

/// How much is read at first; each time after, so many times more.
const FIRST: i64 = 256 << 10;
const GROWTH: i64 = 16;

/// The offset at which the last `lines` lines begin. `open` reads the log from an offset, below zero from its end.
pub async fn find(open: impl Fn(i64) -> LogReader, lines: usize) -> Result<i64, Problem> {
    let mut back = FIRST;
    loop {
        let mut log = open(-back);
        let mut starts = Starts::new(lines);
        while let Some(piece) = log.next().await? {
            starts.pass(log.at() - piece.len() as u64, &piece);
        }
        if let Some(start) = starts.found() {
            return Ok(i64::try_from(start).unwrap_or(i64::MAX));
        }
        back = back.saturating_mul(GROWTH);
    }
}

/// The places where the last lines begin, of what passed.
struct Starts {
    lines: usize,
    places: VecDeque<u64>,
    /// What passed began with the log.
    is_whole: bool,
    end: u64,
}

impl Starts {
    fn new(lines: usize) -> Self {
        Self { lines, places: VecDeque::new(), is_whole: true, end: 0 }
    }

    fn pass(&mut self, at: u64, piece: &[u8]) {
        // The first: what it begins with is no line's beginning, unless it is the log's.
        if self.end == 0 {
            self.is_whole = at == 0;
            self.places.extend((at == 0).then_some(0));
        }
        for (place, _) in piece.iter().enumerate().filter(|(_, byte)| **byte == b'\n') {
            self.places.push_back(at + place as u64 + 1);
            // One more than wanted: after the last end of a line, no line begins.
            if self.places.len() > self.lines.saturating_add(1) {
                self.places.pop_front();
            }
        }
        self.end = at + piece.len() as u64;
    }

    fn found(mut self) -> Option<u64> {
        self.places.pop_back_if(|last| *last == self.end);
        while self.places.len() > self.lines {
            self.places.pop_front();
        }
        match self.places.len() {
            _ if self.lines == 0 => Some(self.end),
            enough if enough == self.lines => self.places.front().copied(),
            _ => self.is_whole.then_some(0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn start(text: &[u8], from: usize, size: usize, lines: usize) -> Option<u64> {
        let mut starts = Starts::new(lines);
        for (number, piece) in text[from..].chunks(size).enumerate() {
            starts.pass((from + number * size) as u64, piece);
        }
        starts.found()
    }

    #[test]
    fn the_last_lines_are_found_however_they_arrive() {
        for size in 1..20 {
            assert_eq!(start(b"one\ntwo\nthree\nfour", 0, size, 2), Some(8));
            assert_eq!(start(b"one\ntwo\nthree\nfour\n", 0, size, 2), Some(8));
            assert_eq!(start(b"one\ntwo\nthree\nfour\n", 0, size, 9), Some(0));
            assert_eq!(start(b"one\ntwo\nthree\nfour\n", 0, size, 0), Some(19));
            // From the midst of a line: that one does not count.
            assert_eq!(start(b"one\ntwo\nthree\nfour\n", 9, size, 1), Some(14));
            assert_eq!(start(b"one\ntwo\nthree\nfour\n", 9, size, 2), None);
        }
        assert_eq!(start(b"", 0, 1, 5), Some(0));
    }
}
