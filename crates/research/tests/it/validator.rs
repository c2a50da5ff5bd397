//! What the reference validator says. It is Python: without a `python3` that can make environments these tests
//! fail, with the remedy in their message.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use research::{Exit, Outcome, RunRecord, write_crate};
use std::io::{Cursor, Empty};

use crate::hostile::hostile_run;
use crate::records::{Opened, crate_of, element, image, run};

fn files() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/validate")
}

fn interpreter() -> PathBuf {
    let venv = std::env::var_os("ROADSTEAD_VALIDATOR_VENV")
        .map_or_else(|| Path::new(env!("CARGO_TARGET_TMPDIR")).join("validator-venv"), PathBuf::from);
    let setup = Command::new("sh").arg(files().join("setup.sh")).arg(&venv).output().unwrap();
    assert!(
        setup.status.success(),
        "the validator's environment could not be made; by hand: {} {}\n{}",
        files().join("setup.sh").display(),
        venv.display(),
        String::from_utf8_lossy(&setup.stderr),
    );
    venv.join("bin/python")
}

fn validate(arguments: &[&Path]) -> (bool, String) {
    let Output { status, stdout, stderr } =
        Command::new(interpreter()).arg(files().join("validate.py")).args(arguments).output().unwrap();
    let text = format!("{}{}", String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
    (status.success(), text)
}

#[test]
fn crates_of_all_kinds_are_valid() {
    let mut failed = element(0);
    (failed.outcome, failed.exit) = (Outcome::Failed, Some(Exit::Code(3)));
    failed.cause = Some("the command ended with exit status 3".to_owned());
    let mut never = element(0);
    (never.outcome, never.exit, never.started, never.place) = (Outcome::Cancelled, None, None, None);
    (never.outputs, never.logs) = (vec![], vec![]);
    let mut contained = element(0);
    contained.container = Some(image("registry.example.org:5000/group/finder:1.2"));
    let mut local = run(vec![element(0)]);
    local.person.id = "local person".to_owned();
    let described_only = |record: &RunRecord| write_crate(record, |_| Ok(None::<Empty>), Cursor::new(Vec::new()));

    let folder = tempfile::tempdir().unwrap();
    let crates = [
        ("single", crate_of(&run(vec![element(0)])).unwrap()),
        ("failed", crate_of(&run(vec![failed])).unwrap()),
        ("contained", crate_of(&run(vec![contained])).unwrap()),
        ("array", crate_of(&run((0..3).map(element).collect())).unwrap()),
        ("hostile", crate_of(&hostile_run()).unwrap()),
        ("never-started", crate_of(&run(vec![never])).unwrap()),
        ("described-only", described_only(&local).unwrap().into_inner()),
    ];
    let paths = crates.map(|(name, bytes)| {
        let path = folder.path().join(format!("{name}.crate.zip"));
        fs::write(&path, bytes).unwrap();
        path
    });
    let (valid, text) = validate(&paths.each_ref().map(PathBuf::as_path));
    assert!(valid && text.matches("valid (REQUIRED)").count() == paths.len(), "{text}");
}

#[test]
fn recommendations_are_followed_and_broken_crates_found() {
    let folder = tempfile::tempdir().unwrap();
    let mut opened = Opened::of(&run(vec![element(0)]));
    // A folder this time: what someone has after unpacking.
    let good = folder.path().join("good");
    opened.archive().extract(&good).unwrap();
    let (valid, text) = validate(&[Path::new("--recommended"), &good]);
    assert!(valid && text.contains("valid (RECOMMENDED)"), "{text}");

    let metadata = opened.text("ro-crate-metadata.json");
    let breaks: [(&str, &str, &str); 3] = [
        ("no-instrument", "\"instrument\":", "\"identifier\":"),
        ("no-profile", "\"conformsTo\":{\"@id\":\"https://w3id.org/ro/wfrun/process/0.5\"}", "\"version\":\"1\""),
        ("missing-file", "outputs/catalogue.csv", "outputs/gone.csv"),
    ];
    let broken = breaks.map(|(name, find, put)| {
        let folder = folder.path().join(name);
        opened.archive().extract(&folder).unwrap();
        assert!(metadata.contains(find), "{find}");
        fs::write(folder.join("ro-crate-metadata.json"), metadata.replace(find, put)).unwrap();
        folder
    });
    let (valid, text) = validate(&broken.each_ref().map(PathBuf::as_path));
    assert!(!valid && !text.contains("valid (") && text.matches("faults\n").count() == broken.len(), "{text}");
    assert!(text.contains("MUST have an instrument") && text.contains("outputs/gone.csv"), "{text}");
}
