//! What came back: a value, a problem, or nothing that can be understood.

use model::{Code, Problem};
use reqwest::Response;
use serde::de::DeserializeOwned;
use serde_json::Value;

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
    value_of(&body)
}

fn value_of<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    let strict = serde_json::from_slice(body);
    strict.or_else(|error| {
        let Ok(mut value) = serde_json::from_slice::<Value>(body) else { return Err(not_understood(&error.to_string())) };
        replace_unknown_codes(&mut value);
        serde_json::from_value(value).map_err(|_| not_understood(&error.to_string()))
    })
}

/// Why a run failed may have a code that only a newer gateway knows: its words are kept, with the code in them.
fn replace_unknown_codes(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(replace_unknown_codes),
        Value::Object(fields) => {
            let code = fields.get("code").and_then(Value::as_str).filter(|code| code.parse::<Code>().is_err());
            if let (Some(code), Some(detail)) = (code, fields.get("detail").and_then(Value::as_str)) {
                let detail = format!("{detail} ({code})");
                fields.insert("detail".into(), detail.into());
                fields.insert("code".into(), Code::AnswerNotUnderstood.to_string().into());
            }
            fields.values_mut().for_each(replace_unknown_codes);
        }
        _ => {}
    }
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
    let value: Value = serde_json::from_slice(body).unwrap_or_default();
    let text = |key: &str| value.get(key).and_then(Value::as_str);
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
    use std::collections::BTreeMap;

    #[test]
    fn failures_become_problems_whatever_was_answered() {
        let known = br#"{"type":"about:blank","code":"RS-1008","title":"t","detail":"d","remedy":"r","status":404}"#;
        assert_eq!(problem_of(404, known).code, Code::NotFound);
        let newer = br#"{"code":"RS-9876","title":"t","detail":"too many moons","remedy":"wait"}"#;
        let problem = problem_of(422, newer);
        assert_eq!((problem.code, problem.remedy.as_str()), (Code::AnswerNotUnderstood, "wait"));
        assert!(problem.detail.contains("too many moons (RS-9876)"), "{problem:?}");
        let inner = format!(
            r#"{{"items":[{}]}}"#,
            String::from_utf8_lossy(newer).replace("\"remedy\"", "\"status\":422,\"type\":\"x\",\"remedy\"")
        );
        let read: BTreeMap<String, Vec<Problem>> = value_of(inner.as_bytes()).expect("readable");
        assert_eq!(read["items"][0].detail, "too many moons (RS-9876)");
        assert!(value_of::<BTreeMap<String, Vec<Problem>>>(b"{\"items\":3}").is_err());
        assert!(problem_of(502, b"<html>").detail.contains("502"));
    }
}
