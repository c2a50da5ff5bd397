//! Temporary directories.

use tempfile::TempDir;

/// A new directory under `/tmp`, removed on drop. Not under `TMPDIR`: the path of a Unix socket has room for 107
/// bytes, and a server started as another user has to be able to reach it.
pub fn short_dir() -> TempDir {
    tempfile::Builder::new().prefix("rs-").tempdir_in("/tmp").expect("make a directory in /tmp")
}
