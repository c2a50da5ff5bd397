//! Sites that the administrator writes down: new ones, and corrections of what other sources say.

use std::collections::BTreeMap;
use std::net::IpAddr;

use model::Timestamp;
use model::federation::{CommunityProject, LoginKind, Severity, Trouble};
use serde::{Deserialize, Serialize};

use super::word::{Address, Concerns, DowntimeWord, ServiceWord, SiteWord, Words, name, short};

/// One entry of `[[sites]]`: a service at a site. What it does not say is taken from the other sources.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct OwnSite {
    pub name: String,
    pub title: Option<String>,
    pub country: Option<String>,
    /// The service's name, where the site's is not to be it; then it is a service of its own beside others there.
    pub service: Option<String>,
    pub auth_url: Option<String>,
    pub identity_provider: Option<String>,
    pub protocol: Option<String>,
    pub region: Option<String>,
    pub login: Option<LoginKind>,
    pub audience: Option<String>,
    pub issuers: Vec<String>,
    /// A file with certificates (PEM) that are believed about it, besides those of the system.
    pub authority: Option<String>,
    pub public_ranges: Vec<String>,
    pub in_production: Option<bool>,
    pub monitored: Option<bool>,
    pub endpoint_overrides: BTreeMap<String, String>,
    pub communities: Vec<OwnCommunity>,
    pub downtimes: Vec<OwnDowntime>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OwnCommunity {
    pub name: String,
    pub project_id: Option<String>,
    pub entitlement: Option<String>,
    pub region: Option<String>,
    pub network_hint: Option<String>,
    pub public_network_hint: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OwnDowntime {
    pub from: Timestamp,
    pub until: Timestamp,
    #[serde(default)]
    pub why: String,
    #[serde(default)]
    pub severity: Severity,
}

pub(super) const ORIGIN: &str = "the gateway's configuration";

pub(super) fn read(sites: &[OwnSite]) -> Words {
    let mut words = Words::default();
    for (index, own) in sites.iter().enumerate() {
        let origin = format!("{ORIGIN}, sites[{index}]");
        let mut word = SiteWord { origin, title: own.title.clone(), country: own.country.clone(), ..SiteWord::default() };
        let Some(site) = name(&own.name) else {
            word.complain(Trouble::Incomplete, "the site has no name that can be used");
            words.problems.extend(word.problems);
            continue;
        };
        word.site = site;
        word.service = Some(service(own, &mut word));
        let (right, wrong): (Vec<_>, Vec<_>) = own.downtimes.iter().partition(|downtime| downtime.from < downtime.until);
        if !wrong.is_empty() {
            word.complain(Trouble::Wrong, "a downtime ends before it begins");
        }
        words.downtimes.extend(right.into_iter().map(|downtime| DowntimeWord {
            site: word.site.clone(),
            origin: word.origin.clone(),
            of: "the whole site".to_owned(),
            concerns: Concerns::EveryService,
            from: downtime.from,
            until: downtime.until,
            why: short(&downtime.why),
            severity: downtime.severity,
        }));
        words.sites.push(word);
    }
    words
}

fn service(own: &OwnSite, word: &mut SiteWord) -> ServiceWord {
    let mut addresses = Vec::new();
    match own.auth_url.as_deref().map(Address::read) {
        Some(Ok(address)) => addresses.push(address),
        Some(Err(why)) => word.complain(Trouble::Wrong, why),
        None => {}
    }
    let (public_ranges, wrong): (Vec<_>, Vec<_>) = own.public_ranges.iter().cloned().partition(|range| is_range(range));
    for range in wrong {
        word.complain(Trouble::Wrong, format!("`{range}` is no range of addresses, such as 192.0.2.0/24"));
    }
    let service_name = own.service.as_deref().and_then(|own| {
        let sound = name(own);
        if sound.is_none() {
            word.complain(Trouble::Wrong, "`service` is not a name that can be used");
        }
        sound
    });
    ServiceWord {
        name: service_name,
        addresses,
        host: None,
        identity_provider: own.identity_provider.clone(),
        protocol: own.protocol.clone(),
        region: own.region.clone(),
        login: own.login,
        communities: own.communities.iter().map(community).collect(),
        in_production: own.in_production,
        monitored: own.monitored,
        endpoint_overrides: own.endpoint_overrides.clone(),
        audience: own.audience.clone(),
        issuers: own.issuers.clone(),
        authority: own.authority.clone(),
        public_ranges,
        further: Vec::new(),
    }
}

fn community(own: &OwnCommunity) -> CommunityProject {
    CommunityProject {
        community: own.name.clone(),
        project_id: own.project_id.clone(),
        entitlement: own.entitlement.clone(),
        region: own.region.clone(),
        network_hint: own.network_hint.clone(),
        public_network_hint: own.public_network_hint.clone(),
    }
}

fn is_range(text: &str) -> bool {
    let Some((address, length)) = text.split_once('/') else { return false };
    let most = match address.parse() {
        Ok(IpAddr::V4(_)) => 32,
        Ok(IpAddr::V6(_)) => 128,
        Err(_) => return false,
    };
    length.parse::<u8>().is_ok_and(|length| length <= most)
}
