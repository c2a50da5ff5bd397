//! A line to show: spans of text, each with a meaning.

use super::text::{clean, shorten, width};

/// What a span means; a terminal with colours shows it as a colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    Plain,
    Strong,
    Dim,
    Good,
    Bad,
    Warn,
    Busy,
}

impl Style {
    fn code(self) -> Option<&'static str> {
        match self {
            Style::Plain => None,
            Style::Strong => Some("1"),
            Style::Dim => Some("2"),
            Style::Good => Some("32"),
            Style::Bad => Some("1;31"),
            Style::Warn => Some("33"),
            Style::Busy => Some("36"),
        }
    }
}

#[derive(Clone, Debug, Default)]
pub struct Line(Vec<(Style, String)>);

impl Line {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn styled(style: Style, text: impl AsRef<str>) -> Self {
        Self::new().with(style, text)
    }

    pub fn plain(self, text: impl AsRef<str>) -> Self {
        self.with(Style::Plain, text)
    }

    pub fn with(mut self, style: Style, text: impl AsRef<str>) -> Self {
        // Cleaned here, before anything measures it: what is measured is what is shown.
        self.0.push((style, clean(text.as_ref()).into_owned()));
        self
    }

    pub fn append(mut self, other: Line) -> Self {
        self.0.extend(other.0);
        self
    }

    pub fn width(&self) -> usize {
        self.0.iter().map(|(_, text)| width(text)).sum()
    }

    /// Cut to so many columns.
    pub fn shortened(&self, columns: usize) -> Self {
        let mut left = columns;
        let mut kept = Vec::new();
        for (style, text) in &self.0 {
            if left == 0 {
                break;
            }
            let part = shorten(text, left);
            left = left.saturating_sub(width(&part));
            let cut = part.len() != text.len();
            kept.push((*style, part.into_owned()));
            if cut {
                break;
            }
        }
        Self(kept)
    }

    /// Broken between words into lines of so many columns; the second and later ones begin with `indent` spaces. A word
    /// that is longer (a path, an address) stays whole, so that it can be copied.
    pub fn wrapped(&self, columns: usize, indent: usize) -> Vec<Self> {
        const LEAST: usize = 20;
        if self.width() <= columns || columns < indent + LEAST {
            return vec![self.clone()];
        }
        let all: Vec<(Style, char)> = self.0.iter().flat_map(|(style, text)| text.chars().map(|c| (*style, c))).collect();
        let mut lines = Vec::new();
        let mut left = all.as_slice();
        while !left.is_empty() {
            let before = if lines.is_empty() { 0 } else { indent };
            let (line, rest) = left.split_at(break_of(left, columns - before));
            let skipped = rest.iter().take_while(|(_, c)| *c == ' ').count();
            left = rest.get(skipped..).unwrap_or_default();
            let start = Line::new().plain(" ".repeat(before));
            lines.push(line.iter().fold(start, |line, (style, c)| line.with_char(*style, *c)));
        }
        lines
    }

    fn with_char(mut self, style: Style, c: char) -> Self {
        match self.0.last_mut() {
            Some((last, text)) if *last == style => text.push(c),
            _ => self.0.push((style, c.to_string())),
        }
        self
    }

    /// Without spaces at the end, which would be copied along.
    pub fn trimmed(mut self) -> Self {
        while self.0.pop_if(|(_, text)| text.trim_end().is_empty()).is_some() {}
        self
    }

    pub fn render(&self, with_colour: bool) -> String {
        let mut rendered = String::new();
        for (style, text) in &self.0 {
            match style.code().filter(|_| with_colour && !text.is_empty()) {
                Some(code) => {
                    rendered.push_str("\u{1b}[");
                    rendered.push_str(code);
                    rendered.push('m');
                    rendered.push_str(text);
                    rendered.push_str("\u{1b}[0m");
                }
                None => rendered.push_str(text),
            }
        }
        rendered
    }
}

/// Where the line that begins here ends: before the last space that has room, else before the first there is.
fn break_of(text: &[(Style, char)], columns: usize) -> usize {
    let mut used = 0;
    let mut has_words = false;
    let mut last = None;
    for (at, (_, c)) in text.iter().enumerate() {
        // Spaces that a line begins with are its indentation.
        if *c == ' ' && has_words {
            last = Some(at);
        }
        has_words |= *c != ' ';
        used += width(c.encode_utf8(&mut [0; 4]));
        if used > columns
            && let Some(last) = last
        {
            return last;
        }
    }
    text.len()
}

impl From<String> for Line {
    fn from(text: String) -> Self {
        Line::new().plain(text)
    }
}

impl From<&str> for Line {
    fn from(text: &str) -> Self {
        Line::new().plain(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lines_are_broken_between_words() {
        let line = Line::styled(Style::Dim, "  remedy: ").plain("look at /a/rather/long/path/that/nobody/breaks and at the moon");
        let shown = |columns| line.wrapped(columns, 4).iter().map(|line| line.render(false)).collect::<Vec<_>>();
        assert_eq!(shown(80), ["  remedy: look at /a/rather/long/path/that/nobody/breaks and at the moon"]);
        assert_eq!(shown(26), ["  remedy: look at", "    /a/rather/long/path/that/nobody/breaks", "    and at the moon"]);
        assert_eq!(line.wrapped(26, 4)[0].render(true), "\u{1b}[2m  remedy: \u{1b}[0mlook at");
        assert_eq!(shown(10).len(), 1, "too narrow to be read either way");
        let wide = Line::new().plain("銀河 ".repeat(20));
        assert!(wide.wrapped(30, 0).iter().all(|line| line.width() <= 30));
    }
}
