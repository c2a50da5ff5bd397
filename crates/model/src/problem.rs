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

    /// Only what happened, without lines that a command wrote, for those who may not see its logs.
    pub fn leave_out_lines(&mut self) {
        if let Some((what, _)) = self.detail.split_once('\n') {
            self.detail = what.strip_suffix("; last lines of stderr:").unwrap_or(what).to_owned();
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_command_wrote_can_be_left_out_of_a_cause() {
        let left = |detail: &str| {
            let mut problem = Problem::new(Code::CommandFailed, detail, "Look.");
            problem.leave_out_lines();
            problem.detail
        };
        assert_eq!(left("element 3: exit status 7; last lines of stderr:\nkey=secret\nmore"), "element 3: exit status 7");
        assert_eq!(left("exit status 7"), "exit status 7");
    }
}
