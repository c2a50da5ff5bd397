//! Bodies lent to handlers, so that what a refusing handler left of one can be taken off the wire.
//!
//! A client that is still sending when the connection is closed often never sees the answer, only a broken connection.
//! So a moderate rest is read and thrown away before a refusal is sent.

use axum::body::{Body, HttpBody};
use bytes::Bytes;
use futures_util::StreamExt;
use http_body::{Frame, SizeHint};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::time::timeout;

/// A longer rest costs more than the connection is worth.
const MOST: usize = 8 << 20;
const LONGEST: Duration = Duration::from_secs(5);

struct Lent {
    body: Body,
    back: Option<oneshot::Sender<Body>>,
}

/// What comes back when the handler lets go of the body.
pub(super) struct Rest(oneshot::Receiver<Body>);

pub(super) fn lend(body: Body) -> (Body, Rest) {
    let (back, rest) = oneshot::channel();
    (Body::new(Lent { body, back: Some(back) }), Rest(rest))
}

impl HttpBody for Lent {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        if !self.body.is_end_stream()
            && let Some(back) = self.back.take()
        {
            // Nobody waits for it when the answer is no refusal.
            let _ = back.send(std::mem::take(&mut self.body));
        }
    }
}

impl Rest {
    /// Reads it to its end, within limits.
    pub async fn discard(mut self, patience: Duration) {
        let Ok(body) = self.0.try_recv() else { return };
        let mut stream = body.into_data_stream();
        let reading = async {
            let mut read = 0;
            while let Ok(Some(Ok(bytes))) = timeout(patience, stream.next()).await {
                read += bytes.len();
                if read > MOST {
                    return;
                }
            }
        };
        // In time or not: the answer is sent now.
        let _ = timeout(LONGEST, reading).await;
    }
}
