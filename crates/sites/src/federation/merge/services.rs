//! Which words are of the same service, what it is called, and what they add up to.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use model::federation::{CommunityProject, FederatedService};
use model::offer::Fact;

use super::ledger::Ledger;
use crate::federation::word::{Address, EntitlementWord, Rank, ServiceWord, SiteWord};

/// EGI Check-in's name at sites of its federation.
const USUAL_PROVIDER: &str = "egi.eu";

/// What is said of one service, the better sources first.
pub(super) struct Cluster<'a> {
    /// By the best source that says one, which is of this rank.
    address: &'a Address,
    rank: Rank,
    words: Vec<Word<'a>>,
}

#[derive(Clone, Copy)]
struct Word<'a> {
    rank: Rank,
    site: &'a SiteWord,
    service: &'a ServiceWord,
}

pub(super) struct Sorted<'a> {
    pub(super) clusters: Vec<Cluster<'a>>,
    /// Those that are of no service that can be told.
    pub(super) homeless: Vec<&'a SiteWord>,
}

/// Words are of one service when they have the same address; or else the same host; or else when better sources know one
/// service of the site and this source knows one as well. Of one source, different addresses are different services, and
/// what the administrator gave a name of its own is never taken for another one.
pub(super) fn sort<'a>(words: &[(Rank, &'a SiteWord)]) -> Sorted<'a> {
    let all = words.iter().filter_map(|(rank, site)| Some(Word { rank: *rank, site, service: site.service.as_ref()? }));
    let (with_address, without): (Vec<_>, Vec<_>) = all.partition(|word| !word.service.addresses.is_empty());
    let mut clusters: Vec<Cluster<'a>> = Vec::new();
    for group in with_address.chunk_by(|one, other| one.rank == other.rank) {
        let mut new: Vec<Cluster<'a>> = Vec::new();
        for word in group {
            let is_named = word.service.name.is_some();
            let same_address = |cluster: &&mut Cluster<'a>| cluster.addresses().any(|one| word.service.addresses.contains(one));
            let Some(address) = word.service.addresses.first() else { continue };
            let hosts = clusters.iter().filter(|cluster| cluster.is_at(address.host())).count();
            if let Some(cluster) = clusters.iter_mut().chain(&mut new).find(same_address) {
                cluster.words.push(*word);
            } else if let Some(cluster) =
                clusters.iter_mut().find(|cluster| hosts == 1 && !is_named && cluster.is_at(address.host()))
            {
                cluster.words.push(*word);
            } else {
                new.push(Cluster { address, rank: word.rank, words: vec![*word] });
            }
        }
        match (clusters.as_mut_slice(), new.as_mut_slice()) {
            ([known], [other]) if !known.is_known_to(other.rank) && !known.is_named() && !other.is_named() => {
                known.words.append(&mut other.words);
            }
            _ => clusters.append(&mut new),
        }
    }
    let mut homeless = Vec::new();
    for word in without {
        let by_host = word.service.host.as_deref().and_then(|host| clusters.iter().position(|cluster| cluster.is_at(host)));
        let mut called = clusters.iter().enumerate().filter(|(_, cluster)| cluster.own_name() == word.service.name.as_deref());
        let only = called.next().filter(|_| called.next().is_none());
        match by_host.or(only.map(|(at, _)| at)) {
            Some(at) => clusters[at].words.push(word),
            None => homeless.push(word.site),
        }
    }
    for cluster in &mut clusters {
        cluster.words.sort_by_key(|word| word.rank);
    }
    Sorted { clusters, homeless }
}

/// The only service in the best of its sources has the site's name. Every other one has its host behind it: names must not
/// change hands when a lesser source is out of reach, or finds another service.
pub(super) fn names(site: &str, clusters: &[Cluster<'_>]) -> Vec<String> {
    let unnamed = || clusters.iter().filter(|cluster| !cluster.is_named());
    let best = unnamed().map(|cluster| cluster.rank).min();
    let is_only = unnamed().filter(|cluster| Some(cluster.rank) == best).count() == 1;
    let named = clusters.iter().map(|cluster| match cluster.own_name() {
        Some(name) => name.to_owned(),
        None if is_only && Some(cluster.rank) == best => site.to_owned(),
        None => format!("{site}@{}", cluster.address.host()),
    });
    named.collect()
}

/// The wanted name, or one like it that no other service has.
pub(super) fn free_name(wanted: &str, cluster: &Cluster<'_>, taken: &mut HashSet<String>) -> String {
    let base = wanted.split('@').next().unwrap_or(wanted);
    let with_port = format!("{base}@{}", cluster.address.host_and_port());
    let tried = [wanted.to_owned(), format!("{base}@{}", cluster.address.host()), with_port.clone()];
    let numbered = (2..).map(|number: u32| format!("{with_port}-{number}"));
    let free = tried.into_iter().chain(numbered).find(|name| !taken.contains(name)).unwrap_or(with_port);
    taken.insert(free.clone());
    free
}

impl Cluster<'_> {
    pub(super) fn origin(&self) -> &str {
        self.words.first().map_or("", |word| &word.site.origin)
    }

    fn own_name(&self) -> Option<&str> {
        self.words.iter().find_map(|word| word.service.name.as_deref())
    }

    fn is_named(&self) -> bool {
        self.own_name().is_some()
    }

    fn is_known_to(&self, rank: Rank) -> bool {
        self.words.iter().any(|word| word.rank == rank)
    }

    fn addresses(&self) -> impl Iterator<Item = &Address> {
        self.words.iter().flat_map(|word| &word.service.addresses)
    }

    pub(super) fn is_at(&self, host: &str) -> bool {
        let hosts = self.words.iter().filter_map(|word| word.service.host.as_deref());
        self.addresses().map(Address::host).chain(hosts).any(|one| one == host)
    }
}

