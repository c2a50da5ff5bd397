//! Reading a response body: within the limits on size and patience, from the network to the part.

use std::time::Instant;

use bytes::Bytes;
use reqwest::Response;

use super::download::Download;
use super::error::{Failure, FetchError, Trouble, describe};
use super::{Fetcher, Progress};
use crate::Mismatch;

/// Bytes gathered before a blocking thread is asked to hash and write them.
const GATHERED: u64 = 256 * 1024;

enum Body {
    Continues,
    Ended,
}

enum Interruption {
    Stalled,
    Cut(String),
}

impl Fetcher {
    /// Streams the body to disk, to its end.
    pub(super) async fn receive(
        &self,
        mut response: Response,
        download: &mut Download,
        progress: &mut impl FnMut(Progress),
    ) -> Result<(), Failure> {
        let total = download.total();
        let limit = self.limits.bytes;
        loop {
            let mut gathered = Vec::new();
            let ended = self.gather(&mut response, &mut gathered).await;
            let bytes = download.bytes() + gathered.iter().map(|chunk| chunk.len() as u64).sum::<u64>();
            if bytes > limit {
                return Err(Failure::Final(FetchError::TooLarge { limit, announced: None }));
            }
            if let Some(total) = total.filter(|total| bytes > *total) {
                let mismatch = Mismatch::Bytes { declared: total, actual: bytes };
                return Err(Failure::Final(FetchError::Mismatch(mismatch)));
            }
            // What arrived before the trouble counts: the next attempt goes on from there.
            download.append(gathered).await?;
            progress(Progress { bytes, total });
            match ended {
                Ok(Body::Continues) => {}
                Ok(Body::Ended) if download.version().total.is_some_and(|total| bytes < total) => {
                    let why = "the answer ended early".to_owned();
                    return Err(Failure::Again(Trouble::Cut { bytes, why }));
                }
                Ok(Body::Ended) => return Ok(()),
                Err(Interruption::Stalled) => {
                    return Err(Failure::Again(Trouble::Stalled { waited: self.limits.idle }));
                }
                Err(Interruption::Cut(why)) => return Err(Failure::Again(Trouble::Cut { bytes, why })),
            }
        }
    }

    /// Collects chunks until there are enough for the disk. Only time spent waiting for the server counts
    /// against it, not time spent writing.
    async fn gather(&self, response: &mut Response, gathered: &mut Vec<Bytes>) -> Result<Body, Interruption> {
        let mut bytes = 0;
        let mut deadline = Instant::now() + self.limits.idle;
        let mut arrived = 0;
        while bytes < GATHERED {
            match tokio::time::timeout_at(deadline.into(), response.chunk()).await {
                Ok(Ok(Some(chunk))) => {
                    let length = chunk.len() as u64;
                    bytes += length;
                    arrived += length;
                    gathered.push(chunk);
                    if arrived >= self.limits.idle_bytes {
                        arrived = 0;
                        deadline = Instant::now() + self.limits.idle;
                    }
                }
                Ok(Ok(None)) => return Ok(Body::Ended),
                Ok(Err(error)) => return Err(Interruption::Cut(describe(&error))),
                Err(_) => return Err(Interruption::Stalled),
            }
        }
        Ok(Body::Continues)
    }
}
