//! What sources say of a federation: every quirk that they have, and every way in which they fail.

mod conflicts;
mod export;
mod failures;
mod files;
mod places;
mod server;

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use model::Timestamp;
use model::federation::{FederatedService, SourceProblem, Trouble};
use model::offer::Fact;
use serde::Deserialize;
use sites::federation::{Federation, OwnSite, Source, Sources};
use sites::openstack::{Http, Limits};

use crate::world::{Hands, guard};

/// As it stands in the gateway's configuration.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Configuration {
    federation: Section,
    sites: Vec<OwnSite>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Section {
    sources: Vec<Source>,
}

/// At which all tests begin.
fn morning() -> Timestamp {
    "2026-11-21T08:00:00Z".parse().expect("a moment")
}

struct Bench {
    pub clock: Arc<Hands>,
    pub sources: Sources,
}

/// `allowed`: addresses that the administrator allowed.
fn bench(configuration: &str, allowed: &[String]) -> Bench {
    let configuration: Configuration = toml::from_str(configuration).expect("a configuration");
    let limits = Limits { deadline: Duration::from_secs(60), body_bytes: 2 << 20 };
    let http = Http::new(guard(allowed), limits, None).expect("a client");
    let clock = Arc::new(Hands(Mutex::new(morning())));
    let sources = Sources::new(configuration.federation.sources, &configuration.sites, http, Arc::clone(&clock) as Arc<_>);
    Bench { clock, sources }
}

async fn read(configuration: &str) -> Federation {
    bench(configuration, &[]).sources.read().await
}

fn directory(files: &[(&str, &str)]) -> tempfile::TempDir {
    let directory = tempfile::tempdir().expect("a directory");
    for (name, text) in files {
        write(directory.path(), name, text);
    }
    directory
}

fn write(directory: &Path, name: &str, text: impl AsRef<[u8]>) {
    std::fs::write(directory.join(name), text).expect("a file");
}

fn source(kind: &str, path: &Path) -> String {
    format!("[[federation.sources]]\nkind = \"{kind}\"\npath = \"{}\"\n", path.display())
}

fn names<'a>(services: impl IntoIterator<Item = &'a FederatedService>) -> Vec<&'a str> {
    services.into_iter().map(|service| service.name.as_str()).collect()
}

/// Site (if any) and kind of every problem.
fn troubles(federation: &Federation) -> Vec<(Option<&str>, Trouble)> {
    federation.problems().map(|(site, problem)| (site, problem.what)).collect()
}

fn problems_of<'a>(federation: &'a Federation, site: &str) -> Vec<&'a SourceProblem> {
    federation.problems().filter(|(of, _)| *of == Some(site)).map(|(_, problem)| problem).collect()
}

/// Who says that.
fn said_by<'a>(facts: &'a [Fact], name: &str, value: &str) -> Vec<&'a str> {
    let those = facts.iter().filter(|fact| fact.name == name && fact.value == value);
    those.map(|fact| fact.source.as_str()).collect()
}

#[tokio::test]
async fn what_the_book_shows_is_understood_and_it_names_every_field() {
    let book = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/administrators/federation.md");
    let text = std::fs::read_to_string(book).expect("the book's page");
    let examples: Vec<&str> = text.split("```toml\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    // Those after the second are of settings that are the program's to read.
    assert!(examples.len() >= 2);
    let sources: Configuration = toml::from_str(examples[0]).expect("the sources");
    assert_eq!(
        sources.federation.sources.iter().map(|source| source.kind.as_str()).collect::<Vec<_>>(),
        ["egi-yaml", "vo-mappings", "gocdb", "cloud-info"]
    );
    // The sites alone: what the sources name is elsewhere.
    let federation = read(examples[1]).await;
    assert_eq!(names(federation.services()), ["BETA-LAB"]);
    assert_eq!(troubles(&federation), [(Some("ALPHA"), Trouble::Incomplete)]);
    let fields = serde_json::to_value(OwnSite::default()).expect("a map");
    for field in fields.as_object().expect("a map").keys() {
        assert!(text.contains(&format!("`{field}`")), "{field}");
    }
}
