//! What sites publish of themselves: GLUE 2.1 in JSON as `cloud-info-provider` writes it, and the list of sites of the
//! `cloud-info-api` (`/sites/?include_projects=true`) that is made of it.

use model::federation::{CommunityProject, LoginKind, Trouble};

use super::node::{Node, read_json};
use super::word::{Address, Broken, ServiceWord, SiteWord, Words, name, problem, short};

/// Images and sizes are asked of the services themselves.
const WANTED: [&str; 4] = ["CloudComputingService", "CloudComputingEndpoint", "Share", "MappingPolicy"];

/// Those of a large site are some fifty.
const MOST_SHARES: usize = 1_000;
const MOST_ENDPOINTS: usize = 100;

pub(super) fn read(text: &str, origin: &str) -> (Words, Option<Broken>) {
    let tree = read_json(text, &WANTED);
    let mut words = Words::default();
    match &tree.node {
        Node::List(sites) => words.sites.extend(sites.iter().enumerate().map(|(index, site)| of_api(site, origin, index))),
        root => {
            let endpoints = root.get("CloudComputingEndpoint").list().iter();
            if endpoints.len() > MOST_ENDPOINTS {
                let detail = format!("it has more than {MOST_ENDPOINTS} endpoints; the others are left out");
                words.problems.push(problem(origin, Trouble::TooLarge, detail));
            }
            words.sites.extend(endpoints.take(MOST_ENDPOINTS).map(|endpoint| of_glue(root, endpoint, origin)));
        }
    }
    let (named, nameless): (Vec<_>, Vec<_>) = words.sites.into_iter().partition(|word| !word.site.is_empty());
    words.sites = named;
    words.problems.extend(nameless.into_iter().flat_map(|word| word.problems));
    let nothing = || Broken::new(Trouble::Malformed, "it has no CloudComputingEndpoint and is no list of sites");
    let is_empty = words.sites.is_empty() && words.problems.is_empty() && !matches!(tree.node, Node::List(_));
    (words, tree.broken.or_else(|| is_empty.then(nothing)))
}

fn of_glue(root: &Node, endpoint: &Node, origin: &str) -> SiteWord {
    let id = endpoint.get("ID").text().unwrap_or_default();
    let mut word = SiteWord { origin: format!("{origin}, {}", short(id)), ..SiteWord::default() };
    let services = root.get("CloudComputingService").list();
    let belongs = |service: &&Node| is_associated(endpoint, "CloudComputingService", service) || services.len() == 1;
    let service = services.iter().find(belongs).unwrap_or(&Node::Nothing);
    let domains = service.get("Associations").get("AdminDomain").texts();
    let site = service.get("OtherInfo").get("site_name").text().or(domains.first().copied());
    match site.and_then(name) {
        Some(site) => word.site = site,
        None => word.complain(Trouble::Incomplete, "the endpoint is of no site that can be named"),
    }
    let mut found = ServiceWord { login: endpoint.get("Authentication").text().and_then(login), ..ServiceWord::default() };
    found.addresses.extend(address(endpoint.get("URL"), &mut word));
    found.in_production = service.get("QualityLevel").text().map(|level| level == "production");
    let shown = [("health", "HealthState"), ("nova", "ImplementationVersion"), ("published_at", "CreationTime")];
    let shown = shown.iter().filter_map(|(fact, key)| Some((*fact, short(endpoint.get(key).text()?))));
    found.further = shown.filter(|(fact, value)| *fact != "health" || value != "ok").collect();
    if root.get("Share").list().len() > MOST_SHARES {
        word.complain(Trouble::TooLarge, format!("it has more than {MOST_SHARES} shares; the others are left out"));
    }
    for share in root.get("Share").list().iter().take(MOST_SHARES) {
        let of_other = !share.get("Associations").get("CloudComputingEndpoint").is_nothing();
        if of_other && !is_associated(share, "CloudComputingEndpoint", endpoint) {
            continue;
        }
        let Some(community) = community(root, share) else {
            word.complain(
                Trouble::Incomplete,
                format!("the share `{}` is of no community", short(share.get("ID").text().unwrap_or_default())),
            );
            continue;
        };
        let text = |key: &str| share.get(key).text().map(short);
        let project = CommunityProject {
            community,
            project_id: text("ProjectID"),
            network_hint: text("DefaultNetworkType"),
            public_network_hint: text("PublicNetworkName"),
            ..CommunityProject::default()
        };
        if !found.communities.iter().any(|other| other.community == project.community) {
            found.communities.push(project);
        }
    }
    word.service = Some(found);
    word
}

/// By the policy that maps it, or else by the name that shares are given.
fn community(root: &Node, share: &Node) -> Option<String> {
    let policies = root.get("MappingPolicy").list().iter().filter(|policy| is_associated(policy, "Share", share));
    let mut rules = policies.flat_map(|policy| policy.get("Rule").texts());
    let ruled = rules.find_map(|rule| name(rule.strip_prefix("VO:").unwrap_or(rule)));
    ruled.or_else(|| {
        let title = share.get("Name").text()?;
        let older = title.split_once(" for VO ").and_then(|(_, rest)| rest.split_once(' ')).map(|(community, _)| community);
        name(older.or_else(|| title.split_once(" - ").map(|(community, _)| community))?)
    })
}

fn is_associated(from: &Node, kind: &str, to: &Node) -> bool {
    let Some(id) = to.get("ID").text() else { return false };
    from.get("Associations").get(kind).texts().contains(&id)
}

fn login(authentication: &str) -> Option<LoginKind> {
    match authentication {
        "oidc" | "v3oidcaccesstoken" => Some(LoginKind::OpenId),
        "v3applicationcredential" => Some(LoginKind::ApplicationCredential),
        // `v3password` is how the provider itself signs in, and not how people do.
        _ => None,
    }
}

fn of_api(site: &Node, origin: &str, index: usize) -> SiteWord {
    let mut word = SiteWord { origin: origin.to_owned(), ..SiteWord::default() };
    match site.get("name").text().and_then(name) {
        Some(name) => {
            word.origin = format!("{origin}, {name}");
            word.site = name;
        }
        None => word.complain(Trouble::Incomplete, format!("the site at place {index} has no name that can be used")),
    }
    let mut found = ServiceWord { host: site.get("hostname").text().map(str::to_lowercase), ..ServiceWord::default() };
    found.addresses.extend(address(site.get("url"), &mut word));
    let projects = site.get("projects").list().iter().filter_map(|project| {
        let community = project.get("name").text().and_then(name)?;
        Some(CommunityProject { community, project_id: project.get("id").text().map(short), ..CommunityProject::default() })
    });
    found.communities = projects.collect();
    word.service = Some(found);
    word
}

fn address(published: &Node, word: &mut SiteWord) -> Option<Address> {
    match Address::read(published.text()?) {
        Ok(address) => Some(address),
        Err(why) => {
            word.complain(Trouble::Wrong, why);
            None
        }
    }
}
