//! A log of an element, from the beginning or from its end, as it grows.

use super::{Client, of_transport};
use bytes::Bytes;
use model::id::RunId;
use model::{Code, Problem};
use reqwest::Response;
use runs::Stream;
use std::time::{Duration, Instant};

/// Before a broken connection is made anew.
const PAUSE: Duration = Duration::from_millis(300);

/// Reads one log. With `follow` it goes on until the element has ended, over broken connections.
pub struct LogReader {
    client: Client,
    run: RunId,
    element: String,
    stream: Stream,
    follow: bool,
    /// The next byte to ask for; below zero it counts from the end, until the gateway has said where that is.
    offset: i64,
    response: Option<Response>,
    /// Nothing comes after what is being read.
    is_last: bool,
    is_truncated: bool,
    finished: bool,
    lost_since: Option<Instant>,
}

impl Client {
    pub fn log(&self, run: &RunId, element: u32, stream: Stream, from: i64, follow: bool) -> LogReader {
        LogReader {
            client: self.clone(),
            run: run.clone(),
            element: element.to_string(),
            stream,
            follow,
            offset: from,
            response: None,
            is_last: false,
            is_truncated: false,
            finished: false,
            lost_since: None,
        }
    }
}

impl LogReader {
    /// More of the log; nothing at its end.
    pub async fn next(&mut self) -> Result<Option<Bytes>, Problem> {
        while !self.finished {
            let Some(response) = &mut self.response else {
                self.begin().await?;
                continue;
            };
            match response.chunk().await {
                Ok(Some(piece)) => {
                    self.offset = self.offset.saturating_add(i64::try_from(piece.len()).unwrap_or(i64::MAX));
                    return Ok(Some(piece));
                }
                // A stream that ends is not yet a log that ends: the gateway may have been restarted.
                Ok(None) => {
                    self.response = None;
                    self.finished = self.is_last;
                }
                Err(error) if self.follow => {
                    tracing::debug!(%error, "the log's connection broke");
                    self.response = None;
                    tokio::time::sleep(PAUSE).await;
                }
                Err(error) => return Err(of_transport(&self.client.address(), &error)),
            }
        }
        Ok(None)
    }

    /// Where what comes next stands in the log, once something came.
    pub fn at(&self) -> u64 {
        u64::try_from(self.offset).unwrap_or(0)
    }

    /// More was written than is kept.
    pub fn is_truncated(&self) -> bool {
        self.is_truncated
    }

    async fn begin(&mut self) -> Result<(), Problem> {
        let from = self.offset.to_string();
        let query = [
            ("element", self.element.as_str()),
            ("stream", self.stream.as_str()),
            ("from", from.as_str()),
            ("follow", if self.follow { "true" } else { "false" }),
        ];
        let response = match self.client.open(&["runs", self.run.as_str(), "logs"], &query, &[]).await {
            Ok(response) => response,
            Err(problem) if self.follow && matches!(problem.code, Code::GatewayUnreachable | Code::ShuttingDown) => {
                let since = *self.lost_since.get_or_insert_with(Instant::now);
                if since.elapsed() > self.client.patience() {
                    self.lost_since = None;
                    return Err(problem);
                }
                tokio::time::sleep(PAUSE).await;
                return Ok(());
            }
            Err(problem) => return Err(problem),
        };
        self.lost_since = None;
        let said = |name: &str| response.headers().get(name).and_then(|value| value.to_str().ok());
        if let Some(from) = said("roadstead-log-from").and_then(|text| text.parse().ok()) {
            self.offset = from;
        }
        self.is_truncated = said("roadstead-log-truncated") == Some("true");
        self.is_last = !self.follow || said("roadstead-log-complete") == Some("true");
        self.response = Some(response);
        Ok(())
    }
}
