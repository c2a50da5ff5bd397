//! `ro-crate-preview.html`: what was run, what went in, what came out, for people. One static page; RO-Crate
//! asks for a copy of the metadata in its head. Nothing in it is trusted: text is escaped, links lead to files of
//! the crate or to http addresses.

use std::fmt::{self, Display};
use std::io::{self, Write};

use crate::archive::Written;
use crate::describe::{command_line, exit_text, member_id};
use crate::graph;
use crate::layout::{Layout, Part, Place};
use crate::names::misleads;
use crate::record::Outcome;

const STYLE: &str = "body{font:15px/1.5 sans-serif;max-width:70em;margin:2em auto;padding:0 1em}\
table{border-collapse:collapse}td,th{text-align:left;padding:.2em .8em .2em 0;vertical-align:top}\
code{overflow-wrap:anywhere}";

pub(crate) fn write(layout: &Layout<'_>, written: &[Option<Written>], out: &mut impl Write) -> io::Result<()> {
    let record = layout.record;
    let title = Text(&record.name);
    write!(out, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>{title}</title>\n")?;
    write!(out, "<style>{STYLE}</style>\n<script type=\"application/ld+json\">\n")?;
    graph::write(layout, written, out)?;
    write!(out, "</script>\n</head>\n<body>\n<h1>{title}</h1>\n")?;
    if let Some(description) = &record.description {
        writeln!(out, "<p>{}</p>", Text(description))?;
    }
    writeln!(
        out,
        "<p>Run {} by {}, ended {}. Licence: {}.</p>",
        Text(&record.id),
        Text(&record.person.name),
        layout.ended.iso(),
        Text(record.license.as_ref().map_or("none chosen", |license| &license.name)),
    )?;
    writeln!(
        out,
        "<p><a href=\"ro-crate-metadata.json\">Metadata</a>, <a href=\"{}\">the request as submitted</a></p>",
        graph::request_path(&record.request),
    )?;
    for place in &layout.elements {
        element(layout, written, place, out)?;
    }
    out.write_all(b"</body>\n</html>\n")?;
    out.flush()
}

fn element(layout: &Layout<'_>, written: &[Option<Written>], place: &Place<'_>, out: &mut impl Write) -> io::Result<()> {
    let element = place.element;
    if layout.record.array {
        writeln!(out, "<h2>Element {}</h2>", element.index)?;
    }
    let outcome = match element.outcome {
        Outcome::Done => "Done",
        Outcome::Failed => "Failed",
        Outcome::Cancelled => "Cancelled",
    };
    writeln!(out, "<p><code>{}</code></p>", Text(&command_line(&element.command)))?;
    write!(out, "<p>{outcome}, {}", exit_text(element.exit))?;
    if let Some(cause) = &element.cause {
        write!(out, ": {}", Text(cause))?;
    }
    if let Some(started) = place.started {
        write!(out, "<br>From {} to {}", started.iso(), place.ended.iso())?;
    }
    if let Some(place) = &element.place {
        write!(out, "<br>On {}, {}", Text(&place.service), Text(&place.operating_system))?;
    }
    out.write_all(b"</p>\n")?;
    files("Inputs", layout, written, &place.inputs, out)?;
    files("Outputs", layout, written, &place.outputs, out)?;
    files("Logs", layout, written, &place.logs, out)
}

fn files(
    title: &str,
    layout: &Layout<'_>,
    written: &[Option<Written>],
    indices: &[usize],
    out: &mut impl Write,
) -> io::Result<()> {
    if indices.is_empty() {
        return Ok(());
    }
    writeln!(out, "<table>\n<tr><th>{title}</th><th>Bytes</th><th>SHA-256</th></tr>")?;
    for &index in indices {
        let (member, written) = (&layout.members[index], &written[index]);
        let name = match member.part {
            Part::Input(input) => &input.path,
            Part::Output(output) | Part::Workflow(output, _) => &output.path,
            Part::Log(log) => log.stream.name(),
        };
        let id = member_id(member, written);
        out.write_all(b"<tr><td>")?;
        if id.starts_with('#') {
            write!(out, "{} (not in this crate)", Text(name))?;
        } else {
            write!(out, "<a href=\"{}\">{}</a>", Text(&id), Text(name))?;
        }
        let sha256 = written.as_ref().map(|written| written.sha256.as_str()).or(member.sha256()).unwrap_or_default();
        writeln!(out, "</td><td>{}</td><td><code>{sha256}</code></td></tr>", member.bytes())?;
    }
    out.write_all(b"</table>\n")
}

/// Text as HTML text or attribute. What is invisible or turns the reading direction is shown as its code, since a
/// name must not look like another.
struct Text<'a>(&'a str);

impl Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for c in self.0.chars() {
            match c {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&#39;")?,
                '\n' | '\t' => write!(f, "{c}")?,
                c if misleads(c) => write!(f, "{}", c.escape_unicode())?,
                c => write!(f, "{c}")?,
            }
        }
        Ok(())
    }
}
