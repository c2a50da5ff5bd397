//! What a person asks for: a command, its inputs and outputs, and what it needs.
//!
//! [`RunRequest`] is the shape on the wire and in files (TOML, YAML, JSON; unknown fields are refused).
//! [`RunRequest::check`] says everything that is wrong with it at once.

mod check;
mod image;
mod machine;
mod opening;
mod reading;
mod source;
mod workflow;

pub use check::{LARGEST_ARRAY, valid_name};
pub use image::{ArchiveKind, BadImage, Image};
pub use machine::Machine;
pub use opening::{BadOpening, Opening, Protocol};
pub use reading::{Format, read};
pub use source::{BadSource, Source};
pub use workflow::{Language, Workflow};

use crate::{ByteCount, Span};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RunRequest {
    /// A short name, to find it again. Made from the command when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(default)]
    pub kind: RunKind,
    /// The program and its arguments, as a list: no shell reads it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command: Option<Vec<String>>,
    /// A container image to run instead of a command of the host.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub container: Option<Container>,
    /// A workflow's file among the inputs. Its language's usual engine runs it, unless a command is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workflow: Option<Workflow>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub inputs: Vec<Input>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub outputs: Vec<Output>,
    #[serde(default)]
    pub resources: Resources,
    /// What a machine must have besides; only for the kind `machine`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub machine: Option<Machine>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub env: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub array: Option<Array>,
    /// Runs that must have ended as done before this one starts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub after: Vec<String>,
    /// How often an element that failed is tried again.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub retries: u8,
    /// The team whose members may see it and what comes of it: an identifier, or the name of one of yours.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub share_with: Option<String>,
    /// Restricts where it may run, and says for whom.
    #[serde(default, rename = "where", skip_serializing_if = "Where::is_empty")]
    pub place: Where,
}

fn is_zero(number: &u8) -> bool {
    *number == 0
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RunKind {
    /// A command, container or workflow that ends by itself.
    #[default]
    Batch,
    /// A computer of one's own, until it is deleted.
    Machine,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Container {
    /// The name of an image that is on the computer already, or `oci-archive:PATH`, `docker-archive:PATH` or `sif:PATH`
    /// with the path (`to`) of an input.
    pub image: String,
    /// Runs instead of the image's own entry point and command; without it, those run.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub command: Vec<String>,
    #[serde(default, skip_serializing_if = "Network::is_none")]
    pub network: Network,
}

/// What a container may reach.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Network {
    /// Nothing but itself.
    #[default]
    None,
    /// What the computer reaches.
    Host,
}

impl Network {
    fn is_none(&self) -> bool {
        *self == Self::None
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// `upload:ID`, `https://…`, `run:ID[/ELEMENT]/PATH` or `file:/PATH`.
    pub from: String,
    /// Where it lands, relative to the work directory.
    pub to: String,
    /// `sha256:<64 hexadecimal digits>`: checked on arrival when given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checksum: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Output {
    /// A path or pattern (`*.csv`, `plots/**`) relative to the work directory.
    pub path: String,
    /// A directory to put what matches under, instead of keeping its own path.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Resources {
    #[schema(minimum = 0.1)]
    pub cores: f64,
    pub memory: ByteCount,
    pub disk: ByteCount,
    pub accelerators: u32,
    pub walltime: Span,
    pub nodes: u32,
    pub tasks_per_node: u32,
}

impl Default for Resources {
    fn default() -> Self {
        Self {
            cores: 1.0,
            memory: ByteCount::gibi(1),
            disk: ByteCount::gibi(1),
            accelerators: 0,
            walltime: Span::seconds(3_600),
            nodes: 1,
            tasks_per_node: 1,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Array {
    pub count: u32,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Where {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub site: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<String>,
    /// One of your communities, in whose name it runs: its quotas count it, and its managers see it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub community: Option<String>,
}

impl Where {
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl RunRequest {
    pub fn elements(&self) -> u32 {
        self.array.map_or(1, |array| array.count)
    }

    /// The given name, or the program's.
    pub fn display_name(&self) -> String {
        if let Some(name) = &self.name {
            return name.clone();
        }
        let program = self.workflow.as_ref().map(|workflow| &workflow.file);
        let program = program.or(self.command.as_ref().and_then(|command| command.first()));
        let program = program.or(self.container.as_ref().map(|container| &container.image));
        let usual = match self.kind {
            RunKind::Batch => "run",
            RunKind::Machine => "machine",
        };
        let last = program.and_then(|program| program.rsplit('/').next()).unwrap_or(usual);
        let kept: String = last.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')).take(40).collect();
        if kept.is_empty() { "run".to_owned() } else { kept }
    }
}

/// Replaces `{index}`: how one request describes every element of an array.
pub fn with_index(text: &str, index: u32) -> String {
    text.replace("{index}", &index.to_string())
}
