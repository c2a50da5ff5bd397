//! Asking whichever gateway answers. A request that a crash cut off is asked again, as any client would.

use reqwest::{Client, Method, StatusCode};
use serde_json::Value;
use std::time::Duration;
use tokio::runtime::Runtime;

/// A frozen gateway takes connections and never answers.
const ANSWER: Duration = Duration::from_secs(3);

pub struct Api {
    client: Client,
    runtime: Runtime,
}

pub struct Answer {
    pub status: StatusCode,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&self.body)))
    }
}

/// What is asked, apart from where.
#[derive(Clone, Default)]
pub struct Question<'a> {
    pub path: &'a str,
    pub method: Method,
    pub key: Option<&'a str>,
    pub body: Option<Vec<u8>>,
    pub media: &'a str,
}

impl Api {
    pub fn new() -> Self {
        // No kept connections: the gateway behind one may be another by now.
        let client = Client::builder().pool_max_idle_per_host(0).timeout(ANSWER).build().expect("a client");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        Self { client, runtime }
    }

    pub fn runtime(&self) -> &Runtime {
        &self.runtime
    }

    /// One try: none when there was no answer, or the gateway was in trouble.
    pub fn try_ask(&self, base: &str, token: &str, question: &Question<'_>) -> Option<Answer> {
        let url = format!("{base}/api/v1/{}", question.path);
        let mut request =
            self.client.request(question.method.clone(), url).bearer_auth(token).header("accept", "application/json");
        if let Some(key) = question.key {
            request = request.header("idempotency-key", key);
        }
        if let Some(body) = &question.body {
            request = request.header("content-type", question.media).body(body.clone());
        }
        self.runtime.block_on(async {
            let response = request.send().await.ok()?;
            let status = response.status();
            let body = response.bytes().await.ok()?.to_vec();
            (!status.is_server_error()).then_some(Answer { status, body })
        })
    }
}
