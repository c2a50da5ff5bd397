//! Getting at what a source consists of: files in a directory, documents at an address.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use model::Timestamp;
use model::federation::Trouble;
use reqwest::{Method, Url};
use tokio::io::AsyncReadExt;

use super::node::{Node, read_yaml};
use super::source::{Documents, Place, Source, SourceKind};
use super::word::{Broken, short};
use crate::openstack::{Error, Http, Proof, Unreachable};

/// One file or answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Document {
    /// In origins and messages: without what may be a signature behind it.
    pub(super) name: String,
    pub(super) at: At,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum At {
    File(PathBuf),
    Url(String),
}

/// Of one source.
const MOST: usize = 1_000;
const LONGEST_INDEX: usize = 4 << 20;
/// How long before and after now downtimes are asked for.
const DAYS_BEFORE: u64 = 1;
const DAYS_AFTER: u64 = 60;

impl Document {
    /// The name without its ending.
    pub(super) fn stem(&self) -> &str {
        self.name.rsplit_once('.').map_or(self.name.as_str(), |(stem, _)| stem)
    }
}

/// What there is to read now, and what of the list cannot be.
#[derive(Debug, Default)]
pub(super) struct Listed {
    pub(super) documents: Vec<Document>,
    pub(super) broken: Vec<Broken>,
}

pub(super) async fn list(source: &Source, http: &Http, now: Timestamp) -> Result<Listed, Broken> {
    let mut listed = match &source.place {
        Place::Path(path) => Listed { documents: files(path, source.kind).await?, broken: Vec::new() },
        Place::Url { base, documents } => {
            let url =
                Url::parse(base).map_err(|error| Broken::new(Trouble::Refused, format!("the address of the source: {error}")))?;
            match documents {
                Documents::Itself if source.kind == SourceKind::Gocdb && url.query().is_none() => {
                    all_beside(&url, &usual_questions(now))
                }
                Documents::Itself => Listed { documents: vec![document(&url)], broken: Vec::new() },
                Documents::Files(files) => all_beside(&url, files),
                Documents::Index(index) => {
                    let index = beside(&url, index)?;
                    let bytes = get(&index.at, http, &source.name, LONGEST_INDEX).await?;
                    let names = named(&String::from_utf8_lossy(&bytes), source.kind);
                    if names.is_empty() {
                        return Err(Broken::new(Trouble::Malformed, format!("the index {} names no files", index.name)));
                    }
                    all_beside(&url, &names)
                }
            }
        }
    };
    if listed.documents.len() > MOST {
        listed.documents.truncate(MOST);
        listed.broken.push(Broken::new(Trouble::TooLarge, format!("there are more than {MOST} files; the others are left out")));
    }
    tell_apart(&mut listed.documents);
    Ok(listed)
}

fn all_beside(base: &Url, names: &[String]) -> Listed {
    let mut listed = Listed::default();
    for name in names.iter().take(MOST + 1) {
        match beside(base, name) {
            Ok(document) => listed.documents.push(document),
            Err(broken) => listed.broken.push(broken),
        }
    }
    listed
}

/// A document is known again by its name at the next reading, when its address may be another one.
fn tell_apart(documents: &mut [Document]) {
    let mut seen: HashMap<String, usize> = HashMap::new();
    for document in documents {
        let times = seen.entry(document.name.clone()).or_default();
        *times += 1;
        if *times > 1 {
            document.name = format!("{} ({times})", document.name);
        }
    }
}

pub(super) async fn get(at: &At, http: &Http, source: &str, longest: usize) -> Result<Vec<u8>, Broken> {
    let bytes = match at {
        At::File(path) => file(path, longest).await?,
        At::Url(url) => {
            let answer = http.ask(source, "a document of the federation", Method::GET, url, Proof::None, None).await;
            let answer = answer.map_err(|error| Broken::new(kind_of(&error), reason(&error)))?;
            match answer.status {
                200 => answer.body,
                404 | 410 => {
                    return Err(Broken::new(Trouble::Missing, format!("the server answers with the status {}", answer.status)));
                }
                401 | 403 => {
                    return Err(Broken::new(
                        Trouble::Unreadable,
                        format!("the server answers with the status {}", answer.status),
                    ));
                }
                status => return Err(Broken::new(Trouble::Unreachable, format!("the server answers with the status {status}"))),
            }
        }
    };
    match bytes.len() {
        length if length > longest => Err(Broken::new(Trouble::TooLarge, format!("it has {length} bytes; {longest} are read"))),
        _ => Ok(bytes),
    }
}

async fn file(path: &Path, longest: usize) -> Result<Vec<u8>, Broken> {
    // Opening a pipe would wait for somebody to write.
    let about = tokio::fs::metadata(path).await.map_err(|error| of_io(&error))?;
    if !about.is_file() {
        return Err(Broken::new(Trouble::Unreadable, "it is not a regular file"));
    }
    let file = tokio::fs::File::open(path).await.map_err(|error| of_io(&error))?;
    let mut bytes = Vec::new();
    let most = u64::try_from(longest).unwrap_or(u64::MAX).saturating_add(1);
    file.take(most).read_to_end(&mut bytes).await.map_err(|error| of_io(&error))?;
    Ok(bytes)
}

