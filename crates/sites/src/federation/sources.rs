//! Reading all sources, each within its time, and keeping what they last said well.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::StreamExt;
use futures_util::future::join_all;
use futures_util::stream;
use model::Timestamp;
use model::federation::{FederationSource, SourceProblem, Trouble};
use model::time::Clock;
use tokio::time::{Instant, timeout_at};

use super::documents::{self, Document};
use super::own::{self, OwnSite};
use super::source::{Source, SourceKind};
use super::word::{Broken, Rank, SiteWord, Words};
use super::{Federation, cloud_info, egi_yaml, gocdb, merge, vo_mappings};
use crate::openstack::Http;

/// Documents of one source that are fetched at once: more than are likely to hang.
const AT_ONCE: usize = 32;

/// Where the federation is told of.
pub struct Sources {
    sources: Vec<Source>,
    own: Arc<Words>,
    http: Http,
    clock: Arc<dyn Clock>,
    /// The last good reading of each document, by the place of its source in the list and its name.
    kept: Mutex<HashMap<(usize, String), Kept>>,
}

#[derive(Clone)]
struct Kept {
    words: Arc<Words>,
    read_at: Timestamp,
}

/// What a source said this time.
pub(super) struct Reading {
    pub(super) rank: Rank,
    pub(super) words: Vec<Arc<Words>>,
    pub(super) source: FederationSource,
}

impl Sources {
    /// `http` decides how long one exchange may take, how much it may bring, and which addresses may be asked.
    pub fn new(sources: Vec<Source>, own: &[OwnSite], http: Http, clock: Arc<dyn Clock>) -> Self {
        Self { sources, own: Arc::new(own::read(own)), http, clock, kept: Mutex::default() }
    }

    /// What the federation is now. Never fails: what could not be read is told in it.
    pub async fn read(&self) -> Federation {
        let own = Reading { rank: Rank::Own, words: vec![Arc::clone(&self.own)], source: self.own_source() };
        let read = join_all((0..self.sources.len()).map(|index| self.read_source(index))).await;
        merge::merge(std::iter::once(own).chain(read).collect(), self.clock.now())
    }

    fn own_source(&self) -> FederationSource {
        let (read_at, problems) = (Some(self.clock.now()), self.own.problems.clone());
        FederationSource { name: own::ORIGIN.to_owned(), kind: "own".to_owned(), read_at, documents: 1, problems }
    }

    async fn read_source(&self, index: usize) -> Reading {
        let source = &self.sources[index];
        let now = self.clock.now();
        let deadline = Instant::now() + source.patience();
        let late = || Broken::new(Trouble::Unreachable, format!("no whole answer within {}", source.deadline));
        let listed = timeout_at(deadline, documents::list(source, &self.http, now)).await.unwrap_or_else(|_| Err(late()));
        let mut state = Gathering { source, documents: Vec::new(), lost: Words::default(), problems: Vec::new() };
        match listed {
            Ok(listed) => {
                state.problems.extend(listed.broken.into_iter().map(|broken| broken.problem(&source.name)));
                let get = async |(at, document): (usize, &Document)| {
                    let got = documents::get(&document.at, &self.http, &source.name, source.kind.longest());
                    (at, timeout_at(deadline, got).await.unwrap_or_else(|_| Err(late())))
                };
                // In any order, so that those behind one that hangs do not wait for it.
                let asked = stream::iter(listed.documents.iter().enumerate()).map(get).buffer_unordered(AT_ONCE);
                let mut answers: Vec<_> = asked.collect().await;
                answers.sort_by_key(|(at, _)| *at);
                for (document, (_, answer)) in listed.documents.iter().zip(answers) {
                    self.take(index, document, answer, now, &mut state).await;
                }
                // What is no longer listed has left the federation.
                let names: Vec<&str> = listed.documents.iter().map(|document| document.name.as_str()).collect();
                self.lock().retain(|(of, name), _| *of != index || names.contains(&name.as_str()));
            }
            Err(broken) => {
                state.problems.push(broken.problem(&source.name));
                let mut kept: Vec<_> = self
                    .lock()
                    .iter()
                    .filter(|((of, _), _)| *of == index)
                    .map(|(key, kept)| (key.1.clone(), kept.clone()))
                    .collect();
                kept.sort_by(|one, other| one.0.cmp(&other.0));
                for (name, kept) in kept {
                    let cause = Broken::new(Trouble::Stale, "the list that it was in could not be read");
                    state.use_kept(&format!("{}: {name}", source.name), kept, cause);
                }
            }
        }
        state.end()
    }

