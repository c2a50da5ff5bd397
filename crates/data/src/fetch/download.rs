//! The receiving side: what is on disk so far and whether more may be added to it.

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::FetchError;
use super::answer::Version;
use crate::guard::GuardedUrl;
use crate::place::{Part, PlaceError, Slot};
use crate::sha256::Hasher;
use crate::{Declared, Received, Sha256};

/// What is written beside `NAME.part`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Note {
    /// Hashed, since the URL itself may contain a signature.
    url: Sha256,
    /// A part is trusted only while the machine that wrote it has not restarted: the page cache outlives a
    /// killed process, but after a power cut a part can have its length and not its bytes.
    boot: String,
    version: Version,
}

pub(super) struct Download {
    /// Absent only while a blocking thread has it.
    part: Option<Part>,
    declared: Declared,
    note: Note,
    bytes: u64,
    /// The largest `bytes` ever was, so that starting over and over does not pass for progress.
    pub furthest: u64,
    /// Some of the bytes came from an earlier exchange.
    resumed: bool,
    /// The server was caught lying about ranges: no more of them.
    whole_only: bool,
}

impl Download {
    pub async fn open(slot: Slot, url: &GuardedUrl, declared: Declared, limit: u64) -> Result<Download, FetchError> {
        let mut hasher = Hasher::new();
        hasher.update(url.as_str().as_bytes());
        let url = hasher.finish();
        let opened = tokio::task::spawn_blocking(move || -> Result<_, PlaceError> {
            // Without a boot identifier nothing old matches: every boot would look the same.
            let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
            let mut part = slot.begin()?;
            let old = part.note::<Note>().filter(|old| old.url == url && old.boot == boot && !boot.is_empty());
            match &old {
                Some(_) => part.resume()?,
                None => part.restart()?,
            }
            let note = old.unwrap_or(Note { url, boot, version: Version::default() });
            Ok((part, note))
        });
        let (part, note) = opened.await.map_err(|_| FetchError::Interrupted)??;
        let bytes = part.bytes();
        let resumed = bytes > 0;
        let mut download = Download { part: Some(part), declared, note, bytes, furthest: bytes, resumed, whole_only: false };
        if bytes > declared.bytes.unwrap_or(limit).min(limit) {
            download.restart().await?;
        }
        Ok(download)
    }

    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    pub fn version(&self) -> &Version {
        &self.note.version
    }

    /// The whole length, from the server or else from the declaration.
    pub fn total(&self) -> Option<u64> {
        self.note.version.total.or(self.declared.bytes)
    }

    pub fn is_resumed(&self) -> bool {
        self.resumed
    }

    /// Whether the next request may ask for the rest. It may when either the server can be held to the version
    /// that was begun, or a checksum will tell if it gave us the rest of another one.
    pub fn can_resume(&self) -> bool {
        let held = self.note.version.validator().is_some() || self.declared.sha256.is_some();
        self.bytes > 0 && held && !self.whole_only
    }

    pub fn forbid_ranges(&mut self) {
        self.whole_only = true;
    }

    /// All the declared bytes are already here, from an attempt that was killed just before the end.
    pub async fn is_complete(&mut self) -> Result<bool, FetchError> {
        let Declared { sha256: Some(declared), .. } = self.declared else { return Ok(false) };
        Ok(self.bytes > 0 && self.received().await?.sha256 == declared)
    }

    pub async fn restart(&mut self) -> Result<(), FetchError> {
        self.note.version = Version::default();
        self.bytes = 0;
        self.resumed = false;
        self.on_disk(Part::restart).await
    }

    /// The following bytes are of this version.
    pub async fn begin(&mut self, version: Version) -> Result<(), FetchError> {
        self.resumed = self.bytes > 0;
        self.note.version = version;
        let note = self.note.clone();
        self.on_disk(move |part| part.set_note(&note)).await
    }

    pub async fn append(&mut self, chunks: Vec<Bytes>) -> Result<(), FetchError> {
        let append = move |part: &mut Part| chunks.iter().try_for_each(|chunk| part.append(chunk));
        self.on_disk(append).await?;
        self.bytes = self.part.as_ref().map_or(self.bytes, Part::bytes);
        Ok(())
    }

    pub async fn received(&mut self) -> Result<Received, FetchError> {
        self.on_disk(|part| Ok(part.received())).await
    }

    pub async fn finish(&mut self) -> Result<Received, FetchError> {
        self.on_disk(Part::finish).await
    }

    pub async fn discard(&mut self) -> Result<(), FetchError> {
        self.on_disk(Part::discard).await
    }

    async fn on_disk<T: Send + 'static>(
        &mut self,
        work: impl FnOnce(&mut Part) -> Result<T, PlaceError> + Send + 'static,
    ) -> Result<T, FetchError> {
        let mut part = self.part.take().ok_or(FetchError::Interrupted)?;
        let worked = tokio::task::spawn_blocking(move || {
            let result = work(&mut part);
            (part, result)
        });
        let (part, result) = worked.await.map_err(|_| FetchError::Interrupted)?;
        self.part = Some(part);
        Ok(result?)
    }
}
