//! Python programs that the tests use as peers: from PyPI, pinned, in an environment of their own.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The environment with what a requirements file names, made when it is not there. It is kept in the build directory,
/// or below `ROADSTEAD_TEST_PYTHON`, so that the next run of the tests finds it.
pub fn python_environment(requirements: &Path, name: &str) -> PathBuf {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("venv.sh");
    let venv = kept().join(name);
    let made = Command::new("sh").arg(script).arg(requirements).arg(&venv).output().expect("start sh");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    venv
}

/// Where programs that are no packages of this computer are kept.
pub(crate) fn kept() -> PathBuf {
    std::env::var_os("ROADSTEAD_TEST_PYTHON").map_or_else(beside_the_test, PathBuf::from)
}

/// Test programs live in `target/PROFILE/deps`.
fn beside_the_test() -> PathBuf {
    let program = std::env::current_exe().expect("the test's own path");
    program.ancestors().nth(3).expect("the build directory").join("test-python")
}
