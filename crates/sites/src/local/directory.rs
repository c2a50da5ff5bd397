//! The directory of one attempt: made with proof of ownership, removed only with it.

use super::trouble;
use crate::driver::{Created, DriverError, Removal};
use model::mark::{Mark, Slot};
use model::{Code, Problem};
use pilot::execute::Host;
use std::fs::{DirBuilder, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

pub(super) struct Directory {
    path: PathBuf,
    mark: Mark,
}

/// Once this file is there, no pilot begins any more.
const RELEASED: &str = "released";
const OWNER: &str = "owner.json";
/// What a sweep of one attempt may take, below the time-out of a step.
const SWEEP: Duration = Duration::from_secs(5);

impl Directory {
    pub(super) fn of(root: &Path, mark: &Mark) -> Self {
        Self { path: root.join(mark.attempt.as_str()), mark: mark.clone() }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn file(&self, slot: &Slot, ending: &str) -> PathBuf {
        self.path.join(format!("{}.{ending}", slot.as_str()))
    }

    pub(super) fn is_released(&self) -> bool {
        self.path.join(RELEASED).exists()
    }

    /// Whether it exists and carries our mark: this deployment, this attempt.
    pub(super) fn is_ours(&self) -> bool {
        let Ok(text) = std::fs::read(self.path.join(OWNER)) else { return false };
        serde_json::from_slice::<Mark>(&text)
            .is_ok_and(|mark| mark.deployment == self.mark.deployment && mark.attempt == self.mark.attempt)
    }

    pub(super) async fn create(&self) -> Result<Created, DriverError> {
        let created = Created { remote_id: self.path.display().to_string() };
        if self.is_ours() {
            return if self.is_released() { Err(released()) } else { Ok(created) };
        }
        self.make().map_err(|error| trouble(&format!("{} could not be made", self.path.display()), &error))?;
        Ok(created)
    }

    /// Under another name first, so that a directory of this name always carries the mark.
    fn make(&self) -> std::io::Result<()> {
        let root = self.path.parent().unwrap_or(Path::new("."));
        DirBuilder::new().recursive(true).mode(0o700).create(root)?;
        let fresh = self.path.with_extension("new");
        if fresh.exists() {
            std::fs::remove_dir_all(&fresh)?;
        }
        DirBuilder::new().mode(0o700).create(&fresh)?;
        let mut file = OpenOptions::new().create_new(true).write(true).mode(0o600).open(fresh.join(OWNER))?;
        file.write_all(serde_json::to_string(&self.mark)?.as_bytes())?;
        file.sync_all()?;
        std::fs::rename(&fresh, &self.path)
    }

    /// Ends what still runs in it, and removes it.
    pub(super) async fn remove(&self, host: &Host) -> Result<Removal, DriverError> {
        let going = self.path.with_extension("gone");
        for half in [self.path.with_extension("new"), going.clone()] {
            remove_tree(&half).map_err(|error| trouble("a half-made or half-removed directory could not be removed", &error))?;
        }
        if !self.path.exists() {
            return Ok(gone(&self.path, 0));
        }
        if !self.is_ours() {
            return Err(DriverError::Final(Problem::new(
                Code::ReleaseTrouble,
                format!("{} does not carry our mark, so it is not removed.", self.path.display()),
                "Look at the directory; remove it by hand if nobody needs it.",
            )));
        }
        std::fs::write(self.path.join(RELEASED), b"")
            .map_err(|error| trouble("the directory could not be marked as released", &error))?;
        let swept = pilot::execute::sweep(host, self.mark.attempt.as_str(), &self.path, SWEEP).await;
        if !swept.is_clean() {
            tracing::warn!(attempt = %self.mark.attempt, left = ?swept.left, stuck = ?swept.stuck, "something of an attempt still runs");
            return Ok(Removal::Going { look_again: Duration::from_secs(1) });
        }
        // Under another name, as it was made: a removal that is cut short must not leave a directory without its mark.
        match std::fs::rename(&self.path, &going) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(trouble(&format!("{} could not be put aside", self.path.display()), &error));
            }
            _ => {}
        }
        let removed = tokio::task::spawn_blocking(move || remove_tree(&going)).await;
        match removed {
            Ok(Ok(())) if !self.path.exists() => Ok(gone(&self.path, swept.processes)),
            Ok(Ok(())) => Ok(Removal::Going { look_again: Duration::from_millis(200) }),
            Ok(Err(error)) => Err(trouble(&format!("{} could not be removed", self.path.display()), &error)),
            Err(_) => Ok(Removal::Going { look_again: Duration::from_millis(200) }),
        }
    }
}

fn gone(path: &Path, processes: usize) -> Removal {
    let ended = if processes == 0 { String::new() } else { format!(", {processes} processes ended") };
    Removal::Gone { evidence: format!("{} does not exist{ended}", path.display()) }
}

fn released() -> DriverError {
    DriverError::Final(Problem::new(
        Code::ProvisionFailed,
        "The attempt was released already.",
        "Nothing needs to be done: another gateway has taken this run over.",
    ))
}

/// A command may have taken the permissions of its own directories away; they are given back before the tree goes.
fn remove_tree(path: &Path) -> std::io::Result<()> {
    match std::fs::remove_dir_all(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied => {
            open_up(path)?;
            std::fs::remove_dir_all(path)
        }
        result => result,
    }
}

fn open_up(directory: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(directory, std::fs::Permissions::from_mode(0o700))?;
    for entry in std::fs::read_dir(directory)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            open_up(&entry.path())?;
        }
    }
    Ok(())
}
