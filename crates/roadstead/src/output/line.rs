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
