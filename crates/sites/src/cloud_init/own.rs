//! The person's own file, which goes to the machine as it is.

use super::CloudInitError;
use crate::federation::node::{Node, read_yaml};
use serde_json::{Map, Value};

/// A file of a kind that cloud-init tells by its first line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Own<'a> {
    Config(&'a str),
    Script(&'a str),
}

/// None when there is nothing in it: cloud-init refuses an empty part.
pub(super) fn read<'a>(text: &'a str, ours: &Map<String, Value>) -> Result<Option<Own<'a>>, CloudInitError> {
    let bad = |why: String| Err(CloudInitError::BadOwnFile(why));
    if text.contains('\0') {
        return bad("it has a byte that no text has".to_owned());
    }
    if text.starts_with("#!") {
        return Ok(Some(Own::Script(text)));
    }
    if text.lines().next().map(str::trim_end) != Some("#cloud-config") {
        return bad("it must begin with #cloud-config, or with #! and the program that reads it".to_owned());
    }
    let tree = read_yaml(text);
    if let Some(broken) = tree.broken {
        return bad(broken.detail);
    }
    let entries = match &tree.node {
        Node::Nothing => return Ok(None),
        Node::Map(entries) => entries,
        _ => return bad("it must have names with values, like `packages: [git]`".to_owned()),
    };
    // Merged with anything but a list, ours would be lost without a word: keys too.
    for (name, _) in ours.iter().filter(|(_, value)| value.is_array()) {
        let theirs = entries.iter().rfind(|(theirs, _)| theirs == name);
        if theirs.is_some_and(|(_, node)| !matches!(node, Node::List(_))) {
            return bad(format!("`{name}` must be a list, since the recipe and your keys add to it"));
        }
    }
    Ok(Some(Own::Config(text)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_cloud_init_would_pass_over_is_refused_and_says_why() {
        let ours = Map::from_iter([("packages".to_owned(), Value::Array(vec![])), ("hostname".to_owned(), "m".into())]);
        let why = |text: &str| match read(text, &ours) {
            Err(CloudInitError::BadOwnFile(why)) => why,
            other => panic!("{text:?}: {other:?}"),
        };
        for (text, named) in [
            ("", "must begin"),
            ("packages: [git]", "must begin"),
            ("#cloud-config-archive\n- x", "must begin"),
            ("#cloud-config\npackages: [git\n", "line"),
            ("#cloud-config\n- git\n", "names with values"),
            ("#cloud-config\npackages: git\n", "`packages` must be a list"),
            ("#cloud-config\npackages:\n", "`packages` must be a list"),
            ("#!/bin/sh\n\0", "no text has"),
        ] {
            assert!(why(text).contains(named), "{text:?}: {}", why(text));
        }
        for text in ["#cloud-config\n", "#cloud-config\n# nothing yet\n"] {
            assert_eq!(read(text, &ours), Ok(None), "{text:?}");
        }
        let text = "#cloud-config\r\npackages: [git]\r\nhostname: other\r\n";
        assert_eq!(read(text, &ours), Ok(Some(Own::Config(text))));
        assert_eq!(read("#!/bin/sh", &ours), Ok(Some(Own::Script("#!/bin/sh"))));
    }
}
