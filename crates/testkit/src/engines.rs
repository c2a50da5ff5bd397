//! Container engines besides podman, the real ones.

use crate::python::{kept, python_environment};
use std::path::{Path, PathBuf};
use std::process::Command;

/// udocker, as PyPI has it. It starts commands with proot, which is Debian's.
pub fn udocker() -> PathBuf {
    let requirements = Path::new(env!("CARGO_MANIFEST_DIR")).join("udocker.txt");
    python_environment(&requirements, "udocker").join("bin/udocker")
}

/// Apptainer, as Debian unstable has it at the moment; the reason when it cannot be had.
pub fn apptainer() -> Result<PathBuf, String> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("apptainer.sh");
    let directory = kept().join("apptainer");
    let made = Command::new("sh").arg(script).arg(&directory).output().map_err(|error| error.to_string())?;
    if made.status.success() {
        Ok(directory.join("root/usr/bin/apptainer"))
    } else {
        Err(String::from_utf8_lossy(&made.stderr).into_owned())
    }
}
