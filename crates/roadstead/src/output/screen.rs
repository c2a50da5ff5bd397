//! What is at the other end of standard output and standard error.

use super::line::Line;
use std::io::IsTerminal;
use std::os::fd::AsFd;

pub struct Screen {
    pub is_terminal: bool,
    pub has_colour: bool,
    pub columns: usize,
}

/// What a table fits when nobody says how wide the paper is.
const COLUMNS: usize = 80;

impl Screen {
    pub fn stdout() -> Self {
        Self::of(&std::io::stdout())
    }

    pub fn stderr() -> Self {
        Self::of(&std::io::stderr())
    }

    /// In lines that fit; for a file or a pipe a line is a line.
    pub fn fit(&self, line: Line, indent: usize) -> Vec<Line> {
        if self.is_terminal { line.wrapped(self.columns, indent) } else { vec![line] }
    }

    fn of(stream: &(impl IsTerminal + AsFd)) -> Self {
        let is_terminal = stream.is_terminal();
        let columns = if is_terminal { width_of(stream) } else { None };
        Self { is_terminal, has_colour: is_terminal && wants_colour(), columns: columns.unwrap_or(COLUMNS) }
    }
}

/// https://no-color.org: set and not empty means no colour.
fn wants_colour() -> bool {
    let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let dumb = std::env::var_os("TERM").is_some_and(|value| value == "dumb");
    !refused && !dumb
}

fn width_of(stream: &impl AsFd) -> Option<usize> {
    let size = rustix::termios::tcgetwinsize(stream.as_fd()).ok()?;
    // A terminal that says 0 does not know; one of 20 columns would leave no room for anything.
    (size.ws_col >= 20).then_some(usize::from(size.ws_col))
}
