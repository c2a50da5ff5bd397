//! Collecting outputs from trees that a hostile payload left.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::time::{Duration, Instant};

use data::outputs::{BadPattern, Limits, MOST_SKIPPED, Outputs, OutputsError, Patterns, Why, collect};
use data::place::{BadPath, Directory, Kind};
use tempfile::TempDir;

fn tree(files: &[&str]) -> TempDir {
    let home = tempfile::tempdir().unwrap();
    for file in files {
        let path = home.path().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, file).unwrap();
    }
    home
}

fn find_within(work: &Path, patterns: &[&str], limits: &Limits) -> Result<Outputs, OutputsError> {
    collect(&Directory::open(work).unwrap(), &Patterns::compile(patterns).unwrap(), limits)
}

fn find(work: &Path, patterns: &[&str]) -> Outputs {
    find_within(work, patterns, &Limits::default()).unwrap()
}

fn paths(outputs: &Outputs) -> Vec<&str> {
    outputs.files.iter().map(|file| file.path.as_str()).collect()
}

fn skipped(outputs: &Outputs) -> Vec<(&str, &Why)> {
    outputs.skipped.iter().map(|skipped| (skipped.path.as_str(), &skipped.why)).collect()
}

#[test]
fn patterns_select_what_they_say() {
    let home = tree(&["a.fits", "b.txt", ".hidden", "out/c.fits", "out/deep/er/d.fits", "out/deep/e.FITS", "x{y}"]);
    let find = |pattern: &str| paths(&find(home.path(), &[pattern])).join(" ");
    assert_eq!(find("a.fits"), "a.fits");
    assert_eq!(find("*"), ".hidden a.fits b.txt x{y}");
    assert_eq!(find("*.fits"), "a.fits");
    assert_eq!(find("**/*.fits"), "a.fits out/c.fits out/deep/er/d.fits");
    assert_eq!(find("out/**"), "out/c.fits out/deep/e.FITS out/deep/er/d.fits");
    assert_eq!(find("out/**/d.fits"), "out/deep/er/d.fits");
    assert_eq!(find("out/**/c.fits"), "out/c.fits");
    assert_eq!(find("**/deep/**/*.{fits,FITS}"), "out/deep/e.FITS out/deep/er/d.fits");
    assert_eq!(find("o?t/[cd].fits"), "out/c.fits");
    assert_eq!(find(r"x\{y\}"), "x{y}");
    assert_eq!(find("**"), ".hidden a.fits b.txt out/c.fits out/deep/e.FITS out/deep/er/d.fits x{y}");
    assert_eq!(find("out/*/d.fits"), "");
    assert_eq!(find("out/c.fits/**"), "");
}

#[test]
fn each_file_names_its_patterns_and_each_pattern_without_one_is_named() {
    let home = tree(&["a.fits", "out/c.fits"]);
    let found = find(home.path(), &["*.fits", "none", "**/*.fits", "out", "out/*.txt"]);
    let patterns: Vec<Vec<usize>> = found.files.iter().map(|file| file.patterns.iter().copied().collect()).collect();
    assert_eq!((paths(&found), patterns), (vec!["a.fits", "out/c.fits"], vec![vec![0, 2], vec![2]]));
    assert_eq!((found.unmatched.as_slice(), found.bytes), (&[1, 3, 4][..], 16));
    // Named as an output and a directory: said, so that the person can write out/** instead.
    assert_eq!(skipped(&found), [("out", &Why::NotAFile(Kind::Directory))]);
}

#[test]
fn nothing_but_regular_files_is_taken_and_nothing_is_followed() {
    let outside = tree(&["secret.fits"]);
    let home = tree(&["real.fits", "dir/real.fits", "unasked/x"]);
    let work = home.path();
    symlink(outside.path(), work.join("linked")).unwrap();
    symlink(outside.path().join("secret.fits"), work.join("secret.fits")).unwrap();
    symlink("real.fits", work.join("dir/inner.fits")).unwrap();
    symlink(".", work.join("dir/round")).unwrap();
    rustix::fs::mkfifoat(rustix::fs::CWD, work.join("fifo.fits"), 0o600.into()).unwrap();
    rustix::fs::mkfifoat(rustix::fs::CWD, work.join("fifo.txt"), 0o600.into()).unwrap();
    let _socket = UnixListener::bind(work.join("socket.fits")).unwrap();
    fs::write(work.join(OsStr::from_bytes(b"bad\xff.fits")), "").unwrap();
    fs::write(work.join("evil\u{202e}\n.fits"), "").unwrap();
    fs::write(work.join("twice"), "").unwrap();
    fs::hard_link(work.join("twice"), work.join("twice.fits")).unwrap();
    let found = find(work, &["**/*.fits"]);
    assert_eq!(paths(&found), ["dir/real.fits", "real.fits", "twice.fits"]);
    let link = Why::NotAFile(Kind::Symlink);
    assert_eq!(
        skipped(&found),
        [
            ("bad\u{fffd}.fits", &Why::NotUtf8),
            ("dir/inner.fits", &link),
            ("dir/round", &link),
            (r"evil\u{202e}\u{a}.fits", &Why::BadName(BadPath::Deceptive { character: '\u{202e}' })),
            ("fifo.fits", &Why::NotAFile(Kind::Fifo)),
            ("linked", &link),
            ("secret.fits", &link),
            ("socket.fits", &Why::NotAFile(Kind::Socket)),
        ]
    );
    // A link where a directory is expected is the reason for finding nothing, so it is reported.
    let found = find(work, &["linked/*.fits"]);
    assert_eq!((paths(&found), skipped(&found), &found.unmatched), (vec![], vec![("linked", &link)], &vec![0]));
}

