use serde::{Deserialize, Serialize};

use super::{Conflict, Fact};
use crate::{ByteCount, Timestamp};

/// What a machine can be started from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Image {
    pub id: String,
    pub name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub system: Option<System>,
    /// `x86_64`, `aarch64`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub architecture: Option<String>,
    /// Whom one signs in as.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub login_user: Option<String>,
    /// A machine's disk cannot be smaller: what the image says, or its length once unpacked.
    pub min_disk: ByteCount,
    pub min_memory: ByteCount,
    /// As it is kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<ByteCount>,
    /// Of the community's catalogue: an AppDB address, or `registry/name:tag`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub community_image: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_at: Option<Timestamp>,
    pub standing: Standing,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub facts: Vec<Fact>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub conflicts: Vec<Conflict>,
}

/// An operating system, in lower case: `ubuntu` `22.04`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct System {
    pub name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
}

impl System {
    /// As people name it: `ubuntu:22.04`, or `ubuntu` for any version.
    pub fn named(text: &str) -> Self {
        let text = text.trim().to_ascii_lowercase();
        match text.split_once(':') {
            Some((name, version)) => Self { name: name.to_owned(), version: Some(version.to_owned()) },
            None => Self { name: text, version: None },
        }
    }

    /// `22` asks for any `22.…`; without a version any will do.
    pub fn is(&self, wanted: &System) -> bool {
        self.name.eq_ignore_ascii_case(&wanted.name)
            && match (&wanted.version, &self.version) {
                (None, _) => true,
                (Some(_), None) => false,
                (Some(wanted), Some(has)) => {
                    let rest = has
                        .get(wanted.len()..)
                        .filter(|_| has.as_bytes()[..wanted.len()].eq_ignore_ascii_case(wanted.as_bytes()));
                    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '-', '_']))
                }
            }
    }
}

/// Whether machines are started from it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "standing", rename_all = "snake_case")]
pub enum Standing {
    Offered,
    /// There is a newer one of the same.
    Superseded {
        by: String,
    },
    /// Its owner does not want it to be found; whoever knows its identifier may use it.
    Hidden,
    /// Made of a machine of this project: private, for those who know it.
    Snapshot,
    /// Of another project, shared with this one.
    Foreign {
        owner: String,
    },
    /// Deactivated, still being saved, or damaged.
    Unusable {
        why: String,
    },
}
