//! Paths inside a work directory, and directories that payloads prepared.

use std::io::Read;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::path::{Component, Path};

use data::Declared;
use data::file::{AllowedRoots, copy_in};
use data::place::{BadPath, Directory, Kind, PlaceError, RelativePath};
use proptest::prelude::*;

fn path(text: &str) -> RelativePath {
    text.parse().unwrap()
}

#[test]
fn bad_destinations_are_refused_with_their_reason() {
    let parse = |text: &str| text.parse::<RelativePath>();
    assert_eq!(parse(""), Err(BadPath::Empty));
    assert_eq!(parse("/etc/passwd"), Err(BadPath::Absolute));
    for text in ["a//b", "a/"] {
        assert_eq!(parse(text), Err(BadPath::EmptyPart), "{text}");
    }
    for (text, part) in [("..", ".."), ("a/../b", ".."), (".", "."), ("./a", "."), ("a/..", "..")] {
        assert_eq!(parse(text), Err(BadPath::Dots { part }), "{text}");
    }
    for character in ['\0', '\n', '\u{1b}', '\u{7f}', '\u{85}', '\u{200e}', '\u{202e}', '\u{2028}', '\u{2066}', '\u{61c}'] {
        let error = parse(&format!("a{character}b")).unwrap_err();
        assert_eq!(error, BadPath::Deceptive { character });
        assert!(!error.to_string().contains(character));
    }
    assert_eq!(parse(&"a".repeat(256)), Err(BadPath::PartTooLong { bytes: 256 }));
    assert_eq!(parse(&"a/".repeat(2048)), Err(BadPath::EmptyPart));
    assert_eq!(parse(&"ab/".repeat(1400)), Err(BadPath::TooLong { bytes: 4200 }));
    for fine in ["a", "...", ".hidden", "a b/ü/日本", r"a\b", "~", "-rf", &"a".repeat(255)] {
        parse(fine).unwrap();
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_accepted_path_stays_below_and_comes_back_the_same(text in "([./]{0,3}[a-z\\\\\u{0}\u{202e}ü]{0,3}){0,6}") {
        if let Ok(path) = text.parse::<RelativePath>() {
            let joined = Path::new("/work").join(path.as_str());
            let parts: Vec<_> = joined.components().skip(2).collect();
            prop_assert!(parts.iter().all(|part| matches!(part, Component::Normal(_))), "{:?}", joined);
            prop_assert_eq!(parts.len(), path.parts().count());
            let deceptive = text.contains(['\0', '\u{202e}']);
            prop_assert!(!deceptive);
            let json = serde_json::to_string(&path).unwrap();
            prop_assert_eq!(serde_json::from_str::<RelativePath>(&json).unwrap(), path);
        } else {
            let bad = text.is_empty() || text.contains(['\0', '\u{202e}']) || text.split('/').any(|part| ["", ".", ".."].contains(&part));
            prop_assert!(bad, "refused for nothing: {:?}", text);
        }
    }
}

#[test]
fn no_link_in_a_work_directory_is_followed() {
    let outside = tempfile::tempdir().unwrap();
    std::fs::write(outside.path().join("secret"), "secret").unwrap();
    let home = tempfile::tempdir().unwrap();
    let work = home.path();
    symlink(outside.path(), work.join("out")).unwrap();
    symlink(outside.path().join("secret"), work.join("file")).unwrap();
    symlink("/nowhere", work.join("dangling")).unwrap();
    std::fs::create_dir(work.join("dir")).unwrap();
    std::fs::write(work.join("dir/plain"), "plain").unwrap();
    rustix::fs::mkfifoat(rustix::fs::CWD, work.join("fifo"), 0o600.into()).unwrap();
    let _socket = UnixListener::bind(work.join("socket")).unwrap();
    let directory = Directory::open(work).unwrap();

    let mut text = String::new();
    directory.open_file(&path("dir/plain")).unwrap().read_to_string(&mut text).unwrap();
    assert_eq!(text, "plain");
    for link in ["out/secret", "file", "dangling"] {
        let error = directory.open_file(&path(link)).unwrap_err();
        assert!(matches!(error, PlaceError::Symlink { .. }), "{link}: {error:?}");
    }
    for (name, wanted) in [("dir", Kind::Directory), ("fifo", Kind::Fifo), ("socket", Kind::Socket)] {
        match directory.open_file(&path(name)) {
            Err(PlaceError::NotAFile { kind, .. }) => assert_eq!(kind, wanted),
            other => panic!("{name}: {other:?}"),
        }
    }
    assert!(matches!(directory.open_file(&path("none/x")), Err(PlaceError::Missing { .. })));
    assert!(matches!(directory.open_file(&path("dir/plain/x")), Err(PlaceError::NotADirectory { .. })));
    assert!(matches!(directory.slot(&path("out/new")), Err(PlaceError::Symlink { .. })));
    assert!(matches!(directory.slot(&path("dangling/new")), Err(PlaceError::Symlink { .. })));
    assert!(matches!(directory.slot(&path("dir/plain/new")), Err(PlaceError::NotADirectory { .. })));

    // A directory exchanged for a link after it was opened: the holder still means the old one.
    std::fs::rename(work.join("dir"), work.join("moved")).unwrap();
    symlink(outside.path(), work.join("dir")).unwrap();
    assert!(matches!(directory.slot(&path("dir/new")), Err(PlaceError::Symlink { .. })));
    assert_eq!(std::fs::read_dir(outside.path()).unwrap().count(), 1);
}

#[test]
fn what_lies_where_the_part_would_go_is_not_destroyed() {
    let home = tempfile::tempdir().unwrap();
    let work = home.path().join("work");
    std::fs::create_dir(&work).unwrap();
    let source = home.path().join("source");
    std::fs::write(&source, "new").unwrap();
    let victim = home.path().join("victim");
    std::fs::write(&victim, "precious").unwrap();
    let roots = AllowedRoots::resolve([home.path()]).unwrap();
    let copy = |name: &str| {
        let slot = Directory::open(&work).unwrap().slot(&path(name)).unwrap();
        copy_in(&roots, &source, slot, &Declared::default(), 100, |_| std::ops::ControlFlow::Continue(()))
    };
    // Another input of that name; a link and a second name for a file outside, with a forged note beside them.
    std::fs::write(work.join("a.part"), "mine").unwrap();
    symlink(&victim, work.join("b.part")).unwrap();
    std::fs::hard_link(&victim, work.join("c.part")).unwrap();
    for name in ["b", "c"] {
        std::fs::write(work.join(format!("{name}.part.json")), "null").unwrap();
    }
    rustix::fs::mkfifoat(rustix::fs::CWD, work.join("d.part"), 0o600.into()).unwrap();
    for name in ["a", "b", "c", "d"] {
        let error = copy(name).unwrap_err();
        assert!(matches!(error, data::file::FileError::Place(PlaceError::PartTaken { .. })), "{name}: {error:?}");
    }
    assert_eq!(std::fs::read_to_string(work.join("a.part")).unwrap(), "mine");
    assert_eq!(std::fs::read_to_string(&victim).unwrap(), "precious");
    // The destination itself being a link: the link is replaced, not what it leads to.
    symlink(&victim, work.join("e")).unwrap();
    copy("e").unwrap();
    assert_eq!(std::fs::read_to_string(&victim).unwrap(), "precious");
    assert_eq!(std::fs::read_to_string(work.join("e")).unwrap(), "new");
    // The longest possible name leaves no room for a suffix.
    copy(&"n".repeat(255)).unwrap();
    assert!(work.join("n".repeat(255)).is_file());
}
