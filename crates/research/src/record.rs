//! What a run was, in plain owned data. Nothing here is checked by its type: [`crate::write_crate`] checks it
//! all before it writes. Secrets must be gone from every field; a crate is made to be given away.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunRecord {
    pub id: String,
    pub name: String,
    pub description: Option<String>,
    /// The gateway's database, for telling apart runs of different gateways.
    pub deployment: String,
    pub gateway_version: String,
    pub person: Person,
    /// Under what terms others may use the results; `None` is written down as "none chosen".
    pub license: Option<License>,
    pub request: Request,
    /// The run carried out a workflow file, which is among the outputs of its elements when it was kept.
    pub workflow: Option<Workflow>,
    /// An array of one element is still an array: its files are numbered.
    pub array: bool,
    /// RFC 3339. Also the date of every file in the zip.
    pub ended: String,
    pub elements: Vec<Element>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    pub name: String,
    /// An address (`https://orcid.org/...`) or anything else that names the person at this gateway.
    pub id: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct License {
    /// `https://spdx.org/licenses/CC-BY-4.0`, for instance.
    pub url: String,
    pub name: String,
}

/// The request as it was submitted, kept as a file of the crate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    pub media_type: String,
    pub text: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Workflow {
    /// Where the engine found it, relative to the work directory.
    pub path: String,
    pub language: Language,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Language {
    Cwl,
    Snakemake,
    Nextflow,
    Wdl,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Element {
    pub index: u32,
    pub command: Vec<String>,
    pub env: BTreeMap<String, String>,
    /// `None` when the command never started.
    pub exit: Option<Exit>,
    pub outcome: Outcome,
    /// Why, when the outcome is not `Done`.
    pub cause: Option<String>,
    /// RFC 3339; `None` when the command never started.
    pub started: Option<String>,
    /// RFC 3339.
    pub ended: String,
    /// Where it ran; `None` when it never got anywhere.
    pub place: Option<Place>,
    /// The image it ran in.
    #[serde(default)]
    pub container: Option<ContainerImage>,
    pub usage: Usage,
    pub inputs: Vec<Input>,
    pub outputs: Vec<Output>,
    pub logs: Vec<Log>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContainerImage {
    /// `registry.example/group/name:tag`, or how the request named an image that has no name.
    pub name: String,
    /// 64 lowercase hexadecimal digits, of the image's manifest.
    pub sha256: String,
    /// The engine that ran it, with its version.
    pub engine: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Exit {
    Code(i32),
    Signal(i32),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    Done,
    Failed,
    Cancelled,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    pub service: String,
    pub operating_system: String,
    pub pilot_version: String,
}

/// What the element used, as far as it could be measured.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Usage {
    pub cpu_seconds: Option<f64>,
    pub memory_peak_bytes: Option<u64>,
    pub read_bytes: Option<u64>,
    pub written_bytes: Option<u64>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Input {
    /// Where it came from: an address or one of our references (`upload:...`, `run:...`).
    pub from: String,
    /// Where the command found it, relative to its work directory.
    pub path: String,
    pub bytes: u64,
    /// 64 lowercase hexadecimal digits.
    pub sha256: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Output {
    /// Where the command left it, relative to its work directory.
    pub path: String,
    pub bytes: u64,
    /// 64 lowercase hexadecimal digits.
    pub sha256: String,
    pub media_type: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Log {
    pub stream: Stream,
    pub bytes: u64,
    /// The command wrote more than was kept.
    pub truncated: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stream {
    Stdout,
    Stderr,
}

impl Stream {
    pub fn name(self) -> &'static str {
        match self {
            Self::Stdout => "stdout",
            Self::Stderr => "stderr",
        }
    }
}
