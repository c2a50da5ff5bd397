//! What the reference validator says. It is Python: without a `python3` that can make environments these tests
//! fail, with the remedy in their message.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use research::{Exit, Outcome, RunRecord, write_crate};
use std::io::{Cursor, Empty};

use crate::hostile::hostile_run;
use crate::records::{Opened, crate_of, element, image, run, workflow_run};

fn files() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/validate")
}

fn interpreter() -> PathBuf {
    testkit::python_environment(&files().join("requirements.txt"), "validator").join("bin/python")
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

#[test]
fn crates_of_workflows_are_valid_as_such() {
    let folder = tempfile::tempdir().unwrap();
    let paths = [1, 3].map(|elements| {
        let path = folder.path().join(format!("{elements}.crate.zip"));
        fs::write(&path, crate_of(&workflow_run(elements)).unwrap()).unwrap();
        path
    });
    let broken = folder.path().join("broken");
    let mut opened = Opened::of(&workflow_run(1));
    opened.archive().extract(&broken).unwrap();
    let metadata = opened.text("ro-crate-metadata.json").replace("\"mainEntity\":", "\"about\":");
    fs::write(broken.join("ro-crate-metadata.json"), metadata).unwrap();
    // The profile stands on those of processes and of workflows, which are checked with it.
    let profile = [Path::new("--profile"), Path::new("workflow-run-crate-0.5")];
    let (valid, text) = validate(&[profile.as_slice(), &[&paths[0], &paths[1], &broken]].concat());
    assert!(!valid && text.matches("valid (REQUIRED)").count() == paths.len(), "{text}");
    assert!(text.contains("broken: ") && text.matches("faults\n").count() == 1, "{text}");
}
