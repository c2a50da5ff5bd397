//! A document as a tree of texts, lists and maps, whatever language it was written in.
//!
//! Scalars stay the text that they were written as: the identifier of a project may look like a number (`12e45`), and
//! readers that know types make another one of it. What was read before a mistake is kept, since one wrong line at the
//! end of a file does not make its beginning wrong.

mod json;
mod yaml;

pub(super) use json::read as read_json;
pub(crate) use yaml::read as read_yaml;

#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub(crate) enum Node {
    #[default]
    Nothing,
    Text(String),
    List(Vec<Node>),
    Map(Vec<(String, Node)>),
}

/// What was understood, and what ended it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Tree {
    pub(crate) node: Node,
    pub(crate) broken: Option<super::word::Broken>,
}

/// In the whole document, repetitions of what is repeated included.
const MOST_NODES: usize = 100_000;
const DEEPEST: usize = 32;

impl Node {
    /// Said twice, the last counts, as with the readers that such files are written for.
    pub(super) fn get(&self, key: &str) -> &Node {
        match self {
            Self::Map(entries) => entries.iter().rfind(|(name, _)| name == key).map_or(&Node::Nothing, |(_, node)| node),
            _ => &Node::Nothing,
        }
    }

    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text.trim()).filter(|text| !text.is_empty()),
            _ => None,
        }
    }

    pub(super) fn list(&self) -> &[Node] {
        match self {
            Self::List(nodes) => nodes,
            _ => &[],
        }
    }

    pub(crate) fn entries(&self) -> &[(String, Node)] {
        match self {
            Self::Map(entries) => entries,
            _ => &[],
        }
    }

    /// The texts of a list, or the one text that stands for it.
    pub(super) fn texts(&self) -> Vec<&str> {
        match self {
            Self::List(nodes) => nodes.iter().filter_map(Node::text).collect(),
            node => node.text().into_iter().collect(),
        }
    }

    pub(super) fn is_nothing(&self) -> bool {
        *self == Self::Nothing
    }
}
