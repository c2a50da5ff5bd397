//! Links, in the book and in the pages of the repository's root.

use super::{Page, docs, pages};
use std::path::Path;

#[test]
fn every_link_and_anchor_leads_somewhere() {
    let root = docs().join("..").canonicalize().expect("the repository");
    let mut wrong = Vec::new();
    for page in pages() {
        wrong.extend(dead_links(&page, &docs(), true));
    }
    for name in ["README.md", "ARCHITECTURE.md", "CHANGELOG.md"] {
        let text = std::fs::read_to_string(root.join(name)).expect("readable");
        wrong.extend(dead_links(&Page { name: name.to_owned(), text }, &root, false));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// In the book, a link must stay in it: what is beside docs is not there for readers.
fn dead_links(page: &Page, top: &Path, stays_below: bool) -> Vec<String> {
    let directory = top.join(&page.name).parent().expect("a parent").to_owned();
    let prose = page.prose();
    let targets = prose.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    let mut dead = Vec::new();
    for target in targets.filter(|target| !target.contains("://") && !target.starts_with("mailto:")) {
        let (path, anchor) = target.split_once('#').unwrap_or((target, ""));
        // The portal's tests make the picture; those who have none see its description.
        if path.starts_with("docs/images/") {
            continue;
        }
        let file = if path.is_empty() { top.join(&page.name) } else { directory.join(path) };
        let Ok(file) = file.canonicalize() else {
            dead.push(format!("{}: {target} is not there", page.name));
            continue;
        };
        if stays_below && !file.starts_with(top) {
            dead.push(format!("{}: {target} is outside the book", page.name));
        }
        if !anchor.is_empty() && !anchors(&std::fs::read_to_string(&file).unwrap_or_default()).contains(&anchor.to_owned()) {
            dead.push(format!("{}: {target} has no such heading", page.name));
        }
    }
    dead
}

/// As mdBook and GitHub make them of headings.
fn anchors(text: &str) -> Vec<String> {
    let page = Page { name: String::new(), text: text.to_owned() };
    let of = |heading: &str| {
        let kept = heading.trim().chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
        kept.collect::<String>().to_lowercase().replace(' ', "-")
    };
    page.prose().lines().filter(|line| line.starts_with('#')).map(|line| of(line.trim_start_matches('#'))).collect()
}
