//! The config as text: JSON that is YAML as well.

use serde_json::{Map, Value};
use std::fmt::Write;

pub(super) fn cloud_config(config: &Map<String, Value>) -> String {
    let json = format!("{:#}", Value::Object(config.clone()));
    let mut text = String::with_capacity(json.len() + 16);
    text.push_str("#cloud-config\n");
    for c in json.chars() {
        // These are in no JSON but within strings. YAML takes none of them as it is, or takes them for the end of a line.
        // Others stay: characters beyond U+FFFF have no escape that JSON and YAML both know.
        if matches!(c, '\u{7f}'..='\u{9f}' | '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}') {
            // A String takes whatever is written to it.
            let _ = write!(text, "\\u{:04x}", u32::from(c));
        } else {
            text.push(c);
        }
    }
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::federation::node::{Node, read_yaml};
    use proptest::prelude::*;

    proptest! {
        /// By a reader of YAML and by one of JSON.
        #[test]
        fn whatever_is_put_in_comes_out_again(texts in prop::collection::vec(any::<String>(), 0..8), key in "[a-z_]{1,20}") {
            let mut config = Map::new();
            config.insert(key.clone(), texts.iter().map(|text| Value::from(text.as_str())).collect());
            let text = cloud_config(&config);
            let json: Map<String, Value> = serde_json::from_str(text.trim_start_matches("#cloud-config\n")).expect("JSON");
            prop_assert_eq!(&json, &config);
            let tree = read_yaml(&text);
            prop_assert_eq!(&tree.broken, &None);
            let list: Vec<Node> = texts.into_iter().map(Node::Text).collect();
            prop_assert_eq!(tree.node.entries(), &[(key, Node::List(list))]);
        }
    }

    #[test]
    fn what_yaml_would_take_for_the_end_of_a_line_is_written_as_a_number() {
        let config = Map::from_iter([("k".to_owned(), Value::from("a\u{85}b\u{2028}c\u{feff}d\u{7f}é🚀"))]);
        assert_eq!(cloud_config(&config), "#cloud-config\n{\n  \"k\": \"a\\u0085b\\u2028c\\ufeffd\\u007fé🚀\"\n}\n");
    }
}