async fn files(path: &Path, kind: SourceKind) -> Result<Vec<Document>, Broken> {
    let about = tokio::fs::metadata(path).await.map_err(|error| of_io(&error))?;
    let of = |path: PathBuf| {
        let name = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        Document { name: short(&name), at: At::File(path) }
    };
    if !about.is_dir() {
        return Ok(vec![of(path.to_owned())]);
    }
    let mut listed = tokio::fs::read_dir(path).await.map_err(|error| of_io(&error))?;
    let mut found = Vec::new();
    while let Some(entry) = listed.next_entry().await.map_err(|error| of_io(&error))? {
        let path = entry.path();
        let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default().to_lowercase();
        let is_hidden = entry.file_name().to_string_lossy().starts_with('.');
        if kind.endings().contains(&ending.as_str()) && !is_hidden {
            found.push(of(path));
        }
        if found.len() > MOST {
            break;
        }
    }
    found.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(found)
}

/// What GOCDB is asked for when nobody says what.
fn usual_questions(now: Timestamp) -> [String; 2] {
    let day = |moment: Timestamp| moment.to_string().chars().take(10).collect::<String>();
    let days = |count: u64| std::time::Duration::from_secs(count * 86_400);
    let (from, until) = (day(now.minus(days(DAYS_BEFORE))), day(now.plus(days(DAYS_AFTER))));
    [
        "?method=get_service&service_type=org.openstack.nova".to_owned(),
        format!("?method=get_downtime&windowstart={from}&windowend={until}"),
    ]
}

/// The files that an index names: a list in YAML or JSON, of texts or of maps as GitHub answers, or lines.
fn named(index: &str, kind: SourceKind) -> Vec<String> {
    let tree = read_yaml(index);
    let list = match &tree.node {
        Node::Text(lines) => return lines.split_whitespace().map(str::to_owned).collect(),
        Node::Map(entries) => entries.iter().find(|(_, node)| !node.list().is_empty()).map_or(&Node::Nothing, |(_, node)| node),
        node => node,
    };
    let of_github = |entry: &Node| {
        let name = entry.get("name").text()?;
        let is_one = kind.endings().iter().any(|ending| name.ends_with(&format!(".{ending}")));
        is_one.then(|| entry.get("download_url").text().unwrap_or(name).to_owned())
    };
    list.list().iter().filter_map(|entry| entry.text().map(str::to_owned).or_else(|| of_github(entry))).collect()
}

/// A base is a directory, whether or not it ends with a slash.
fn beside(base: &Url, name: &str) -> Result<Document, Broken> {
    let mut directory = base.clone();
    if !directory.path().ends_with('/') && !name.starts_with('?') {
        let path = format!("{}/", directory.path());
        directory.set_path(&path);
    }
    let refused = |why: &str| Broken::new(Trouble::Refused, format!("`{}`: {why}", shown(name)));
    let url = directory.join(name).map_err(|error| refused(&error.to_string()))?;
    if (base.scheme(), url.scheme()) == ("https", "http") {
        return Err(refused("it would be fetched without TLS, though the source is not"));
    }
    Ok(document(&url))
}

fn document(url: &Url) -> Document {
    let file = url.path_segments().and_then(|mut parts| parts.next_back().filter(|part| !part.is_empty()).map(str::to_owned));
    let method = || url.query_pairs().find(|(key, _)| key == "method").map(|(_, value)| value.into_owned());
    let name = method().or(file).unwrap_or_else(|| url.host_str().unwrap_or_default().to_owned());
    Document { name: short(&name), at: At::Url(url.to_string()) }
}

fn shown(name: &str) -> String {
    short(name.split('?').next().unwrap_or_default())
}

fn kind_of(error: &Error) -> Trouble {
    match error {
        Error::Unreachable { why: Unreachable::Guarded(refused), .. } if refused.is_permanent() => Trouble::Refused,
        Error::Lie { lie: crate::openstack::Lie::TooLarge { .. }, .. } => Trouble::TooLarge,
        Error::Lie { .. } => Trouble::Malformed,
        _ => Trouble::Unreachable,
    }
}

/// Without the name of the source, which stands beside it.
fn reason(error: &Error) -> String {
    match error {
        Error::Unreachable { why, .. } => why.to_string(),
        Error::Lie { lie, .. } => lie.to_string(),
        other => other.to_string(),
    }
}

fn of_io(error: &std::io::Error) -> Broken {
    let what = if error.kind() == std::io::ErrorKind::NotFound { Trouble::Missing } else { Trouble::Unreadable };
    Broken::new(what, error.to_string())
}
