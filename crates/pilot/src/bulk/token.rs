//! A token of the run's owner, for the server that holds an input.

use std::time::Duration;

use data::Hasher;
use model::{Code, Problem, Secret};
use reqwest::StatusCode;
use serde::Deserialize;
use tokio::time::sleep;

use super::{Bulk, BulkError, Failure, Patience, refusal};
use crate::protocol::paths;

/// Somebody has to sign in: that takes a person's time.
const PAUSE: Duration = Duration::from_secs(2);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

#[derive(Deserialize)]
struct Given {
    token: Secret,
}

/// What an exchange may end in that is not a failure of it.
enum Answer {
    Given(Secret),
    /// The run waits, and the gateway has said so to its owner.
    Later,
}

impl Bulk {
    /// The token to fetch input number `input` of element `index` with, another than the one that its server `refused`. Waits as long as the owner has to sign in first.
    pub async fn token(&self, index: u32, input: usize, refused: Option<&Secret>) -> Result<Secret, BulkError> {
        let mut patience = Patience::new();
        let mut pause = PAUSE;
        loop {
            match self.token_once(index, input, refused).await {
                Ok(Answer::Given(token)) => return Ok(token),
                Ok(Answer::Later) => {
                    sleep(pause).await;
                    pause = (pause * 2).min(LONGEST_PAUSE);
                    patience = Patience::new();
                }
                Err(failure) => patience.wait(failure).await?,
            }
        }
    }

    async fn token_once(&self, index: u32, input: usize, refused: Option<&Secret>) -> Result<Answer, Failure> {
        let mut query = vec![("element", index.to_string()), ("input", input.to_string())];
        query.extend(refused.map(|token| ("refused", sha256_of(token))));
        let query: Vec<(&str, &str)> = query.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let url = self.url(paths::TOKEN, &query)?;
        let answer = self.client().await?.get(url).send().await?;
        match answer.status() {
            StatusCode::OK => Ok(Answer::Given(answer.json::<Given>().await?.token)),
            // Who is behind one of these two is not the gateway, which is there and well.
            StatusCode::CONFLICT | StatusCode::SERVICE_UNAVAILABLE | StatusCode::FORBIDDEN | StatusCode::BAD_GATEWAY => {
                let body = answer.bytes().await?;
                match serde_json::from_slice::<Problem>(&body) {
                    Ok(problem) if matches!(problem.code, Code::SignInNeeded | Code::IssuerUnreachable) => Ok(Answer::Later),
                    Ok(problem) if matches!(problem.code, Code::CredentialRevoked | Code::TokenDenied | Code::Forbidden) => {
                        Err(Failure::Final(BulkError::NoToken(problem)))
                    }
                    Ok(problem) => Err(Failure::Troubled(problem.detail)),
                    Err(_) => Err(Failure::Troubled("an answer that cannot be read".to_owned())),
                }
            }
            _ => Err(refusal(answer, 0).await),
        }
    }
}

/// An address may end up in a log; this says which token it was and is none.
fn sha256_of(token: &Secret) -> String {
    let mut hasher = Hasher::new();
    hasher.update(token.expose().as_bytes());
    hasher.finish().to_string()
}
