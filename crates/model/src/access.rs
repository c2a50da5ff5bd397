//! How one person stands at a service: where they may work, or why not and what to do about it.

use serde::{Deserialize, Serialize};

use crate::Timestamp;
use crate::offer::Named;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Access {
    #[serde(flatten)]
    pub state: AccessState,
    /// When the service was last asked about this person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen_at: Option<Timestamp>,
    /// It is being asked right now.
    #[serde(default)]
    pub looking: bool,
    /// The last time it was asked it did not answer: what is said here is older.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trouble: Option<Help>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "access", rename_all = "snake_case")]
pub enum AccessState {
    /// Nobody has asked yet.
    Unknown,
    /// The projects in which one may work; none: it let one in, and has nothing for one.
    Open { projects: Vec<Project> },
    /// It serves communities of which one is no member: it was not asked, and saw no token.
    NotYours { help: Help },
    /// It understood who asks, and said no; or there is nothing to sign in with.
    Closed { help: Help },
    /// It cannot be asked now, and never was before.
    Unreachable { help: Help },
}

/// Where one may work at a service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Project {
    pub project: Named,
    /// Whose it is, as the federation or the site says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub community: Option<String>,
}

/// What is the matter, and what can be done about it by whom.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Help {
    pub why: String,
    pub remedy: String,
    /// Where one asks to be let in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
    /// Ready to be sent to those who can help.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<String>,
}

impl Help {
    pub fn new(why: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { why: why.into(), remedy: remedy.into(), link: None, request: None }
    }
}