    async fn take(
        &self,
        index: usize,
        document: &Document,
        answer: Result<Vec<u8>, Broken>,
        now: Timestamp,
        state: &mut Gathering<'_>,
    ) {
        let kind = state.source.kind;
        let origin = format!("{}: {}", state.source.name, document.name);
        let (words, broken) = match answer {
            Ok(bytes) => parse(kind, bytes, origin.clone(), document.stem().to_owned()).await,
            Err(broken) => (Words::default(), Some(broken)),
        };
        let Some(broken) = broken else {
            let kept = Kept { words: Arc::new(words), read_at: now };
            self.lock().insert((index, document.name.clone()), kept.clone());
            state.documents.push(kept);
            return;
        };
        let key = (index, document.name.clone());
        let is_gone = broken.what == Trouble::Missing;
        let kept = if is_gone { self.lock().remove(&key) } else { self.lock().get(&key).cloned() };
        match kept.filter(|_| !is_gone) {
            Some(kept) => state.use_kept(&origin, kept, broken),
            None => state.salvage(&origin, document, words, broken, now),
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<(usize, String), Kept>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What is used of a source.
struct Gathering<'a> {
    source: &'a Source,
    documents: Vec<Kept>,
    /// Sites of which only the problem is known.
    lost: Words,
    problems: Vec<SourceProblem>,
}

impl Gathering<'_> {
    fn use_kept(&mut self, origin: &str, kept: Kept, cause: Broken) {
        let detail = format!("what was read at {} is used, since it cannot be read now: {}", kept.read_at, cause.detail);
        let cause = cause.problem(origin);
        let problem = SourceProblem {
            what: Trouble::Stale,
            detail,
            remedy: cause.remedy,
            source: cause.source,
            read_at: Some(kept.read_at),
        };
        let words = self.blame(Words::clone(&kept.words), None, problem);
        self.documents.push(Kept { words: Arc::new(words), ..kept });
    }

    /// What could be understood of a document that is broken, if anything.
    fn salvage(&mut self, origin: &str, document: &Document, words: Words, broken: Broken, now: Timestamp) {
        // Site files are named after their sites. That they are gone says nothing of the site.
        let is_of_site = self.source.kind == SourceKind::EgiYaml && !matches!(broken.what, Trouble::Missing | Trouble::Refused);
        let stem = is_of_site.then(|| super::word::name(document.stem())).flatten();
        let is_empty = words.sites.is_empty() && words.entitlements.is_empty() && words.downtimes.is_empty();
        let mut words = self.blame(words, stem, broken.problem(origin));
        if is_empty {
            self.lost.sites.append(&mut words.sites);
        } else {
            self.documents.push(Kept { words: Arc::new(words), read_at: now });
        }
    }

    /// The problem goes to the one site that the document is of; if there is none such, to the source.
    fn blame(&mut self, mut words: Words, otherwise: Option<String>, problem: SourceProblem) -> Words {
        let first = words.sites.first().map(|word| word.site.clone());
        let only = first
            .filter(|first| words.sites.iter().all(|word| word.site == *first))
            .or(otherwise.filter(|_| words.sites.is_empty()));
        match only {
            Some(site) => {
                let origin = problem.source.clone();
                words.sites.push(SiteWord { site, origin, problems: vec![problem], ..SiteWord::default() });
            }
            None => self.problems.push(problem),
        }
        words
    }

    fn end(self) -> Reading {
        let Self { source, documents, lost, mut problems } = self;
        problems.extend(documents.iter().flat_map(|document| document.words.problems.iter().cloned()));
        let about = FederationSource {
            name: source.name.clone(),
            kind: source.kind.as_str().to_owned(),
            read_at: documents.iter().map(|document| document.read_at).min(),
            documents: u32::try_from(documents.len()).unwrap_or(u32::MAX),
            problems,
        };
        let words = documents.into_iter().map(|document| document.words).chain([Arc::new(lost)]).collect();
        Reading { rank: source.kind.rank(), words, source: about }
    }
}

/// Beside the tasks that serve people. If reading should ever panic, it is this document's problem.
async fn parse(kind: SourceKind, bytes: Vec<u8>, origin: String, stem: String) -> (Words, Option<Broken>) {
    let read = move || {
        // A letter in another encoding may be in a comment, and the rest of the file right.
        let wrong = std::str::from_utf8(&bytes)
            .err()
            .map(|error| Broken::new(Trouble::Unreadable, format!("it is not UTF-8: byte {} is wrong", error.valid_up_to())));
        let text = String::from_utf8_lossy(&bytes);
        let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
        let (words, broken) = match kind {
            SourceKind::EgiYaml => egi_yaml::read(text, &origin, &stem),
            SourceKind::Gocdb => gocdb::read(text, &origin),
            SourceKind::CloudInfo => cloud_info::read(text, &origin),
            SourceKind::VoMappings => vo_mappings::read(text, &origin),
        };
        (words.bounded(&origin), wrong.or(broken))
    };
    let died = |_| (Words::default(), Some(Broken::new(Trouble::Malformed, "the reader failed on it")));
    tokio::task::spawn_blocking(read).await.unwrap_or_else(died)
}
