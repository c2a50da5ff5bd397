//! What is known of something, and how.

use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Fact {
    pub name: String,
    pub value: String,
    /// How we know.
    pub source: String,
}

/// Two sources say different things of the same. What is believed is what the better source says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Conflict {
    pub about: String,
    pub believed: Fact,
    pub refuted: Fact,
}

/// How sure a verdict is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Confidence {
    /// Nothing speaks for it but that nothing speaks against it.
    Guessed,
    Likely,
    /// Seen to be so, or said by whoever decides it.
    Certain,
}
