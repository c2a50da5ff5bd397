//! The stream itself.

use super::Patience;
use axum::body::Body;
use axum::http::{HeaderName, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use db::DbError;
use flow::timeline::{News, Numbered};
use futures_util::stream;
use std::fmt::Write;
use tokio::sync::broadcast::Receiver;
use tokio::time::Instant;

/// What is read at once.
const BATCH: i64 = 200;

/// Whose events.
pub(super) enum Whose {
    Run(String),
    Audience(String),
}

pub(super) struct Feed {
    pub patience: Patience,
    pub whose: Whose,
    /// The last number that was sent.
    pub after: i64,
    pub news: Receiver<News>,
    spoke_at: Option<Instant>,
}

impl Feed {
    pub fn new(patience: Patience, whose: Whose, after: i64, news: Receiver<News>) -> Self {
        Self { patience, whose, after, news, spoke_at: None }
    }

    pub fn into_response(self) -> Response {
        let body = Body::from_stream(stream::unfold(self, |mut feed| async move {
            let next = feed.next().await.transpose()?;
            Some((next, feed))
        }));
        let headers = [
            (header::CONTENT_TYPE, "text/event-stream"),
            (header::CACHE_CONTROL, "no-store"),
            (HeaderName::from_static("x-accel-buffering"), "no"),
        ];
        (headers, body).into_response()
    }

    /// The next piece; none at the end.
    async fn next(&mut self) -> Result<Option<Bytes>, DbError> {
        let Some(spoke_at) = self.spoke_at else {
            // So that the reader knows at once that the stream stands, and comes back soon when it breaks.
            self.spoke_at = Some(Instant::now());
            return Ok(Some(Bytes::from_static(b"retry: 1000\n\n")));
        };
        let heartbeat = self.patience.app.settings().heartbeat;
        loop {
            let events = self.read().await?;
            if let Some(last) = events.last() {
                self.after = self.number(last);
                self.spoke_at = Some(Instant::now());
                return Ok(Some(self.write(&events)));
            }
            if spoke_at.elapsed() >= heartbeat {
                self.spoke_at = Some(Instant::now());
                return Ok(Some(Bytes::from_static(b":\n\n")));
            }
            if !self.wait().await {
                return Ok(None);
            }
        }
    }

    async fn read(&self) -> Result<Vec<Numbered>, DbError> {
        let timeline = self.patience.app.gateway.runs.timeline();
        match &self.whose {
            Whose::Run(run) => timeline.of_subject(run, self.after, BATCH).await,
            Whose::Audience(person) => timeline.of_audience(person, self.after, BATCH).await,
        }
    }

    /// Until there may be something. False when the stream is to end.
    async fn wait(&mut self) -> bool {
        loop {
            let whose = &self.whose;
            // Told more than could be kept for us: then there is something to read.
            let news = async {
                self.news.recv().await.map_or(true, |news| match whose {
                    Whose::Run(run) => news.subject == *run,
                    Whose::Audience(person) => news.audience == *person,
                })
            };
            match self.patience.until(news).await {
                Some(true) => return true,
                Some(false) => {}
                None => return false,
            }
        }
    }

    fn number(&self, event: &Numbered) -> i64 {
        match self.whose {
            Whose::Run(_) => event.event.seq,
            Whose::Audience(_) => event.audience_seq,
        }
    }

    fn write(&self, events: &[Numbered]) -> Bytes {
        let mut text = String::with_capacity(events.len() * 200);
        for event in events {
            // Never a line break in compact JSON; writing to a string does not fail.
            let data = serde_json::to_string(&event.event).unwrap_or_default();
            let _ = write!(text, "id: {}\ndata: {data}\n\n", self.number(event));
        }
        text.into()
    }
}
