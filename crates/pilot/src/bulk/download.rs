//! An input that the gateway holds.

use std::path::Path;

use data::{Hasher, Received};
use futures_util::StreamExt;
use reqwest::StatusCode;
use reqwest::header::{CONTENT_RANGE, HeaderMap, RANGE};
use tokio::fs::File;
use tokio::io::{AsyncSeekExt, AsyncWriteExt};

use super::{Bulk, BulkError, Failure, Patience, refusal};
use crate::protocol::paths;

struct Download {
    file: File,
    bytes: u64,
    hasher: Hasher,
}

impl Bulk {
    /// Writes input number `input` of element `index` to the new file `to`, whose directory nobody else writes in yet.
    pub async fn download(&self, index: u32, input: usize, to: &Path, limit: u64) -> Result<Received, BulkError> {
        let file = File::options().write(true).create_new(true).open(to).await?;
        let mut download = Download { file, bytes: 0, hasher: Hasher::new() };
        let mut patience = Patience::new();
        loop {
            let before = download.bytes;
            match self.download_once(index, input, &mut download, limit).await {
                Ok(()) => return Ok(Received { bytes: download.bytes, sha256: download.hasher.finish() }),
                Err(failure) => {
                    if download.bytes > before {
                        patience = Patience::new();
                    }
                    patience.wait(failure).await?;
                }
            }
        }
    }

    async fn download_once(&self, index: u32, input: usize, download: &mut Download, limit: u64) -> Result<(), Failure> {
        let url = self.url(paths::INPUT, &[("element", &index.to_string()), ("input", &input.to_string())])?;
        let mut request = self.client().await?.get(url);
        if download.bytes > 0 {
            request = request.header(RANGE, format!("bytes={}-", download.bytes));
        }
        let answer = request.send().await?;
        match answer.status() {
            StatusCode::PARTIAL_CONTENT if begins_at(answer.headers(), download.bytes) => {}
            StatusCode::OK => download.restart().await?,
            // Another offset than the one that was asked for, or nothing there: from the beginning, then.
            StatusCode::PARTIAL_CONTENT | StatusCode::RANGE_NOT_SATISFIABLE => {
                download.restart().await?;
                return Err(Failure::Troubled("the gateway sent another part than was asked for".to_owned()));
            }
            _ => return Err(refusal(answer, limit).await),
        }
        if answer.content_length().is_some_and(|length| download.bytes.saturating_add(length) > limit) {
            return Err(Failure::Final(BulkError::TooLarge(limit)));
        }
        let mut body = answer.bytes_stream();
        while let Some(chunk) = body.next().await {
            let chunk = chunk?;
            if download.bytes + chunk.len() as u64 > limit {
                return Err(Failure::Final(BulkError::TooLarge(limit)));
            }
            download.file.write_all(&chunk).await?;
            download.hasher.update(&chunk);
            download.bytes += chunk.len() as u64;
        }
        Ok(download.file.flush().await?)
    }
}

impl Download {
    async fn restart(&mut self) -> std::io::Result<()> {
        self.file.flush().await?;
        self.file.set_len(0).await?;
        self.file.rewind().await?;
        self.bytes = 0;
        self.hasher = Hasher::new();
        Ok(())
    }
}

fn begins_at(headers: &HeaderMap, offset: u64) -> bool {
    let range = headers.get(CONTENT_RANGE).and_then(|range| range.to_str().ok());
    range.is_some_and(|range| range.starts_with(&format!("bytes {offset}-")))
}
