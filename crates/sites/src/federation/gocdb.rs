//! GOCDB's answers to `get_service` (or `get_service_endpoint`), `get_downtime` (also with nested services), `get_site`
//! and `get_site_list`, in any order and any number of documents.

use model::Timestamp;
use model::federation::{Severity, Trouble};

use super::element::{Element, read as read_elements};
use super::word::{Address, Broken, Concerns, DowntimeWord, MOST_DOWNTIMES, ServiceWord, SiteWord, Words, name, problem, short};

/// Of all that sites run, what this gateway speaks with.
const OPENSTACK: &str = "org.openstack.nova";

pub(super) fn read(text: &str, origin: &str) -> (Words, Option<Broken>) {
    let mut words = Words::default();
    let mut understood = false;
    let ended = read_elements(text, |element| {
        let key = element.get("PRIMARY_KEY").unwrap_or_default();
        let origin = format!("{origin}, {} {}", element.name, short(key));
        understood |= matches!(element.name.as_str(), "SERVICE_ENDPOINT" | "DOWNTIME" | "SITE");
        match element.name.as_str() {
            "SERVICE_ENDPOINT" => service(&element, origin, &mut words),
            "DOWNTIME" => downtime(&element, &origin, &mut words),
            "SITE" => site(&element, origin, &mut words),
            _ => {}
        }
    });
    let nothing = || Broken::new(Trouble::Malformed, "there is nothing of GOCDB's in it");
    let broken = match ended {
        // An answer without anything in it is one, too: no downtimes.
        Ok(()) => (!understood && !text.contains("<results")).then(nothing),
        Err(broken) => Some(broken),
    };
    (words, broken)
}

fn service(element: &Element, origin: String, words: &mut Words) {
    if element.get("SERVICE_TYPE") != Some(OPENSTACK) {
        return;
    }
    let Some(site) = element.get("SITENAME").and_then(name) else {
        words.problems.push(problem(&origin, Trouble::Incomplete, "the service has no SITENAME that can be used"));
        return;
    };
    let mut word = SiteWord { site, origin, country: element.get("COUNTRY_NAME").map(short), ..SiteWord::default() };
    let mut service = ServiceWord {
        host: element.get("HOSTNAME").map(str::to_lowercase),
        in_production: flag(element, "IN_PRODUCTION"),
        monitored: flag(element, "NODE_MONITORED"),
        ..ServiceWord::default()
    };
    let endpoints = element.child("ENDPOINTS").map_or(&[][..], |endpoints| &endpoints.children);
    let of_openstack = |endpoint: &&Element| endpoint.get("INTERFACENAME").is_none_or(|interface| interface == OPENSTACK);
    let further = endpoints.iter().filter(of_openstack).filter_map(|endpoint| endpoint.get("URL"));
    // The service's own address is empty at some, and theirs at others.
    for published in element.get("URL").into_iter().chain(further) {
        match Address::read(published) {
            Ok(address) if service.addresses.contains(&address) => {}
            Ok(address) => service.addresses.push(address),
            Err(why) => word.complain(Trouble::Wrong, why),
        }
    }
    service.further = service.addresses.iter().skip(1).map(|address| ("further_address", address.text.clone())).collect();
    service.further.extend(element.get("ROC_NAME").map(|group| ("ngi", short(group))));
    word.service = Some(service);
    words.sites.push(word);
}

fn site(element: &Element, origin: String, words: &mut Words) {
    let Some(site) = ["NAME", "SHORT_NAME"].iter().find_map(|key| element.get(key)).and_then(name) else { return };
    let title = element.get("OFFICIAL_NAME").map(short);
    let country = ["COUNTRY", "COUNTRY_NAME"].iter().find_map(|key| element.get(key)).map(short);
    words.sites.push(SiteWord { site, origin, title, country, ..SiteWord::default() });
}

fn downtime(element: &Element, origin: &str, words: &mut Words) {
    let moment = |key: &str| element.get(key)?.parse::<i64>().ok()?.checked_mul(1_000).map(Timestamp::from_millis);
    let (Some(from), Some(until)) = (moment("START_DATE"), moment("END_DATE")) else {
        words.problems.push(problem(origin, Trouble::Wrong, "the downtime has no START_DATE and END_DATE that can be read"));
        return;
    };
    if until <= from {
        words.problems.push(problem(origin, Trouble::Wrong, "the downtime ends before it begins"));
        return;
    }
    let severity = match element.get("SEVERITY") {
        Some("WARNING") => Severity::Warning,
        // What is not said is taken as the worse.
        _ => Severity::Outage,
    };
    let why = element.get("DESCRIPTION").map(short).unwrap_or_default();
    let nested = element.child("SERVICES").map_or(std::slice::from_ref(element), |services| &services.children);
    for affected in nested.iter().take(MOST_DOWNTIMES - words.downtimes.len()) {
        let site = ["HOSTED_BY", "SITENAME"].iter().find_map(|key| affected.get(key).or_else(|| element.get(key)));
        let Some(site) = site.and_then(name) else {
            words.problems.push(problem(origin, Trouble::Incomplete, "the downtime is of no site that can be named"));
            continue;
        };
        let (of, concerns) = match (affected.get("SERVICE_TYPE"), affected.get("HOSTNAME")) {
            (Some(OPENSTACK), Some(host)) => (format!("{OPENSTACK} at {}", short(host)), Concerns::Host(host.to_lowercase())),
            (Some(OPENSTACK), None) => (OPENSTACK.to_owned(), Concerns::EveryService),
            (Some(other), host) => (format!("{} at {}", short(other), short(host.unwrap_or(&site))), Concerns::Nothing),
            (None, Some(host)) => (short(host), Concerns::Host(host.to_lowercase())),
            (None, None) => ("the whole site".to_owned(), Concerns::EveryService),
        };
        let (origin, why) = (origin.to_owned(), why.clone());
        words.downtimes.push(DowntimeWord { site, origin, of, concerns, from, until, why, severity });
    }
}

fn flag(element: &Element, name: &str) -> Option<bool> {
    match element.get(name)? {
        "Y" | "1" | "true" => Some(true),
        "N" | "0" | "false" => Some(false),
        _ => None,
    }
}
