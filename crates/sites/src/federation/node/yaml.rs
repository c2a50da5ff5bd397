use std::collections::HashMap;

use granit_parser::{ErrorKind, Event, Parser, ScalarStyle};
use model::federation::Trouble;

use super::{DEEPEST, MOST_NODES, Node, Tree};
use crate::federation::word::Broken;

/// The first document in the text.
pub(crate) fn read(text: &str) -> Tree {
    let mut builder = Builder::default();
    let mut broken = None;
    for event in Parser::new_from_str(text) {
        let taken = match event {
            Ok((Event::DocumentEnd, _)) => break,
            Ok((event, span)) => builder.take(event).map_err(|(what, why)| (what, span.start.line(), why)),
            Err(error) => {
                let is_deep = matches!(error.kind(), ErrorKind::RecursionLimitExceeded);
                let what = if is_deep { Trouble::TooLarge } else { Trouble::Malformed };
                Err((what, error.marker().line(), error.info()))
            }
        };
        if let Err((what, line, why)) = taken {
            broken = Some(Broken::new(what, format!("line {line}: {why}")));
            break;
        }
    }
    Tree { node: builder.end(), broken }
}

#[derive(Default)]
struct Builder {
    root: Node,
    open: Vec<Open>,
    /// What has an anchor, with the number of nodes in it.
    anchored: HashMap<usize, (Node, usize)>,
    nodes: usize,
}

struct Open {
    anchor: usize,
    /// Nodes that there were before it.
    before: usize,
    kind: Kind,
}

enum Kind {
    List(Vec<Node>),
    Map(Vec<(String, Node)>, Option<String>),
}

impl Builder {
    fn take(&mut self, event: Event<'_>) -> Result<(), (Trouble, String)> {
        match event {
            Event::Scalar(text, style, anchor, _) => {
                self.count(1)?;
                let is_nothing = style == ScalarStyle::Plain && matches!(&*text, "" | "~" | "null" | "Null" | "NULL");
                self.put(if is_nothing { Node::Nothing } else { Node::Text(text.into_owned()) }, anchor, 1)
            }
            Event::SequenceStart(_, anchor, _) => self.begin(anchor, Kind::List(Vec::new())),
            Event::MappingStart(_, anchor, _) => self.begin(anchor, Kind::Map(Vec::new(), None)),
            Event::SequenceEnd | Event::MappingEnd => {
                let Some(Open { anchor, before, kind }) = self.open.pop() else { return Ok(()) };
                let nodes = self.nodes - before;
                self.put(kind.into(), anchor, nodes)
            }
            Event::Alias(anchor) => {
                let known = self.anchored.get(&anchor).cloned();
                let (node, nodes) = known.ok_or((Trouble::Malformed, "something is repeated within itself".to_owned()))?;
                self.count(nodes)?;
                self.put(node, 0, nodes)
            }
            _ => Ok(()),
        }
    }

    fn begin(&mut self, anchor: usize, kind: Kind) -> Result<(), (Trouble, String)> {
        if self.open.len() == DEEPEST {
            return Err((Trouble::TooLarge, format!("more than {DEEPEST} levels in each other")));
        }
        self.open.push(Open { anchor, before: self.nodes, kind });
        self.count(1)
    }

    fn put(&mut self, node: Node, anchor: usize, nodes: usize) -> Result<(), (Trouble, String)> {
        if anchor > 0 {
            // A copy of its own, which counts like any other.
            self.count(nodes)?;
            self.anchored.insert(anchor, (node.clone(), nodes));
        }
        match self.open.last_mut().map(|open| &mut open.kind) {
            None => self.root = node,
            Some(Kind::List(list)) => list.push(node),
            Some(Kind::Map(entries, key @ Some(_))) => entries.extend(key.take().map(|key| (key, node))),
            Some(Kind::Map(_, key)) => match node {
                Node::Text(text) => *key = Some(text),
                Node::Nothing => *key = Some(String::new()),
                _ => return Err((Trouble::Malformed, "the name of something is not a text".to_owned())),
            },
        }
        Ok(())
    }

