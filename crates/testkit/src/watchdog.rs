//! The one that cleans up: a shell beside a resource, waiting for the end of a pipe that only this process holds.

use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};

/// Runs its script's last part when dropped, or when this process ends in any way.
pub(crate) struct Watchdog(Child);

impl Watchdog {
    /// Starts `/bin/sh` on `script`, which does `read _` before it cleans up. `change` may set the user and the
    /// standard error first.
    pub(crate) fn start(script: &str, arguments: &[&str], change: impl FnOnce(&mut Command)) -> Self {
        let mut command = Command::new("/bin/sh");
        command.arg("-c").arg(script).arg("testkit-watchdog").args(arguments);
        command.env_clear().env("PATH", "/usr/local/bin:/usr/bin:/bin").env("LC_ALL", "C.UTF-8");
        command.current_dir("/").stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        // Its own process group, or the Ctrl-C or time-out that ends the test would end the watchdog as well.
        command.process_group(0);
        change(&mut command);
        Self(command.spawn().expect("start /bin/sh"))
    }

    pub(crate) fn child(&mut self) -> &mut Child {
        &mut self.0
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        let _ = self.0.wait();
    }
}