impl<'a> Cluster<'a> {
    fn told<T>(&self, of: impl Fn(&'a ServiceWord) -> Option<T>) -> impl Iterator<Item = (&'a str, T)> {
        self.words.iter().filter_map(move |word| Some((word.site.origin.as_str(), of(word.service)?)))
    }

    pub(super) fn service(
        &self,
        site: &str,
        name: String,
        entitlements: &BTreeMap<&str, Vec<&'a EntitlementWord>>,
    ) -> FederatedService {
        let mut ledger = Ledger::default();
        let address = ledger.settle("auth_url", self.told(|word| word.addresses.first()));
        let auth_url = address.unwrap_or(self.address).text.clone();
        let usual = std::iter::once(("what is usual", USUAL_PROVIDER.to_owned()));
        let mut provider = self.told(|word| word.identity_provider.clone()).peekable();
        let identity_provider = match provider.peek() {
            Some(_) => ledger.settle("identity_provider", provider),
            None => ledger.settle("identity_provider", usual),
        };
        let service = FederatedService {
            name,
            site: site.to_owned(),
            driver: "openstack".to_owned(),
            auth_url,
            identity_provider: identity_provider.unwrap_or_else(|| USUAL_PROVIDER.to_owned()),
            protocol: ledger.settle("protocol", self.told(|word| word.protocol.clone())),
            region: ledger.settle("region", self.told(|word| word.region.clone())),
            login: ledger.settle("login", self.told(|word| word.login)).unwrap_or_default(),
            communities: self.communities(entitlements, &mut ledger),
            in_production: ledger.settle("in_production", self.told(|word| word.in_production)),
            monitored: ledger.settle("monitored", self.told(|word| word.monitored)),
            endpoint_overrides: self.overrides(&mut ledger),
            audience: ledger.settle("audience", self.told(|word| word.audience.clone())),
            issuers: self.list("issuer", |word| &word.issuers, &mut ledger),
            authority: ledger.settle("authority", self.told(|word| word.authority.clone())),
            public_ranges: self.list("public_range", |word| &word.public_ranges, &mut ledger),
            facts: Vec::new(),
            conflicts: Vec::new(),
        };
        for word in &self.words {
            for (about, value) in &word.service.further {
                let (name, source) = ((*about).to_owned(), word.site.origin.clone());
                ledger.facts.push(Fact { name, value: value.clone(), source });
            }
        }
        FederatedService { facts: ledger.facts, conflicts: ledger.conflicts, ..service }
    }

    /// All that anybody names, in the order of the best source that does.
    fn communities(&self, entitlements: &BTreeMap<&str, Vec<&'a EntitlementWord>>, ledger: &mut Ledger) -> Vec<CommunityProject> {
        let mut names: Vec<&str> = Vec::new();
        let mut said: HashMap<&str, Vec<(&str, &CommunityProject)>> = HashMap::new();
        for word in &self.words {
            for project in &word.service.communities {
                let name = project.community.as_str();
                if !said.contains_key(name) {
                    names.push(name);
                }
                said.entry(name).or_default().push((&word.site.origin, project));
            }
        }
        let one = |name: &str| {
            let said = said.get(name).map_or(&[][..], Vec::as_slice);
            let told = |get: fn(&CommunityProject) -> Option<&String>| {
                said.iter().filter_map(move |(source, project)| Some((*source, get(project)?.clone())))
            };
            let project_id = ledger.settle(&format!("project of {name}"), told(|one| one.project_id.as_ref()));
            // A community without any other word is said to be supported, too.
            if project_id.is_none() {
                ledger.settle("community", told(|one| Some(&one.community)));
            }
            let mapped = entitlements.get(name).into_iter().flatten();
            let mapped = mapped.map(|word| (word.origin.as_str(), word.entitlement.clone()));
            let entitlement = told(|one| one.entitlement.as_ref()).chain(mapped);
            CommunityProject {
                project_id,
                entitlement: ledger.settle(&format!("entitlement of {name}"), entitlement),
                region: ledger.settle(&format!("region of {name}"), told(|one| one.region.as_ref())),
                network_hint: ledger.settle(&format!("kind of network of {name}"), told(|one| one.network_hint.as_ref())),
                public_network_hint: ledger
                    .settle(&format!("public network of {name}"), told(|one| one.public_network_hint.as_ref())),
                community: name.to_owned(),
            }
        };
        names.into_iter().map(one).collect()
    }

    fn overrides(&self, ledger: &mut Ledger) -> BTreeMap<String, String> {
        let kinds: BTreeSet<&String> = self.words.iter().flat_map(|word| word.service.endpoint_overrides.keys()).collect();
        let settled = kinds.into_iter().filter_map(|kind| {
            let told = self.told(|word| word.endpoint_overrides.get(kind).cloned());
            Some((kind.clone(), ledger.settle(&format!("endpoint of {kind}"), told)?))
        });
        settled.collect()
    }

    /// The best source's, whole.
    fn list(&self, about: &str, of: fn(&ServiceWord) -> &Vec<String>, ledger: &mut Ledger) -> Vec<String> {
        let Some((source, list)) = self.told(|word| Some(of(word)).filter(|list| !list.is_empty())).next() else {
            return Vec::new();
        };
        for value in list {
            ledger.facts.push(Fact { name: about.to_owned(), value: value.clone(), source: source.to_owned() });
        }
        list.clone()
    }
}
