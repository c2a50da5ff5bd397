//! Which run is meant: an identifier, its beginning, or a name.

use crate::client::Client;
use model::id::RunId;
use model::run::Run;
use model::{Code, Problem};

/// Fewer characters say nothing: identifiers begin with the time.
const SHORTEST: usize = 4;

pub async fn find_run(client: &Client, text: &str) -> Result<Run, Problem> {
    if let Ok(id) = text.parse::<RunId>() {
        return client.get(&["runs", id.as_str()], &[]).await;
    }
    if let Some(run) = newest_of_name(client, text).await? {
        return Ok(run);
    }
    let digits = text.strip_prefix("run-").unwrap_or(text);
    let may_be_prefix = digits.len() >= SHORTEST && digits.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'v'));
    match may_be_prefix {
        true => with_prefix(client, text, &format!("run-{digits}")).await,
        false => Err(Problem::not_found("run", text)),
    }
}

async fn newest_of_name(client: &Client, name: &str) -> Result<Option<Run>, Problem> {
    let query = [("name", name.to_owned()), ("limit", "1".to_owned())];
    let mut pages = client.pages::<Run>(&["runs"], &query);
    Ok(pages.next().await?.and_then(|page| page.into_iter().next()))
}

/// The list is sorted by identifier, the latest first: it is read only until the prefix lies behind.
async fn with_prefix(client: &Client, given: &str, prefix: &str) -> Result<Run, Problem> {
    let query = [("limit", "100".to_owned())];
    let mut pages = client.pages::<Run>(&["runs"], &query);
    let mut found: Vec<Run> = Vec::new();
    'pages: while let Some(page) = pages.next().await? {
        for run in page {
            if run.id.as_str().starts_with(prefix) {
                found.push(run);
            } else if run.id.as_str() < prefix {
                break 'pages;
            }
        }
    }
    match (found.pop(), found.pop()) {
        (Some(run), None) => Ok(run),
        (None, _) => Err(Problem::not_found("run", given)),
        (Some(one), Some(other)) => Err(Problem::new(
            Code::UsageWrong,
            format!("`{given}` is the beginning of several runs: {}, {} and {} more.", one.id, other.id, found.len()),
            "Give more of the identifier.",
        )),
    }
}
