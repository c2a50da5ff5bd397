//! The book: that every page can be found, every link leads somewhere, and what it says is so.

mod contents;
mod demonstration;
mod links;
mod truth;

use std::path::{Path, PathBuf};

fn docs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs").canonicalize().expect("docs")
}

/// A page, by its path below docs.
struct Page {
    name: String,
    text: String,
}

/// Every page, in the order of their names.
fn pages() -> Vec<Page> {
    let mut pages = Vec::new();
    let mut left = vec![docs()];
    while let Some(directory) = left.pop() {
        for entry in std::fs::read_dir(&directory).expect("a directory") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                left.push(path);
            } else if path.extension().is_some_and(|ending| ending == "md") {
                let name = path.strip_prefix(docs()).expect("below docs").to_str().expect("UTF-8").to_owned();
                pages.push(Page { name, text: std::fs::read_to_string(&path).expect("readable") });
            }
        }
    }
    pages.sort_by(|one, other| one.name.cmp(&other.name));
    pages
}

impl Page {
    fn title(&self) -> &str {
        self.text.lines().next().and_then(|line| line.strip_prefix("# ")).unwrap_or_else(|| panic!("{} has no title", self.name))
    }

    /// The fenced blocks: what stands behind the fence, and what is in it.
    fn blocks(&self) -> Vec<(String, String)> {
        let mut blocks = Vec::new();
        let mut lines = self.text.lines();
        while let Some(line) = lines.next() {
            if let Some(info) = line.strip_prefix("```") {
                let block: Vec<&str> = lines.by_ref().take_while(|line| !line.starts_with("```")).collect();
                blocks.push((info.to_owned(), block.join("\n") + "\n"));
            }
        }
        blocks
    }

    /// The text without its fenced blocks.
    fn prose(&self) -> String {
        self.text.split("```").step_by(2).collect()
    }
}
