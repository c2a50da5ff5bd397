//! Rules that hold for the whole repository. Each exception is listed here, with its reason, or it fails.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::rust_code::{code_of, words};

/// (file, why it cannot do without `unsafe`)
const UNSAFE_FILES: &[(&str, &str)] = &[];
/// (file, why it is longer than [`LONGEST`])
const LONG_FILES: &[(&str, &str)] = &[];
const LONGEST: usize = 450;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("the repository")
}

/// Every file that git knows, with its content. One that is known but not there is being deleted.
fn files() -> Vec<(String, Vec<u8>)> {
    let mut git = Command::new("git");
    // The files may belong to another user than the one who runs the tests.
    git.args(["-c", "safe.directory=*", "ls-files", "-z"]).current_dir(root());
    let output = git.output().expect("run git");
    assert!(output.status.success(), "git ls-files: {}", String::from_utf8_lossy(&output.stderr));
    let names = String::from_utf8(output.stdout).expect("file names in UTF-8");
    let names = names.split_terminator('\0');
    names.filter_map(|name| Some((name.to_owned(), fs::read(root().join(name)).ok()?))).collect()
}

/// The Rust files of the crates' `src` folders.
fn sources() -> Vec<(String, String)> {
    let sources: Vec<_> = files()
        .into_iter()
        .filter(|(name, _)| name.starts_with("crates/") && name.contains("/src/") && name.ends_with(".rs"))
        .map(|(name, content)| (name, String::from_utf8(content).expect("Rust source in UTF-8")))
        .collect();
    assert!(sources.len() > 10, "only {} source files found", sources.len());
    sources
}

/// Fails for what was found outside the listed files, and for a listed file where nothing was found.
fn check(found: &[(String, String)], listed: &[(&str, &str)], rule: &str) {
    let is_listed = |file: &str| listed.iter().any(|(name, _)| *name == file);
    let wrong: Vec<_> = found.iter().filter(|(file, _)| !is_listed(file)).map(|(file, what)| format!("{file}{what}")).collect();
    assert!(wrong.is_empty(), "{rule}:\n{}", wrong.join("\n"));
    for (file, _) in listed {
        assert!(found.iter().any(|(name, _)| name == file), "{file} needs no exception any more from: {rule}");
    }
}

#[test]
fn unsafe_code_is_only_in_listed_files() {
    let mut found = Vec::new();
    for (name, source) in sources() {
        for (number, line) in code_of(&source).lines().enumerate() {
            let has = |wanted: &str| words(line).any(|word| word == wanted);
            let permits = has("unsafe_code") && !has("forbid") && !has("deny");
            if has("unsafe") || permits {
                found.push((name.clone(), format!(":{}", number + 1)));
            }
        }
    }
    check(&found, UNSAFE_FILES, "no `unsafe` and no permission for it");
}

#[test]
fn every_crate_obeys_the_lints_of_the_workspace() {
    let manifests: Vec<_> = files()
        .into_iter()
        .filter(|(name, _)| name.starts_with("crates/") && name.ends_with("/Cargo.toml"))
        .map(|(name, content)| (name, String::from_utf8_lossy(&content).into_owned()))
        .collect();
    assert!(!manifests.is_empty());
    let found: Vec<_> = manifests
        .into_iter()
        .filter(|(_, content)| !content.contains("[lints]\nworkspace = true"))
        .map(|(name, _)| (name, String::new()))
        .collect();
    check(&found, &[], "each crate's Cargo.toml says [lints] workspace = true");
    let workspace = fs::read_to_string(root().join("Cargo.toml")).expect("read Cargo.toml");
    for lint in ["unsafe_code", "unwrap_used", "expect_used", "panic", "print_stdout", "print_stderr"] {
        assert!(workspace.contains(&format!("\n{lint} = \"deny\"")), "{lint} is not denied");
    }
}

#[test]
fn source_files_are_short() {
    let lines = sources().into_iter().map(|(name, source)| (name, source.lines().count()));
    let found: Vec<_> =
        lines.filter(|(_, lines)| *lines > LONGEST).map(|(name, lines)| (name, format!(": {lines} lines"))).collect();
    check(&found, LONG_FILES, "no source file has more than 450 lines: a long one holds two ideas");
}

#[test]
fn committed_files_are_text() {
    let found: Vec<_> = files()
        .into_iter()
        .filter(|(name, _)| !(name.starts_with("docs/") && name.ends_with(".png")))
        .filter(|(_, content)| content.contains(&0) || std::str::from_utf8(content).is_err())
        .map(|(name, _)| (name, String::new()))
        .collect();
    check(&found, &[], "no binary file but pictures (.png) under docs/");
}

#[test]
fn no_file_knows_the_machine_it_was_written_on() {
    // In two parts each, or this file would be the first to be found.
    let places = [concat!("/wo", "rk/"), concat!("/ro", "ot/"), concat!("..", "/shared/")];
    let mut found = Vec::new();
    for (name, content) in files() {
        for (number, line) in String::from_utf8_lossy(&content).lines().enumerate() {
            if places.iter().any(|place| names_place(line, place)) {
                found.push((name.clone(), format!(":{}: {}", number + 1, line.trim())));
            }
        }
    }
    check(&found, &[], "no path of one computer");
}

/// Whether the place itself is meant, not a folder of that name deeper down (`run/work/`).
fn names_place(line: &str, place: &str) -> bool {
    line.match_indices(place).any(|(at, _)| !line[..at].ends_with(|c: char| c.is_alphanumeric() || "_-.~/}>)]*$@%".contains(c)))
}

#[test]
fn a_place_is_told_from_a_folder_of_the_same_name() {
    let place = concat!("/wo", "rk/");
    for line in ["/x/", " a:/x/b", "(\"/x/b\")", "see `/x/b`", "A=/x/b"] {
        assert!(names_place(&line.replace("/x/", place), place), "{line}");
    }
    for line in ["run/x/", "{id}/x/b", "../x/b", "https://host.example/x/b", "$HOME/x/"] {
        assert!(!names_place(&line.replace("/x/", place), place), "{line}");
    }
}
