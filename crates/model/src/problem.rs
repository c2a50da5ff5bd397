//! What went wrong, in words and with a code: the answer to a failed request (RFC 9457) and the reason why a run
//! ended otherwise than done.

use crate::Code;
use serde::{Deserialize, Serialize};

/// An error a person can act on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, thiserror::Error)]
#[error("{detail}")]
pub struct Problem {
    pub code: Code,
    /// The title of the code.
    pub title: String,
    /// What happened here: what was tried, where, with what result.
    pub detail: String,
    /// What to do about it.
    pub remedy: String,
    /// Each field that is wrong, when the problem is one of fields.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<FieldProblem>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct FieldProblem {
    /// Where in the request: `inputs[2].to`.
    pub field: String,
    pub detail: String,
}

impl Problem {
    pub fn new(code: Code, detail: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { code, title: code.title().to_owned(), detail: detail.into(), remedy: remedy.into(), fields: Vec::new() }
    }

    pub fn with_fields(mut self, fields: Vec<FieldProblem>) -> Self {
        self.fields = fields;
        self
    }

    /// Something that should not have happened. What is known goes to the log, not to the caller.
    pub fn internal() -> Self {
        Self::new(
            Code::Internal,
            "The gateway met an error of its own; it was written to its log.",
            "Try again. If it comes back, tell the administrator the time and the request id.",
        )
    }

    pub fn not_found(what: &str, id: &str) -> Self {
        let id: String = id.chars().take(80).collect();
        Self::new(
            Code::NotFound,
            format!("There is no {what} `{id}` that you may see."),
            format!("Check the identifier; list what there is of {what}s."),
        )
    }
}
