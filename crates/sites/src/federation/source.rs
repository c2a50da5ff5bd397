//! Where a federation is told of, as the administrator configures it.

use std::path::PathBuf;
use std::time::Duration;

use model::Span;
use serde::{Deserialize, Serialize};

use super::word::Rank;

/// One entry of `[[federation.sources]]`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub struct Source {
    /// Stands before every fact that comes from it.
    pub name: String,
    pub kind: SourceKind,
    pub place: Place,
    /// For all of it: what has not arrived by then is taken from the last reading.
    pub deadline: Span,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SourceKind {
    EgiYaml,
    Gocdb,
    CloudInfo,
    VoMappings,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// A file, or a directory with files.
    Path(PathBuf),
    Url {
        base: String,
        documents: Documents,
    },
}

/// What is at an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Documents {
    /// One document; of GOCDB, what it is usually asked for.
    Itself,
    /// These, relative to the address.
    Files(Vec<String>),
    /// Those that the document of this name lists.
    Index(String),
}

/// As it stands in the file.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    kind: SourceKind,
    name: Option<String>,
    path: Option<PathBuf>,
    url: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    files: Vec<String>,
    index: Option<String>,
    #[serde(default = "usual_deadline")]
    deadline: Span,
}

fn usual_deadline() -> Span {
    Span::seconds(20)
}

impl SourceKind {
    /// The word for it in files.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::EgiYaml => "egi-yaml",
            Self::Gocdb => "gocdb",
            Self::CloudInfo => "cloud-info",
            Self::VoMappings => "vo-mappings",
        }
    }

    pub(super) fn rank(self) -> Rank {
        match self {
            Self::EgiYaml => Rank::EgiYaml,
            Self::Gocdb => Rank::Gocdb,
            Self::CloudInfo => Rank::CloudInfo,
            Self::VoMappings => Rank::VoMappings,
        }
    }

    /// The endings of its files in a directory.
    pub(super) fn endings(self) -> &'static [&'static str] {
        match self {
            Self::EgiYaml | Self::VoMappings => &["yaml", "yml"],
            Self::Gocdb => &["xml"],
            Self::CloudInfo => &["json"],
        }
    }

    /// The most bytes of one document.
    pub(super) fn longest(self) -> usize {
        match self {
            Self::EgiYaml | Self::VoMappings => 1 << 20,
            Self::Gocdb | Self::CloudInfo => 16 << 20,
        }
    }
}

impl Source {
    pub(super) fn patience(&self) -> Duration {
        self.deadline.duration()
    }
}

impl TryFrom<Written> for Source {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, String> {
        let Written { kind, name, path, url, files, index, deadline } = written;
        let place = match (path, url) {
            (Some(path), None) if files.is_empty() && index.is_none() => Place::Path(path),
            (Some(_), None) => return Err("`files` and `index` belong to a source with `url`".to_owned()),
            (None, Some(base)) => {
                let documents = match (files.is_empty(), index) {
                    (true, None) => Documents::Itself,
                    (false, None) => Documents::Files(files),
                    (true, Some(index)) => Documents::Index(index),
                    (false, Some(_)) => return Err("a source has either `files` or an `index`".to_owned()),
                };
                Place::Url { base, documents }
            }
            _ => return Err("a source has either a `path` or a `url`".to_owned()),
        };
        Ok(Self { name: name.unwrap_or_else(|| kind.as_str().to_owned()), kind, place, deadline })
    }
}

impl From<Source> for Written {
    fn from(source: Source) -> Self {
        let Source { name, kind, place, deadline } = source;
        let written = Self { kind, name: Some(name), path: None, url: None, files: Vec::new(), index: None, deadline };
        match place {
            Place::Path(path) => Self { path: Some(path), ..written },
            Place::Url { base, documents } => {
                let written = Self { url: Some(base), ..written };
                match documents {
                    Documents::Itself => written,
                    Documents::Files(files) => Self { files, ..written },
                    Documents::Index(index) => Self { index: Some(index), ..written },
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_is_one_place_and_what_is_there() {
        let read = |text: &str| toml::from_str::<Source>(text).map_err(|error| error.message().to_owned());
        let listed = "kind = \"egi-yaml\"\nurl = \"https://sites.example.org/\"\nfiles = [\"A.yaml\"]\ndeadline = \"5s\"";
        let source = read(listed).expect("a source");
        assert_eq!((source.name.as_str(), source.patience()), ("egi-yaml", Duration::from_secs(5)));
        let again = toml::to_string(&source).expect("toml");
        assert_eq!(read(&again), Ok(source));
        let local = read("kind = \"gocdb\"\nname = \"g\"\npath = \"/etc/roadstead/gocdb\"").expect("a source");
        assert_eq!(read(&toml::to_string(&local).expect("toml")), Ok(local));
        for (wrong, why) in [
            ("kind = \"ldap\"\npath = \"/x\"", "unknown variant"),
            ("kind = \"gocdb\"", "either a `path` or a `url`"),
            ("kind = \"gocdb\"\npath = \"/x\"\nurl = \"https://x\"", "either a `path` or a `url`"),
            ("kind = \"gocdb\"\npath = \"/x\"\nindex = \"x\"", "belong to a source with `url`"),
            ("kind = \"gocdb\"\nurl = \"https://x\"\nindex = \"x\"\nfiles = [\"y\"]", "either `files` or an `index`"),
            ("kind = \"gocdb\"\npath = \"/x\"\ndirectory = \"y\"", "unknown field"),
        ] {
            let said = read(wrong).expect_err(wrong);
            assert!(said.contains(why), "{said}");
        }
    }
}
