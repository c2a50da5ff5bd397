//! One picture of what many say: of each thing the better word is believed, who says it is kept, and so is who says
//! otherwise.

mod ledger;
mod services;

use std::collections::{BTreeMap, BTreeSet, HashSet};

use model::Timestamp;
use model::federation::{Downtime, FederatedService, FederatedSite, SourceProblem, Trouble};

use super::Federation;
use super::sources::Reading;
use super::word::{Concerns, DowntimeWord, EntitlementWord, Rank, SiteWord, problem};
use ledger::Ledger;
use services::{Cluster, Sorted};

/// About one site. Comparing them costs more than reading them.
const MOST_WORDS: usize = 64;
const MOST_DOWNTIMES: usize = 1_000;

/// Everything that is said, the better sources first.
#[derive(Default)]
struct Said<'a> {
    sites: BTreeMap<&'a str, Vec<(Rank, &'a SiteWord)>>,
    entitlements: BTreeMap<&'a str, Vec<&'a EntitlementWord>>,
    downtimes: BTreeMap<&'a str, Vec<&'a DowntimeWord>>,
}

pub(super) fn merge(mut readings: Vec<Reading>, now: Timestamp) -> Federation {
    readings.sort_by_key(|reading| reading.rank);
    let mut said = Said::default();
    for reading in &readings {
        for words in &reading.words {
            for word in &words.sites {
                said.sites.entry(&word.site).or_default().push((reading.rank, word));
            }
            for word in &words.entitlements {
                said.entitlements.entry(&word.community).or_default().push(word);
            }
            for word in &words.downtimes {
                said.downtimes.entry(&word.site).or_default().push(word);
            }
        }
    }
    // A registry names hundreds of sites of which only a title is known here.
    said.sites.retain(|_, words| words.iter().any(|(_, word)| word.service.is_some() || !word.problems.is_empty()));
    let mut names = HashSet::new();
    let sites = said.sites.iter().map(|(name, words)| site(name, words, &said, &mut names)).collect();
    Federation::new(sites, readings.into_iter().map(|reading| reading.source).collect(), now)
}

fn site(name: &str, words: &[(Rank, &SiteWord)], said: &Said<'_>, names: &mut HashSet<String>) -> FederatedSite {
    let mut ledger = Ledger::default();
    let (words, left_out) = words.split_at(words.len().min(MOST_WORDS));
    let told = |of: fn(&SiteWord) -> Option<&String>| {
        words.iter().filter_map(move |(_, word)| Some((word.origin.as_str(), of(word)?.clone())))
    };
    let title = ledger.settle("title", told(|word| word.title.as_ref()));
    let country = ledger.settle("country", told(|word| word.country.as_ref()));
    let mut problems: Vec<SourceProblem> = words.iter().flat_map(|(_, word)| word.problems.iter().cloned()).collect();
    if let Some((_, word)) = left_out.first() {
        let detail = format!("more than {MOST_WORDS} files or elements are about this site; from here on they are left out");
        problems.push(problem(&word.origin, Trouble::TooLarge, detail));
    }
    let Sorted { clusters, homeless } = services::sort(words);
    problems.extend(homeless.into_iter().map(|word| match clusters.len() {
        0 => problem(&word.origin, Trouble::Incomplete, "no source says the address of its service"),
        _ => problem(
            &word.origin,
            Trouble::Incomplete,
            "the site has several services, and no address says which of them is meant",
        ),
    }));
    let mut services = Vec::new();
    for (cluster, wanted) in clusters.iter().zip(services::names(name, &clusters)) {
        let given = services::free_name(&wanted, cluster, names);
        if given != wanted {
            let detail = format!("there is a service `{wanted}` already; this one is called `{given}`");
            problems.push(problem(cluster.origin(), Trouble::Duplicate, detail));
        }
        services.push(cluster.service(name, given, &said.entitlements));
    }
    let downtimes = said.downtimes.get(name).map_or(&[][..], Vec::as_slice);
    let (downtimes, left_out) = downtimes.split_at(downtimes.len().min(MOST_DOWNTIMES));
    if let Some(word) = left_out.first() {
        let detail = format!("the site has more than {MOST_DOWNTIMES} downtimes; from here on they are left out");
        problems.push(problem(&word.origin, Trouble::TooLarge, detail));
    }
    let downtimes = downtimes.iter().flat_map(|word| downtimes_of(word, &services, &clusters)).collect::<BTreeSet<_>>();
    let downtimes = downtimes.into_iter().map(|ByBeginning(downtime)| downtime).collect();
    // Not the order of files, which may be called anything.
    services.sort_by(|one, other| one.name.cmp(&other.name));
    let any = |of: fn(&FederatedService) -> Option<bool>| services.iter().filter_map(of).reduce(|one, other| one || other);
    FederatedSite {
        name: name.to_owned(),
        title,
        country,
        in_production: any(|service| service.in_production),
        monitored: any(|service| service.monitored),
        downtimes,
        services,
        facts: ledger.facts,
        conflicts: ledger.conflicts,
        problems,
    }
}

/// In which order they are shown; what several services of a registry share is shown once.
#[derive(PartialEq, Eq)]
struct ByBeginning(Downtime);

impl ByBeginning {
    fn key(&self) -> (Timestamp, Timestamp, Option<&str>, &str, &str) {
        (self.0.from, self.0.until, self.0.service.as_deref(), &self.0.of, &self.0.why)
    }
}

impl Ord for ByBeginning {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.key().cmp(&other.key())
    }
}

impl PartialOrd for ByBeginning {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

fn downtimes_of(word: &DowntimeWord, services: &[FederatedService], clusters: &[Cluster<'_>]) -> Vec<ByBeginning> {
    let at = |host: &str| {
        services.iter().zip(clusters).filter(|(_, cluster)| cluster.is_at(host)).map(|(service, _)| service).collect()
    };
    let mut affected: Vec<&FederatedService> = match &word.concerns {
        Concerns::EveryService => services.iter().collect(),
        Concerns::Host(host) => at(host),
        Concerns::Nothing => Vec::new(),
    };
    // The registry may know the only service by another host than the one that answers.
    if let (Concerns::Host(_), [], [only]) = (&word.concerns, affected.as_slice(), services) {
        affected.push(only);
    }
    let one = |service: Option<&FederatedService>| {
        ByBeginning(Downtime {
            service: service.map(|service| service.name.clone()),
            of: word.of.clone(),
            from: word.from,
            until: word.until,
            why: word.why.clone(),
            severity: word.severity,
            source: word.origin.clone(),
        })
    };
    match affected.is_empty() {
        true => vec![one(None)],
        false => affected.into_iter().map(|service| one(Some(service))).collect(),
    }
}