    fn count(&mut self, nodes: usize) -> Result<(), (Trouble, String)> {
        self.nodes = self.nodes.saturating_add(nodes);
        match self.nodes {
            ..=MOST_NODES => Ok(()),
            _ => Err((Trouble::TooLarge, format!("more than {MOST_NODES} values"))),
        }
    }

    /// What is still open ends here. The entry of a list that a mistake is in, or right behind, is left out: it may be cut.
    fn end(mut self) -> Node {
        let mut is_left_out = false;
        while let Some(mut open) = self.open.pop() {
            if let Kind::List(entries) = &mut open.kind
                && !is_left_out
            {
                entries.pop();
                is_left_out = true;
            }
            if matches!(self.open.last(), Some(Open { kind: Kind::List(_), .. })) {
                is_left_out = true;
            } else {
                // A map that lacks the key for it has nothing to lose.
                let _ = self.put(open.kind.into(), 0, 0);
            }
        }
        self.root
    }
}

impl From<Kind> for Node {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::List(list) => Self::List(list),
            Kind::Map(entries, _) => Self::Map(entries),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scalars_stay_the_texts_that_they_were_written_as() {
        let tree = read("id: 12e45\nzero: 0123\nyes: yes\nquoted: \"~\"\nnothing: ~\nlist: [a, 'b']\nid: 99\n");
        assert_eq!(tree.broken, None);
        assert_eq!(tree.node.get("zero").text(), Some("0123"));
        assert_eq!((tree.node.get("yes").text(), tree.node.get("quoted").text()), (Some("yes"), Some("~")));
        assert_eq!(tree.node.get("list").texts(), ["a", "b"]);
        assert_eq!(tree.node.get("id").text(), Some("99"), "the last one counts");
        assert!(tree.node.get("nothing").is_nothing() && tree.node.get("x").get("y").is_nothing());
    }

    #[test]
    fn what_comes_before_a_mistake_is_kept() {
        let tree = read("gocdb: A\nvos:\n  - name: one\n    auth: {project_id: 1}\n  - name: two\n   auth: x\n");
        let broken = tree.broken.expect("a mistake");
        assert!(broken.what == Trouble::Malformed && broken.detail.contains("line 6"), "{broken:?}");
        assert_eq!(tree.node.get("gocdb").text(), Some("A"));
        let [one] = tree.node.get("vos").list() else { panic!("{:?}", tree.node) };
        assert_eq!(one.get("auth").get("project_id").text(), Some("1"));
        for nonsense in
            ["", "\u{0}", "%", "- [", "{{{{", "*a", "a: *b", "&a [*a]", "? [a]\n: b", "\t", "--- ---", "!!binary x: ["]
        {
            read(nonsense);
        }
    }

    #[test]
    fn bombs_do_not_go_off() {
        let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        for level in 1..20 {
            let one = level - 1;
            bomb.push_str(&format!(
                "a{level}: &a{level} [*a{one}, *a{one}, *a{one}, *a{one}, *a{one}, *a{one}, *a{one}, *a{one}]\n"
            ));
        }
        let deep = "[".repeat(10_000);
        let wide = "- x\n".repeat(MOST_NODES + 1);
        let anchors: String = (0..MOST_NODES).map(|n| format!("- &a{n} x\n")).collect();
        let nested = "a:\n".to_owned() + &(1..200).map(|n| format!("{}a:\n", " ".repeat(n))).collect::<String>();
        for (name, text) in [("aliases", bomb), ("depth", deep), ("width", wide), ("anchors", anchors), ("maps", nested)] {
            let broken = read(&text).broken.expect(name);
            assert_eq!(broken.what, Trouble::TooLarge, "{name}: {broken:?}");
        }
        // Used as it is meant to be used, it works.
        let tree = read("common: &formats [qcow2, raw]\nimages: {formats: *formats}\n");
        assert_eq!(tree.node.get("images").get("formats").texts(), ["qcow2", "raw"]);
    }
}
