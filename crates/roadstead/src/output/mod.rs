//! Everything that the program shows. The only module that prints.
//!
//! What comes from elsewhere (names, messages, logs) may hold anything, also what takes a terminal over. So nothing
//! reaches a terminal as text with escape sequences in it: callers build a [`Line`] of spans, each span is cleaned
//! when it is written, and colours are added afterwards, here. Logs, which may bring colours of their own, pass
//! [`log`]. Results go to standard output; progress, hints and errors to standard error, so that standard output
//! holds nothing but the result.

mod ago;
mod line;
mod log;
mod progress;
mod screen;
mod table;
mod text;

pub use ago::{ago, bytes, count, lasted};
pub use line::{Line, Style};
pub use log::LogFilter;
pub use progress::Progress;
pub use table::{Column, Table};

use model::Problem;
use screen::Screen;
use serde::Serialize;
use std::io::Write;

/// Where and how to show things.
pub struct Output {
    json: bool,
    out: Screen,
    err: Screen,
}

impl Output {
    pub fn new(json: bool) -> Self {
        Self { json, out: Screen::stdout(), err: Screen::stderr() }
    }

    /// The caller wants data, not tables.
    pub fn is_json(&self) -> bool {
        self.json
    }

    /// Somebody looks at standard error, so progress may move there.
    pub fn is_watched(&self) -> bool {
        self.err.is_terminal
    }

    /// A line of the result.
    pub fn line(&self, line: impl Into<Line>) {
        let text = line.into().render(self.out.has_colour);
        write_out(format_args!("{text}\n"));
    }

    /// A line of the result that may be long: broken between words where somebody reads it.
    pub fn paragraph(&self, line: impl Into<Line>, indent: usize) {
        for line in self.out.fit(line.into(), indent) {
            self.line(line);
        }
    }

    /// A line about what is going on.
    pub fn note(&self, line: impl Into<Line>) {
        for line in self.err.fit(line.into(), 2) {
            let text = line.render(self.err.has_colour);
            write_err(format_args!("{text}\n"));
        }
    }

    /// Text in Markdown: as it is for programs, easier to read for people.
    pub fn page(&self, text: &str) {
        if !self.out.is_terminal {
            return self.document(text);
        }
        for line in text.lines() {
            match (line.starts_with('#'), line.starts_with("- ")) {
                (true, _) => self.paragraph(Line::styled(Style::Strong, line.trim_start_matches('#').trim_start()), 0),
                (false, true) => self.paragraph(line, 2),
                (false, false) => self.paragraph(line, 0),
            }
        }
    }

    pub fn table(&self, table: &Table) {
        let columns = self.out.columns;
        let lines = if self.out.is_terminal { table.lines(columns) } else { table.rows(columns) };
        lines.into_iter().for_each(|line| self.line(line));
    }

    pub fn json(&self, data: &impl Serialize) {
        match serde_json::to_string_pretty(data) {
            Ok(text) => write_out(format_args!("{text}\n")),
            Err(error) => self.note(format!("cannot be written as JSON: {error}")),
        }
    }

    /// One of many, for programs that read line by line.
    pub fn json_line(&self, data: &impl Serialize) {
        match serde_json::to_string(data) {
            Ok(text) => write_out(format_args!("{text}\n")),
            Err(error) => self.note(format!("cannot be written as JSON: {error}")),
        }
    }

    /// Text made here for other programs (a description of the interface, completions), passed on as it is.
    pub fn document(&self, text: &str) {
        write_out(format_args!("{text}"));
    }

    /// A filter for a log that goes to standard output, or to standard error.
    pub fn log_filter(&self, to_stderr: bool) -> LogFilter {
        let screen = if to_stderr { &self.err } else { &self.out };
        LogFilter::new(screen.is_terminal)
    }

    /// Bytes of a log, after its filter.
    pub fn log(&self, to_stderr: bool, bytes: &[u8]) {
        let written = if to_stderr {
            let mut err = std::io::stderr().lock();
            err.write_all(bytes).and_then(|()| err.flush())
        } else {
            let mut out = std::io::stdout().lock();
            out.write_all(bytes).and_then(|()| out.flush())
        };
        end_if_nobody_reads(written);
    }

    /// `error[RS-1003]: …`, what to do, and each field that is wrong.
    pub fn problem(&self, problem: &Problem) {
        for line in problem_lines("error", problem) {
            self.note(line);
        }
    }

    /// Shows a problem as part of a result: why a run failed.
    pub fn cause(&self, problem: &Problem) {
        for line in problem_lines("cause", problem) {
            self.paragraph(line, 2);
        }
    }

    /// A bar for work whose length is known. On no terminal it is silent.
    pub fn progress(&self, title: &str, total: u64, unit: progress::Unit) -> Progress {
        Progress::bar(self.is_watched(), title, total, unit)
    }

    /// Something that turns while nobody knows how long it takes. On no terminal it is silent.
    pub fn spinner(&self, title: &str) -> Progress {
        Progress::spinner(self.is_watched(), title)
    }
}

pub use progress::Unit;

fn problem_lines(word: &str, problem: &Problem) -> Vec<Line> {
    // One problem of fields repeats the fields in its detail, for those who only read that.
    let detail = if problem.fields.is_empty() { &problem.detail } else { &problem.title };
    let mut words = detail.lines();
    let first = Line::new().with(Style::Bad, format!("{word}[{}]", problem.code)).plain(": ");
    let mut lines = vec![first.plain(words.next().unwrap_or_default())];
    // A detail may quote what a command said, line by line.
    lines.extend(words.map(|text| Line::new().plain("  | ").plain(text)));
    for field in &problem.fields {
        lines.push(Line::new().plain("  ").with(Style::Strong, &field.field).plain(": ").plain(&field.detail));
    }
    lines.push(Line::new().with(Style::Dim, "  remedy: ").plain(&problem.remedy));
    lines
}

fn write_out(text: std::fmt::Arguments<'_>) {
    end_if_nobody_reads(std::io::stdout().lock().write_fmt(text));
}

fn write_err(text: std::fmt::Arguments<'_>) {
    // Where errors cannot be shown, there is nowhere to say so.
    let _ = std::io::stderr().lock().write_fmt(text);
}

/// `roadstead ps | head -1` closes the pipe: an end, not an error.
fn end_if_nobody_reads(written: std::io::Result<()>) {
    if written.is_err_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe) {
        std::process::exit(0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::Code;
    use model::problem::FieldProblem;

    #[test]
    fn problems_say_code_fields_and_remedy_and_cannot_reach_the_terminal() {
        let fields = vec![FieldProblem { field: "inputs[0].to".into(), detail: "bad \u{1b}[2J".into() }];
        let problem = Problem::new(Code::InvalidField, "x", "Correct it.").with_fields(fields);
        let shown: Vec<String> = problem_lines("error", &problem).iter().map(|line| line.render(false)).collect();
        assert_eq!(shown[0], "error[RS-1003]: A field of the request is wrong");
        assert_eq!(shown[1], "  inputs[0].to: bad \\u{1b}[2J");
        assert_eq!(shown[2], "  remedy: Correct it.");
        let coloured = problem_lines("error", &problem)[0].render(true);
        assert!(coloured.starts_with("\u{1b}[") && coloured.contains("RS-1003"), "{coloured:?}");
    }
}
