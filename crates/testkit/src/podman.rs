//! The real podman, to prepare images with.

use std::process::Command;

/// In a mount namespace of its own where that can be had: it keeps its storage mounted onto itself, and of a test that is
/// killed these mounts would stay with the computer.
pub fn podman() -> Command {
    const APART: [&str; 4] = ["--mount", "--propagation", "slave", "--"];
    let apart = rustix::process::getuid().is_root()
        && Command::new("unshare").args(APART).arg("true").status().is_ok_and(|status| status.success());
    let mut command = Command::new(if apart { "unshare" } else { "podman" });
    if apart {
        command.args(APART).arg("podman");
    }
    command
}
