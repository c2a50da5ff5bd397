//! What came back: a value, a problem, or nothing that can be understood.

use model::{Code, Problem};
use reqwest::Response;
use serde::de::DeserializeOwned;

/// No answer of the API that is read as a whole is longer; a list comes in pages.
const LONGEST: usize = 64 << 20;
const LONGEST_PROBLEM: usize = 1 << 20;

/// The same answer, unless it says that the request failed.
pub async fn check(response: Response) -> Result<Response, Problem> {
    let status = response.status();
    if status.is_success() {
        return Ok(response);
    }
    let body = collect(response, LONGEST_PROBLEM).await.unwrap_or_default();
    Err(problem_of(status.as_u16(), &body))
}

pub async fn read<T: DeserializeOwned>(response: Response) -> Result<T, Problem> {
    let body = collect(response, LONGEST).await?;
    serde_json::from_slice(&body).map_err(|error| not_understood(&error.to_string()))
}

async fn collect(mut response: Response, most: usize) -> Result<Vec<u8>, Problem> {
    let address = response.url().origin().ascii_serialization();
    let mut body = Vec::new();
    while let Some(piece) = response.chunk().await.map_err(|error| of_transport(&address, &error))? {
        if body.len() + piece.len() > most {
            return Err(not_understood(&format!("the answer is longer than {most} bytes")));
        }
        body.extend_from_slice(&piece);
    }
    Ok(body)
}

fn problem_of(status: u16, body: &[u8]) -> Problem {
    if let Ok(problem) = serde_json::from_slice(body) {
        return problem;
    }
    // A newer gateway may have codes that are not known here; its words are still worth having.
    let value: serde_json::Value = serde_json::from_slice(body).unwrap_or_default();
    let text = |key: &str| value.get(key).and_then(serde_json::Value::as_str);
    match (text("detail"), text("remedy")) {
        (Some(detail), remedy) => {
            let code = text("code").unwrap_or("without a code");
            Problem::new(
                Code::AnswerNotUnderstood,
                format!("{detail} ({code})"),
                remedy.unwrap_or("Ask whoever runs this gateway."),
            )
        }
        (None, _) => not_understood(&format!("it answered with HTTP status {status} and no explanation")),
    }
}

pub fn not_understood(why: &str) -> Problem {
    Problem::new(
        Code::AnswerNotUnderstood,
        format!("The gateway's answer is not understood: {why}."),
        "Check that the address is a Roadstead gateway's, and that this program is not much older or newer than it.",
    )
}

/// The request did not arrive, or its answer did not.
pub fn of_transport(address: &str, error: &reqwest::Error) -> Problem {
    // The last of the chain is what really happened ("connection refused"); the first only says that it did.
    let mut cause: &dyn std::error::Error = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    Problem::new(
        Code::GatewayUnreachable,
        format!("The gateway at {address} does not answer: {cause}."),
        "Check the address (--gateway, ROADSTEAD_GATEWAY) and the network. Runs go on without you: nothing is lost.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_become_problems_whatever_was_answered() {
        let known = br#"{"type":"about:blank","code":"RS-1008","title":"t","detail":"d","remedy":"r","status":404}"#;
        assert_eq!(problem_of(404, known).code, Code::NotFound);
        let newer = br#"{"code":"RS-9876","title":"t","detail":"too many moons","remedy":"wait"}"#;
        let problem = problem_of(422, newer);
        assert_eq!((problem.code, problem.remedy.as_str()), (Code::AnswerNotUnderstood, "wait"));
        assert!(problem.detail.contains("too many moons (RS-9876)"), "{problem:?}");
        assert!(problem_of(502, b"<html>").detail.contains("502"));
    }
}
