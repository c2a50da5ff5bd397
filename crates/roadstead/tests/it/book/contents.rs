//! The table of contents. Two parts of it, decisions and errors, are made from the pages there are.

use super::{Page, docs, pages};
use std::fmt::Write;

const DECISIONS: &str = "- [Decisions](decisions/README.md)\n";
const ERRORS: &str = "- [Errors](errors/index.md)\n";

#[test]
fn every_page_is_in_the_table_of_contents() {
    let pages = pages();
    compare("errors/index.md", |index| error_index(index, &pages));
    compare("SUMMARY.md", |summary| {
        with_entries(&with_entries(summary, DECISIONS, &pages, "decisions/0"), ERRORS, &pages, "errors/RS-")
    });
    let summary = read("SUMMARY.md");
    for page in &pages {
        let times = summary.matches(&format!("]({})", page.name)).count();
        assert!(times == 1 || page.name == "SUMMARY.md", "{} is {times} times in SUMMARY.md", page.name);
    }
}

fn read(name: &str) -> String {
    std::fs::read_to_string(docs().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn compare(name: &str, make: impl Fn(&str) -> String) {
    let committed = read(name);
    let right = make(&committed);
    if std::env::var_os("ROADSTEAD_BLESS").is_some() {
        std::fs::write(docs().join(name), right).expect("written");
    } else {
        assert!(committed == right, "docs/{name} is out of date: run this test with ROADSTEAD_BLESS=1 and look at what changed");
    }
}

/// The summary with one entry, indented below `parent`, for each page whose name begins so.
fn with_entries(summary: &str, parent: &str, pages: &[Page], beginning: &str) -> String {
    let (before, after) = summary.split_once(parent).unwrap_or_else(|| panic!("SUMMARY.md has no {parent}"));
    let rest: String = after.split_inclusive('\n').skip_while(|line| line.starts_with("  - ")).collect();
    let mut whole = format!("{before}{parent}");
    for page in pages.iter().filter(|page| page.name.starts_with(beginning)) {
        let _ = writeln!(whole, "  - [{}]({})", page.title(), page.name);
    }
    whole + &rest
}

fn error_index(index: &str, pages: &[Page]) -> String {
    let (before, _) = index.split_once("-->").expect("the mark before the list");
    let mut whole = format!("{before}-->\n\n| code | means |\n|---|---|\n");
    for page in pages.iter().filter(|page| page.name.starts_with("errors/RS-")) {
        let (code, title) = page.title().split_once(": ").expect("`RS-nnnn: title`");
        let _ = writeln!(whole, "| [{code}]({code}.md) | {title} |");
    }
    whole
}
