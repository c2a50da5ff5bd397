//! The directory of an embedded database: ours alone, private, and on a local disk.

use crate::DbError;
use rustix::fs::{FlockOperation, flock, fstatfs};
use std::fs::{DirBuilder, File, OpenOptions};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

/// Dropping it (or dying) gives the directory free.
pub(super) struct Lock {
    _file: File,
}

pub(super) fn claim(directory: &Path) -> Result<Lock, DbError> {
    DirBuilder::new().recursive(true).mode(0o700).create(directory).map_err(DbError::io(directory))?;
    let path = directory.join("gateway.lock");
    let file = OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(&path).map_err(DbError::io(&path))?;
    let kind = fstatfs(&file).map_err(|error| DbError::Io { path: path.clone(), source: error.into() })?.f_type;
    if let Some(kind) = network_file_system(kind) {
        return Err(DbError::NetworkFileSystem { path: directory.to_owned(), kind });
    }
    match flock(&file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(Lock { _file: file }),
        Err(rustix::io::Errno::WOULDBLOCK) => Err(DbError::InUse { path: directory.to_owned() }),
        Err(error) => Err(DbError::Io { path, source: error.into() }),
    }
}

/// The database holds what only its owner may read, also in a directory that was there before and is open to others.
/// SQLite gives the files beside it the same mode.
pub(super) fn make_private(file: &Path) -> Result<(), DbError> {
    let made = OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(file);
    made.map(drop).map_err(DbError::io(file))
}

/// File systems on which locks or memory maps between computers cannot be trusted, by their magic number in statfs(2).
fn network_file_system(magic: i64) -> Option<&'static str> {
    match magic {
        0x6969 => Some("NFS"),
        0x517b => Some("SMB"),
        0xfe53_4d42 => Some("SMB2"),
        0xff53_4d42 => Some("CIFS"),
        0x0bd0_0bd0 => Some("Lustre"),
        0x00c3_6400 => Some("CephFS"),
        0x0102_1997 => Some("9P"),
        0x5346_414f => Some("AFS"),
        0x4750_4653 => Some("GPFS"),
        0x1983_0326 => Some("BeeGFS"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_gateway_a_directory_and_none_on_a_network_file_system() {
        let directory = std::env::temp_dir().join(format!("roadstead-directory-{}", std::process::id()));
        let first = claim(&directory).expect("free");
        assert!(matches!(claim(&directory), Err(DbError::InUse { .. })));
        drop(first);
        drop(claim(&directory).expect("free again"));
        assert_eq!(network_file_system(0x6969), Some("NFS"));
        assert_eq!(network_file_system(0xef53), None, "ext4 is local");
        std::fs::remove_dir_all(directory).expect("remove");
    }
}
