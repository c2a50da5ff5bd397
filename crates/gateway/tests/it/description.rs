//! The description of the API and the pages about errors are those that are committed.

use gateway::PAGES;
use model::Code;
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

fn docs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs")
}

#[test]
fn the_committed_description_is_what_is_served() {
    let path = docs().join("openapi.json");
    let served = gateway::openapi();
    if std::env::var_os("ROADSTEAD_BLESS").is_some() {
        std::fs::write(&path, &served).expect("written");
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == served,
        "docs/openapi.json is out of date: run this test with ROADSTEAD_BLESS=1 and look at what changed"
    );
}

#[test]
fn every_operation_says_what_it_does_and_how_it_refuses() {
    let document: Value = serde_json::from_str(&gateway::openapi()).expect("JSON");
    assert!(document["openapi"].as_str().is_some_and(|version| version.starts_with("3.1")), "{}", document["openapi"]);
    assert_eq!(document["info"]["title"], "Roadstead");
    let mut ids = BTreeSet::new();
    for (path, item) in document["paths"].as_object().expect("paths") {
        for (method, operation) in item.as_object().expect("an item") {
            let what = format!("{method} {path}");
            let summary = operation["summary"].as_str().unwrap_or_default();
            assert!((4..60).contains(&summary.len()) && !summary.ends_with('.'), "{what}: summary `{summary}`");
            let id = operation["operationId"].as_str().unwrap_or_default();
            assert!(ids.insert(id.to_owned()) && id.contains('_'), "{what}: operationId `{id}`");
            let answers = operation["responses"].as_object().expect("responses");
            assert!(answers.keys().any(|status| status.starts_with('2')), "{what}: success");
            let mut required = vec!["401", "403", "421", "500", "503"];
            if path.contains('{') {
                required.push("404");
            }
            if operation.get("requestBody").is_some() {
                required.extend(["400", "413", "415", "422"]);
            }
            for status in required {
                assert!(answers.contains_key(status), "{what}: answer {status}");
            }
            for (status, answer) in answers.iter().filter(|(status, _)| status.starts_with(['4', '5'])) {
                let schema = &answer["content"]["application/problem+json"]["schema"]["$ref"];
                assert_eq!(schema, "#/components/schemas/ProblemAnswer", "{what}: {status}");
                assert!(answer["description"].as_str().is_some_and(|text| text.contains("RS-")), "{what}: {status} {answer}");
            }
        }
    }
    // Whatever is referred to is there.
    let text = document.to_string();
    for reference in text.split("\"#/components/schemas/").skip(1).filter_map(|rest| rest.split('"').next()) {
        assert!(document["components"]["schemas"].get(reference).is_some(), "{reference} is not described");
    }
}

#[test]
fn every_code_has_its_page_and_every_page_its_code() {
    let files: BTreeSet<String> = std::fs::read_dir(docs().join("errors"))
        .expect("docs/errors")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .filter(|name| name != "index.md")
        .collect();
    let codes: BTreeSet<String> = Code::ALL.iter().map(|code| format!("{code}.md")).collect();
    assert_eq!(files, codes);
    assert_eq!(PAGES.len(), Code::ALL.len());
    for (code, page) in PAGES {
        assert!(page.starts_with(&format!("# {code}: {}\n", code.title())), "{code}: {page}");
        assert!(page.contains(&format!("HTTP status {}", code.status())), "{code}");
        let lines = page.lines().filter(|line| !line.is_empty()).count();
        assert!((7..20).contains(&lines), "{code} has {lines} lines");
        for part in ["## What it means", "## Common causes", "## What to do"] {
            assert!(page.contains(part), "{code}: {part}");
        }
    }
}
