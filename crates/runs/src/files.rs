//! Where the logs and outputs of elements are, and reading logs.

use crate::Runs;
use db::blobs::Key;
use identity::{Action, Caller};
use model::id::RunId;
use model::run::ElementState;
use model::{Code, Problem};
use std::path::PathBuf;

#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stream {
    Stdout,
    Stderr,
}

impl Stream {
    pub fn as_str(self) -> &'static str {
        match self {
            Stream::Stdout => "stdout",
            Stream::Stderr => "stderr",
        }
    }
}

/// Each try has its own: what a lost pilot began to write never mixes with what the next one writes.
fn try_key(run: &RunId, element: u32, attempt: u32) -> Key {
    Key::of(run.as_str()).part(&format!("e{element}")).part(&format!("t{attempt}"))
}

pub(crate) fn log_key(run: &RunId, element: u32, attempt: u32, stream: Stream) -> Key {
    try_key(run, element, attempt).part(stream.as_str())
}

pub(crate) fn output_key(run: &RunId, element: u32, attempt: u32, path: &str) -> Key {
    try_key(run, element, attempt).part("outputs").named(path)
}

pub(crate) fn report_key(run: &RunId, element: u32, attempt: u32) -> Key {
    try_key(run, element, attempt).part("report")
}

/// A log as it is now.
#[derive(Debug)]
pub struct Log {
    pub path: PathBuf,
    /// How many bytes are there.
    pub bytes: u64,
    /// Nothing will be added.
    pub complete: bool,
    /// Names these bytes for ever, once nothing will be added.
    pub etag: Option<String>,
    /// More was written than is kept.
    pub truncated: bool,
}

impl Runs {
    /// The log of an element's latest try.
    pub async fn log(&self, caller: &Caller, run: &RunId, element: u32, stream: Stream) -> Result<Log, Problem> {
        self.authorized(caller, Action::RunsLogs, run).await?;
        let found = self.find_element(run, element).await?;
        let key = log_key(run, element, found.tries, stream);
        let bytes = self.0.blobs.len(&key)?.unwrap_or(0);
        let summary = found.report.as_ref().map(|report| match stream {
            Stream::Stdout => report.stdout,
            Stream::Stderr => report.stderr,
        });
        let complete = found.state == ElementState::Ended;
        Ok(Log {
            path: self.0.blobs.path(&key),
            bytes,
            complete,
            etag: complete.then(|| format!("\"{}:{bytes}\"", key.as_str())),
            truncated: summary.is_some_and(|summary| summary.truncated),
        })
    }

    /// Says when logs of a run grew, for those who follow one.
    pub fn follow_logs(&self) -> tokio::sync::broadcast::Receiver<crate::desk::LogNews> {
        self.0.desk.follow_logs()
    }

    /// One collected output, by the path that the report gives it.
    pub async fn output(
        &self,
        caller: &Caller,
        run: &RunId,
        element: u32,
        path: &str,
    ) -> Result<(PathBuf, model::run::CollectedFile), Problem> {
        self.authorized(caller, Action::RunsOutputs, run).await?;
        self.find_output(run, element, path).await
    }

    pub(crate) async fn find_output(
        &self,
        run: &RunId,
        element: u32,
        path: &str,
    ) -> Result<(PathBuf, model::run::CollectedFile), Problem> {
        let found = self.find_element(run, element).await?;
        let report = found.report.unwrap_or_default();
        let Some(file) = report.outputs.into_iter().find(|file| file.path == path) else {
            let shown: String = path.chars().filter(|c| !c.is_control()).take(120).collect();
            return Err(Problem::new(
                Code::InputMissing,
                format!("Run {run} has no output `{shown}` in element {element}."),
                format!("See what there is with `roadstead outputs {run}`."),
            ));
        };
        let path = self.0.blobs.path(&output_key(run, element, found.tries, &file.path));
        Ok((path, file))
    }
}
