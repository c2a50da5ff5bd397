//! An element's directory: `elements/<index>-<try>/` with `work`, `logs` and, while the command runs, `temp`.
//!
//! That it can be made is the proof that this try was never begun here, by this pilot or by one before it.

use std::fs::{DirBuilder, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};

use tokio::task::spawn_blocking;

use crate::protocol::Held;

#[derive(Clone)]
pub(super) struct ElementDirectory(PathBuf);

impl ElementDirectory {
    /// None when it is there already.
    pub async fn create(attempt: &Path, held: Held) -> io::Result<Option<Self>> {
        let elements = attempt.join("elements");
        let path = elements.join(format!("{}-{}", held.index, held.attempt));
        let make = move || {
            let mut builder = DirBuilder::new();
            builder.mode(0o700);
            let make = |path: &Path| match builder.create(path) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
                made => made.map(|()| true),
            };
            // Never the attempt's own, which is gone when the attempt was released.
            make(&elements)?;
            if !make(&path)? {
                return Ok(None);
            }
            builder.create(path.join("work"))?;
            builder.create(path.join("logs"))?;
            Ok(Some(Self(path)))
        };
        spawn_blocking(make).await.map_err(io::Error::other)?
    }

    pub fn work(&self) -> PathBuf {
        self.0.join("work")
    }

    pub fn logs(&self) -> PathBuf {
        self.0.join("logs")
    }

    pub fn temp(&self) -> PathBuf {
        self.0.join("temp")
    }

    pub async fn remove(self) -> io::Result<()> {
        let remove = move || {
            std::fs::remove_dir_all(&self.0).or_else(|_| {
                open_up(&self.0)?;
                std::fs::remove_dir_all(&self.0)
            })
        };
        spawn_blocking(remove).await.map_err(io::Error::other)?
    }
}

/// A command may have taken away its own rights to a directory. Nobody else works below `path` any more.
fn open_up(path: &Path) -> io::Result<()> {
    let mut left = vec![path.to_owned()];
    while let Some(directory) = left.pop() {
        std::fs::set_permissions(&directory, Permissions::from_mode(0o700))?;
        for entry in std::fs::read_dir(&directory)? {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                left.push(entry.path());
            }
        }
    }
    Ok(())
}
