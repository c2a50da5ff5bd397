//! A workflow file, run by the real engine of its language, and what its research object says.

use crate::cli::helpers::{Desk, finish, text_of};
use crate::engine::verdict_on;
use std::path::Path;

#[test]
fn a_workflow_file_runs_and_its_research_object_is_one_of_a_workflow() {
    let files = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cwl");
    let engine = testkit::python_environment(&files.join("requirements.txt"), "cwltool");
    let desk = Desk::new();
    desk.write("table.csv", "ra,dec\n1,2\n3,4\n");
    let workflow = files.join("count.cwl");
    // An engine that is not where programs usually are is found as for any command: by the PATH that the run is given.
    let path = format!("PATH={}:/usr/bin:/bin", engine.join("bin").display());
    let mut command = desk.command(&["run", "--workflow"]);
    command.arg(&workflow).args(["-i", "table.csv", "-o", "report.txt", "-e", &path, "--", "--table", "table.csv"]);
    let typed = finish(desk.home.start(command));
    assert_eq!(typed.code, 0, "{typed:?}");

    let run = desk.json(&["show", "count.cwl"]);
    assert_eq!(run["request"]["workflow"]["file"], "count.cwl", "{run}");
    assert_eq!(run["request"]["command"][0], "cwltool");
    desk.ok(&["outputs", "count.cwl", "--to", "results"]);
    desk.ok(&["outputs", "count.cwl", "--crate", "count.crate.zip"]);
    assert_eq!(text_of(&desk.path("results/report.txt")).trim(), "lines=3");
    assert_eq!(text_of(&desk.path("results/count.cwl")), text_of(&workflow));
    let verdict = verdict_on(&desk.path("count.crate.zip"), "workflow-run-crate-0.5");
    assert!(verdict.contains("valid (REQUIRED)"), "{verdict}");

    let other = desk.write("flow.txt", "?");
    let typed = desk.type_in(&["run", "--workflow", &other.display().to_string()]);
    assert!(typed.code == 1 && typed.err.contains("workflow.language: cannot be told"), "{typed:?}");
}
