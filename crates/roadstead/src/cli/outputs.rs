//! `outputs`: what a run left behind, and bringing it here.

use super::exit::Exit;
use super::select;
use super::session::Session;
use crate::client::{Client, Download, Target};
use crate::output::{Column, Line, Style, Table, Unit, bytes, count};
use model::Problem;
use model::run::{CollectedFile, Run};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::cell::Cell;
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  roadstead outputs merge
  roadstead outputs merge --to results
  roadstead outputs find --element 2 --to results
  roadstead outputs merge --crate merge.crate.zip

What is there already is not fetched again, and an interrupted download goes on where it \
stopped. Every file is checked (sha-256). Outputs of an array go to DIR/INDEX/.";

/// List the outputs of a run, or fetch them.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Outputs {
    /// An identifier, its beginning, or a name (the newest of that name).
    #[arg(value_name = "RUN")]
    run: String,

    /// Fetch them into this directory.
    #[arg(long, value_name = "DIR")]
    to: Option<PathBuf>,

    /// Only of this element of an array.
    #[arg(long, value_name = "INDEX")]
    element: Option<u32>,

    /// Fetch the research object (RO-Crate): outputs, logs, and how they were made, in one file.
    #[arg(long = "crate", value_name = "FILE", conflicts_with_all = ["to", "element"])]
    crate_file: Option<PathBuf>,
}

/// One output, as the gateway lists it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct OutputFile {
    pub element: u32,
    #[serde(flatten)]
    pub file: CollectedFile,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub media_type: Option<String>,
}

impl Outputs {
    pub async fn carry_out(self, session: &Session) -> Result<Exit, Problem> {
        let client = session.client().await?;
        let run = select::find_run(&client, &self.run).await?;
        if let Some(path) = &self.crate_file {
            let turning = session.output.spinner("fetching the research object");
            let path = client.download_crate(&run.id, path).await?;
            drop(turning);
            match session.output.is_json() {
                true => session.output.json(&json!({ "run": run.id, "crate": path })),
                false => session.output.line(path.display().to_string()),
            }
            return Ok(Exit::Success);
        }
        let mut files: Vec<OutputFile> = client.all(&["runs", run.id.as_str(), "outputs"], &[]).await?;
        files.retain(|file| self.element.is_none_or(|element| file.element == element));
        match &self.to {
            Some(directory) => {
                let by_element = run.elements.total > 1 && self.element.is_none();
                fetch(session, &client, &run, &files, directory, by_element).await
            }
            None => {
                list(session, &run, &files);
                Ok(Exit::Success)
            }
        }
    }
}

fn list(session: &Session, run: &Run, files: &[OutputFile]) {
    let output = &session.output;
    if output.is_json() {
        output.json(&json!({ "items": files, "next": null }));
        return;
    }
    if files.is_empty() {
        let why = if run.outcome.is_none() { "It has not ended." } else { "It asked for none, or made none." };
        output.note(format!("There are no outputs. {why}"));
        return;
    }
    let columns =
        [Column::number("ELEMENT"), Column::flexible("PATH", 16), Column::number("SIZE"), Column::flexible("SHA-256", 12)];
    let is_array = run.elements.total > 1;
    let mut table = Table::new(columns.get(usize::from(!is_array)..).unwrap_or_default());
    for OutputFile { element, file, .. } in files {
        let element = is_array.then(|| element.to_string().into());
        let rest = [file.path.as_str().into(), bytes(file.bytes).into(), Line::styled(Style::Dim, &file.sha256)];
        table.row(element.into_iter().chain(rest));
    }
    output.table(&table);
}

/// Fetches what can be fetched; a name that is refused does not keep the others away.
async fn fetch(
    session: &Session,
    client: &Client,
    run: &Run,
    files: &[OutputFile],
    directory: &std::path::Path,
    by_element: bool,
) -> Result<Exit, Problem> {
    let target = Target::open(directory)?;
    let total = files.iter().map(|file| file.file.bytes).sum();
    let progress = session.output.progress(&run.name, total, Unit::Bytes);
    let before = Cell::new(0);
    let (mut fetched, mut present, mut refused) = (0, 0, Vec::new());
    for OutputFile { element, file, .. } in files {
        let place = if by_element { format!("{element}/{}", file.path) } else { file.path.clone() };
        let told = |bytes: u64| progress.set(before.get() + bytes);
        match client.download(&run.id, *element, file, &target, &place, told).await {
            Ok(Download::Fetched) => fetched += 1,
            Ok(Download::AlreadyThere) => present += 1,
            Err(problem) if problem.code == model::Code::OutputRefused => refused.push(problem),
            Err(problem) => return Err(problem),
        }
        before.set(before.get() + file.bytes);
    }
    drop(progress);
    let output = &session.output;
    refused.iter().for_each(|problem| output.problem(problem));
    if output.is_json() {
        output.json(&json!({ "directory": directory, "fetched": fetched, "present": present, "refused": refused }));
    } else {
        let there = if present > 0 { format!(", {present} there already") } else { String::new() };
        output.line(format!("{} fetched into {}{there} ({})", count(fetched, "file"), directory.display(), bytes(total)));
    }
    Ok(if refused.is_empty() { Exit::Success } else { Exit::Failed })
}
