//! An output on its way to the gateway.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use reqwest::StatusCode;
use reqwest::header::CONTENT_RANGE;
use serde::Deserialize;

use super::{Bulk, BulkError, Failure, Patience, refusal};
use crate::protocol::{Held, paths};

/// Small enough to be held in memory for as long as the gateway takes.
const PART: u64 = 4 << 20;

#[derive(Deserialize)]
struct There {
    bytes: u64,
}

impl Bulk {
    /// Returns when the gateway has all `bytes` of the file, as the output `path`.
    pub async fn upload(&self, held: Held, path: &str, file: File, bytes: u64) -> Result<(), BulkError> {
        let file = Arc::new(file);
        let mut patience = Patience::new();
        // None when it has to be asked for.
        let mut offset = Some(0);
        loop {
            let step = match offset {
                Some(offset) if offset == bytes && bytes > 0 => return Ok(()),
                Some(offset) => self.put(held, path, &file, offset, bytes).await,
                None => self.there(held, path).await,
            };
            match step {
                Ok(there) if there > bytes => {
                    return Err(BulkError::Trouble(format!("it has {there} bytes of a file of {bytes}")));
                }
                Ok(_) if bytes == 0 && offset.is_some() => return Ok(()),
                Ok(there) => {
                    if offset.is_some() {
                        patience = Patience::new();
                    }
                    offset = Some(there);
                }
                Err(failure) => {
                    patience.wait(failure).await?;
                    offset = None;
                }
            }
        }
    }

    /// Sends the part at `offset` and returns where the next one begins.
    async fn put(&self, held: Held, path: &str, file: &Arc<File>, offset: u64, bytes: u64) -> Result<u64, Failure> {
        let part = read(Arc::clone(file), offset, PART.min(bytes - offset)).await?;
        let end = offset + part.len() as u64;
        let range = if bytes == 0 { "bytes */0".to_owned() } else { format!("bytes {offset}-{}/{bytes}", end - 1) };
        let url = self.output(held, path)?;
        let answer = self.client().await?.put(url).header(CONTENT_RANGE, range).body(part).send().await?;
        match answer.status() {
            status if status.is_success() => Ok(end),
            StatusCode::CONFLICT => Err(Failure::Troubled("the gateway expects another part".to_owned())),
            _ => Err(refusal(answer, 0).await),
        }
    }

    async fn there(&self, held: Held, path: &str) -> Result<u64, Failure> {
        let answer = self.client().await?.get(self.output(held, path)?).send().await?;
        match answer.status() {
            status if status.is_success() => Ok(answer.json::<There>().await?.bytes),
            StatusCode::NOT_FOUND => Ok(0),
            _ => Err(refusal(answer, 0).await),
        }
    }

    fn output(&self, held: Held, path: &str) -> Result<reqwest::Url, Failure> {
        let (element, attempt) = (held.index.to_string(), held.attempt.to_string());
        self.url(paths::OUTPUT, &[("element", &element), ("try", &attempt), ("path", path)])
    }
}

async fn read(file: Arc<File>, offset: u64, length: u64) -> std::io::Result<Vec<u8>> {
    let read = move || {
        let mut part = vec![0; length as usize];
        file.read_exact_at(&mut part, offset)?;
        Ok(part)
    };
    tokio::task::spawn_blocking(read).await.map_err(std::io::Error::other)?
}