#[test]
fn a_link_to_a_file_of_another_user_is_not_taken() {
    let home = tree(&["mine", "theirs"]);
    fs::hard_link(home.path().join("theirs"), home.path().join("also")).unwrap();
    if std::os::unix::fs::chown(home.path().join("theirs"), Some(12345), None).is_err() {
        eprintln!("not run: giving a file away needs root");
        return;
    }
    let found = find(home.path(), &["*"]);
    assert_eq!(
        (paths(&found), skipped(&found)),
        (vec!["mine"], vec![("also", &Why::ForeignLink), ("theirs", &Why::ForeignLink)])
    );
    let opened = Directory::open(home.path()).unwrap().open_file(&"also".parse().unwrap());
    assert!(matches!(opened, Err(data::place::PlaceError::ForeignLink { .. })));
}

#[test]
fn limits_are_errors_and_only_count_what_has_to_be_looked_at() {
    let home = tree(&["out/result.txt"]);
    fs::create_dir(home.path().join("huge")).unwrap();
    for index in 0..3000 {
        fs::write(home.path().join(format!("huge/{index}")), "x").unwrap();
    }
    let limits = Limits { entries: 1000, ..Limits::default() };
    assert_eq!(find_within(home.path(), &["**/*.txt"], &limits).unwrap_err(), OutputsError::TooManyEntries { limit: 1000 });
    // A directory in which nothing can match is not entered.
    assert_eq!(paths(&find_within(home.path(), &["out/*.txt"], &limits).unwrap()), ["out/result.txt"]);
    let limits = Limits { bytes: 2999, ..Limits::default() };
    assert_eq!(find_within(home.path(), &["huge/*"], &limits).unwrap_err(), OutputsError::TooManyBytes { limit: 2999 });
    assert_eq!(find(home.path(), &["huge/*"]).files.len(), 3000);

    for index in 0..1200 {
        symlink("x", home.path().join(format!("out/link{index}"))).unwrap();
    }
    let found = find(home.path(), &["out/*"]);
    assert_eq!((found.skipped.len(), found.skipped_count, found.files.len()), (MOST_SKIPPED, 1200, 1));
}

#[test]
fn a_chain_of_directories_ends_at_the_limit() {
    let home = tree(&["top.fits"]);
    let mut current = Directory::open(home.path()).map(|_| home.path().to_owned()).unwrap();
    for _ in 0..200 {
        current.push("d");
        fs::create_dir(&current).unwrap();
    }
    let found = find(home.path(), &["**/*.fits"]);
    assert_eq!(paths(&found), ["top.fits"]);
    assert_eq!(skipped(&found), [("d/".repeat(65).trim_end_matches('/'), &Why::TooDeep { limit: 64 })]);
}

#[test]
fn pattern_bombs_are_refused_or_bounded_in_time() {
    let started = Instant::now();
    let home = tempfile::tempdir().unwrap();
    let mut current = home.path().to_owned();
    for _ in 0..40 {
        current.push("aaaaaaaaaaaaaaaa");
        fs::create_dir(&current).unwrap();
        for index in 0..20 {
            fs::write(current.join(format!("{}{index}", "a".repeat(60))), "").unwrap();
        }
    }
    let bombs = [
        "**/*a*".repeat(10).replace("**", "/**").trim_start_matches('/').to_owned(),
        format!("{}b", "**/".repeat(300)),
        format!("{}b", "*a".repeat(400)),
        format!("{}b", "{a,b}".repeat(200)),
        format!("{}a{}", "{a,".repeat(200), "}".repeat(200)),
        format!("**/{}", "{a*,*a}".repeat(140)),
        format!("{}b", "**/*a*/".repeat(30)),
        format!("[{}]", "a-z".repeat(300)),
    ];
    for bomb in &bombs {
        let Ok(patterns) = Patterns::compile(&[bomb]) else { continue };
        let found = collect(&Directory::open(home.path()).unwrap(), &patterns, &Limits::default()).unwrap();
        assert!(found.skipped.is_empty());
    }
    let many = vec!["**/*a*/".repeat(30) + "b"; 64];
    let limits = Limits { comparisons: 10_000, ..Limits::default() };
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    assert_eq!(find_within(home.path(), &many, &limits).unwrap_err(), OutputsError::TooMuchMatching { limit: 10_000 });
    assert!(started.elapsed() < Duration::from_secs(20), "{:?}", started.elapsed());
}

#[test]
fn bad_patterns_are_refused_with_their_place_and_reason() {
    let bad = |pattern: &str| Patterns::compile(&["fine", pattern]).unwrap_err();
    assert_eq!(bad("/etc/*"), BadPattern::Absolute { index: 1 });
    assert_eq!(bad("../*"), BadPattern::Dots { index: 1, part: ".." });
    assert_eq!(bad("./a"), BadPattern::Dots { index: 1, part: "." });
    for empty in ["", "out/", "a//b"] {
        assert_eq!(bad(empty), BadPattern::EmptyPart { index: 1 });
    }
    assert_eq!(bad("a\0"), BadPattern::Control { index: 1 });
    assert_eq!(bad(&"a".repeat(1025)), BadPattern::TooLong { index: 1, bytes: 1025 });
    assert_eq!(bad(&"*/".repeat(65)), BadPattern::TooDeep { index: 1 });
    for syntax in ["[a", "{a", "a}", "{a/b,c}", "[a/b]", "a\\", "[z-a]"] {
        assert!(matches!(bad(syntax), BadPattern::Syntax { index: 1, .. }), "{syntax}");
    }
    assert_eq!(Patterns::compile(&["a"; 65]).unwrap_err(), BadPattern::TooMany { count: 65 });
}
