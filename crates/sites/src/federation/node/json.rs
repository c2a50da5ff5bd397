use std::cell::Cell;

use model::federation::Trouble;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::{DEEPEST, MOST_NODES, Node, Tree};
use crate::federation::word::Broken;

/// Of the keys of the outermost map only those that are wanted: the rest of it may be long.
pub(crate) fn read(text: &str, wanted: &[&str]) -> Tree {
    let left = Cell::new(MOST_NODES);
    let mut reader = serde_json::Deserializer::from_str(text);
    let read = Seed { left: &left, wanted: Some(wanted), depth: 0 }.deserialize(&mut reader);
    let read = read.and_then(|node| reader.end().map(|()| node));
    match read {
        Ok(node) => Tree { node, broken: None },
        Err(error) => {
            let what = if error.is_data() { Trouble::TooLarge } else { Trouble::Malformed };
            Tree { node: Node::Nothing, broken: Some(Broken::new(what, error.to_string())) }
        }
    }
}

#[derive(Clone, Copy)]
struct Seed<'a> {
    left: &'a Cell<usize>,
    wanted: Option<&'a [&'a str]>,
    depth: usize,
}

impl Seed<'_> {
    fn inner(self) -> Self {
        Self { wanted: None, depth: self.depth + 1, ..self }
    }
}

impl<'de> DeserializeSeed<'de> for Seed<'_> {
    type Value = Node;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node, D::Error> {
        match self.left.get().checked_sub(1) {
            Some(left) if self.depth <= DEEPEST => self.left.set(left),
            Some(_) => return Err(D::Error::custom(format_args!("more than {DEEPEST} levels in each other"))),
            None => return Err(D::Error::custom(format_args!("more than {MOST_NODES} values"))),
        }
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seed<'_> {
    type Value = Node;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("any JSON")
    }

    fn visit_str<E>(self, text: &str) -> Result<Node, E> {
        Ok(Node::Text(text.to_owned()))
    }

    fn visit_bool<E>(self, value: bool) -> Result<Node, E> {
        Ok(Node::Text(value.to_string()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Node, E> {
        Ok(Node::Text(value.to_string()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Node, E> {
        Ok(Node::Text(value.to_string()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Node, E> {
        Ok(Node::Text(value.to_string()))
    }

    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(Node::Nothing)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Node, A::Error> {
        let mut nodes = Vec::new();
        while let Some(node) = list.next_element_seed(self.inner())? {
            nodes.push(node);
        }
        Ok(Node::List(nodes))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Node, A::Error> {
        let mut entries = Vec::new();
        while let Some(key) = map.next_key::<String>()? {
            if self.wanted.is_some_and(|wanted| !wanted.contains(&key.as_str())) {
                map.next_value::<IgnoredAny>()?;
            } else {
                entries.push((key, map.next_value_seed(self.inner())?));
            }
        }
        Ok(Node::Map(entries))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_wanted_costs_nothing_and_the_rest_has_an_end() {
        let images = vec![r#"{"ID": 1}"#; MOST_NODES].join(",");
        let tree = read(&format!(r#"{{"Image": [{images}], "Share": [{{"ProjectID": "é\ud83d\ude00", "n": 7}}]}}"#), &["Share"]);
        assert_eq!(tree.broken, None);
        assert_eq!(tree.node.get("Share").list()[0].get("ProjectID").text(), Some("é😀"));
        assert_eq!(tree.node.get("Share").list()[0].get("n").text(), Some("7"));
        assert!(tree.node.get("Image").is_nothing());
        let many = read(&format!("[{}]", vec!["0"; MOST_NODES + 1].join(",")), &[]);
        assert_eq!(many.broken.map(|broken| broken.what), Some(Trouble::TooLarge));
        let deep = read(&format!("{}{}", "[".repeat(100), "]".repeat(100)), &[]);
        assert_eq!(deep.broken.map(|broken| broken.what), Some(Trouble::TooLarge));
        for nonsense in ["", "{", "[1,", "{\"a\" 1}", "[1] 2", &"[".repeat(100_000)] {
            let broken = read(nonsense, &[]).broken;
            assert!(broken.is_some(), "{}", &nonsense[..nonsense.len().min(20)]);
        }
    }
}
