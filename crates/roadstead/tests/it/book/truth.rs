//! That what the book says is so: its boxes are executed, its tables compared with the program.

use super::{Page, docs, pages};
use crate::cli::helpers::{Desk, PROGRAM, finish};
use model::request::{Format, read};
use serde_json::Value;
use std::path::Path;

pub fn page(name: &str) -> Page {
    pages().into_iter().find(|page| page.name == name).unwrap_or_else(|| panic!("no page {name}"))
}

/// Every block marked `sh runnable`, as it stands; `fails` when its failure is the point. A home for each page.
#[test]
fn the_boxes_do_what_they_say() {
    let folder = Path::new(PROGRAM).parent().expect("a folder").display();
    let path = format!("{folder}:{}", std::env::var("PATH").expect("a PATH"));
    let mut executed = 0;
    for page in pages() {
        let blocks: Vec<_> = page.blocks().into_iter().filter(|(info, _)| info.starts_with("sh runnable")).collect();
        if blocks.is_empty() {
            continue;
        }
        let desk = Desk::new();
        for (info, block) in blocks {
            let mut command = desk.home.command("bash");
            command.args(["-euo", "pipefail", "-c", &block]).env("PATH", &path);
            let done = finish(desk.home.start(command));
            assert_eq!(done.code != 0, info.ends_with("fails"), "{}:\n{block}\n{}\n{}", page.name, done.out, done.err);
            executed += 1;
        }
    }
    assert!(executed >= 10, "only {executed} boxes are executed");
}

#[test]
fn the_request_is_the_same_in_three_languages_and_every_field_is_explained() {
    let page = page("users/requests.md");
    let in_language = |name: &str, format| {
        let (_, text) = page.blocks().into_iter().find(|(info, _)| info == name).expect("a block");
        read(text.as_bytes(), format).expect("readable")
    };
    let request = in_language("toml", Format::Toml);
    assert_eq!(in_language("yaml", Format::Yaml), request);
    assert_eq!(in_language("json", Format::Json), request);

    let api: Value = serde_json::from_slice(&std::fs::read(docs().join("openapi.json")).expect("readable")).expect("JSON");
    for schema in ["RunRequest", "Container", "Input", "Output", "Resources", "Machine", "Array", "Where"] {
        let fields = api["components"]["schemas"][schema]["properties"].as_object().unwrap_or_else(|| panic!("{schema}"));
        for field in fields.keys() {
            assert!(page.text.contains(&format!("`{field}`")), "users/requests.md does not explain {schema}.{field}");
        }
    }
}

#[test]
fn every_setting_is_explained_with_its_default() {
    let page = page("administrators/configure.md");
    let desk = Desk::new();
    let config = desk.json(&["config", "check"])["config"].take();
    let mut settings = Vec::new();
    for (name, value) in config.as_object().expect("an object") {
        match value {
            Value::Object(inner) => settings.extend(inner.iter().map(|(key, value)| (format!("{name}.{key}"), value))),
            value => settings.push((name.clone(), value)),
        }
    }
    for (name, value) in &settings {
        let default = match value {
            Value::Null => String::new(),
            Value::String(text) => format!("`{text}` "),
            other => format!("`{other}` "),
        };
        let row = format!("| `{name}` | {default}|");
        assert!(page.text.contains(&row), "administrators/configure.md has no row beginning {row}");
    }
    let rows = page.text.lines().filter(|line| line.starts_with("| `")).count();
    assert_eq!(rows, settings.len(), "a setting is explained that does not exist");
}

/// What the page about attackers promises is shown by tests that exist.
#[test]
fn the_tests_that_the_page_about_attackers_names_exist() {
    let page = page("security.md");
    let named: Vec<&str> = page.text.split('`').skip(1).step_by(2).filter(|word| word.len() > 25 && word.contains('_')).collect();
    assert!(named.len() > 20, "{named:?}");
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut sources = String::new();
    let mut places = vec![crates];
    while let Some(place) = places.pop() {
        for entry in std::fs::read_dir(place).expect("a directory").flatten() {
            match entry.file_type().expect("a kind").is_dir() {
                true => places.push(entry.path()),
                false if entry.path().extension().is_some_and(|extension| extension == "rs") => {
                    sources.push_str(&std::fs::read_to_string(entry.path()).expect("a source"));
                }
                false => {}
            }
        }
    }
    let missing: Vec<&&str> = named.iter().filter(|name| !sources.contains(&format!("fn {name}("))).collect();
    assert!(missing.is_empty(), "{missing:?}");
}
