//! Local files as inputs.

use std::fs::File;
use std::io::Write;
use std::ops::ControlFlow;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::time::SystemTime;

use data::file::{AllowedRoots, FileError, copy_in};
use data::place::{Directory, Kind};
use data::{Declared, Mismatch, Received, hash_reader};
use tempfile::TempDir;

struct Bench {
    home: TempDir,
    roots: AllowedRoots,
}

impl Bench {
    fn new() -> Bench {
        let home = tempfile::tempdir().unwrap();
        for name in ["allowed", "allowed-not", "work"] {
            std::fs::create_dir(home.path().join(name)).unwrap();
        }
        // The root itself may be named by a link.
        symlink("allowed", home.path().join("root")).unwrap();
        let roots = AllowedRoots::resolve([home.path().join("root")]).unwrap();
        Bench { home, roots }
    }

    fn copy(&self, from: impl AsRef<Path>, declared: &Declared, limit: u64) -> Result<Received, FileError> {
        self.copy_watched(from, declared, limit, |_| ControlFlow::Continue(()))
    }

    fn copy_watched(
        &self,
        from: impl AsRef<Path>,
        declared: &Declared,
        limit: u64,
        watch: impl FnMut(u64) -> ControlFlow<()>,
    ) -> Result<Received, FileError> {
        let slot = Directory::open(&self.home.path().join("work")).unwrap().slot(&"sub/in".parse().unwrap()).unwrap();
        copy_in(&self.roots, &self.home.path().join(from), slot, declared, limit, watch)
    }

    fn left(&self) -> usize {
        std::fs::read_dir(self.home.path().join("work/sub")).unwrap().count()
    }
}

#[test]
fn a_file_is_copied_hashed_and_compared() {
    let bench = Bench::new();
    let body = vec![7; 2_500_000];
    std::fs::write(bench.home.path().join("allowed/a"), &body).unwrap();
    let (sha256, bytes) = hash_reader(&body[..]).unwrap();
    let mut seen = Vec::new();
    let watch = |bytes| {
        seen.push(bytes);
        ControlFlow::Continue(())
    };
    let received = bench.copy_watched("allowed/a", &Declared { bytes: Some(bytes), sha256: Some(sha256) }, bytes, watch).unwrap();
    assert_eq!(received, Received { bytes, sha256 });
    assert_eq!(seen, [1 << 20, 2 << 20, 2_500_000]);
    assert_eq!(std::fs::read(bench.home.path().join("work/sub/in")).unwrap(), body);
    assert_eq!(bench.left(), 1);

    let (other, _) = hash_reader(&b""[..]).unwrap();
    match bench.copy("allowed/a", &Declared { bytes: None, sha256: Some(other) }, bytes) {
        Err(FileError::Mismatch { mismatch: Mismatch::Sha256 { declared, actual }, .. }) => {
            assert_eq!((declared, actual), (other, sha256))
        }
        other => panic!("{other:?}"),
    }
    let error = bench.copy("allowed/a", &Declared { bytes: Some(1), sha256: None }, bytes).unwrap_err();
    assert!(matches!(error, FileError::Mismatch { mismatch: Mismatch::Bytes { declared: 1, actual: 2_500_000 }, .. }));
    let error = bench.copy("allowed/a", &Declared::default(), bytes - 1).unwrap_err();
    assert!(matches!(error, FileError::TooLarge { .. }));
    let error = bench.copy_watched("allowed/a", &Declared::default(), bytes, |_| ControlFlow::Break(())).unwrap_err();
    assert!(matches!(error, FileError::Stopped { .. }));
    // A file that is written to meanwhile is not a file that anybody asked for.
    // Longer, or as long as before but newer.
    for length in [3_000_000, 2_500_000] {
        std::fs::write(bench.home.path().join("allowed/a"), &body).unwrap();
        let touch = |_| {
            let mut file = File::create(bench.home.path().join("allowed/a")).unwrap();
            file.write_all(&vec![8; length]).unwrap();
            file.set_modified(SystemTime::UNIX_EPOCH).unwrap();
            ControlFlow::Continue(())
        };
        let error = bench.copy_watched("allowed/a", &Declared::default(), bytes, touch).unwrap_err();
        assert!(matches!(error, FileError::Changed { .. }), "{error:?}");
    }
    assert_eq!(bench.left(), 1, "failures leave nothing behind");
}

#[test]
fn only_regular_files_within_the_roots_are_opened() {
    let bench = Bench::new();
    let at = |name: &str| bench.home.path().join(name);
    std::fs::write(at("allowed/a"), "a").unwrap();
    std::fs::write(at("allowed-not/b"), "b").unwrap();
    symlink("a", at("allowed/within")).unwrap();
    symlink(at("allowed/a"), at("allowed-not/back")).unwrap();
    symlink(at("allowed-not"), at("allowed/out")).unwrap();
    symlink("loop", at("allowed/loop")).unwrap();
    rustix::fs::mkfifoat(rustix::fs::CWD, at("allowed/fifo"), 0o600.into()).unwrap();
    let _socket = UnixListener::bind(at("allowed/socket")).unwrap();
    let open = |name: &str| bench.roots.open(&at(name));

    // Where a link ends is what counts, not where it starts.
    for fine in ["allowed/a", "allowed/within", "allowed-not/back", "root/a", "allowed/../allowed/a"] {
        open(fine).unwrap();
    }
    for outside in ["allowed/out/b", "allowed-not/b", "allowed/../allowed-not/b", "."] {
        assert!(matches!(open(outside), Err(FileError::OutsideRoots { .. })), "{outside}");
    }
    for (name, wanted) in [("allowed", Kind::Directory), ("allowed/fifo", Kind::Fifo), ("allowed/socket", Kind::Socket)] {
        match open(name) {
            Err(FileError::NotAFile { kind, .. }) => assert_eq!(kind, wanted),
            other => panic!("{name}: {other:?}"),
        }
    }
    assert!(matches!(open("allowed/none"), Err(FileError::Missing { .. })));
    assert!(matches!(open("allowed/loop"), Err(FileError::Io { .. })));
    assert!(matches!(bench.roots.open(Path::new("a")), Err(FileError::NotAbsolute { .. })));

    let everything = AllowedRoots::resolve(["/"]).unwrap();
    assert!(matches!(everything.open(Path::new("/proc/self/environ")), Err(FileError::NotStored { .. })));
    match everything.open(Path::new("/dev/null")) {
        Err(FileError::NotAFile { kind: Kind::Device, .. }) => {}
        other => panic!("{other:?}"),
    }
    assert!(matches!(AllowedRoots::default().open(&at("allowed/a")), Err(FileError::OutsideRoots { .. })));
}
