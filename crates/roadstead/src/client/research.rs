//! Fetching the research object of a run into one file.

use super::{Client, of_transport};
use model::id::RunId;
use model::{Code, Problem};
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

impl Client {
    /// Writes the zip and returns where it is. The name appears when the file is whole.
    pub async fn download_crate(&self, run: &RunId, path: &Path) -> Result<PathBuf, Problem> {
        let mut response = self.open(&["runs", run.as_str(), "crate"], &[], &[]).await?;
        let failed = |error: std::io::Error| {
            let detail = format!("{} cannot be written: {error}.", path.display());
            Problem::new(Code::FileUnreadable, detail, "Choose another place, or make room.")
        };
        let mut partial = path.as_os_str().to_owned();
        partial.push(".part");
        let partial = PathBuf::from(partial);
        let mut file = File::create(&partial).map_err(failed)?;
        let announced = response.content_length();
        let mut written = 0;
        while let Some(piece) = response.chunk().await.map_err(|error| of_transport(&self.address(), &error))? {
            file.write_all(&piece).map_err(failed)?;
            written += piece.len() as u64;
        }
        if announced.is_some_and(|announced| announced != written) {
            return Err(super::answer::not_understood("the research object ended too early"));
        }
        file.sync_all().and_then(|()| std::fs::rename(&partial, path)).and_then(|()| path.canonicalize()).map_err(failed)
    }
}
