//! Reports of elements: in the row while they are short, in a blob beside it when they are long.

use crate::files::report_key;
use db::DbError;
use db::blobs::Blobs;
use model::id::RunId;
use model::run::{Element, Report};
use pilot::protocol::Held;
use std::io::Write;

/// Rows stay below 64 KiB.
const LONGEST: usize = 48 * 1024;

/// The text for the row. The lists of a long report are left out of it; the whole is in the blob.
pub(crate) fn to_text(blobs: &Blobs, run: &RunId, held: Held, report: &Report) -> Result<String, DbError> {
    let whole = text_of(report)?;
    if whole.len() <= LONGEST {
        return Ok(whole);
    }
    blobs.write(&report_key(run, held.index, held.attempt), |file| file.write_all(whole.as_bytes()))?;
    text_of(&Report { inputs: Vec::new(), outputs: Vec::new(), ..report.clone() })
}

fn text_of(report: &Report) -> Result<String, DbError> {
    serde_json::to_string(report).map_err(|error| DbError::Unreadable { column: "report".into(), detail: error.to_string() })
}

/// Puts back what was left out of the row.
pub(crate) fn complete(blobs: &Blobs, run: &RunId, mut element: Element) -> Result<Element, DbError> {
    let path = blobs.path(&report_key(run, element.index, element.tries));
    if element.report.as_ref().is_some_and(|report| report.outputs.is_empty() && report.inputs.is_empty())
        && let Ok(text) = std::fs::read(&path)
    {
        let whole = serde_json::from_slice(&text);
        element.report = Some(whole.map_err(|error| DbError::Unreadable { column: "report".into(), detail: error.to_string() })?);
    }
    Ok(element)
}
